"""A document from the store to its bytes, with a real log behind it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from monitor.certificates.build import outage_report
from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.errors import BadRequest
from monitor.certificates.issue import Press, SignedBy
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.core.attempts import DeclaredAttempt
from monitor.core.leaf import record_of
from monitor.core.statistics import figure
from monitor.errors import EvidenceError
from monitor.evidence.keys import init_keys
from monitor.evidence.log import TransparencyLog
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.certificates.scenes import BEGIN, ISSUER, at, fill

NOW = at(60)


class Bench:
    """A store with one failure, its log and its files."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.blobs = FolderBlobs(folder / "blobs")
        ring = init_keys(folder / "keys", "rehearsal.invalid/essai", NOW)
        self.log = TransparencyLog(
            store, ring, site="essai", folder=folder / "log", clock=lambda: NOW
        )
        self.log.begin()
        fill(store, "UU" + "U" * 20 + "DDD" + "U" * 25, blobs=self.blobs)

    def outage(self) -> OutageReport:
        return outage_report(
            self.store,
            kept=self.blobs.has,
            issuer=ISSUER,
            rehearsal=True,
            components=["login"],
            start=at(10),
            end=at(40),
            now=NOW,
        )

    def attempts(self, words: str = "") -> AttemptsReport:
        attempt = DeclaredAttempt(start=at(22.5), component="login", words=words)
        return attempts_report(
            self.store,
            kept=self.blobs.has,
            issuer=ISSUER,
            rehearsal=True,
            attempts=[attempt],
            now=NOW,
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
        yield Bench(store, folder)


def attached(pdf: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {name: one.get_file().read_bytes() for name, one in opened.attachments.items()}


def test_a_document_is_known_by_its_code_and_its_hash(bench: Bench) -> None:
    pdf, issued = Press(bench.store, bench.blobs, log=bench.log).issue(bench.outage())

    assert issued.sha256 == hashlib.sha256(pdf).hexdigest()
    assert bench.store.certificate(issued.code) == issued
    assert bench.store.certificate_of(hashlib.sha256(pdf).hexdigest()) == issued
    number = bench.store.leaf_number("certificate", issued.number)
    assert number is not None
    last = bench.store.last_checkpoint()
    assert last is not None
    assert last.size > number  # the document itself is in a checkpoint


def test_the_figures_can_be_computed_again_from_what_is_attached(bench: Bench) -> None:
    report = bench.outage()
    files = attached(Press(bench.store, bench.blobs, log=bench.log).issue(report)[0])

    leaves = [json.loads(line) for line in files["leaves.jsonl"].decode().splitlines()]
    records = [record_of(leaf) for leaf in leaves if leaf["kind"] == "slot"]
    mine = report.components[0].figure
    again = figure(records, start=at(10), end=at(40), now=NOW)
    assert again.availability == mine.availability
    assert again.incidents == mine.incidents
    proof = json.loads(files["proof.json"])
    assert proof["leaves"] == "leaves.jsonl"
    assert proof["size"] >= proof["first"] + len(leaves)
    assert any(name.startswith("manifests/") for name in files)
    assert any(name.startswith("pictures/") for name in files)


def test_only_the_document_holds_what_the_person_said(bench: Bench) -> None:
    pdf, issued = Press(bench.store, bench.blobs, log=bench.log).issue(bench.attempts("CANARI"))
    assert "CANARI" in attached(pdf)["releve.json"].decode()
    assert issued.kind == "attempts"
    assert issued.period_start <= BEGIN
    assert "CANARI" not in repr(issued)


def test_without_a_log_a_document_carries_no_proof(bench: Bench) -> None:
    files = attached(Press(bench.store, bench.blobs).issue(bench.outage())[0])
    assert "proof.json" not in files
    assert "releve.json" in files


class Lowers:
    """A signer whose authority does not answer."""

    by = SignedBy(name="Association d’exemple", fingerprint="ab" * 32)
    levels = ("B-T", "B-B")

    def __init__(self, *, refuses: tuple[str, ...]) -> None:
        self.asked: list[str] = []
        self._refuses = refuses

    def sign(self, pdf: bytes, level: str) -> bytes:
        self.asked.append(level)
        if level in self._refuses:
            raise EvidenceError("no stamp")
        return pdf + level.encode()


def test_a_document_is_made_again_at_the_lower_level(bench: Bench) -> None:
    signer = Lowers(refuses=("B-T",))
    pdf, _ = Press(bench.store, bench.blobs, log=bench.log, signer=signer).issue(bench.outage())
    assert signer.asked == ["B-T", "B-B"]
    assert pdf.endswith(b"B-B")


def test_a_document_that_cannot_be_signed_is_none(bench: Bench) -> None:
    signer = Lowers(refuses=("B-T", "B-B"))
    with pytest.raises(EvidenceError, match="could not be signed"):
        Press(bench.store, bench.blobs, log=bench.log, signer=signer).issue(bench.outage())


def test_a_period_with_too_many_records_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.certificates.gather.MOST_RECORDS", 10)
    with pytest.raises(BadRequest, match="période plus courte"):
        Press(bench.store, bench.blobs, log=bench.log).issue(bench.outage())


def test_a_preview_has_no_number(bench: Bench) -> None:
    before: Any = bench.store.reserve_certificate(
        kind="outage", components=("login",), period=(at(0), at(1)), specimen=True, now=NOW
    )
    pdf = Press(bench.store, bench.blobs, log=bench.log).preview(bench.outage())
    assert pdf.startswith(b"%PDF-")
    after: Any = bench.store.reserve_certificate(
        kind="outage", components=("login",), period=(at(0), at(1)), specimen=True, now=NOW
    )
    assert after.number == before.number + 1
