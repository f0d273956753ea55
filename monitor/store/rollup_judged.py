"""The book of a component's slots as they were judged last: by a person, or by newer rules.

Its sums are kept apart from the first ones, from the first judgement on. It begins as a copy, and
is made again from the slot that was judged.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, func, insert, literal, select

from monitor.core.scopes import PATH, component_of, judged_book
from monitor.store.rollup_reads import cursors
from monitor.store.rollup_rows import Cursor
from monitor.store.rollup_writes import pull_path_back
from monitor.store.schema import ROLLUPS, reclassification, review, rollup_cursor, slot
from monitor.store.upsert import upsert

Judgements = tuple[int, int]
"""The numbers of the last review and of the last reclassification; 0 for none."""


def judgements(connection: Connection) -> Judgements:
    """All that were made."""
    numbers = select(
        select(func.coalesce(func.max(review.c.number), 0)).scalar_subquery(),
        select(func.coalesce(func.max(reclassification.c.number), 0)).scalar_subquery(),
    )
    reviews, later = connection.execute(numbers).one()
    return reviews, later


def take_judgements_in(connection: Connection, component: str) -> None:
    """Pull the judged book back to the first slot on which something new was decided."""
    known, made = cursors(connection), judgements(connection)
    cursor = known.get(component)
    if cursor is None or (cursor.reviews, cursor.reclassifications) == made:
        return
    first = _first_judged(connection, cursor)
    reviews, later = made
    upsert(
        connection,
        rollup_cursor,
        vars(replace(cursor, reviews=reviews, reclassifications=later)),
    )
    pull_path_back(connection, component, cursor.end_hour)
    if first is None:
        return
    if judged_book(component) not in known:
        _copy(connection, component)
    if judged_book(PATH) not in known:
        _copy(connection, PATH)
    _pull_back(connection, judged_book(component), first, made)


def _first_judged(connection: Connection, cursor: Cursor) -> int | None:
    """The lowest sequence of the component's slots on which something new was decided."""
    found = [
        connection.execute(
            select(func.min(slot.c.sequence))
            .join(table, table.c.sequence == slot.c.sequence)
            .where(slot.c.component == cursor.component, table.c.number > number)
        ).scalar_one()
        for table, number in (
            (review, cursor.reviews),
            (reclassification, cursor.reclassifications),
        )
    ]
    return min((one for one in found if one is not None), default=None)


def _copy(connection: Connection, book: str) -> None:
    """All that is kept of a book, once more under the name of its judged one."""
    for table in ROLLUPS:
        columns = [
            literal(judged_book(book)) if one is table.c.component else one for one in table.c
        ]
        rows = select(*columns).where(table.c.component == book)
        connection.execute(insert(table).from_select([one.name for one in table.c], rows))


def _pull_back(connection: Connection, book: str, sequence: int, made: Judgements) -> None:
    """The book as if this slot and all later ones were new."""
    cursor = cursors(connection)[book]
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at)
    before = connection.execute(
        select(func.max(begun)).where(
            slot.c.component == component_of(book), slot.c.sequence < sequence
        )
    ).scalar_one()
    back = replace(
        cursor,
        sequence=min(cursor.sequence, sequence - 1),
        last_slot_at=min(cursor.last_slot_at, before or cursor.begins),
        reviews=made[0],
        reclassifications=made[1],
    )
    upsert(connection, rollup_cursor, vars(back))
