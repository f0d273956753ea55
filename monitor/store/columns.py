"""Column types that hold our values the same way on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from monitor.store.errors import NaiveDatetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises NaiveDatetime when it has no timezone."""
    if moment.utcoffset() is None:
        raise NaiveDatetime(f"the time {moment.isoformat()} has no timezone, nothing was stored")
    return moment.astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, exact to the microsecond, always aware and in UTC.

    SQLite has no type for moments: there it is the number of microseconds since 1970, which
    sorts, compares and indexes as fast as any integer. PostgreSQL has ``timestamptz``.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose how the database at hand keeps it."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """To the database. Raises NaiveDatetime when the value has no timezone."""
        if value is None:
            return None
        moment = utc(value)
        return moment if dialect.name == "postgresql" else (moment - _EPOCH) // _MICROSECOND

    def process_result_value(
        self,
        value: datetime | int | None,
        dialect: Dialect,  # noqa: ARG002  SQLAlchemy's signature
    ) -> datetime | None:
        """From the database, whatever timezone its session is in."""
        if value is None:
            return None
        if isinstance(value, int):
            return _EPOCH + timedelta(microseconds=value)
        return value.astimezone(UTC)


class Texts(TypeDecorator[tuple[str, ...]]):
    """Some texts in their order, as a JSON array.

    JSON is kept as text, not as a database's own JSON type: it comes back byte by byte as it was
    written, and anything that a page can hold (NUL, half a surrogate pair) survives escaped.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        """From the database."""
        del dialect
        if value is None or value == "[]":
            return None if value is None else ()
        return tuple(json.loads(value))
