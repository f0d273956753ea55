"""How long working runs took, by day and sorted, kept in memory for percentiles of long windows.

A percentile is the duration of a run that took place, so every single one is needed: a million in
five years. A day that is kept is right until a run of that day comes in late.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection, Select, func, select

from monitor.core.model import Outcome
from monitor.core.scopes import Scope
from monitor.core.windows import PARIS, day_bounds
from monitor.store.rollup_reads import LATEST_START
from monitor.store.schema import slot

MOST_DAYS = 20_000
"""Kept of all scopes together: ten scopes over five years, eighty megabytes."""

MOST_SPANS = 16

Days = tuple[int, int]
"""Ordinals of days of Europe/Paris, the end not included."""

_AVAILABLE = tuple(one.value for one in Outcome if one.is_available)


K = TypeVar("K")
V = TypeVar("V")


class Durations:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self._days: OrderedDict[tuple[Scope, int], array[float]] = OrderedDict()
        self._spans: OrderedDict[tuple[Scope, Days], Sequence[float]] = OrderedDict()
        self._reached = 0
        self._lock = Lock()

    def sorted_within(
        self, connection: Connection, scope: Scope, start: datetime, end: datetime
    ) -> tuple[Sequence[float], Sequence[float]]:
        """Seconds of the runs that began in [start, end) and worked: two sorted halves, the first
        of whole days. ``connection`` sees one moment only."""
        first, until = _day(start), _day(end)
        first += _begin(first) < start
        with self._lock:
            if until <= first or not self._follow(connection):
                return (), sorted(_read(connection, scope, start, end))
            inside = self._span(connection, scope, (first, until))
        edges = [(start, _begin(first)), (_begin(until), end)]
        outside = chain.from_iterable(_read(connection, scope, *edge) for edge in edges)
        return inside, sorted(outside)

    def _follow(self, connection: Connection) -> bool:
        """Forget the days of runs that came in since. False when what is kept is newer than what
        the connection sees."""
        last = connection.execute(select(func.max(slot.c.sequence))).scalar_one() or 0
        if last < self._reached:
            return False
        new = select(slot.c.started_at).where(
            slot.c.sequence > self._reached, slot.c.started_at.is_not(None)
        )
        if self._days and last > self._reached:
            touched = {_day(one) for one in connection.execute(new).scalars()}
            for key in [one for one in self._days if one[1] in touched]:
                del self._days[key]
            for span in [one for one in self._spans if touched & set(range(*one[1]))]:
                del self._spans[span]
        self._reached = last
        return True

    def _span(self, connection: Connection, scope: Scope, days: Days) -> Sequence[float]:
        if days[1] - days[0] == 1:  # as it is: ninety of them would drive long spans out
            self._fill(connection, scope, days)
            found = self._days[scope, days[0]]
            _shorten(self._days, MOST_DAYS)
            return found
        key = (scope, days)
        if key not in self._spans:
            self._fill(connection, scope, days)
            parts = (self._days[scope, day] for day in range(*days))
            self._spans[key] = array("d", sorted(chain.from_iterable(parts)))
            _shorten(self._days, MOST_DAYS)
        self._spans.move_to_end(key)
        _shorten(self._spans, MOST_SPANS)
        return self._spans[key]

    def _fill(self, connection: Connection, scope: Scope, days: Days) -> None:
        """Read the days that are missing, all in one go."""
        missing = [day for day in range(*days) if (scope, day) not in self._days]
        if not missing:
            return
        found: dict[int, list[float]] = {day: [] for day in missing}
        low, high = _begin(missing[0]), _begin(missing[-1] + 1)
        for begun, seconds in connection.execute(_query(scope, low, high)):
            if (day := _day(begun)) in found:
                found[day].append(seconds)
        for day, durations in found.items():
            self._days[scope, day] = array("d", sorted(durations))


def _shorten(kept: OrderedDict[K, V], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


def _day(moment: datetime) -> int:
    return moment.astimezone(PARIS).toordinal()


def _begin(day: int) -> datetime:
    return day_bounds(date.fromordinal(day))[0]


def _read(connection: Connection, scope: Scope, low: datetime, high: datetime) -> list[float]:
    if low >= high:
        return []
    return [seconds for _, seconds in connection.execute(_query(scope, low, high))]


def _query(scope: Scope, low: datetime, high: datetime) -> Select[datetime, float]:
    query = select(slot.c.started_at, slot.c.duration_seconds).where(
        slot.c.component == scope.component,
        slot.c.started_at >= low,
        slot.c.started_at < high,
        slot.c.scheduled_at > low - LATEST_START,
        slot.c.scheduled_at < high + LATEST_START,
        slot.c.outcome.in_(_AVAILABLE),
    )
    for column, wanted in (
        (slot.c.depth, scope.depth and scope.depth.value),
        (slot.c.vantage, scope.vantage),
        (slot.c.category, scope.category),
    ):
        query = query if wanted is None else query.where(column == wanted)
    return query


def nth(one: Sequence[float], other: Sequence[float], rank: int) -> float:
    """The value at this rank (from 0) of two sorted rows taken together.

    Raises IndexError when there are not so many.
    """
    low, high = max(0, rank + 1 - len(one)), min(rank + 1, len(other))
    if low > high:
        raise IndexError(rank)
    while low < high:  # how many of the first rank + 1 values are the other row's
        middle = (low + high) // 2
        if other[middle] < one[rank - middle]:
            low = middle + 1
        else:
            high = middle
    mine = one[rank - low : rank - low + 1] if rank >= low else ()
    its = other[low - 1 : low] if low else ()
    return max((*mine, *its))
