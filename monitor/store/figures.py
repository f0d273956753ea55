"""Every figure of the program, from sums of hours and days and the raw edges around them.

Whoever shows a number asks here: pages, API, metrics, exports, commands. What comes back is what
``core.statistics.figure`` says of the whole ledger; a property test holds that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from monitor.core.model import Depth
from monitor.core.scopes import PATH, Scope, component_of
from monitor.core.statistics import Figure, rank
from monitor.core.timeline import Timeline
from monitor.core.weekly import Week, week_of
from monitor.store.durations import Durations, nth
from monitor.store.engine import reading
from monitor.store.remembered import Remembered
from monitor.store.rollup_reads import cursors
from monitor.store.rollup_rows import Cursor
from monitor.store.sight import Sight

QUANTILES = (0.5, 0.9, 0.95, 0.99)


class FigureStore(Protocol):
    """What figures need of the store."""

    _engine: Engine

    def refresh_rollups(self) -> bool:
        """Take all new slots into the sums."""


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
        self._remembered = Remembered()
        self._durations = Durations()

    def figure(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Figure:
        """The figure of [start, end), clipped to the first slot and to now."""
        return self.figures(scope, [(start, end)], now=now)[0]

    def figures(
        self, scope: Scope, spans: Sequence[tuple[datetime, datetime]], *, now: datetime
    ) -> tuple[Figure, ...]:
        """The figures of several windows, such as the days of a month."""
        with self._sight(scope, now) as sight:
            return sight.figures(spans)

    def week(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Week:
        """The hours of the week of the clipped window, in Europe/Paris."""
        with self._sight(scope, now) as sight:
            return week_of(sight.hours(start, end))

    def line(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Timeline:
        """The timeline of a scope, right within [start, end); before and after it may not be."""
        with self._sight(scope, now) as sight:
            return sight.line(start, end)

    @contextmanager
    def _sight(self, scope: Scope, now: datetime) -> Iterator[Sight]:
        self._store.refresh_rollups()
        with reading(self._engine, snapshot=True) as connection:
            yield Sight(connection, self._remembered, _normal(scope), now)

    def site_files(self, scope: Scope, start: datetime, end: datetime) -> frozenset[str]:
        """The hashes of the site files with which the component was watched in [start, end)."""
        with self._sight(scope, end) as sight:
            return sight.site_files(start, end)

    def components(self) -> dict[str, datetime]:
        """Every component that has slots, and when its first one began; the whole path with its
        first full run."""
        found = {one.component: one.begins for one in self._cursors()}
        full = min(self.full_since().values(), default=None)
        return {**found, PATH: full} if full else found

    def full_since(self) -> dict[str, datetime]:
        """Every component that had a full run, and when the first one began: since then it
        belongs to the whole path."""
        return {one.component: one.full_begins for one in self._cursors() if one.full_begins}

    def _cursors(self) -> list[Cursor]:
        """Those of the components."""
        self._store.refresh_rollups()
        with reading(self._engine) as connection:
            known = cursors(connection)
        return [one for name, one in known.items() if component_of(name) == name != PATH]

    def second(
        self, scope: Scope, start: datetime, end: datetime, *, now: datetime
    ) -> Figure | None:
        """The figure after persons' decisions and newer rules; None when nothing in the window
        was judged again."""
        judged = replace(_normal(scope), judged=True)
        with self._sight(judged, now) as sight:
            return sight.figures([(start, end)])[0] if sight.has_judged(start, end) else None

    def response_times(
        self, scope: Scope, start: datetime, end: datetime, *, now: datetime
    ) -> ResponseTimes:
        """Percentiles from the raw durations of runs that worked."""
        return self.each_response_times(scope, [(start, end)], now=now)[0]

    def each_response_times(
        self, scope: Scope, spans: Sequence[tuple[datetime, datetime]], *, now: datetime
    ) -> tuple[ResponseTimes, ...]:
        """The same of several windows."""
        with reading(self._engine, snapshot=True) as connection:
            return tuple(
                _times(self._durations.sorted_within(connection, scope, start, min(end, now)))
                for start, end in spans
            )


def _times(found: tuple[Sequence[float], Sequence[float]]) -> ResponseTimes:
    runs = sum(map(len, found))
    return ResponseTimes(
        runs=runs,
        quantiles=tuple((one, nth(*found, rank(one, runs))) for one in QUANTILES if runs),
    )


def _normal(scope: Scope) -> Scope:
    """The whole path is only ever of full runs."""
    return replace(scope, depth=Depth.FULL) if scope.component == PATH else scope
