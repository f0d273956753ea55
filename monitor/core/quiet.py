"""Quiet hours: spans of the local clock in Paris in which nobody wants a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from monitor.core.statistics import PARIS

_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


@dataclass(frozen=True, kw_only=True)
class QuietSpan:
    """From ``start`` until ``end`` by the clock on the wall; over midnight when end is earlier."""

    start: time
    end: time

    def end_after(self, moment: datetime) -> datetime | None:
        """When the span that holds this moment is over, in UTC; None outside it.

        A span that summer time shortens or lengthens still ends at its hour on the wall.
        """
        local = moment.astimezone(PARIS)
        clock = local.time().replace(tzinfo=None)
        overnight = self.end <= self.start
        inside = self.start <= clock or clock < self.end
        if not (inside if overnight else self.start <= clock < self.end):
            return None
        days = 1 if overnight and clock >= self.start else 0
        day = local.date() + timedelta(days=days)
        end = datetime.combine(day, self.end, PARIS)
        # An hour that comes twice ends the second time; one that is left out, after it.
        return max(end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def quiet_span(text: str) -> QuietSpan:
    """The span written ``22:00-07:00``. Raises ValueError."""
    found = _SPAN.match(text)
    if found is None:
        raise ValueError(f"must be written as 22:00-07:00, not {text}")
    first, second, third, fourth = map(int, found.groups())
    if (first, second) == (third, fourth):
        raise ValueError(f"must not begin and end at the same time, as {text} does")
    return QuietSpan(start=time(first, second), end=time(third, fourth))


def quiet_until(spans: Iterable[QuietSpan], moment: datetime) -> datetime | None:
    """When quiet ends, spans that touch taken together; None when it is not quiet."""
    kept, until = tuple(spans), None
    for _ in range(len(kept) + 1):
        ends = [end for span in kept if (end := span.end_after(until or moment))]
        if not ends:
            return until
        until = max(ends)
    return until
