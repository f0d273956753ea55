"""Sums by hour and by day, kept so that a figure over five years takes no longer than one of a day.

They are derived: made lazily, some thousand slots in a transaction, and again from any day on when
a slot comes late or is judged again. ``rebuild_rollups`` makes them from nothing; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, select

from monitor.core.model import Depth
from monitor.core.scopes import PATH, Scope, component_of, is_judged, judged_book
from monitor.core.tally import HOUR, hourly
from monitor.core.timeline import Timeline, microseconds, together
from monitor.store.engine import reading, writing
from monitor.store.rollup_judged import Judgements, judgements, take_judgements_in
from monitor.store.rollup_reads import cursors, day_of, line_of, parts_of
from monitor.store.rollup_rows import Cursor
from monitor.store.rollup_step import Step, news
from monitor.store.rollup_writes import (
    forget_sums,
    moment_of,
    save_days,
    save_hours,
    save_path,
)
from monitor.store.schema import ROLLUPS, fold_state, slot

STEP_SLOTS = 5_000
"""At most so many new slots in one transaction: probes wait for it, about half a second."""

STEP_DAYS = 14

FULL = Depth.FULL.value


class Rollups:
    """The part of the store that keeps sums."""

    _engine: Engine

    def refresh_rollups(self, *, step_slots: int = STEP_SLOTS) -> bool:
        """Take all new slots and judgements into the sums. True when there were any."""
        behind = self._behind()
        for component in behind:
            for book in (component, judged_book(component)):
                while self._refresh_step(book, step_slots):
                    pass
                if book == component:
                    self._take_judgements_in(component)
        for judged in (False, True) if behind else ():
            while self._refresh_path(judged=judged):
                pass
        return bool(behind)

    def rebuild_rollups(self) -> None:
        """Make all sums again from nothing."""
        with writing(self._engine) as connection:
            for one in ROLLUPS:
                connection.execute(delete(one))
        self.refresh_rollups()

    def _behind(self) -> list[str]:
        """Components with slots or judgements that are not in the sums yet."""
        with reading(self._engine) as connection:
            known = connection.execute(select(fold_state.c.component).distinct()).scalars()
            path = cursors(connection).get(PATH)
            last = connection.execute(select(func.max(slot.c.sequence))).scalar_one() or 0
            made = judgements(connection)
            if path and path.sequence == last and (path.reviews, path.reclassifications) == made:
                return []
            return sorted(known)

    def _refresh_step(self, book: str, step_slots: int) -> bool:
        with writing(self._engine) as connection:
            cursor = cursors(connection).get(book)
            if cursor is None and is_judged(book):
                return False
            new = news(connection, book, cursor, step_slots)
            if new is None:
                return False
            Step(connection, book, cursor, new).run()
            return new.many == step_slots

    def _take_judgements_in(self, component: str) -> None:
        with writing(self._engine) as connection:
            take_judgements_in(connection, component)

    def _refresh_path(self, *, judged: bool) -> bool:
        with writing(self._engine) as connection:
            return _roll_path(connection, Scope(component=PATH, judged=judged))


def _roll_path(connection: Connection, scope: Scope) -> bool:
    """Sum some days of the whole path. True while there is more to do."""
    known = cursors(connection)
    path = known.get(scope.book)
    every = [one for book, one in known.items() if component_of(book) != PATH]
    seen = max((one.sequence for one in every), default=0)
    if path is None or path.sequence == seen:
        return False
    parts, end_hour = parts_of(known, scope), max(one.end_hour for one in every)
    begins = min((microseconds(one.begins) // HOUR for one in parts.values()), default=end_hour)
    first = max(microseconds(path.last_slot_at) // HOUR, begins)
    until = max(first, min(first + STEP_DAYS * 24, end_hour))
    forget_sums(connection, scope.book, first)
    if parts:
        line = _path_line(connection, parts, first, until, now=moment_of(end_hour))
        save_hours(connection, scope.book, FULL, hourly(line, first * HOUR, until * HOUR))
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


def _least(every: Sequence[Cursor]) -> Judgements:
    """What was decided is in the sums of all of them up to these numbers."""
    first = [one for one in every if not is_judged(one.component)]
    return min(one.reviews for one in first), min(one.reclassifications for one in first)


def _path_line(
    connection: Connection, parts: Mapping[str, Cursor], first: int, until: int, *, now: datetime
) -> Timeline:
    """The timeline of the whole path, right within these hours."""
    span = moment_of(first), moment_of(until)
    lines = [
        line_of(connection, Scope(component=name, depth=Depth.FULL), one, *span, now=now)
        for name, one in parts.items()
    ]
    return path_of(lines, parts, now=now)


def path_of(lines: Iterable[Timeline], parts: Mapping[str, Cursor], *, now: datetime) -> Timeline:
    """The whole path from the timelines of its components' full runs."""
    since = {name: one.full_begins for name, one in parts.items() if one.full_begins is not None}
    return together(lines, since=since, now=now)
