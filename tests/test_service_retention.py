"""The running monitor lets go of old files by itself."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import service as running
from monitor.app import site_of, utc_now
from monitor.bundles import State
from monitor.service import Service
from monitor.store.blobs import FolderBlobs
from monitor.store.store import open_store
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.rehearsal import settings_of
from tests.store.samples import VANTAGE
from tests.test_retention import fill, history, states

LIMIT_SECONDS = 60.0


async def test_old_files_go_while_the_monitor_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running, "RETENTION_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(running, "RETENTION_LOOK_SECONDS", 0.2)
    caplog.set_level(logging.INFO, "monitor.service")
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as standin:
        settings = settings_of(
            standin, tmp_path, schedule={"probes": ("portal",), "intervals": {"portal": 2.0}}
        )
        blobs = FolderBlobs(Path(settings.blobs_url))
        with open_store(settings.store_url) as store:
            store.register_vantage(VANTAGE)
            await fill(store, blobs, *history(utc_now() - timedelta(days=59, seconds=20)))
        async with Service(settings, site_of(settings)) as service:
            async with asyncio.timeout(LIMIT_SECONDS):
                while "retention: " not in caplog.text:
                    await asyncio.sleep(0.1)
            assert states(service.store, blobs, 2)[0] is State.RETIRED
            assert states(service.store, blobs, 22)[0] is State.PRESENT, "within the outage"
    assert "retention: 24 files" in caplog.text
