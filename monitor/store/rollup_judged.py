"""The book of a component's slots as they were judged last: by a person, or by newer rules.

Its sums are kept apart from the first ones, from the first judgement on. It begins as a copy. What
was judged again is made again around it, up to the day on which folding stands where it stood
before; only where many days are touched, or no such day comes soon, all that follows is made again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, literal, select, union

from monitor.core.scopes import PATH, Scope, component_of, judged_book
from monitor.store.rollup_path import path_again
from monitor.store.rollup_reads import DAY, cursors
from monitor.store.rollup_relaid import Relaid
from monitor.store.rollup_rows import Cursor
from monitor.store.rollup_writes import moment_of, pull_path_back
from monitor.store.schema import ROLLUPS, reclassification, review, rollup_cursor, slot
from monitor.store.upsert import upsert

Judgements = tuple[int, int]
"""The numbers of the last review and of the last reclassification; 0 for none."""

_LAST = select(
    select(func.coalesce(func.max(review.c.number), 0)).scalar_subquery(),
    select(func.coalesce(func.max(reclassification.c.number), 0)).scalar_subquery(),
)

AHEAD = (timedelta(days=1), timedelta(days=7))
"""How far is looked for a day from which on nothing changes: most often it is the next one."""

MOST_DAYS = 40
"""Where more days than this are touched, all that follows is made again."""


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A slot on which something new was decided, and when it began."""

    begun: datetime
    sequence: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What was decided up to ``made`` is being taken in, on slots that began before ``done`` it is.
    What is decided meanwhile waits for the next time."""

    made: Judgements
    done: datetime


def judgements(connection: Connection) -> Judgements:
    """All that were made."""
    reviews, later = connection.execute(_LAST).one()
    return reviews, later


def judged_step(
    connection: Connection, component: str, before: Progress | None = None
) -> Progress | None:
    """Take what was decided into the judged book, in one more place. None: that was the last."""
    known, made = cursors(connection), before.made if before else judgements(connection)
    cursor = known.get(component)
    if cursor is None or (cursor.reviews, cursor.reclassifications) == made:
        return None
    new = _newly_judged(connection, cursor)
    if new:
        _begin(connection, component, known)
        waiting = [one for one in new if before is None or one.begun >= before.done]
        reached = _take_in(connection, judged_book(component), waiting, made)
        if reached is not None:
            return Progress(made=made, done=reached)
    upsert(connection, rollup_cursor, vars(_up_to(cursor, made)))
    pull_path_back(connection, component, cursor.end_hour)
    return None


def _newly_judged(connection: Connection, cursor: Cursor) -> list[_Judged]:
    """The component's slots on which something new was decided, in order of time."""
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at).label("begun")
    queries = [
        select(begun, slot.c.sequence)
        .join(table, table.c.sequence == slot.c.sequence)
        .where(slot.c.component == cursor.component, table.c.number > number)
        for table, number in (
            (review, cursor.reviews),
            (reclassification, cursor.reclassifications),
        )
    ]
    found = connection.execute(union(*queries).order_by("begun"))
    return [_Judged(begun=row.begun, sequence=row.sequence) for row in found]


def _begin(connection: Connection, component: str, known: dict[str, Cursor]) -> None:
    """Where nothing was judged before, the judged books begin as copies."""
    for name in (component, PATH):
        if judged_book(name) not in known:
            _copy(connection, name)


def _copy(connection: Connection, book: str) -> None:
    """All that is kept of a book, once more under the name of its judged one."""
    for table in ROLLUPS:
        columns = [
            literal(judged_book(book)) if one is table.c.component else one for one in table.c
        ]
        rows = select(*columns).where(table.c.component == book)
        connection.execute(insert(table).from_select([one.name for one in table.c], rows))


def _take_in(
    connection: Connection, book: str, new: list[_Judged], made: Judgements
) -> datetime | None:
    """Make the book again around the first of the slots. Returns up to when; None: that is all.
    Slots that are not in the book yet come into it as they were judged."""
    cursor = cursors(connection)[book]
    inside = [one for one in new if one.sequence <= cursor.sequence]
    if inside and len({one.begun.toordinal() for one in inside}) <= MOST_DAYS:
        reached = _make_again(connection, cursor, [one.begun for one in inside])
        if reached is not None:
            return reached
    seen = _up_to(cursor, made)
    if inside:
        seen = _pulled_back(connection, seen, min(one.sequence for one in inside))
    upsert(connection, rollup_cursor, vars(seen))
    return None


def _up_to(cursor: Cursor, made: Judgements) -> Cursor:
    return replace(cursor, reviews=made[0], reclassifications=made[1])


def _make_again(connection: Connection, cursor: Cursor, changed: list[datetime]) -> datetime | None:
    """Make the book, and the whole path, again from the first moment that changed to the day from
    which on nothing did. Returns that day's beginning; None when it is not soon."""
    for ahead in AHEAD:
        high = changed[0] + 2 * cursor.margin + DAY + ahead
        part = Relaid(connection, cursor, changed[0], high)
        day = part.settled(changed)
        if day is not None:
            end = part.save_until(day)
            path_again(connection, Scope(component=PATH, judged=True), part.first_hour, end)
            return moment_of(end)
    return None


def _pulled_back(connection: Connection, cursor: Cursor, sequence: int) -> Cursor:
    """The cursor as if this slot and all later ones were new."""
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at)
    before = connection.execute(
        select(func.max(begun)).where(
            slot.c.component == component_of(cursor.component), slot.c.sequence < sequence
        )
    ).scalar_one()
    return replace(
        cursor,
        sequence=min(cursor.sequence, sequence - 1),
        last_slot_at=min(cursor.last_slot_at, before or cursor.begins),
    )
