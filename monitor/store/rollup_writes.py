"""What both the sums of a component and those of the whole path write, inside one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby

from sqlalchemy import Connection, delete, insert, literal, select

from monitor.core.scopes import PATH, is_judged, judged_book
from monitor.core.tally import HOUR, Tally, nothing
from monitor.core.timeline import EPOCH
from monitor.store.rollup_reads import DAYS, Layer, day_of
from monitor.store.rollup_rows import Cursor, sum_values, tally_from
from monitor.store.rows import Values
from monitor.store.schema import rollup_cursor, rollup_day, rollup_hour
from monitor.store.upsert import upsert


def moment_of(hour: int) -> datetime:
    """When an hour since the Unix epoch begins."""
    return EPOCH + timedelta(hours=hour)


def forget_sums(connection: Connection, book: str, first: int, end: int | None = None) -> None:
    """Those of the hours [first, end), and of all days of which one of them is; None is no end."""
    hours, days = rollup_hour.c, rollup_day.c
    old_hours = delete(rollup_hour).where(hours.component == book, hours.hour >= first)
    old_days = delete(rollup_day).where(days.component == book, days.day >= day_of(first))
    if end is not None:
        old_hours = old_hours.where(hours.hour < end)
        old_days = old_days.where(days.day <= day_of(end - 1))
    connection.execute(old_hours)
    connection.execute(old_days)


def save_hours(
    connection: Connection, book: str, scope: str, hours: Iterable[tuple[int, Tally]]
) -> None:
    """Keep the hours in which anything was seen or tried."""
    lines = [
        sum_values(book, scope, {"hour": hour}, one) for hour, one in hours if not one.is_empty
    ]
    if lines:
        connection.execute(insert(rollup_hour), lines)


def copy_sums(
    connection: Connection,
    book: str,
    names: Mapping[str, str],
    layer: Layer,
    first: int,
    end: int | None = None,
) -> None:
    """Keep sums of the hours or days [first, end) once more under other names: new to old."""
    columns = layer.table.c
    for name, old in names.items():
        query = select(*(literal(name) if one is columns.scope else one for one in columns)).where(
            columns.component == book, columns.scope == old, layer.key >= first
        )
        query = query if end is None else query.where(layer.key < end)
        every = [one.name for one in columns]
        connection.execute(insert(layer.table).from_select(every, query))


def save_days(
    connection: Connection, book: str, first: int, until: int, *, but: Collection[str] = ()
) -> None:
    """Join the hours of every scope but some to the days [first, until)."""
    if until <= first:
        return
    columns = [one for one in rollup_hour.c if not one.primary_key]
    query = (
        select(rollup_hour.c.scope, rollup_hour.c.hour, *columns)
        .where(rollup_hour.c.component == book, rollup_hour.c.scope.not_in(but))
        .where(rollup_hour.c.hour >= DAYS.hours(first)[0])
        .where(rollup_hour.c.hour < DAYS.hours(until)[0])
        .order_by(rollup_hour.c.scope, rollup_hour.c.hour)
    )
    lines: list[Values] = []
    for scope, found in groupby(connection.execute(query), key=lambda row: row.scope):
        hours = {
            hour: tally_from(values, hour * HOUR, (hour + 1) * HOUR) for _, hour, *values in found
        }
        days = ((day, _day(hours, day)) for day in range(first, until))
        lines += [sum_values(book, scope, {"day": d}, one) for d, one in days if not one.is_empty]
    if lines:
        connection.execute(insert(rollup_day), lines)


def _day(hours: Mapping[int, Tally], day: int) -> Tally:
    first, end = DAYS.hours(day)
    silent = (nothing(hour * HOUR, (hour + 1) * HOUR) for hour in range(first, end))
    return reduce(Tally.then, (hours.get(one.start // HOUR, one) for one in silent))


def pull_path_back(connection: Connection, book: str, hour: int) -> None:
    """The whole path's sums are right only up to the first hour that changed in a book: with
    slots as they were judged first, and last."""
    paths = [judged_book(PATH)] if is_judged(book) else [PATH, judged_book(PATH)]
    for path in paths:
        query = select(rollup_cursor.c.last_slot_at).where(rollup_cursor.c.component == path)
        reached = connection.execute(query).scalar_one_or_none()
        if reached is not None or path == PATH:
            moment = moment_of(hour)
            save_path(connection, path, min(moment, reached or moment))


def save_path(
    connection: Connection,
    book: str,
    reached: datetime,
    *,
    sequence: int = 0,
    judgements: tuple[int, int] = (0, 0),
) -> None:
    """Up to when the sums of the whole path are whole; the rest once they are all."""
    reviews, later = judgements
    cursor = Cursor(
        component=book,
        sequence=sequence,
        longest_interval_seconds=0.0,
        begins=reached,
        full_begins=None,
        last_slot_at=reached,
        reviews=reviews,
        reclassifications=later,
    )
    upsert(connection, rollup_cursor, vars(cursor))
