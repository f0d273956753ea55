"""The sums of the whole path, made from the books of its components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from monitor.core.model import Depth
from monitor.core.scopes import PATH, Scope, component_of, is_judged
from monitor.core.tally import HOUR, hourly
from monitor.core.timeline import Timeline, microseconds, together
from monitor.store.rollup_reads import cursors, day_of, line_of, parts_of
from monitor.store.rollup_rows import Cursor
from monitor.store.rollup_writes import forget_sums, moment_of, save_days, save_hours, save_path

STEP_DAYS = 14

FULL = Depth.FULL.value


def path_step(connection: Connection, scope: Scope) -> bool:
    """Sum some days of the whole path. True while there is more to do."""
    known = cursors(connection)
    path = known.get(scope.book)
    every = [one for book, one in known.items() if component_of(book) != PATH]
    seen = max((one.sequence for one in every), default=0)
    if path is None or path.sequence == seen:
        return False
    parts, end_hour = parts_of(known, scope), _end_hour(known)
    begins = min((microseconds(one.begins) // HOUR for one in parts.values()), default=end_hour)
    first = max(_reached(path), begins)
    until = max(first, min(first + STEP_DAYS * 24, end_hour))
    forget_sums(connection, scope.book, first)
    _sum_up(connection, scope, parts, first, until, now=moment_of(end_hour))
    save_days(connection, scope.book, day_of(first), day_of(until))
    more = until < end_hour
    save_path(
        connection,
        scope.book,
        moment_of(until),
        sequence=0 if more else seen,
        judgements=_least(every),
    )
    return more


def path_again(connection: Connection, scope: Scope, first: int, until: int) -> None:
    """Sum the hours [first, until) of the whole path once more, as far as it is summed up."""
    known = cursors(connection)
    parts, path = parts_of(known, scope), known[scope.book]
    reached = _reached(path)
    until = min(until, reached)
    if until <= first:
        return
    forget_sums(connection, scope.book, first, until)
    for low in range(first, until, STEP_DAYS * 24):
        high = min(low + STEP_DAYS * 24, until)
        _sum_up(connection, scope, parts, low, high, now=moment_of(_end_hour(known)))
    save_days(connection, scope.book, day_of(first), min(day_of(until - 1) + 1, day_of(reached)))


def path_of(lines: Iterable[Timeline], parts: Mapping[str, Cursor], *, now: datetime) -> Timeline:
    """The whole path from the timelines of its components' full runs."""
    since = {name: one.full_begins for name, one in parts.items() if one.full_begins is not None}
    return together(lines, since=since, now=now)


def _sum_up(
    connection: Connection,
    scope: Scope,
    parts: Mapping[str, Cursor],
    first: int,
    until: int,
    *,
    now: datetime,
) -> None:
    """Keep the sums of the hours [first, until)."""
    if not parts:
        return
    span = moment_of(first), moment_of(until)
    lines = [
        line_of(connection, Scope(component=name, depth=Depth.FULL), one, *span, now=now)
        for name, one in parts.items()
    ]
    line = path_of(lines, parts, now=now)
    save_hours(connection, scope.book, FULL, hourly(line, first * HOUR, until * HOUR))


def _end_hour(known: Mapping[str, Cursor]) -> int:
    """The first hour of which no slot of any component tells anything yet."""
    return max(one.end_hour for book, one in known.items() if component_of(book) != PATH)


def _reached(path: Cursor) -> int:
    """The hour up to which the whole path is summed up."""
    return microseconds(path.last_slot_at) // HOUR


def _least(every: Sequence[Cursor]) -> tuple[int, int]:
    """What was decided is in the sums of all of them up to these numbers."""
    first = [one for one in every if not is_judged(one.component)]
    return min(one.reviews for one in first), min(one.reclassifications for one in first)
