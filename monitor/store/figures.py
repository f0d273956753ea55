"""Every figure of the program, from hourly sums and the raw edges around them.

Whoever shows a number asks here: pages, API, metrics, exports, commands. What comes back is what
``core.statistics.figure`` says of the whole ledger; a property test holds that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine, and_, or_, select

from monitor.core.model import Depth, Incident, Outcome
from monitor.core.reclassify import Reclassification, with_reclassifications
from monitor.core.reviewed import Review, with_reviews
from monitor.core.scopes import PATH, Scope, laid_out
from monitor.core.statistics import Figure, clip, figure_from, figure_of, quantiles_of, touching
from monitor.core.tally import HOUR, Tally, hourly, nothing, tally
from monitor.core.timeline import EPOCH, MICROSECOND, Timeline, microseconds, together
from monitor.core.weekly import HourSum, Week, week_of
from monitor.store.engine import reading
from monitor.store.rollup_reads import (
    LATEST_START,
    begins_of,
    cursors,
    earliest,
    line_of,
    slots_between,
    tally_of_hours,
)
from monitor.store.rollup_rows import Cursor, incident_from
from monitor.store.rollups import FULL, path_line
from monitor.store.schema import observation, rollup_hour, rollup_incident, slot

QUANTILES = (0.5, 0.9, 0.95, 0.99)

_AVAILABLE = (Outcome.UP.value, Outcome.DEGRADED.value)


class FigureStore(Protocol):
    """What figures need of the store."""

    _engine: Engine

    def refresh_rollups(self) -> bool:
        """Take all new slots into the sums."""

    def reviews(self, *, sequence: int | None = None) -> Sequence[Review]:
        """Persons' decisions."""

    def reclassifications(self, *, sequence: int | None = None) -> Sequence[Reclassification]:
        """Verdicts of newer rules."""


@dataclass(frozen=True, kw_only=True)
class ResponseTimes:
    """Durations of working runs: (quantile, seconds), each the duration of a run that took
    place, and of how many runs."""

    runs: int
    quantiles: tuple[tuple[float, float], ...]


class Figures:
    """Figures of any window, as known at ``now``. Safe to share between threads. Errors are
    those of the store. A component without any slot has an empty window, not an error."""

    def __init__(self, store: FigureStore) -> None:
        self._store = store
        self._engine = store._engine

    def figure(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Figure:
        """The figure of [start, end), clipped to the first slot and to now."""
        return self.figures(scope, [(start, end)], now=now)[0]

    def figures(
        self, scope: Scope, spans: Sequence[tuple[datetime, datetime]], *, now: datetime
    ) -> tuple[Figure, ...]:
        """The figures of several windows, such as the days of a month."""
        self._store.refresh_rollups()
        with reading(self._engine, snapshot=True) as connection:
            sight = _Sight(connection, _normal(scope), now)
            return tuple(sight.figure(start, end) for start, end in spans)

    def week(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Week:
        """The hours of the week of the clipped window, in Europe/Paris."""
        self._store.refresh_rollups()
        with reading(self._engine, snapshot=True) as connection:
            return week_of(_Sight(connection, _normal(scope), now).hours(start, end))

    def line(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Timeline:
        """The timeline of a scope, right within [start, end); before and after it may not be."""
        self._store.refresh_rollups()
        with reading(self._engine, snapshot=True) as connection:
            return _Sight(connection, _normal(scope), now).line(start, end)

    def site_files(self, scope: Scope, start: datetime, end: datetime) -> frozenset[str]:
        """The hashes of the site files with which the component was watched."""
        query = (
            select(observation.c.environment)
            .distinct()
            .join(slot, slot.c.sequence == observation.c.sequence)
            .where(slot.c.scheduled_at >= start, slot.c.scheduled_at < end)
        )
        if scope.component != PATH:
            query = query.where(slot.c.component == scope.component)
        with reading(self._engine) as connection:
            texts = connection.execute(query).scalars()
            found = (dict(json.loads(text)).get("site_file_sha256") for text in texts)
            return frozenset(one for one in found if one)

    def components(self) -> dict[str, datetime]:
        """Every component that has slots, and when its first one began; the whole path with its
        first full run."""
        self._store.refresh_rollups()
        with reading(self._engine) as connection:
            known = cursors(connection)
        known.pop(PATH, None)
        found = {name: one.begins for name, one in known.items()}
        full = earliest(one.full_begins for one in known.values())
        return {**found, PATH: full} if full else found

    def second(
        self, scope: Scope, start: datetime, end: datetime, *, now: datetime
    ) -> Figure | None:
        """The figure after persons' decisions and newer rules; None when nothing in the window
        was judged again. Computed from the raw ledger, without sums."""
        reviews, later = self._store.reviews(), self._store.reclassifications()
        judged = {one.sequence for one in reviews} | {one.sequence for one in later}
        if not judged:
            return None
        with reading(self._engine, snapshot=True) as connection:
            raw = _Raw(connection, _normal(scope), now)
            if not raw.has_any(judged, start, end):
                return None
            return raw.figure(start, end, reviews, later)

    def response_times(
        self, scope: Scope, start: datetime, end: datetime, *, now: datetime
    ) -> ResponseTimes:
        """Percentiles from the raw durations of runs that worked."""
        query = select(slot.c.duration_seconds).where(
            slot.c.component == scope.component,
            slot.c.started_at >= start,
            slot.c.started_at < min(end, now),
            slot.c.scheduled_at > start - LATEST_START,
            slot.c.scheduled_at < min(end, now) + LATEST_START,
            slot.c.outcome.in_(_AVAILABLE),
        )
        for column, wanted in (
            (slot.c.depth, scope.depth and scope.depth.value),
            (slot.c.vantage, scope.vantage),
            (slot.c.category, scope.category),
        ):
            query = query if wanted is None else query.where(column == wanted)
        with reading(self._engine) as connection:
            durations = list(connection.execute(query).scalars())
        found = quantiles_of(durations, QUANTILES) or ()
        return ResponseTimes(
            runs=len(durations), quantiles=tuple(zip(QUANTILES, found, strict=False))
        )


def _normal(scope: Scope) -> Scope:
    """The whole path is only ever of full runs."""
    return replace(scope, depth=Depth.FULL) if scope.component == PATH else scope


class _Sight:
    """One scope inside one transaction."""

    def __init__(self, connection: Connection, scope: Scope, now: datetime) -> None:
        self.connection, self.scope, self.now = connection, scope, now
        known = cursors(connection)
        known.pop(PATH, None)
        if scope.component == PATH:
            self.parts = {n: one for n, one in known.items() if one.full_begins is not None}
        else:
            self.parts = {n: one for n, one in known.items() if n == scope.component}

    def figure(self, start: datetime, end: datetime) -> Figure:
        """The figure of [start, end)."""
        low, high = clip(start, end, begins=self._begins(), now=self.now)
        counted, incidents = self._counted(low, high), self._incidents(low, high)
        return figure_from(
            counted, incidents, start=low, end=high, now=self.now, depth=self.scope.depth
        )

    def hours(self, start: datetime, end: datetime) -> list[HourSum]:
        """The sums of the hours of [start, end)."""
        low, high = clip(start, end, begins=self._begins(), now=self.now)
        first, until = self._whole_hours(low, high)
        if until <= first:
            return self._raw_hours(low, high)
        begin, stop = EPOCH + first * HOUR * MICROSECOND, EPOCH + until * HOUR * MICROSECOND
        return [
            *self._raw_hours(low, begin),
            *self._kept_hours(first, until),
            *self._raw_hours(stop, high),
        ]

    def _begins(self) -> datetime | None:
        if self.scope.component == PATH:
            return earliest(one.full_begins for one in self.parts.values())
        if self.scope.vantage is not None:
            return begins_of(self.connection, self.scope.component, self.scope.vantage)
        return earliest(one.begins for one in self.parts.values())

    def _whole_hours(self, low: datetime, high: datetime) -> tuple[int, int]:
        """The hours of the window that can be taken from the sums; none where the end is not
        after the beginning. Hours on which a slot after ``now`` might tell are not."""
        if self.scope.hours_name is None or not self.parts:
            return 0, 0
        sure = high
        if any(one.last_slot_at > self.now for one in self.parts.values()):
            sure = min(sure, self.now - max(one.margin for one in self.parts.values()))
        return -(-microseconds(low) // HOUR), microseconds(sure) // HOUR

    def _counted(self, low: datetime, high: datetime) -> Tally:
        first, until = self._whole_hours(low, high)
        if until <= first:
            return self._raw(low, high)
        begin, stop = EPOCH + first * HOUR * MICROSECOND, EPOCH + until * HOUR * MICROSECOND
        name = FULL if self.scope.component == PATH else self.scope.hours_name or ""
        counted = tally_of_hours(self.connection, self.scope.component, name, first, until)
        if low < begin:
            counted = self._raw(low, begin).then(counted)
        return counted.then(self._raw(stop, high)) if stop < high else counted

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

    def _kept_hours(self, first: int, until: int) -> list[HourSum]:
        name = FULL if self.scope.component == PATH else self.scope.hours_name
        query = select(
            rollup_hour.c.hour,
            rollup_hour.c.up + rollup_hour.c.degraded,
            rollup_hour.c.down,
            rollup_hour.c.maintenance,
        ).where(
            rollup_hour.c.component == self.scope.component,
            rollup_hour.c.scope == name,
            rollup_hour.c.hour >= first,
            rollup_hour.c.hour < until,
        )
        kept = {
            hour: HourSum(hour, HOUR, up + down + planned, up, planned)
            for hour, up, down, planned in self.connection.execute(query)
        }
        silent = (HourSum(hour, HOUR, 0, 0, 0) for hour in range(first, until) if hour not in kept)
        return [*kept.values(), *silent]

    def line(self, low: datetime, high: datetime) -> Timeline:
        """The timeline of the scope, right within [low, high)."""
        if self.scope.component == PATH:
            return path_line(self.connection, self.parts, low, high, now=self.now)
        if not self.parts:
            return laid_out(self.scope, (), now=self.now)
        cursor = self.parts[self.scope.component]
        return line_of(self.connection, self.scope, cursor, low, high, now=self.now)[0]

    def _incidents(self, low: datetime, high: datetime) -> tuple[Incident, ...]:
        """Those of the sums that touch the window; where later slots tell more than was known at
        ``now``, or nothing is kept, those of the raw ledger."""
        if not self.parts:
            return ()
        seen: tuple[Incident, ...] = ()
        if self.scope.fold_name is None or any(
            one.last_slot_at > self.now for one in self.parts.values()
        ):
            seen = self.line(self.now, self.now).incidents
        found = {
            (one.component, one.vantage, one.opened_sequence): one
            for one in (*self._kept_incidents(low, high), *seen)
        }
        ordered = sorted(found.values(), key=lambda one: one.opened_sequence)
        return touching(ordered, low, high, self.now)

    def _kept_incidents(self, low: datetime, high: datetime) -> list[Incident]:
        if self.scope.fold_name is None:
            return []
        name = FULL if self.scope.component == PATH else self.scope.fold_name
        query = select(rollup_incident).where(
            rollup_incident.c.component.in_(list(self.parts)),
            rollup_incident.c.scope == name,
            rollup_incident.c.opened_at <= self.now,
            rollup_incident.c.started_before < high,
            or_(rollup_incident.c.ended_before.is_(None), rollup_incident.c.ended_before > low),
        )
        if self.scope.vantage is not None:
            query = query.where(rollup_incident.c.vantage == self.scope.vantage)
        found = [incident_from(row) for row in self.connection.execute(query)]
        return [one for one in found if self.scope.component != PATH or one.via is None]


class _Raw:
    """One scope from the whole ledger: for what the sums do not hold."""

    def __init__(self, connection: Connection, scope: Scope, now: datetime) -> None:
        self.connection, self.scope, self.now = connection, scope, now
        known = cursors(connection)
        known.pop(PATH, None)
        self.parts: dict[str, Cursor] = {
            name: one
            for name, one in known.items()
            if name == scope.component or (scope.component == PATH and one.full_begins is not None)
        }

    def has_any(self, sequences: set[int], start: datetime, end: datetime) -> bool:
        """True when one of these slots is of this scope and in the window."""
        query = select(slot.c.sequence).where(
            and_(
                slot.c.component.in_(list(self.parts)),
                slot.c.scheduled_at >= start,
                slot.c.scheduled_at < min(end, self.now),
                slot.c.sequence.in_(sequences),
            )
        )
        return self.connection.execute(query.limit(1)).first() is not None

    def figure(
        self,
        start: datetime,
        end: datetime,
        reviews: Sequence[Review],
        later: Sequence[Reclassification],
    ) -> Figure:
        """The figure with every slot counting as it was judged last."""
        lines = []
        for name in self.parts:
            records = slots_between(self.connection, name, None, min(end, self.now))
            judged = with_reviews(with_reclassifications(records, later), reviews)
            lines.append(laid_out(replace(self.scope, component=name), judged, now=self.now))
        if self.scope.component != PATH and lines:
            return figure_of(lines[0], start=start, end=end, depth=self.scope.depth)
        since = {n: one.full_begins for n, one in self.parts.items() if one.full_begins is not None}
        line = together(lines, since=since, now=self.now)
        return figure_of(line, start=start, end=end, depth=Depth.FULL)
