"""Every test of the contract runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.postgres import postgres_server, postgres_url
from tests.store.samples import VANTAGE

__all__ = ["postgres_server", "postgres_url"]

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "monitor.sqlite3")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Where a SQLite database may be made."""
    return tmp_path / "monitor.sqlite3"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store that knows one vantage."""
    with open_store(url) as opened:
        opened.register_vantage(VANTAGE)
        yield opened
