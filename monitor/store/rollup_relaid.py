"""A part of a book laid out again inside one transaction: what changed is made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, delete, select, tuple_

from monitor.core.incidents import Folded, fold_all
from monitor.core.model import Incident, SlotRecord
from monitor.core.scopes import Scope, component_of, folds_of
from monitor.core.tally import HOUR, UNRUN, hourly
from monitor.core.timeline import (
    EPOCH,
    MICROSECOND,
    Layers,
    layers,
    microseconds,
    seen_by,
    slot_time,
)
from monitor.store.rollup_reads import DAY, DAYS, HOURS, day_of, mark_before, slots_between
from monitor.store.rollup_rows import Cursor, States, incident_values, states_from, states_text
from monitor.store.rollup_writes import copy_sums, forget_sums, save_days, save_hours
from monitor.store.schema import rollup_day, rollup_incident, rollup_mark
from monitor.store.upsert import upsert

Marks = Mapping[int, Mapping[str, States]]
"""Where the folding of each scope stood before a day's first slot: days of UTC since the epoch."""


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """A scope laid out: by the runs that count in it and where folding stood before them."""

    scope: Scope
    runs: list[SlotRecord]
    before: States
    layers: Layers
    marks: list[tuple[int, States]]


class Relaid:
    """The book from ``first`` on, the first moment of which a slot tells something else than
    before. Slots later than ``high`` are not looked at; None is no limit."""

    def __init__(
        self, connection: Connection, cursor: Cursor, first: datetime, high: datetime | None = None
    ) -> None:
        self.connection, self.cursor, self.book = connection, cursor, cursor.component
        self.first, self.high = first, high
        self.first_hour = microseconds(first - cursor.margin) // HOUR
        self._mark, self._before = mark_before(connection, self.book, first - 2 * cursor.margin)
        self._records = slots_between(
            connection, self.book, self._mark, high, up_to_sequence=cursor.sequence
        )
        self._different: list[_Laid] = []
        self._laid = self._lay_all_out()
        self._marks = self._marks_found()

    def settled(self, changed: Collection[datetime]) -> int | None:
        """The first day from which on all is as it was before the slots that began at ``changed``
        told something else. None when there is no such day up to ``high``."""
        margin = self.cursor.margin
        for day, states in self._marks_kept():
            moment = EPOCH + day * DAY
            if self.high is not None and moment > self.high - margin:
                return None  # slots of which nothing is known here tell of the time before
            if any(moment - margin <= one < moment for one in changed):
                continue
            if _standing(states) == _standing(self._marks.get(day, {})):
                return day
        return None

    def save(self, *, since_hour: int | None = None) -> None:
        """Write all of it. Whole days are summed up from ``since_hour`` on, where that is earlier:
        they were not over yet."""
        end = self.cursor.end_hour
        self._forget_incidents()
        forget_sums(self.connection, self.book, self.first_hour)
        alike = self._save_hours(end)
        self._save_incidents(None)
        self._save_marks(None)
        begin = self.first_hour if since_hour is None else min(self.first_hour, since_hour)
        first, until = day_of(begin), day_of(end)
        later = day_of(self.first_hour) + 1  # in the first day other hours count than these
        columns = rollup_day.c  # a book that was pulled back keeps days after its last slot
        old = delete(rollup_day).where(columns.component == self.book, columns.day >= first)
        self.connection.execute(old)
        save_days(self.connection, self.book, first, min(later, until))
        save_days(self.connection, self.book, later, until, but=alike)
        if later < until:
            copy_sums(self.connection, self.book, alike, DAYS, later)

    def save_until(self, day: int) -> int:
        """Write it up to a settled day; what is kept of later ones stays. Returns the hour up to
        which it was written."""
        end = microseconds(EPOCH + day * DAY) // HOUR
        self._forget_incidents(day)
        forget_sums(self.connection, self.book, self.first_hour, end)
        self._save_hours(end)
        self._save_incidents(day)
        self._save_marks(day)
        over = day_of(self.cursor.end_hour)
        first, until = day_of(self.first_hour), day_of(end - 1) + 1
        save_days(self.connection, self.book, first, min(until, over))
        return end

    def _lay_all_out(self) -> dict[Scope, _Laid]:
        found = {}
        for scope in folds_of(component_of(self.book), self._categories()):
            before, runs = self._before.get(scope.fold_name, {}), self._runs_of(scope)
            if scope == Scope(component=scope.component) or before or runs:
                found[scope] = self._lay_out(scope, runs, before)
        return found

    def _categories(self) -> set[str]:
        known = {name.partition(":")[2] for name in self._before}
        return {one.category for one in self._records if one.category} | (known - {""})

    def _runs_of(self, scope: Scope) -> list[SlotRecord]:
        return [
            one
            for one in self._records
            if one.outcome not in UNRUN
            and scope.depth in (None, one.depth)
            and scope.category in (None, one.category)
        ]

    def _lay_out(self, scope: Scope, runs: list[SlotRecord], before: States) -> _Laid:
        """Scopes in which the same runs count are laid out once."""
        for one in self._different:
            if one.before == before and one.runs == runs:
                return one
        seen = [seen_by(one, scope.depth, scope.category) for one in self._records]
        folded, marks = _folded_by_day(seen, before)
        laid = layers(
            seen,
            folded,
            now=self.cursor.last_slot_at,
            depth=scope.depth,
            category=scope.category,
        )
        self._different.append(
            _Laid(scope=scope, runs=runs, before=before, layers=laid, marks=marks)
        )
        return self._different[-1]

    def _marks_found(self) -> Marks:
        found: dict[int, dict[str, States]] = {}
        for scope, laid in self._laid.items():
            for day, states in laid.marks:
                if self._mark is None or EPOCH + day * DAY > self._mark:
                    found.setdefault(day, {})[scope.fold_name] = states
        return found

    def _marks_kept(self) -> Iterable[tuple[int, Mapping[str, States]]]:
        """Those that are written, after the first moment that changed."""
        columns = rollup_mark.c
        query = (
            select(columns.day, columns.states)
            .where(columns.component == self.book)
            .where(columns.day > (self.first - EPOCH) // DAY)
            .order_by(columns.day)
        )
        for day, text in self.connection.execute(query):
            yield day, states_from(text)

    def _save_hours(self, end_hour: int) -> dict[str, str]:
        """Sum hours up to this one. Returns the names that stand for the same sums: new to old."""
        alike: dict[str, str] = {}
        for scope, laid in self._laid.items():
            for vantage, line in ((None, laid.layers.whole), *laid.layers.by_vantage.items()):
                name = replace(scope, vantage=vantage).sums_name
                if laid.scope != scope:
                    alike[name] = replace(laid.scope, vantage=vantage).sums_name
                else:
                    hours = hourly(line, self.first_hour * HOUR, end_hour * HOUR)
                    save_hours(self.connection, self.book, name, hours)
        copy_sums(self.connection, self.book, alike, HOURS, self.first_hour, end_hour)
        return alike

    def _forget_incidents(self, day: int | None = None) -> None:
        """Those that opened in the part, but for those that a settled day finds open."""
        columns = rollup_incident.c
        old = delete(rollup_incident).where(columns.component == self.book)
        if self._mark is not None:
            old = old.where(columns.opened_at >= self._mark)
        if day is not None:
            kept = [(name, one) for name in self._marks[day] for one in self._open_at(day, name)]
            old = old.where(columns.opened_at < EPOCH + day * DAY)
            old = old.where(tuple_(columns.scope, columns.opened_sequence).not_in(kept))
        self.connection.execute(old)

    def _open_at(self, day: int | None, name: str) -> frozenset[int]:
        """The incidents of which all is told already: a settled day finds them as they were."""
        states = self._marks[day].get(name, {}) if day is not None else {}
        return frozenset(
            one.candidate.opened_sequence
            for one in states.values()
            if one.candidate is not None and one.is_open
        )

    def _save_incidents(self, day: int | None) -> None:
        opened = {one.sequence: slot_time(one) for one in self._records}
        begin = self._records[0].slot.scheduled_at if self._mark is None else self._mark
        end = None if day is None else EPOCH + day * DAY
        for scope, laid in self._laid.items():
            name = scope.fold_name
            known = self._open_at(day, name)
            for one in laid.layers.whole.incidents:
                at = opened.get(one.opened_sequence, begin - MICROSECOND)
                if one.opened_sequence not in known and (end is None or at < end):
                    values = incident_values(self.book, name, one, at)
                    upsert(self.connection, rollup_incident, values)

    def _save_marks(self, until: int | None) -> None:
        columns = rollup_mark.c
        after = -1 if self._mark is None else (self._mark - EPOCH) // DAY
        old = delete(rollup_mark).where(columns.component == self.book, columns.day > after)
        self.connection.execute(old if until is None else old.where(columns.day < until))
        for day, states in self._marks.items():
            if until is None or day < until:
                values = {"component": self.book, "day": day, "states": states_text(states)}
                upsert(self.connection, rollup_mark, values)


def _standing(states: Mapping[str, States]) -> dict[str, States]:
    """Without the scopes of which nothing is known yet."""
    return {name: one for name, one in states.items() if one}


def _folded_by_day(
    seen: Sequence[SlotRecord], before: States
) -> tuple[Folded, list[tuple[int, States]]]:
    """What folding gives, and where it stood before the first slot of each day that has one."""
    marks: list[tuple[int, States]] = []
    incidents = {_key(one): one for one in fold_all((), before).incidents}
    joined: set[int] = set()
    states = before
    for day, slots in groupby(seen, key=lambda one: (slot_time(one) - EPOCH) // DAY):
        marks.append((day, states))
        folded = fold_all(slots, states)
        incidents |= {_key(one): one for one in folded.incidents}
        joined |= folded.joined
        states = dict(folded.states)
    ordered = sorted(incidents.values(), key=lambda one: one.opened_sequence)
    return Folded(incidents=tuple(ordered), joined=frozenset(joined), states=states), marks


def _key(one: Incident) -> tuple[str, int]:
    return one.vantage, one.opened_sequence
