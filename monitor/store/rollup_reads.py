"""What both the making of rollups and the making of figures read, inside one connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from monitor.core.model import SlotRecord
from monitor.core.scopes import Scope, laid_out
from monitor.core.tally import Tally
from monitor.core.timeline import EPOCH, Timeline
from monitor.store import rows
from monitor.store.rollup_rows import SUMS, Cursor, States, hours_tally, states_from
from monitor.store.schema import rollup_cursor, rollup_day, rollup_hour, slot

DAY = timedelta(days=1)

LATEST_START = timedelta(days=2)
"""A slot that waits longer for its turn than this is given up long before."""


def cursor_of(connection: Connection, component: str) -> Cursor | None:
    """How far the component's sums go; None before the first."""
    query = select(rollup_cursor).where(rollup_cursor.c.component == component)
    row = connection.execute(query).first()
    return Cursor(**row._asdict()) if row else None


def cursors(connection: Connection) -> dict[str, Cursor]:
    """Those of all, by component."""
    found = connection.execute(select(rollup_cursor)).all()
    return {row.component: Cursor(**row._asdict()) for row in found}


def mark_before(
    connection: Connection, component: str, moment: datetime
) -> tuple[datetime | None, dict[str, States]]:
    """The last day that begins by this moment and of which it is known where folding stood, with
    where it stood. None and nothing: begin at the very first slot."""
    query = (
        select(rollup_day.c.day, rollup_day.c.states)
        .where(rollup_day.c.component == component)
        .where(rollup_day.c.day <= (moment - EPOCH) // DAY)
        .order_by(rollup_day.c.day.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (EPOCH + row.day * DAY, states_from(row.states)) if row else (None, {})


def slots_between(
    connection: Connection,
    component: str,
    low: datetime | None,
    high: datetime | None,
    *,
    up_to_sequence: int | None = None,
) -> list[SlotRecord]:
    """The component's slots that began in [low, high]; None is no limit."""
    wanted = [slot.c.component == component]
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at)
    if low is not None:  # the first of each pair is for the index
        wanted += [slot.c.scheduled_at >= low - LATEST_START, begun >= low]
    if high is not None:
        wanted += [slot.c.scheduled_at <= high + LATEST_START, begun <= high]
    if up_to_sequence is not None:
        wanted.append(slot.c.sequence <= up_to_sequence)
    found = connection.execute(select(*rows.SLOT_COLUMNS).where(and_(*wanted)))
    return [rows.slot_record(row) for row in found]


def line_of(
    connection: Connection,
    scope: Scope,
    cursor: Cursor,
    low: datetime,
    high: datetime,
    *,
    now: datetime,
) -> tuple[Timeline, datetime | None]:
    """The timeline of one component's scope, right within [low, high), and from when on its
    incidents are all there (None: from the first slot on)."""
    start, states = None, dict[str, States]()
    if scope.fold_name is not None:
        start, states = mark_before(connection, scope.component, low - 2 * cursor.margin)
    until = None if high + cursor.margin >= cursor.last_slot_at else high + cursor.margin
    records = slots_between(connection, scope.component, start, until)
    line = laid_out(scope, records, now=now, states=_of(scope, states))
    return line, start


def _of(scope: Scope, states: dict[str, States]) -> States:
    kept = states.get(scope.fold_name or "", {})
    return {key: one for key, one in kept.items() if scope.vantage in (None, key[1])}


def tally_of_hours(
    connection: Connection, component: str, scope: str, first: int, end: int
) -> Tally:
    """The tally of the whole hours [first, end)."""
    here = and_(
        rollup_hour.c.component == component,
        rollup_hour.c.scope == scope,
        rollup_hour.c.hour >= first,
        rollup_hour.c.hour < end,
    )
    sums = select(func.count(), *(func.sum(rollup_hour.c[name]) for name in SUMS)).where(here)
    marks = select(rollup_hour.c.marks).where(here).distinct()
    present, *added = connection.execute(sums).one()
    dense = present == end - first

    def lines(name: str, *, all_of_them: bool) -> Sequence[Row[Any]]:
        columns = [rollup_hour.c[f"{name}_{part}"] for part in ("first", "last", "longest")]
        query = select(rollup_hour.c.hour, *columns).where(here).order_by(rollup_hour.c.hour)
        return connection.execute(query if all_of_them else query.where(columns[-1] > 0)).fetchall()

    return hours_tally(
        first,
        end,
        sums=added,
        marks=connection.execute(marks).scalars(),
        gaps=lines("gap", all_of_them=not dense),  # an absent hour is silent
        outages=lines("outage", all_of_them=False),
        dense=dense,
    )


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
