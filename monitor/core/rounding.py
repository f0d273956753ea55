"""What of a figure may be shown: never more digits than the sampling allows, never a failure or a
success rounded away, never more coverage than there is."""

from __future__ import annotations

from collections.abc import Iterable


def samples_in(
    known_observations: int, known_seconds: float, intervals_seconds: Iterable[float]
) -> int:
    """Known time in steps of the longest interval, at most one for each observation. Several
    vantages at once, or the frequent runs of a path's first components, make a figure no finer."""
    every = max(intervals_seconds, default=0)
    return min(known_observations, round(known_seconds / every)) if every else 0


def percent_digits(samples: int) -> int:
    """Decimals of a percentage that this many samples allow: the last digit shown weighs at least
    one of them. 0 under 1,000, 1 under 10,000, at most 3."""
    return min(max(len(str(max(samples, 1))) - 3, 0), 3)


def shown_percent(ratio: float, digits: int) -> float:
    """A ratio as the percentage that is printed: never 100 when something failed, never 0 when
    something worked."""
    step = 10.0**-digits
    percent = round(ratio * 100, digits)
    if percent >= 100 and ratio < 1:
        return round(100 - step, digits)
    if percent <= 0 and ratio > 0:
        return step
    return percent


def shown_coverage(ratio: float) -> float:
    """The known part of a window as the whole percentage that is printed: never more than is
    known, so that what is under the minimum never reads as the minimum; never 0 when something
    is known."""
    percent = int(ratio * 100) + 1
    while percent / 100 > ratio:
        percent -= 1
    return float(max(percent, 1)) if ratio > 0 else 0.0
