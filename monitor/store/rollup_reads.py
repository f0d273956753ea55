"""What both the making of rollups and the making of figures read, inside one connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    func,
    select,
)

from monitor.core.model import SlotRecord
from monitor.core.reclassify import with_reclassifications
from monitor.core.reviewed import with_reviews
from monitor.core.scopes import PATH, Scope, component_of, is_judged, judged_book, laid_out
from monitor.core.tally import HOUR, Stretch, Tally
from monitor.core.timeline import EPOCH, Timeline, in_order, microseconds
from monitor.core.windows import PARIS, day_bounds
from monitor.store import rows
from monitor.store.reclassifications import reclassifications_where
from monitor.store.reviews import reviews_where
from monitor.store.rollup_rows import (
    Cursor,
    States,
    states_from,
    tally_from,
    tally_of_rows,
)
from monitor.store.schema import (
    TALLY_SUMS,
    reclassification,
    review,
    rollup_cursor,
    rollup_day,
    rollup_hour,
    rollup_mark,
    slot,
)

DAY = timedelta(days=1)

LATEST_START = timedelta(days=2)
"""A slot that waits longer for its turn than this is given up long before."""


def cursors(connection: Connection) -> dict[str, Cursor]:
    """How far the sums of each book go."""
    found = connection.execute(select(rollup_cursor)).all()
    return {row.component: Cursor(**row._asdict()) for row in found}


def parts_of(known: Mapping[str, Cursor], scope: Scope) -> dict[str, Cursor]:
    """The cursors of the components that a scope is of. A component of which nothing was judged
    again has one book."""
    found = {}
    for name in sorted({component_of(book) for book in known} - {PATH}):
        book = judged_book(name) if scope.judged and judged_book(name) in known else name
        if scope.component == name or (scope.component == PATH and known[book].full_begins):
            found[name] = known[book]
    return found


def mark_before(
    connection: Connection, book: str, moment: datetime
) -> tuple[datetime | None, dict[str, States]]:
    """The last day that begins by this moment and of which it is known where folding stood, with
    where it stood. None and nothing: begin at the very first slot."""
    query = (
        select(rollup_mark.c.day, rollup_mark.c.states)
        .where(rollup_mark.c.component == book)
        .where(rollup_mark.c.day <= (moment - EPOCH) // DAY)
        .order_by(rollup_mark.c.day.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (EPOCH + row.day * DAY, states_from(row.states)) if row else (None, {})


def slots_between(
    connection: Connection,
    book: str,
    low: datetime | None,
    high: datetime | None,
    *,
    up_to_sequence: int | None = None,
) -> list[SlotRecord]:
    """The book's slots that began in [low, high], in order of time; None is no limit."""
    wanted = [slot.c.component == component_of(book)]
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at)
    if low is not None:  # the first of each pair is for the index
        wanted += [slot.c.scheduled_at >= low - LATEST_START, begun >= low]
    if high is not None:
        wanted += [slot.c.scheduled_at <= high + LATEST_START, begun <= high]
    if up_to_sequence is not None:  # hidden from its index: that leads through all of the ledger
        wanted.append(func.coalesce(slot.c.sequence, 0) <= up_to_sequence)
    found = connection.execute(select(*rows.SLOT_COLUMNS).where(and_(*wanted)))
    records = sorted((rows.slot_record(row) for row in found), key=in_order)
    return _judged(connection, records) if is_judged(book) else records


def _judged(connection: Connection, records: Sequence[SlotRecord]) -> list[SlotRecord]:
    """The slots as they were judged last."""
    if not records:
        return []
    numbers = [one.sequence for one in records]
    span = min(numbers), max(numbers)
    later = reclassifications_where(connection, reclassification.c.sequence.between(*span))
    decided = reviews_where(connection, review.c.sequence.between(*span))
    return list(with_reviews(with_reclassifications(records, later), decided))


def line_of(
    connection: Connection,
    scope: Scope,
    cursor: Cursor,
    low: datetime,
    high: datetime,
    *,
    now: datetime,
) -> Timeline:
    """The timeline of one component's scope, right within [low, high)."""
    start, states = mark_before(connection, cursor.component, low - 2 * cursor.margin)
    until = None if high + cursor.margin >= cursor.last_slot_at else high + cursor.margin
    records = slots_between(connection, cursor.component, start, until)
    return laid_out(scope, records, now=now, states=_of(scope, states))


def _of(scope: Scope, states: dict[str, States]) -> States:
    kept = states.get(scope.fold_name, {})
    return {key: one for key, one in kept.items() if scope.vantage in (None, key[1])}


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A table of sums, and from which hour to which each of its spans goes."""

    table: Table
    key: Column[int]
    hours: Callable[[int], tuple[int, int]]


@lru_cache(maxsize=8192)
def _hours_of_day(day: int) -> tuple[int, int]:
    begin, end = day_bounds(date.fromordinal(day))
    return microseconds(begin) // HOUR, microseconds(end) // HOUR


HOURS = Layer(table=rollup_hour, key=rollup_hour.c.hour, hours=lambda hour: (hour, hour + 1))
DAYS = Layer(table=rollup_day, key=rollup_day.c.day, hours=_hours_of_day)


def day_of(hour: int) -> int:
    """The ordinal of the day of Europe/Paris in which an hour lies."""
    return (EPOCH + timedelta(hours=hour)).astimezone(PARIS).toordinal()


def whole_days(first: int, end: int) -> tuple[int, int]:
    """The days that lie wholly in the hours [first, end); none where the end is not after the
    beginning."""
    day = day_of(first)
    return day if _hours_of_day(day)[0] == first else day + 1, day_of(end)


def tally_of_sums(
    connection: Connection, layer: Layer, book: str, scope: str, first: int, end: int
) -> Tally:
    """The tally of the whole hours or days [first, end) of a layer, summed by the database."""
    here = {"book": book, "name": scope, "first": first, "end": end}
    present, *sums = connection.execute(_sums(layer), here).one()
    dense = present == end - first
    # what is absent is silent: then all of its neighbours are needed
    gaps = connection.execute(_lines(layer, "gap", only_marked=dense), here)
    outages = connection.execute(_lines(layer, "outage", only_marked=True), here)
    return tally_of_rows(
        layer.hours(first)[0],
        layer.hours(end)[0],
        sums=sums,
        marks=connection.execute(_marks(layer), here).scalars(),
        gaps=[(*layer.hours(key), *stretch) for key, *stretch in gaps],
        outages=[(*layer.hours(key), *stretch) for key, *stretch in outages],
        dense=dense,
    )


def _here(layer: Layer) -> ColumnElement[bool]:
    """The sums of a book's scope in [first, end). Whatever asks so is kept and asked again: to
    build a question takes longer than to answer it."""
    columns = layer.table.c
    return and_(
        columns.component == bindparam("book"),
        columns.scope == bindparam("name"),
        layer.key >= bindparam("first"),
        layer.key < bindparam("end"),
    )


@cache
def _sums(layer: Layer) -> Select[*tuple[Any, ...]]:
    added = [func.sum(layer.table.c[name]) for name in TALLY_SUMS]
    return select(func.count(), *added).where(_here(layer))


@cache
def _marks(layer: Layer) -> Select[str]:
    return select(layer.table.c.marks).where(_here(layer)).distinct()


@cache
def _lines(layer: Layer, name: str, *, only_marked: bool) -> Select[*tuple[Any, ...]]:
    columns = [layer.table.c[f"{name}_{part}"] for part in Stretch._fields]
    query = select(layer.key, *columns).where(_here(layer)).order_by(layer.key)
    return query.where(columns[-1] > 0) if only_marked else query


@cache
def _rows(layer: Layer) -> Select[*tuple[Any, ...]]:
    columns = [one for one in layer.table.c if not one.primary_key]
    return select(layer.key, *columns).where(_here(layer))


def tallies_of(
    connection: Connection, layer: Layer, book: str, scope: str, first: int, end: int
) -> dict[int, Tally]:
    """The tallies of the hours or days [first, end) one by one; absent ones are silent."""
    here = {"book": book, "name": scope, "first": first, "end": end}
    return {
        key: tally_from(values, *(hour * HOUR for hour in layer.hours(key)))
        for key, *values in connection.execute(_rows(layer), here)
    }


def begins_of(connection: Connection, component: str, vantage: str) -> datetime | None:
    """When the component's first slot from this vantage began, or should have."""
    query = (
        select(slot.c.scheduled_at, slot.c.started_at)
        .where(slot.c.component == component, slot.c.vantage == vantage)
        .order_by(slot.c.scheduled_at)
        .limit(1)
    )
    row = connection.execute(query).first()
    return (row.started_at or row.scheduled_at).astimezone(UTC) if row else None


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of those that are known."""
    return min((one for one in moments if one is not None), default=None)
