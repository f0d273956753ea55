"""Hourly sums, kept so that a figure over five years takes no longer than one over a day.

They are derived: made lazily, some thousand slots in a transaction, and again from any day on when
a slot comes late. ``rebuild_rollups`` makes them from nothing; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, Engine, delete, func, insert, select

from monitor.core.incidents import fold_all
from monitor.core.model import Depth, SlotRecord
from monitor.core.scopes import PATH, Scope, folds_of, laid_out
from monitor.core.tally import HOUR, UNRUN, hourly
from monitor.core.timeline import (
    EPOCH,
    MICROSECOND,
    Timeline,
    microseconds,
    seen_by,
    slot_time,
    together,
)
from monitor.store import rows
from monitor.store.engine import reading, writing
from monitor.store.rollup_reads import (
    DAY,
    cursor_of,
    cursors,
    line_of,
    mark_before,
    slots_between,
)
from monitor.store.rollup_rows import (
    Cursor,
    States,
    hour_values,
    incident_values,
    states_text,
)
from monitor.store.rows import Values
from monitor.store.schema import (
    fold_state,
    rollup_cursor,
    rollup_day,
    rollup_hour,
    rollup_incident,
    slot,
)
from monitor.store.upsert import upsert

STEP_SLOTS = 20_000
"""At most so many new slots in one transaction: probes wait for it, a second or two."""

STEP_DAYS = 14

_LaidOut = tuple[Timeline, list[tuple[int, States]]]

FULL = Depth.FULL.value


class Rollups:
    """The part of the store that keeps sums."""

    _engine: Engine

    def refresh_rollups(self, *, step_slots: int = STEP_SLOTS) -> bool:
        """Take all new slots into the sums. True when there were any."""
        behind = self._behind()
        for component in behind:
            while self._refresh_step(component, step_slots):
                pass
        while behind and self._refresh_path():
            pass
        return bool(behind)

    def rebuild_rollups(self) -> None:
        """Make all sums again from nothing."""
        with writing(self._engine) as connection:
            for one in (rollup_cursor, rollup_day, rollup_incident, rollup_hour):
                connection.execute(delete(one))
        self.refresh_rollups()

    def _behind(self) -> list[str]:
        """Components with slots that are not in the sums yet."""
        with reading(self._engine) as connection:
            known = connection.execute(select(fold_state.c.component).distinct()).scalars()
            reached = cursors(connection)
            path = reached.get(PATH)
            last = connection.execute(select(func.max(slot.c.sequence))).scalar_one() or 0
            if path is not None and path.sequence == last:
                return []
            return sorted(known)

    def _refresh_step(self, component: str, step_slots: int) -> bool:
        with writing(self._engine) as connection:
            cursor = cursor_of(connection, component)
            new = _new_slots(connection, component, cursor, step_slots)
            if new:
                _Step(connection, component, cursor, new).run()
            return len(new) == step_slots

    def _refresh_path(self) -> bool:
        with writing(self._engine) as connection:
            return _roll_path(connection)


def _new_slots(
    connection: Connection, component: str, cursor: Cursor | None, limit: int
) -> list[SlotRecord]:
    query = (
        select(*rows.SLOT_COLUMNS)
        .where(slot.c.component == component)
        .where(slot.c.sequence > (cursor.sequence if cursor else 0))
        .order_by(slot.c.sequence)
        .limit(limit)
    )
    return [rows.slot_record(row) for row in connection.execute(query)]


class _Step:
    """Some new slots of one component taken in, inside one transaction."""

    def __init__(
        self,
        connection: Connection,
        component: str,
        before: Cursor | None,
        new: Sequence[SlotRecord],
    ) -> None:
        self.connection, self.component = connection, component
        self.cursor = _advanced(component, before, new)
        margin = self.cursor.margin
        first = min(map(slot_time, new))
        self.mark, self.states = mark_before(connection, component, first - 2 * margin)
        self.records = sorted(
            slots_between(
                connection, component, self.mark, None, up_to_sequence=self.cursor.sequence
            ),
            key=lambda one: (slot_time(one), one.sequence),
        )
        self._any_run = Scope(component=component)
        self._whole: list[_LaidOut] = []
        self.first_hour = microseconds(first - margin) // HOUR
        self.end_hour = microseconds(self.cursor.last_slot_at + margin) // HOUR + 1

    def run(self) -> None:
        """Sums, marks, incidents, cursor."""
        self._forget()
        marks: dict[int, dict[str, States]] = {}
        categories = {one.category for one in self.records if one.category is not None}
        categories |= {n.removeprefix("category:") for n in self.states if n.startswith("category")}
        for scope in folds_of(self.component, categories):
            self._fold(scope, marks)
        self._sum_vantages()
        for day, states in marks.items():
            values = {"component": self.component, "day": day, "states": states_text(states)}
            upsert(self.connection, rollup_day, values)
        upsert(self.connection, rollup_cursor, vars(self.cursor))
        _pull_path_back(self.connection, self.first_hour)

    def _forget(self) -> None:
        here = rollup_hour.c.component == self.component
        self.connection.execute(
            delete(rollup_hour).where(here, rollup_hour.c.hour >= self.first_hour)
        )
        day = -1 if self.mark is None else (self.mark - EPOCH) // DAY
        self.connection.execute(
            delete(rollup_day).where(
                rollup_day.c.component == self.component, rollup_day.c.day > day
            )
        )
        old = delete(rollup_incident).where(rollup_incident.c.component == self.component)
        if self.mark is not None:
            old = old.where(rollup_incident.c.opened_at >= self.mark)
        self.connection.execute(old)

    def _fold(self, scope: Scope, marks: dict[int, dict[str, States]]) -> None:
        """One scope: its hours, its incidents, and where it stands before each day."""
        name = scope.fold_name or ""
        before = self.states.get(name, {})
        if self._any_run != scope and not before and not self._runs_of(scope):
            return
        line, by_day = self._laid_out(scope, before)
        self._sum(name, line)
        self._save_incidents(name, line)
        for day, states in by_day:
            if self.mark is None or EPOCH + day * DAY > self.mark:
                marks.setdefault(day, {})[name] = states

    def _laid_out(self, scope: Scope, before: States) -> _LaidOut:
        """The timeline of a scope, and where it stands before each day. A scope in which every run
        counts is laid out as any depth is, once."""
        alike = self._whole and before == self.states.get("any", {})
        if alike and len(self._runs_of(scope)) == len(self._runs_of(self._any_run)):
            return self._whole[0]
        line = laid_out(scope, self.records, now=self.cursor.last_slot_at, states=before)
        found = line, list(_by_day(scope, self.records, before))
        if scope == self._any_run:
            self._whole.append(found)
        return found

    def _runs_of(self, scope: Scope) -> list[SlotRecord]:
        return [
            one
            for one in self.records
            if one.outcome not in UNRUN
            and scope.depth in (None, one.depth)
            and scope.category in (None, one.category)
        ]

    def _sum(self, name: str, line: Timeline) -> None:
        if not line.pieces and not line.records:
            return
        lines = [
            hour_values(self.component, name, hour, one)
            for hour, one in hourly(line, self.first_hour * HOUR, self.end_hour * HOUR)
            if not one.is_empty
        ]
        if lines:
            self.connection.execute(insert(rollup_hour), lines)

    def _sum_vantages(self) -> None:
        before = self.states.get("any", {})
        vantages = sorted({one.slot.vantage for one in self.records})
        for vantage in vantages:
            scope = Scope(component=self.component, vantage=vantage)
            states = {key: one for key, one in before.items() if key[1] == vantage}
            line = laid_out(scope, self.records, now=self.cursor.last_slot_at, states=states)
            self._sum(scope.hours_name or "", line)

    def _save_incidents(self, name: str, line: Timeline) -> None:
        opened = {one.sequence: slot_time(one) for one in self.records}
        earlier = (
            self.records[0].slot.scheduled_at if self.mark is None else self.mark - MICROSECOND
        )
        for one in line.incidents:
            values = incident_values(name, one, opened.get(one.opened_sequence, earlier))
            upsert(self.connection, rollup_incident, values)


def _advanced(component: str, before: Cursor | None, new: Sequence[SlotRecord]) -> Cursor:
    """The cursor once the new slots are in."""
    times = [slot_time(one) for one in new]
    full = [slot_time(one) for one in new if one.depth is Depth.FULL and one.started_at is not None]
    longest = max(one.slot.interval_seconds for one in new)
    if before is None:
        return Cursor(
            component=component,
            sequence=new[-1].sequence,
            longest_interval_seconds=longest,
            begins=min(times),
            full_begins=min(full, default=None),
            last_slot_at=max(times),
        )
    known = [*full, *([before.full_begins] if before.full_begins else [])]
    return replace(
        before,
        sequence=new[-1].sequence,
        longest_interval_seconds=max(longest, before.longest_interval_seconds),
        begins=min(before.begins, *times),
        full_begins=min(known, default=None),
        last_slot_at=max(before.last_slot_at, *times),
    )


def _by_day(
    scope: Scope, records: Iterable[SlotRecord], before: States
) -> Iterable[tuple[int, States]]:
    """Where the folding of the scope stood before the first slot of each day that has one."""
    states = before
    for day, group in groupby(records, key=lambda one: (slot_time(one) - EPOCH) // DAY):
        yield day, states
        seen = (seen_by(one, scope.depth, scope.category) for one in group)
        states = dict(fold_all(seen, states).states)


def _pull_path_back(connection: Connection, hour: int) -> None:
    """The whole path's sums are right only up to the first hour that changed."""
    path = cursor_of(connection, PATH)
    moment = EPOCH + timedelta(hours=hour)
    if path is not None:
        moment = min(moment, path.last_slot_at)
    _save_path(connection, moment, sequence=0)


def _save_path(connection: Connection, reached: datetime, *, sequence: int) -> None:
    values: Values = {
        "component": PATH,
        "sequence": sequence,
        "longest_interval_seconds": 0.0,
        "begins": reached,
        "full_begins": None,
        "last_slot_at": reached,
    }
    upsert(connection, rollup_cursor, values)


def _roll_path(connection: Connection) -> bool:
    """Sum some days of the whole path. True while there is more to do."""
    known = cursors(connection)
    path = known.pop(PATH, None)
    parts = {name: one for name, one in known.items() if one.full_begins is not None}
    seen = max((one.sequence for one in known.values()), default=0)
    if path is None or path.sequence == seen:
        return False
    end = max((one.last_slot_at + one.margin for one in known.values()), default=path.last_slot_at)
    end_hour = microseconds(end) // HOUR + 1
    first = max(
        microseconds(path.last_slot_at) // HOUR,
        min((microseconds(one.begins) // HOUR for one in parts.values()), default=end_hour),
    )
    until = min(first + STEP_DAYS * 24, end_hour)
    here = (rollup_hour.c.component == PATH, rollup_hour.c.hour >= first)
    connection.execute(delete(rollup_hour).where(*here))
    if until > first and parts:
        line = path_line(connection, parts, _moment(first), _moment(until), now=end)
        lines = [
            hour_values(PATH, FULL, hour, one)
            for hour, one in hourly(line, first * HOUR, until * HOUR)
            if not one.is_empty
        ]
        if lines:
            connection.execute(insert(rollup_hour), lines)
    more = until < end_hour
    _save_path(connection, _moment(until), sequence=0 if more else seen)
    return more


def path_line(
    connection: Connection,
    parts: dict[str, Cursor],
    low: datetime,
    high: datetime,
    *,
    now: datetime,
) -> Timeline:
    """The timeline of the whole path, right within [low, high); its incidents are not complete."""
    lines = [
        line_of(connection, Scope(component=name, depth=Depth.FULL), one, low, high, now=now)[0]
        for name, one in parts.items()
    ]
    since = {name: one.full_begins for name, one in parts.items() if one.full_begins is not None}
    return together(lines, since=since, now=now)


def _moment(hour: int) -> datetime:
    return EPOCH + timedelta(hours=hour)
