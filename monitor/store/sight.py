"""One scope of figures inside one transaction: sums of days and hours, and the raw edges."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial, reduce

from sqlalchemy import Connection, and_, func, or_, select, union

from monitor.core.model import Depth, Incident
from monitor.core.scopes import PATH, Scope, is_judged, laid_out
from monitor.core.statistics import Figure, clip, figure_from, touching
from monitor.core.tally import HOUR, Tally, hourly, nothing, tally
from monitor.core.timeline import EPOCH, Timeline, microseconds
from monitor.core.weekly import WEEK_HOURS, HourSum, steady
from monitor.core.windows import months_of
from monitor.store.remembered import Remembered
from monitor.store.rollup_path import path_of
from monitor.store.rollup_reads import (
    DAY,
    DAYS,
    HOURS,
    Layer,
    begins_of,
    cursors,
    day_of,
    earliest,
    line_of,
    parts_of,
    tallies_of,
    tally_of_sums,
    whole_days,
)
from monitor.store.rollup_rows import Cursor, incident_from
from monitor.store.rollup_writes import moment_of
from monitor.store.schema import (
    observation,
    reclassification,
    review,
    rollup_hour,
    rollup_incident,
    slot,
)

Span = tuple[datetime, datetime]

FEW = 3
"""Up to so many windows each are summed up by the database, more from the same rows."""


class Sight:
    """What is known of a scope at ``now``."""

    def __init__(
        self, connection: Connection, remembered: Remembered, scope: Scope, now: datetime
    ) -> None:
        self.connection, self.scope, self.now = connection, scope, now
        self._remembered = remembered
        known = cursors(connection)
        self._path = known.get(scope.book) if scope.component == PATH else None
        self.parts: Mapping[str, Cursor] = parts_of(known, scope)
        self._days: Mapping[int, Tally] | None = None

    def figures(self, spans: Sequence[Span]) -> tuple[Figure, ...]:
        """The figures of windows."""
        begins = self._begins()
        clipped = [clip(*span, begins=begins, now=self.now) for span in spans]
        if not clipped:
            return ()
        low, high = min(one for one, _ in clipped), max(one for _, one in clipped)
        incidents = self._incidents(low, high)
        if len(clipped) > FEW:
            self._days = self._days_between(low, high)
        return tuple(self._figure(span, incidents) for span in clipped)

    def _figure(self, span: Span, incidents: Sequence[Incident]) -> Figure:
        return figure_from(
            self._counted(*span),
            touching(incidents, *span, self.now),
            start=span[0],
            end=span[1],
            now=self.now,
            depth=self.scope.depth,
        )

    def hours(self, start: datetime, end: datetime) -> list[HourSum]:
        """The sums of the hours of [start, end)."""
        low, high = clip(start, end, begins=self._begins(), now=self.now)
        first, until = self._whole_hours(low, high)
        if until <= first:
            return self._raw_hours(low, high)
        return [
            *self._raw_hours(low, moment_of(first)),
            *self._kept_hours(first, until),
            *self._raw_hours(moment_of(until), high),
        ]

    def line(self, low: datetime, high: datetime) -> Timeline:
        """The timeline of the scope, right within [low, high)."""
        day = (low - EPOCH) // DAY
        begin, end = EPOCH + day * DAY, EPOCH + (day + 1) * DAY
        if high > end or self._hides_slots:
            return self._line(low, high)
        name, books = (self.scope, day), list(self.parts.values())
        line = self._remembered.get(
            self.connection, name, books, end, lambda: self._line(begin, end)
        )
        return replace(line, now=self.now)

    def _line(self, low: datetime, high: datetime) -> Timeline:
        if self.scope.component != PATH:
            parts = self.parts.values()
            lines = [
                line_of(self.connection, self.scope, one, low, high, now=self.now) for one in parts
            ]
            return lines[0] if lines else laid_out(self.scope, (), now=self.now)
        sights = [self._full(name, one) for name, one in self.parts.items()]
        return path_of([one.line(low, high) for one in sights], self.parts, now=self.now)

    def _full(self, name: str, cursor: Cursor) -> Sight:
        """The full runs of one component of the way."""
        scope = Scope(component=name, depth=Depth.FULL, judged=is_judged(cursor.component))
        return Sight(self.connection, self._remembered, scope, self.now)

    def has_judged(self, start: datetime, end: datetime) -> bool:
        """True when a slot was judged again that began in the window, or so shortly before that it
        can tell of it."""
        judged = {name: one for name, one in self.parts.items() if is_judged(one.component)}
        if not judged:
            return False
        moments = self._remembered.get(
            self.connection,
            "judged",
            list(judged.values()),
            EPOCH,  # right until something is judged, whatever slots come in
            lambda: self._judged_moments(judged),
        )
        first = bisect_left(moments, start - max(one.margin for one in judged.values()))
        return first < len(moments) and moments[first] < min(end, self.now)

    def _judged_moments(self, components: Iterable[str]) -> list[datetime]:
        """When the slots that were judged again should have begun, in order. Their components are
        hidden from the index: few slots are judged, and each is found by its sequence."""
        numbers = union(*(select(table.c.sequence) for table in (review, reclassification)))
        query = select(slot.c.scheduled_at).where(
            slot.c.sequence.in_(numbers),
            func.coalesce(slot.c.component, "").in_(list(components)),
        )
        return sorted(self.connection.execute(query).scalars())

    def site_files(self, start: datetime, end: datetime) -> frozenset[str]:
        """The hashes of the site files with which the components were watched."""
        books = list(self.parts.values())
        return frozenset().union(
            *(
                self._remembered.get(
                    self.connection,
                    ("site files", low, high),
                    books,
                    high,
                    partial(self._site_files, low, high),
                )
                for low, high in months_of(start, end)
            )
        )

    def _site_files(self, low: datetime, high: datetime) -> frozenset[str]:
        query = (
            select(observation.c.environment)
            .distinct()
            .join(slot, slot.c.sequence == observation.c.sequence)
            .where(slot.c.component.in_(list(self.parts)))
            .where(slot.c.scheduled_at >= low, slot.c.scheduled_at < high)
        )
        texts = self.connection.execute(query).scalars()
        found = (dict(json.loads(text)).get("site_file_sha256") for text in texts)
        return frozenset(one for one in found if one)

    def _begins(self) -> datetime | None:
        if self.scope.component == PATH:
            return earliest(one.full_begins for one in self.parts.values())
        if self.scope.vantage is not None:
            return begins_of(self.connection, self.scope.component, self.scope.vantage)
        return earliest(one.begins for one in self.parts.values())

    @property
    def _hides_slots(self) -> bool:
        """True when more is in the sums than was known at ``now``."""
        return any(one.last_slot_at > self.now for one in self.parts.values())

    def _whole_hours(self, low: datetime, high: datetime) -> tuple[int, int]:
        """The hours of the window that can be taken from the sums; none where the end is not
        after the beginning. Hours on which a slot after ``now`` might tell are not."""
        if not self.parts:
            return 0, 0
        sure = high
        if self._hides_slots:
            sure = min(sure, self.now - max(one.margin for one in self.parts.values()))
        return -(-microseconds(low) // HOUR), microseconds(sure) // HOUR

    def _summed_days(self, first: int, until: int) -> tuple[int, int]:
        """The days in these hours of which sums are kept."""
        ends = [microseconds(self._path.last_slot_at) // HOUR] if self._path else []
        ends += [one.end_hour for one in self.parts.values() if self._path is None]
        day, end = whole_days(first, until)
        return day, min(end, *(day_of(hour) for hour in ends))

    @property
    def _from(self) -> tuple[str, str]:
        """The book and the name under which the sums stand."""
        if self._path is not None:
            return self._path.component, self.scope.fold_name
        return self.parts[self.scope.component].component, self.scope.sums_name

    def _counted(self, low: datetime, high: datetime) -> Tally:
        first, until = self._whole_hours(low, high)
        if until <= first:
            return self._raw(low, high)
        return reduce(
            Tally.then,
            (
                self._raw(low, moment_of(first)),
                *self._summed(first, until),
                self._raw(moment_of(until), high),
            ),
        )

    def _summed(self, first: int, until: int) -> Iterator[Tally]:
        """Whole hours, as days where they can be."""
        day, end = self._summed_days(first, until)
        if end <= day:
            yield self._sum(HOURS, first, until)
            return
        begin, stop = DAYS.hours(day)[0], DAYS.hours(end)[0]
        if first < begin:
            yield self._sum(HOURS, first, begin)
        if self._days is None:
            yield self._sum(DAYS, day, end)
        else:
            yield from (self._days[one] for one in range(day, end))
        if stop < until:
            yield self._sum(HOURS, stop, until)

    def _sum(self, layer: Layer, first: int, end: int) -> Tally:
        return tally_of_sums(self.connection, layer, *self._from, first, end)

    def _days_between(self, low: datetime, high: datetime) -> Mapping[int, Tally]:
        """Every day of the window of which sums are kept."""
        first, until = self._whole_hours(low, high)
        if until <= first:
            return {}
        day, end = self._summed_days(first, until)
        kept = tallies_of(self.connection, DAYS, *self._from, day, end)
        return {one: kept.get(one) or _silent(one) for one in range(day, end)}

    def _raw(self, low: datetime, high: datetime) -> Tally:
        if not self.parts or high <= low:
            return nothing(microseconds(low), microseconds(high))
        return tally(self.line(low, high), microseconds(low), microseconds(high))

    def _raw_hours(self, low: datetime, high: datetime) -> list[HourSum]:
        if not self.parts or high <= low:
            return []
        line = self.line(low, high)
        return [
            HourSum(hour, one.end - one.start, one.known, one.available, one.maintenance)
            for hour, one in hourly(line, microseconds(low), microseconds(high))
        ]

    def _kept_hours(self, first: int, until: int) -> Iterator[HourSum]:
        """All occurrences of an hour of the week together, as far as clocks do not change."""
        for low, high in steady(first, until):
            kept = self._of_weeks(low, high)
            for hour in range(low, min(low + WEEK_HOURS, high)):
                window = len(range(hour, high, WEEK_HOURS)) * HOUR
                up, down, planned = kept.get(hour % WEEK_HOURS, (0, 0, 0))
                yield HourSum(hour, window, up + down + planned, up, planned)

    def _of_weeks(self, low: int, high: int) -> Mapping[int, tuple[int, int, int]]:
        books = list(self.parts.values())
        return self._remembered.get(
            self.connection,
            (self.scope, "weeks", low, high),
            books,
            moment_of(high),
            lambda: self._by_hour_of_week(low, high),
        )

    def _by_hour_of_week(self, first: int, until: int) -> dict[int, tuple[int, int, int]]:
        """Time available, down and announced, by the hour's rest."""
        book, name = self._from
        columns = rollup_hour.c
        rest = (columns.hour % WEEK_HOURS).label("rest")
        query = (
            select(
                rest,
                func.sum(columns.up + columns.degraded),
                func.sum(columns.down),
                func.sum(columns.maintenance),
            )
            .where(columns.component == book, columns.scope == name)
            .where(columns.hour >= first, columns.hour < until)
            .group_by(rest)
        )
        return {
            hour: (int(up), int(down), int(planned))
            for hour, up, down, planned in self.connection.execute(query)
        }

    def _incidents(self, low: datetime, high: datetime) -> tuple[Incident, ...]:
        """Those of the sums that touch the window; where later slots tell more than was known at
        ``now``, those of the raw ledger."""
        if not self.parts:
            return ()
        seen = self.line(self.now, self.now).incidents if self._hides_slots else ()
        found = {
            (one.component, one.vantage, one.opened_sequence): one
            for one in (*self._kept_incidents(low, high), *seen)
        }
        ordered = sorted(found.values(), key=lambda one: one.opened_sequence)
        return touching(ordered, low, high, self.now)

    def _kept_incidents(self, low: datetime, high: datetime) -> list[Incident]:
        columns = rollup_incident.c
        ended = or_(columns.ended_before.is_(None), columns.ended_before > low)
        query = select(rollup_incident).where(
            columns.component.in_([one.component for one in self.parts.values()]),
            columns.scope == self.scope.fold_name,
            columns.opened_at <= self.now,
            and_(columns.started_before < high, ended),
        )
        if self.scope.vantage is not None:
            query = query.where(columns.vantage == self.scope.vantage)
        found = [incident_from(row) for row in self.connection.execute(query)]
        return [one for one in found if self.scope.component != PATH or one.via is None]


def _silent(day: int) -> Tally:
    first, end = DAYS.hours(day)
    return nothing(first * HOUR, end * HOUR)
