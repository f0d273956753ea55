"""A document with everything real: store, log, authority, signature; verified by a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.app import site_of, utc_now
from monitor.certificates.build import outage_report
from monitor.certificates.verify import verify_document
from monitor.errors import ConfigurationError
from monitor.evidence.rehearsal_authority import serve_authority
from monitor.evidence.trust import Trust
from monitor.logkeeping import open_log
from monitor.printing import Printing, offered_of, open_printing
from monitor.settings import SITES, Settings, load_settings
from monitor.store.store import open_store
from tests.certificates.scenes import INTERVAL, at, fill

LENGTH = 60


@dataclass(frozen=True, kw_only=True)
class Office:
    """Settings with a ledger of sixty looks that ends about now, a failure in its middle."""

    settings: Settings
    first: float

    def press(self, printing: Printing) -> bytes:
        report = outage_report(
            printing.store,
            kept=printing.blobs.has,
            issuer=printing.issuer,
            rehearsal=printing.rehearsal,
            components=["login"],
            start=at(self.first),
            end=at(self.first + LENGTH),
            now=utc_now(),
        )
        return printing.press(self.settings).issue(report)[0]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with serve_authority(folder / "authority", clock=utc_now) as authority:
        trusted = authority.authority()
        roots = folder / "roots.pem"
        roots.write_text("".join(trusted.roots_pem), encoding="ascii")
        file = folder / "monitor.toml"
        file.write_text(
            f'state_dir = "{folder}"\n[operator]\nname = "Association d’exemple"\n'
            f'[site]\nfile = "{SITES / "standin.toml"}"\n[web]\nsign_documents = true\n'
            f'[evidence.authorities.{trusted.id}]\nurl = "{trusted.url}"\nroots = "{roots}"\n',
            encoding="utf-8",
        )
        settings = load_settings(file, {})
        first = (utc_now() - timedelta(hours=LENGTH / 6 + 1) - at(0)) / INTERVAL
        with open_store(settings.store_url) as store:
            open_log(settings, site_of(settings), store, clock=utc_now).begin()
            fill(store, "U" * 30 + "DDD" + "U" * 27, first=first)
        yield Office(settings=settings, first=first)


def test_a_stranger_with_the_key_file_verifies_every_part(office: Office) -> None:
    with open_printing(office.settings, site_of(office.settings)) as printing:
        pdf = office.press(printing)
        assert printing.log is not None
        trust = Trust.parse(printing.log.ring.to_json())

    report = verify_document(pdf, trust)
    assert [one.fr for one in report.checks if not one.passed] == []
    assert report.passed
    altered = verify_document(pdf.replace(b"%%EOF", b"%%EOf", 1), trust)
    assert not altered.passed


def test_the_page_verifies_what_the_press_made(office: Office) -> None:
    with open_printing(office.settings, site_of(office.settings)) as printing:
        pdf = office.press(printing)
        assert printing.log is not None
        offered = offered_of(
            office.settings, site_of(office.settings), printing.store, printing.blobs, printing.log
        )
        assert offered.documents.make is not None
        assert offered.documents.rehearsal
        assert offered.verify is not None
        assert all(one.passed for one in offered.verify(pdf))
        assert not all(one.passed for one in offered.verify(b"%PDF-1.7 nothing"))


def test_without_a_name_nothing_is_signed(office: Office, tmp_path: Path) -> None:
    nobody = office.settings.model_copy(
        update={
            "state_dir": tmp_path,
            "operator": office.settings.operator.model_copy(update={"name": ""}),
        }
    )
    with (
        open_printing(office.settings, site_of(office.settings)) as printing,
        pytest.raises(ConfigurationError, match=r"operator\.name is not set"),
    ):
        printing.press(nobody)
