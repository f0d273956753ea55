"""Migrations make exactly the tables that the program thinks there are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, insert, select, text

from monitor.store.engine import engine_for, parse_url, sqlite_url, writing
from monitor.store.migrate import (
    SchemaStatus,
    check,
    head_revision,
    is_known,
    upgrade,
    upgrade_connection,
)
from monitor.store.schema import metadata, rollup_mark

ROOT = Path(__file__).parents[2]


def test_an_upgraded_database_has_the_tables_of_the_models(url: str) -> None:
    upgrade(url)

    with engine_for(parse_url(url)) as engine, engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def statements(connection: Connection) -> dict[str, list[str]]:
    """What SQLite keeps of every CREATE, by name: its lines, whatever their order."""
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    found = connection.execute(text(query)).all()
    lines = {name: [line.strip(" \t,") for line in sql.splitlines()] for name, sql in found}
    return {name: sorted(lines[name]) for name in lines if name != "alembic_version"}


def test_sqlite_statements_are_the_same(tmp_path: Path) -> None:
    migrated, made = (sqlite_url(tmp_path / name) for name in ("migrated", "made"))
    upgrade(migrated)
    with engine_for(parse_url(made)) as engine:
        metadata.create_all(engine)
        with engine.connect() as connection:
            expected = statements(connection)

    with engine_for(parse_url(migrated)) as engine, engine.connect() as connection:
        assert statements(connection) == expected


def test_an_empty_database_is_empty(url: str) -> None:
    assert check(url) is SchemaStatus.EMPTY


def test_checking_makes_no_file(sqlite_file: Path) -> None:
    check(sqlite_url(sqlite_file))

    assert not sqlite_file.exists()


def test_upgrade_says_how_it_was_before(url: str) -> None:
    assert [upgrade(url), upgrade(url)] == [SchemaStatus.EMPTY, SchemaStatus.CURRENT]


def test_a_database_between_nothing_and_head_is_behind(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(url)

    monkeypatch.setattr("monitor.store.migrate.head_revision", lambda: "9998")

    assert check(url) is SchemaStatus.BEHIND


def test_sums_of_an_older_program_are_made_again(url: str) -> None:
    mark = {"component": "login", "day": 20_000, "states": "{}"}
    with engine_for(parse_url(url)) as engine, writing(engine) as connection:
        upgrade_connection(connection, "0012")
        connection.execute(insert(rollup_mark), mark)

    upgrade(url)

    with engine_for(parse_url(url)) as engine, engine.connect() as connection:
        assert connection.execute(select(rollup_mark)).all() == []


def test_a_failing_migration_leaves_an_empty_database(url: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE step (x INTEGER)"))  # in the way of ours
    engine.dispose()

    with pytest.raises(Exception, match="step"):
        upgrade(url)

    assert check(url) is SchemaStatus.EMPTY


def test_migrations_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("0*.py"))

    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    assert is_known(head_revision())


def test_migrations_work_away_from_the_checkout(tmp_path: Path) -> None:
    """As in an installed wheel: packages beside each other, and another working folder."""
    site = tmp_path / "site"
    for package in ("monitor", "migrations"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, site / package, ignore=ignored)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import migrations;"
        "from monitor.store.migrate import upgrade;"
        f"assert migrations.__file__.startswith({str(site)!r});"
        f"print(upgrade({sqlite_url(tmp_path / 'x.sqlite3')!r}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "empty\n"
