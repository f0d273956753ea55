"""What is done for readers between two looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import upkeep
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from monitor.upkeep import Upkeep
from tests.certificates.scenes import BEGIN, fill
from tests.evidence.logs import open_log

JUNE = datetime(2026, 6, 10, tzinfo=UTC)


async def test_complete_months_are_published_once_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "utc_now", lambda: JUNE)
    first = (datetime(2026, 5, 20, tzinfo=UTC) - BEGIN) / timedelta(minutes=10)
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        open_log(store, tmp_path / "state").begin()
        fill(store, "UUUDDUU", first=first)
        work = Upkeep(store, tmp_path / "open", publisher="Exemple")
        before = store.log_size()
        await work.look()
        assert store.log_size() == before, "the first look is at once, months come later"
        assert work.publish_months() == ["2026-05"]
        assert store.log_size() == before + 1
        assert (tmp_path / "open/2026-05/recompute.py").is_file()
        assert work.publish_months() == []


async def test_what_goes_wrong_is_logged_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(upkeep, "utc_now", lambda: JUNE)
    monkeypatch.setattr(upkeep, "SUMS_SECONDS", 0.0)
    blocked = tmp_path / "open"
    blocked.write_text("no folder")
    first = (datetime(2026, 5, 20, tzinfo=UTC) - BEGIN) / timedelta(minutes=10)
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        fill(store, "UUU", first=first)
        await Upkeep(store, blocked, publisher="").look()
    assert "upkeep: cannot write" in caplog.text
