"""Over TLS: what the browser's own connection saw is in the bundle, checkable with openssl; a
certificate that the browser refuses is never passed over."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.app import open_watch, utc_now
from monitor.core.model import Slot
from monitor.cycle import Observed, observe_slot
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests import tls_ground
from tests.rehearsal import settings_of, site_of


@dataclass(frozen=True, kw_only=True)
class Ground:
    """An authority that the browser trusts, one under it, and a folder."""

    folder: Path
    root: tls_ground.Signed
    between: tls_ground.Signed


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("tls")
    root = tls_ground.authority("Autorité des essais")
    home = tls_ground.trusting_home(folder / "home", root)
    between = tls_ground.authority("Autorité intermédiaire", root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        yield Ground(folder=folder, root=root, between=between)


async def seen(ground: Ground, site: tls_ground.Signed) -> Observed:
    """One slot of ``login`` against the stand-in with this certificate."""
    tls = tls_ground.files(ground.folder / "site", site, ground.between)
    with standin_thread(StandIn(portal_port=0, sso_port=0, tls=tls)) as standin:
        settings = settings_of(standin, ground.folder)
        patient = site_of(standin, action_seconds=20, step_seconds=30, attempt_seconds=90)
        async with open_watch(settings, patient) as watch:
            slot = Slot(
                component="login", vantage="local", scheduled_at=utc_now(), interval_seconds=600
            )
            return await observe_slot(slot, watch)


def file(observed: Observed, name: str) -> bytes:
    """The first file of this name."""
    return next(one.data for one in observed.files if one.name == name)


def manifest(observed: Observed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file(observed, "manifest.json"))
    return found


async def test_the_chain_that_the_browser_accepted_is_kept(ground: Ground) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    site = tls_ground.server(ground.between, until=until)
    observed = await seen(ground, site)
    assert observed.observation.verdict.rule in ("completed", "recovered_on_retry")

    connections = json.loads(file(observed, "tls.json"))
    assert [one["origin"].rpartition(":")[0] for one in connections] == [
        "https://127.0.0.1",
        "https://localhost",
    ]
    expected = [site.der, ground.between.der, ground.root.der]
    for one in connections:
        assert [base64.b64decode(c["der"]) for c in one["chain"]] == expected
        assert [c["sha256"] for c in one["chain"]] == [
            hashlib.sha256(der).hexdigest() for der in expected
        ]
        assert one["chain"][0]["issuer"] == "CN=Autorité intermédiaire"
        assert one["tls"]["protocol"] == "TLS 1.3"
        assert (one["tls"]["subject"], one["tls"]["issuer"]) == (
            "Site de répétition",
            "Autorité intermédiaire",
        )
        assert datetime.fromisoformat(one["tls"]["valid_until"]) == until
        assert set(one["tls"]["names"]) == {"localhost", "127.0.0.1"}
        assert (one["remote"], one["certificate_refused"]) == ({"address": "127.0.0.1"}, None)
    summary = manifest(observed)["connections"]
    assert [one["chain_sha256"] for one in summary] == [
        [c["sha256"] for c in one["chain"]] for one in connections
    ]


async def test_openssl_reads_the_same_chain(ground: Ground, tmp_path: Path) -> None:
    site = tls_ground.server(ground.between, until=datetime.now(UTC) + timedelta(days=30))
    observed = await seen(ground, site)
    (tmp_path / "chain.pem").write_bytes(file(observed, "certificates.pem"))
    (tmp_path / "root.pem").write_bytes(ground.root.pem)
    done = await asyncio.to_thread(
        subprocess.run,
        ["openssl", "verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "chain.pem"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "chain.pem: OK\n"), done.stderr


async def test_an_expired_certificate_is_refused_and_named(ground: Ground) -> None:
    site = tls_ground.server(ground.between, until=datetime.now(UTC) - timedelta(days=1))
    observed = await seen(ground, site)
    signals = observed.observation.attempts[-1].signals
    assert ("network_error", "tls") in {(s.kind.value, s.text) for s in signals}
    assert "pictures" not in file(observed, "network.json").decode()
    (connection,) = manifest(observed)["connections"]
    assert connection["certificate_refused"] == "ERR_CERT_DATE_INVALID"
    assert connection["tls"] is None
    assert connection["chain_sha256"] == []
