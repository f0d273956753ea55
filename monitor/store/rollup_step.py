"""Some new slots of one book taken into its sums, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import Connection, delete, select

from monitor.core.incidents import Folded, fold_all
from monitor.core.model import Depth, Incident, SlotRecord
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
from monitor.store import rows
from monitor.store.rollup_reads import DAY, mark_before, slots_between
from monitor.store.rollup_rows import Cursor, States, incident_values, states_text
from monitor.store.rollup_writes import forget_sums, pull_path_back, save_days, save_hours
from monitor.store.schema import rollup_cursor, rollup_incident, rollup_mark, slot
from monitor.store.upsert import upsert


def new_slots(
    connection: Connection, book: str, cursor: Cursor | None, limit: int
) -> list[SlotRecord]:
    """The next slots that are not in the book's sums yet, in the order of recording."""
    query = (
        select(*rows.SLOT_COLUMNS)
        .where(slot.c.component == component_of(book))
        .where(slot.c.sequence > (cursor.sequence if cursor else 0))
        .order_by(slot.c.sequence)
        .limit(limit)
    )
    return [rows.slot_record(row) for row in connection.execute(query)]


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """A scope laid out: by the runs that count in it and where folding stood before them."""

    runs: list[SlotRecord]
    before: States
    layers: Layers
    marks: list[tuple[int, States]]


class Step:
    """All that the new slots change is forgotten and made again."""

    def __init__(
        self, connection: Connection, book: str, before: Cursor | None, new: Sequence[SlotRecord]
    ) -> None:
        self.connection, self.book = connection, book
        self.cursor = _advanced(book, before, new)
        margin = self.cursor.margin
        first = min(map(slot_time, new))
        self.mark, self.states = mark_before(connection, book, first - 2 * margin)
        self.records = slots_between(
            connection, book, self.mark, None, up_to_sequence=self.cursor.sequence
        )
        self._laid: list[_Laid] = []
        self.first_hour = microseconds(first - margin) // HOUR
        self.first_of_days = min(self.first_hour, before.end_hour if before else self.first_hour)

    def run(self) -> None:
        """Sums, marks, incidents, cursor."""
        self._forget()
        marks: dict[int, dict[str, States]] = {}
        for scope in folds_of(component_of(self.book), self._categories()):
            self._fold(scope, marks)
        save_days(self.connection, self.book, self.first_of_days, self.cursor.end_hour)
        for day, states in marks.items():
            values = {"component": self.book, "day": day, "states": states_text(states)}
            upsert(self.connection, rollup_mark, values)
        upsert(self.connection, rollup_cursor, vars(self.cursor))
        pull_path_back(self.connection, self.book, self.first_hour)

    def _categories(self) -> set[str]:
        known = {name.partition(":")[2] for name in self.states}
        return {one.category for one in self.records if one.category} | (known - {""})

    def _forget(self) -> None:
        forget_sums(self.connection, self.book, self.first_hour)
        marks, incidents = rollup_mark.c, rollup_incident.c
        day = -1 if self.mark is None else (self.mark - EPOCH) // DAY
        self.connection.execute(
            delete(rollup_mark).where(marks.component == self.book, marks.day > day)
        )
        old = delete(rollup_incident).where(incidents.component == self.book)
        if self.mark is not None:
            old = old.where(incidents.opened_at >= self.mark)
        self.connection.execute(old)

    def _fold(self, scope: Scope, marks: dict[int, dict[str, States]]) -> None:
        """One scope: its hours, its incidents, and where it stands before each day."""
        name = scope.fold_name
        before, runs = self.states.get(name, {}), self._runs_of(scope)
        if scope != Scope(component=scope.component) and not before and not runs:
            return
        laid = self._lay_out(scope, runs, before)
        span = self.first_hour * HOUR, self.cursor.end_hour * HOUR
        save_hours(self.connection, self.book, name, hourly(laid.layers.whole, *span))
        for vantage, line in laid.layers.by_vantage.items():
            apart = replace(scope, vantage=vantage).sums_name
            save_hours(self.connection, self.book, apart, hourly(line, *span))
        self._save_incidents(name, laid.layers.whole.incidents)
        for day, states in laid.marks:
            if self.mark is None or EPOCH + day * DAY > self.mark:
                marks.setdefault(day, {})[name] = states

    def _lay_out(self, scope: Scope, runs: list[SlotRecord], before: States) -> _Laid:
        """Scopes in which the same runs count are laid out once."""
        for one in self._laid:
            if one.before == before and one.runs == runs:
                return one
        seen = [seen_by(one, scope.depth, scope.category) for one in self.records]
        folded, marks = _folded_by_day(seen, before)
        laid = layers(
            seen,
            folded,
            now=self.cursor.last_slot_at,
            depth=scope.depth,
            category=scope.category,
        )
        self._laid.append(_Laid(runs=runs, before=before, layers=laid, marks=marks))
        return self._laid[-1]

    def _runs_of(self, scope: Scope) -> list[SlotRecord]:
        return [
            one
            for one in self.records
            if one.outcome not in UNRUN
            and scope.depth in (None, one.depth)
            and scope.category in (None, one.category)
        ]

    def _save_incidents(self, name: str, incidents: Sequence[Incident]) -> None:
        opened = {one.sequence: slot_time(one) for one in self.records}
        earlier = (
            self.records[0].slot.scheduled_at if self.mark is None else self.mark - MICROSECOND
        )
        for one in incidents:
            at = opened.get(one.opened_sequence, earlier)
            upsert(self.connection, rollup_incident, incident_values(self.book, name, one, at))


def _advanced(book: str, before: Cursor | None, new: Sequence[SlotRecord]) -> Cursor:
    """The cursor once the new slots are in."""
    times = [slot_time(one) for one in new]
    full = [slot_time(one) for one in new if one.depth is Depth.FULL and one.started_at is not None]
    longest = max(one.slot.interval_seconds for one in new)
    if before is None:
        return Cursor(
            component=book,
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
