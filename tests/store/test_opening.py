"""Opening: a database that cannot be used is refused in one sentence, and left as it was."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from monitor.core.model import Outcome
from monitor.errors import ConfigurationError, MonitorError, StoreError
from monitor.store.engine import parse_url, sqlite_url
from monitor.store.errors import NewerDatabase
from monitor.store.migrate import SchemaStatus, check, upgrade
from monitor.store.store import open_store
from tests.store.samples import VANTAGE, slot

NOBODY = 65534


@pytest.fixture
def powerless() -> Iterator[None]:
    """Root may write anywhere: be someone else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    yield
    os.seteuid(0)


def make_newer(url: str) -> None:
    """Make a database, then let a version that we do not know have changed it."""
    upgrade(url)
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()


def test_an_empty_database_is_made(url: str) -> None:
    open_store(url).close()

    assert check(url) is SchemaStatus.CURRENT


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "monitor.sqlite3"

    open_store(sqlite_url(path)).close()

    assert path.exists()


def test_without_migrate_an_empty_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is empty: run anef-monitor db upgrade"):
        open_store(url, migrate=False)

    assert check(url) is SchemaStatus.EMPTY


def test_a_newer_database_is_refused(url: str) -> None:
    make_newer(url)

    with pytest.raises(NewerDatabase, match="newer version of anef-monitor, nothing was changed"):
        open_store(url)

    assert check(url) is SchemaStatus.NEWER


def test_a_newer_file_is_not_touched(sqlite_file: Path) -> None:
    make_newer(sqlite_url(sqlite_file))
    before = sqlite_file.read_bytes()

    for attempt in (open_store, upgrade):
        with pytest.raises(NewerDatabase):
            attempt(sqlite_url(sqlite_file))

    assert sqlite_file.read_bytes() == before


def test_a_newer_file_with_commits_in_its_log_is_not_touched(sqlite_file: Path) -> None:
    make_newer(sqlite_url(sqlite_file))
    engine = create_engine(parse_url(sqlite_url(sqlite_file)))
    log = sqlite_file.with_name(sqlite_file.name + "-wal")
    with engine.connect() as writer:  # still open: its commit stays in the log
        writer.execute(text("INSERT INTO vantage VALUES ('x', 'x', 'x', NULL, 'x')"))
        writer.commit()
        before = (sqlite_file.read_bytes(), log.read_bytes())

        with pytest.raises(NewerDatabase):
            open_store(sqlite_url(sqlite_file))

        assert (sqlite_file.read_bytes(), log.read_bytes()) == before
    engine.dispose()


def test_a_file_that_is_no_database_is_refused_and_not_touched(sqlite_file: Path) -> None:
    sqlite_file.write_text("Bonjour " * 1000)

    with pytest.raises(StoreError, match="file is not a database"):
        open_store(sqlite_url(sqlite_file))

    assert sqlite_file.read_text() == "Bonjour " * 1000


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot make the folder"):
        open_store(sqlite_url(tmp_path / "file" / "monitor.sqlite3"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others can reach; pytest keeps its own to itself."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_a_folder_that_cannot_be_written_is_refused(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    folder.chmod(0o555)
    request.getfixturevalue("powerless")

    with pytest.raises(ConfigurationError, match="cannot write to"):
        open_store(sqlite_url(folder / "monitor.sqlite3"))


def test_a_file_that_cannot_be_written_is_refused(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    path = folder / "monitor.sqlite3"
    upgrade(sqlite_url(path))
    path.chmod(0o444)
    folder.chmod(0o777)
    request.getfixturevalue("powerless")

    with pytest.raises(ConfigurationError, match="cannot write to"):
        open_store(sqlite_url(path))


def test_a_folder_that_cannot_be_entered_is_refused(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    folder.chmod(0o000)
    request.getfixturevalue("powerless")

    with pytest.raises(ConfigurationError, match="cannot look at"):
        open_store(sqlite_url(folder / "monitor.sqlite3"))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("not an address", "not a database address"),
        ("mysql://localhost/x", "begins with mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        open_store(url)


def test_an_unreachable_server_is_said_without_its_password() -> None:
    with pytest.raises(StoreError, match="cannot be used") as caught:
        open_store("postgresql://someone:s3cret@127.0.0.1:9/none")

    assert "s3cret" not in str(caught.value)


def test_every_refusal_is_one_line(tmp_path: Path) -> None:
    for url in ("postgresql://127.0.0.1:9/none", sqlite_url(tmp_path), "x"):
        with pytest.raises(MonitorError) as caught:
            open_store(url)
        assert "\n" not in str(caught.value)


def test_a_closed_file_is_alone_in_its_folder(sqlite_file: Path) -> None:
    with open_store(sqlite_url(sqlite_file)) as store:
        store.register_vantage(VANTAGE)
        store.record_unrun(slot(0), Outcome.MISSED, "off")

    assert [path.name for path in sqlite_file.parent.iterdir()] == [sqlite_file.name]


def test_commits_are_on_the_disk_before_they_return(sqlite_file: Path) -> None:
    with open_store(sqlite_url(sqlite_file)) as store, store._engine.connect() as connection:
        full, wal = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "journal_mode")
        )

    assert (full, wal) == (2, "wal")
