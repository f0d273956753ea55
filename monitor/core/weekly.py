"""Availability by hour of the week in local time: when in the week a service fails.

Sums over the same pieces of time as ``statistics.figure_of``, so that all hours together are
exactly the figure of the window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.statistics import MINIMUM_COVERAGE, PARIS, figure_of
from monitor.core.timeline import EPOCH, Piece, Timeline, microseconds

HOUR = 3_600_000_000
"""Microseconds. Europe/Paris lies whole hours from UTC: its hours begin with those of UTC."""

HOURS_OF_WEEK = tuple((weekday, hour) for weekday in range(1, 8) for hour in range(24))
"""Every (ISO weekday, hour): Monday is 1."""


@dataclass(frozen=True, kw_only=True)
class HourOfWeek:
    """All occurrences of one hour of the week in a window, in seconds."""

    available_seconds: float
    known_seconds: float
    window_seconds: float

    @property
    def availability(self) -> float | None:
        """Available part of known time; None when less than 80 % is known, as everywhere."""
        if not self.window_seconds or self.known_seconds / self.window_seconds < MINIMUM_COVERAGE:
            return None
        return self.available_seconds / self.known_seconds


def hours_of_week(
    line: Timeline, *, start: datetime, end: datetime
) -> Mapping[tuple[int, int], HourOfWeek]:
    """One for each (ISO weekday, hour of Europe/Paris) that the clipped window touches."""
    clipped = figure_of(line, start=start, end=end)
    sums: dict[str, Counter[int]] = {name: Counter() for name in ("window", "known", "available")}
    for hour, piece in _by_hour(line, microseconds(clipped.start), microseconds(clipped.end)):
        length = piece.end - piece.start
        sums["window"][hour] += length
        sums["known"][hour] += length * piece.status.is_known
        sums["available"][hour] += length * piece.status.is_available
    return _folded(sums)


def _by_hour(line: Timeline, start: int, end: int) -> Iterator[tuple[int, Piece]]:
    """The pieces cut where an hour begins, with the hour since the Unix epoch."""
    for piece in line.within(start, end):
        reached = piece.start
        while reached < piece.end:
            hour = reached // HOUR
            until = min(piece.end, (hour + 1) * HOUR)
            yield hour, Piece(reached, until, piece.status)
            reached = until


def _folded(sums: Mapping[str, Counter[int]]) -> dict[tuple[int, int], HourOfWeek]:
    """Hours of the calendar laid over each other, one week long."""
    week: dict[tuple[int, int], Counter[str]] = {}
    for hour in sums["window"]:
        local = (EPOCH + timedelta(hours=hour)).astimezone(PARIS)
        cell = week.setdefault((local.isoweekday(), local.hour), Counter())
        for name, counted in sums.items():
            cell[name] += counted[hour]
    return {
        key: HourOfWeek(**{f"{name}_seconds": cell[name] / 1_000_000 for name in sums})
        for key, cell in week.items()
    }
