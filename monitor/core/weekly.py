"""Availability by hour of the week in local time: when in the week a service fails.

Sums over the same tallies as ``statistics.figure_of``, so that all hours together are exactly the
figure of the window. The share of working hours lost is a sum over some of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from monitor.core.statistics import MINIMUM_COVERAGE, clipped
from monitor.core.tally import hourly
from monitor.core.timeline import EPOCH, Timeline, microseconds
from monitor.core.windows import PARIS, is_working_hour

HOURS_OF_WEEK = tuple((weekday, hour) for weekday in range(1, 8) for hour in range(24))
"""Every (ISO weekday, hour): Monday is 1."""


class HourSum(NamedTuple):
    """One hour of the calendar, a part of it, or many of the same hour of the week: hours since
    the Unix epoch, microseconds."""

    hour: int
    window: int
    known: int
    available: int
    maintenance: int


@dataclass(frozen=True, kw_only=True)
class HourOfWeek:
    """All occurrences of one hour of the week in a window, in seconds."""

    available_seconds: float
    known_seconds: float
    window_seconds: float
    maintenance_seconds: float = 0.0

    @property
    def availability(self) -> float | None:
        """Available part of known time; None when less than 80 % is known, as everywhere."""
        if not self.window_seconds or self.known_seconds / self.window_seconds < MINIMUM_COVERAGE:
            return None
        return self.available_seconds / self.known_seconds if self.known_seconds else None

    @property
    def lost_ratio(self) -> float | None:
        """Unavailable part of known time; None when less than 80 % is known."""
        return None if self.availability is None else 1 - self.availability


Week = Mapping[tuple[int, int], HourOfWeek]


def hours_of_week(line: Timeline, *, start: datetime, end: datetime) -> Week:
    """One for each (ISO weekday, hour of Europe/Paris) that the clipped window touches."""
    low, high = clipped(line, start, end)
    return week_of(
        HourSum(hour, one.end - one.start, one.known, one.available, one.maintenance)
        for hour, one in hourly(line, microseconds(low), microseconds(high))
    )


WEEK_HOURS = 168

_STEP_HOURS = 60 * 24
"""In so many hours clocks change once at most."""


def steady(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The hours [first, end) since the Unix epoch cut where clocks change in Europe/Paris: inside
    a part, hours a week apart are the same hour of the week."""
    while first < end:
        until = min(first + _STEP_HOURS, end)
        while until < end and _offset(until - 1) == _offset(first):
            until = min(until + _STEP_HOURS, end)
        if _offset(until - 1) != _offset(first):
            hours = range(until - _STEP_HOURS, until)
            until = hours[bisect_left(hours, 1, key=partial(_differs, first))]
        yield first, until
        first = until


def _differs(first: int, hour: int) -> bool:
    return hour >= first and _offset(hour) != _offset(first)


def _offset(hour: int) -> timedelta | None:
    return _local(hour).utcoffset()


def _local(hour: int) -> datetime:
    return (EPOCH + timedelta(hours=hour)).astimezone(PARIS)


def week_of(hours: Iterable[HourSum]) -> Week:
    """Hours of the calendar laid over each other, one week long."""
    sums: dict[tuple[int, int], list[int]] = {}
    for hour, *times in hours:
        local = _local(hour)
        cell = sums.setdefault((local.isoweekday(), local.hour), [0, 0, 0, 0])
        for index, time in enumerate(times):
            cell[index] += time
    return {key: _cell(*cell) for key, cell in sums.items()}


def _cell(window: int, known: int, available: int, maintenance: int) -> HourOfWeek:
    return HourOfWeek(
        window_seconds=window / 1_000_000,
        known_seconds=known / 1_000_000,
        available_seconds=available / 1_000_000,
        maintenance_seconds=maintenance / 1_000_000,
    )


def working_hours(week: Week) -> HourOfWeek:
    """Monday to Friday, 8:00 to 20:00 in Paris, public holidays included: ``lost_ratio`` is the
    share of working hours lost."""
    cells = [cell for key, cell in week.items() if is_working_hour(*key)]
    return HourOfWeek(
        window_seconds=sum(cell.window_seconds for cell in cells),
        known_seconds=sum(cell.known_seconds for cell in cells),
        available_seconds=sum(cell.available_seconds for cell in cells),
        maintenance_seconds=sum(cell.maintenance_seconds for cell in cells),
    )
