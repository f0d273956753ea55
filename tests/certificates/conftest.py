"""A store in a file for every test of documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as opened:
        yield opened
