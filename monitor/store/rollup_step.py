"""Some new slots of one book taken into its sums, inside one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from monitor.core.model import Depth
from monitor.core.scopes import component_of
from monitor.store.rollup_reads import earliest
from monitor.store.rollup_relaid import Relaid
from monitor.store.rollup_rows import Cursor
from monitor.store.rollup_writes import pull_path_back
from monitor.store.schema import rollup_cursor, slot
from monitor.store.upsert import upsert


@dataclass(frozen=True, kw_only=True)
class News:
    """What new slots change of a cursor; the last of them in the order of recording."""

    many: int
    sequence: int
    longest_interval_seconds: float
    first_at: datetime
    last_at: datetime
    full_begins: datetime | None


def news(connection: Connection, book: str, cursor: Cursor | None, limit: int) -> News | None:
    """Of the next slots that are not in the book's sums yet; None without any."""
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at).label("begun")
    full = case((slot.c.depth == Depth.FULL.value, slot.c.started_at)).label("full")
    new = (
        select(slot.c.sequence, slot.c.interval_seconds, begun, full)
        .where(slot.c.component == component_of(book))
        .where(slot.c.sequence > (cursor.sequence if cursor else 0))
        .order_by(slot.c.sequence)
        .limit(limit)
    ).subquery()
    columns = new.c
    query = select(
        func.count().label("many"),
        func.max(columns.sequence).label("sequence"),
        func.max(columns.interval_seconds).label("longest_interval_seconds"),
        func.min(columns.begun).label("first_at"),
        func.max(columns.begun).label("last_at"),
        func.min(columns.full).label("full_begins"),
    )
    found = connection.execute(query).one()
    return News(**found._asdict()) if found.many else None


def take_in(connection: Connection, book: str, before: Cursor | None, new: News) -> None:
    """All that the new slots change is made again: sums, marks, incidents, cursor."""
    cursor = _advanced(book, before, new)
    part = Relaid(connection, cursor, new.first_at)
    part.save(since_hour=before.end_hour if before else None)
    upsert(connection, rollup_cursor, vars(cursor))
    pull_path_back(connection, book, part.first_hour)


def _advanced(book: str, before: Cursor | None, new: News) -> Cursor:
    """The cursor once the new slots are in."""
    if before is None:
        return Cursor(
            component=book,
            sequence=new.sequence,
            longest_interval_seconds=new.longest_interval_seconds,
            begins=new.first_at,
            full_begins=new.full_begins,
            last_slot_at=new.last_at,
        )
    return replace(
        before,
        sequence=new.sequence,
        longest_interval_seconds=max(before.longest_interval_seconds, new.longest_interval_seconds),
        begins=min(before.begins, new.first_at),
        full_begins=earliest((before.full_begins, new.full_begins)),
        last_slot_at=max(before.last_slot_at, new.last_at),
    )
