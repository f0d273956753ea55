"""Rows as lines of JSON that any database of ours can take back.

A table is described by the name and kind of its columns. The description travels with the rows,
so that a backup can be loaded into the schema it was made of, however the tables look today.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Double,
    Integer,
    LargeBinary,
    Table,
    TableClause,
    Text,
    column,
    insert,
    select,
    table,
)
from sqlalchemy.types import TypeEngine

from monitor.store.columns import Texts, UtcDateTime

_BATCH = 1000

_TYPES: dict[str, TypeEngine[Any]] = {
    "instant": UtcDateTime(),
    "integer": BigInteger(),
    "real": Double(),
    "text": Text(),  # JSON columns too: byte by byte as they are stored
    "bytes": LargeBinary(),
}

KINDS = frozenset(_TYPES)
"""Kinds of columns that a backup can describe."""

_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (UtcDateTime, "instant"),
    (Texts, "text"),
    (Text, "text"),
    (Integer, "integer"),
    (Double, "real"),
    (LargeBinary, "bytes"),
)

_ENCODE: dict[str, Callable[[Any], object]] = {
    "instant": lambda moment: moment.astimezone(UTC).isoformat(),
    "bytes": lambda data: base64.b64encode(data).decode("ascii"),
}

_DECODE: dict[str, Callable[[Any], object]] = {
    "instant": datetime.fromisoformat,
    "bytes": base64.b64decode,
    "real": float,
}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A table as a backup describes it: (name, kind) of each column, and the number of rows."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int = 0


def shape_of(described: Table) -> Shape:
    """The description of one of our tables."""
    columns = tuple((one.name, _kind(one.type)) for one in described.columns)
    return Shape(name=described.name, columns=columns)


def _kind(found: TypeEngine[Any]) -> str:
    return next(kind for known, kind in _KINDS if isinstance(found, known))


def dump(connection: Connection, described: Table) -> Iterator[bytes]:
    """Every row as one line, in the order of the primary key."""
    shape = shape_of(described)
    bare = _bare(shape)
    query = select(bare).order_by(*(bare.c[key.name] for key in described.primary_key))
    encoders = [_ENCODE.get(kind) for _, kind in shape.columns]
    for row in connection.execute(query.execution_options(yield_per=_BATCH)):
        values = [
            encode(value) if encode and value is not None else value
            for encode, value in zip(encoders, row, strict=True)
        ]
        yield json.dumps(values, separators=(",", ":")).encode() + b"\n"


def load(connection: Connection, shape: Shape, lines: Iterable[bytes]) -> int:
    """Insert what ``dump`` wrote; returns the number of rows. Raises ValueError on other lines."""
    bare = _bare(shape)
    count = 0
    remaining = iter(lines)
    while batch := [_values(shape, line) for line in islice(remaining, _BATCH)]:
        connection.execute(insert(bare), batch)
        count += len(batch)
    return count


def _values(shape: Shape, line: bytes) -> dict[str, object]:
    return {
        name: _DECODE[kind](value) if kind in _DECODE and value is not None else value
        for (name, kind), value in zip(shape.columns, json.loads(line), strict=True)
    }


def _bare(shape: Shape) -> TableClause:
    return table(shape.name, *(column(name, _TYPES[kind]) for name, kind in shape.columns))
