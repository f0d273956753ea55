"""Corrections and answers, appended; nothing is ever replaced."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine, func, insert, select

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.store.engine import reading, writing
from monitor.store.leaves import append_statement
from monitor.store.schema import public_statement


class Statements:
    """The part of the store that keeps what was said of what was published."""

    _engine: Engine

    def statements(self, *, about: str | None = None) -> tuple[PublicStatement, ...]:
        """Every entry in the order of recording; with ``about`` those on one thing."""
        query = select(public_statement).order_by(public_statement.c.number)
        if about is not None:
            query = query.where(public_statement.c.about == about)
        with reading(self._engine) as connection:
            return tuple(
                PublicStatement(**{**row._asdict(), "kind": StatementKind(row.kind)})
                for row in connection.execute(query)
            )

    def add_statement(self, statement: PublicStatement) -> PublicStatement:
        """Keep an entry under the next number, which it returns with it. Raises NaiveDatetime."""
        with writing(self._engine) as connection:
            last = connection.execute(select(func.max(public_statement.c.number))).scalar_one()
            added = replace(statement, number=(last or 0) + 1)
            values = {**vars(added), "kind": added.kind.value}
            connection.execute(insert(public_statement), values)
            append_statement(connection, added)
        return added
