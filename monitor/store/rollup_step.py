"""Some new slots of one book taken into its sums, inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, case, delete, func, select

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
from monitor.store.rollup_reads import (
    DAY,
    DAYS,
    HOURS,
    day_of,
    earliest,
    mark_before,
    slots_between,
)
from monitor.store.rollup_rows import Cursor, States, incident_values, states_text
from monitor.store.rollup_writes import (
    copy_sums,
    forget_sums,
    pull_path_back,
    save_days,
    save_hours,
)
from monitor.store.schema import rollup_cursor, rollup_incident, rollup_mark, slot
from monitor.store.upsert import upsert


@dataclass(frozen=True, kw_only=True)
class News:
    """What new slots change of a cursor; the last of them in the order of recording."""

    many: int
    sequence: int
    longest_interval_seconds: float
    first_at: datetime
    last_at: datetime
    full_begins: datetime | None


def news(connection: Connection, book: str, cursor: Cursor | None, limit: int) -> News | None:
    """Of the next slots that are not in the book's sums yet; None without any."""
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at).label("begun")
    full = case((slot.c.depth == Depth.FULL.value, slot.c.started_at)).label("full")
    new = (
        select(slot.c.sequence, slot.c.interval_seconds, begun, full)
        .where(slot.c.component == component_of(book))
        .where(slot.c.sequence > (cursor.sequence if cursor else 0))
        .order_by(slot.c.sequence)
        .limit(limit)
    ).subquery()
    columns = new.c
    query = select(
        func.count().label("many"),
        func.max(columns.sequence).label("sequence"),
        func.max(columns.interval_seconds).label("longest_interval_seconds"),
        func.min(columns.begun).label("first_at"),
        func.max(columns.begun).label("last_at"),
        func.min(columns.full).label("full_begins"),
    )
    found = connection.execute(query).one()
    return News(**found._asdict()) if found.many else None


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """A scope laid out: by the runs that count in it and where folding stood before them."""

    scope: Scope
    runs: list[SlotRecord]
    before: States
    layers: Layers
    marks: list[tuple[int, States]]


class Step:
    """All that the new slots change is forgotten and made again."""

    def __init__(self, connection: Connection, book: str, before: Cursor | None, new: News) -> None:
        self.connection, self.book = connection, book
        self.cursor = _advanced(book, before, new)
        margin = self.cursor.margin
        first = new.first_at
        self.mark, self.states = mark_before(connection, book, first - 2 * margin)
        self.records = slots_between(
            connection, book, self.mark, None, up_to_sequence=self.cursor.sequence
        )
        self._laid: list[_Laid] = []
        self._alike: dict[str, str] = {}
        self.first_hour = microseconds(first - margin) // HOUR
        self.first_of_days = min(self.first_hour, before.end_hour if before else self.first_hour)

    def run(self) -> None:
        """Sums, marks, incidents, cursor."""
        self._forget()
        marks: dict[int, dict[str, States]] = {}
        for scope in folds_of(component_of(self.book), self._categories()):
            self._fold(scope, marks)
        self._copy_alike()
        self._save_days()
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

    def _copy_alike(self) -> None:
        copy_sums(self.connection, self.book, self._alike, HOURS, self.first_hour)

    def _save_days(self) -> None:
        """In the first day other hours count than those that were just summed."""
        first, end = day_of(self.first_of_days), day_of(self.cursor.end_hour)
        later = day_of(self.first_hour) + 1
        save_days(self.connection, self.book, first, min(later, end))
        save_days(self.connection, self.book, later, end, but=self._alike)
        if later < end:
            copy_sums(self.connection, self.book, self._alike, DAYS, later)

    def _fold(self, scope: Scope, marks: dict[int, dict[str, States]]) -> None:
        """One scope: its hours, its incidents, and where it stands before each day."""
        name = scope.fold_name
        before, runs = self.states.get(name, {}), self._runs_of(scope)
        if scope != Scope(component=scope.component) and not before and not runs:
            return
        laid = self._lay_out(scope, runs, before)
        if laid.scope == scope:
            self._save_hours(scope, laid.layers)
        else:
            self._alike |= {
                replace(scope, vantage=one).sums_name: replace(laid.scope, vantage=one).sums_name
                for one in (None, *laid.layers.by_vantage)
            }
        self._save_incidents(name, laid.layers.whole.incidents)
        for day, states in laid.marks:
            if self.mark is None or EPOCH + day * DAY > self.mark:
                marks.setdefault(day, {})[name] = states

    def _save_hours(self, scope: Scope, laid: Layers) -> None:
        for vantage, line in ((None, laid.whole), *laid.by_vantage.items()):
            name = replace(scope, vantage=vantage).sums_name
            hours = hourly(line, self.first_hour * HOUR, self.cursor.end_hour * HOUR)
            save_hours(self.connection, self.book, name, hours)

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
        self._laid.append(_Laid(scope=scope, runs=runs, before=before, layers=laid, marks=marks))
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


def _advanced(book: str, before: Cursor | None, new: News) -> Cursor:
    """The cursor once the new slots are in."""
    if before is None:
        return Cursor(
            component=book,
            sequence=new.sequence,
            longest_interval_seconds=new.longest_interval_seconds,
            begins=new.first_at,
            full_begins=new.full_begins,
            last_slot_at=new.last_at,
        )
    return replace(
        before,
        sequence=new.sequence,
        longest_interval_seconds=max(before.longest_interval_seconds, new.longest_interval_seconds),
        begins=min(before.begins, new.first_at),
        full_begins=earliest((before.full_begins, new.full_begins)),
        last_slot_at=max(before.last_slot_at, new.last_at),
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
