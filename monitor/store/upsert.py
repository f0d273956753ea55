"""Inserting or replacing, which both databases say in their own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def upsert(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or replace the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = INSERTS[connection.dialect.name](table).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest))


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row unless one with a key of its own is there. Returns 1 when it was added, else
    0."""
    statement = INSERTS[connection.dialect.name](table).values(values)
    added = statement.on_conflict_do_nothing().returning(*table.primary_key)
    return 0 if connection.execute(added).first() is None else 1
