"""Figures: availability with its coverage, its bounds and all that it rests on.

One function computes every figure shown anywhere (``figure``, or ``figure_of`` where a timeline
serves several windows). Definitions: design, section 7. Nothing here reads a clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.core.incidents import duration
from monitor.core.model import Depth, Incident, Outcome, SlotRecord
from monitor.core.rounding import percent_digits, samples_in, shown_coverage, shown_percent
from monitor.core.tally import Tally, tally
from monitor.core.timeline import Timeline, microseconds, slot_time, timeline
from monitor.core.windows import PARIS, day_bounds

__all__ = [
    "MINIMUM_COVERAGE",
    "PARIS",
    "Figure",
    "Repair",
    "clip",
    "clipped",
    "daily",
    "day_bounds",
    "duration_quantiles",
    "figure",
    "figure_from",
    "figure_of",
    "percent_digits",
    "quantiles_of",
    "rank",
    "samples_in",
    "shown_coverage",
    "shown_percent",
    "touching",
]

MINIMUM_COVERAGE = 0.8
"""Under this part of known time there is no figure: "données insuffisantes"."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """Mean time to repair over the closed incidents of a window, in seconds, announced
    maintenance left out. ``maximum_seconds`` is None where one of them has no first flank."""

    incidents: int
    minimum_seconds: float
    maximum_seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What can be said of a component over a window.

    ``start`` and ``end`` are the clipped window; all ``_seconds`` are within it. ``availability``
    is None when coverage is under 80 % or the window is empty (then ``insufficient`` is true);
    without maintenance also when less than 80 % of what is left of the window is known.
    ``bounds`` is what availability would be if all that is not known had been down, or up.
    ``longest_outage_seconds`` is the longest time down without announcement and without a hole in
    between: at least so long, as ``unavailable_seconds`` is in all.
    """

    start: datetime
    end: datetime
    depth: Depth | None
    window_seconds: float
    available_seconds: float
    degraded_seconds: float
    unavailable_seconds: float
    maintenance_seconds: float
    isolated_seconds: float
    partial_seconds: float
    known_seconds: float
    availability: float | None
    availability_without_maintenance: float | None
    coverage: float
    bounds: tuple[float, float]
    insufficient: bool
    observations: int
    known_observations: int
    longest_gap_seconds: float
    longest_outage_seconds: float
    incidents: tuple[Incident, ...]
    isolated_failures: int
    repair: Repair | None
    rulesets: tuple[str, ...]
    intervals_seconds: tuple[float, ...]
    vantages: tuple[str, ...]

    @property
    def unknown_seconds(self) -> float:
        """All of the window that counts neither as available nor as unavailable."""
        return self.window_seconds - self.known_seconds

    @property
    def samples(self) -> int:
        """On how many moments the figure rests (``samples_in``)."""
        return samples_in(self.known_observations, self.known_seconds, self.intervals_seconds)

    @property
    def digits(self) -> int:
        """Decimals of a percentage that the sampling allows."""
        return percent_digits(self.samples)

    @property
    def outages(self) -> int:
        """Incidents that were not announced maintenance; each vantage's own apart."""
        return sum(one.kind == Outcome.DOWN for one in self.incidents)

    @property
    def is_mixed(self) -> bool:
        """True when rules, intervals or vantages changed inside the window."""
        return max(len(self.rulesets), len(self.intervals_seconds), len(self.vantages)) > 1


def figure(
    records: Iterable[SlotRecord],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    depth: Depth | None = None,
    first_slot_at: datetime | None = None,
) -> Figure:
    """The figure of one component over [start, end), as known at ``now``.

    ``records`` are the component's slots, with those around the window that hold into it or join
    its incidents. ``first_slot_at`` is when the component's ledger begins, where the records do
    not go back to it. Raises ValueError when the records are of several components.
    """
    line = timeline(records, now=now, depth=depth)
    return figure_of(line, start=start, end=end, depth=depth, first_slot_at=first_slot_at)


def figure_of(
    line: Timeline,
    *,
    start: datetime,
    end: datetime,
    depth: Depth | None = None,
    first_slot_at: datetime | None = None,
) -> Figure:
    """The same from a timeline that was made with the same depth."""
    low, high = clipped(line, start, end, first_slot_at)
    counted = tally(line, microseconds(low), microseconds(high))
    incidents = touching(line.incidents, low, high, line.now)
    return figure_from(counted, incidents, start=low, end=high, now=line.now, depth=depth)


def figure_from(
    counted: Tally,
    incidents: tuple[Incident, ...],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    depth: Depth | None = None,
) -> Figure:
    """The figure of a clipped window, from its tally and the incidents that reach into it."""
    window = (end - start).total_seconds()
    available, known = _seconds(counted.available), _seconds(counted.known)
    maintenance = _seconds(counted.maintenance)
    coverage = _ratio(known, window) or 0.0
    enough = coverage >= MINIMUM_COVERAGE
    apart = (_ratio(known - maintenance, window - maintenance) or 0.0) >= MINIMUM_COVERAGE
    return Figure(
        start=start,
        end=end,
        depth=depth,
        window_seconds=window,
        available_seconds=available,
        degraded_seconds=_seconds(counted.degraded),
        unavailable_seconds=_seconds(counted.down + counted.maintenance),
        maintenance_seconds=maintenance,
        isolated_seconds=_seconds(counted.isolated),
        partial_seconds=_seconds(counted.partial),
        known_seconds=known,
        availability=_ratio(available, known) if enough else None,
        availability_without_maintenance=(
            _ratio(available, known - maintenance) if enough and apart else None
        ),
        coverage=coverage,
        bounds=_bounds(available, known, window),
        insufficient=not enough,
        observations=counted.observations,
        known_observations=counted.known_observations,
        longest_gap_seconds=_seconds(counted.gap.longest),
        longest_outage_seconds=_seconds(counted.outage.longest),
        incidents=incidents,
        isolated_failures=counted.isolated_failures,
        repair=_repair(incidents, start, end, now),
        rulesets=tuple(sorted(counted.rulesets)),
        intervals_seconds=tuple(sorted(counted.intervals_seconds)),
        vantages=tuple(sorted(counted.vantages)),
    )


def clipped(
    line: Timeline, start: datetime, end: datetime, first_slot_at: datetime | None = None
) -> tuple[datetime, datetime]:
    """The window inside [the component's first slot, now]; empty without any slot."""
    return clip(start, end, begins=first_slot_at or line.begins, now=line.now)


def clip(
    start: datetime, end: datetime, *, begins: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """The window inside [begins, now]; an empty one where it lies outside."""
    low = max(start, min(begins or now, now))
    return low, max(min(end, now), low)


def _seconds(microseconds: int) -> float:
    return microseconds / 1_000_000


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _bounds(available: float, known: float, window: float) -> tuple[float, float]:
    if window <= 0:
        return 0.0, 1.0
    high = (window - (known - available)) / window
    return available / window, max(high, _ratio(available, known) or 0.0)  # not an ulp below it


def touching(
    incidents: Iterable[Incident], start: datetime, end: datetime, now: datetime
) -> tuple[Incident, ...]:
    """The incidents that reach into [start, end)."""
    return tuple(
        one for one in incidents if one.started_before < end and (one.ended_before or now) > start
    )


def _repair(
    incidents: Iterable[Incident], start: datetime, end: datetime, now: datetime
) -> Repair | None:
    """Over incidents that both began and ended in the window; None without any."""
    lasted = [
        duration(one, now=now)
        for one in incidents
        if one.kind == Outcome.DOWN
        and one.ended_before is not None
        and start <= one.started_before
        and one.ended_before <= end
    ]
    if not lasted:
        return None
    most = [one.maximum_seconds for one in lasted if one.maximum_seconds is not None]
    return Repair(
        incidents=len(lasted),
        minimum_seconds=sum(one.minimum_seconds for one in lasted) / len(lasted),
        maximum_seconds=sum(most) / len(most) if len(most) == len(lasted) else None,
    )


def daily(
    line: Timeline, *, last: date, days: int, depth: Depth | None = None
) -> tuple[tuple[date, Figure], ...]:
    """One figure for each of the ``days`` local days up to and with ``last``, oldest first."""
    wanted = [last - timedelta(days=back) for back in reversed(range(days))]
    return tuple(
        (day, figure_of(line, start=begins, end=ends, depth=depth))
        for day in wanted
        for begins, ends in (day_bounds(day),)
    )


def duration_quantiles(
    records: Iterable[SlotRecord],
    *,
    start: datetime,
    end: datetime,
    quantiles: Sequence[float] = (0.5, 0.95),
    depth: Depth | None = None,
) -> tuple[float, ...] | None:
    """Durations of working runs at these quantiles (nearest rank), in seconds.

    Each is the duration of a run that took place. None without such a run.
    """
    return quantiles_of(
        [
            record.duration_seconds
            for record in records
            if record.duration_seconds is not None
            and record.outcome.is_available
            and start <= slot_time(record) < end
            and depth in (None, record.depth)
        ],
        quantiles,
    )


def quantiles_of(
    durations: Iterable[float], quantiles: Sequence[float] = (0.5, 0.95)
) -> tuple[float, ...] | None:
    """Values at these quantiles, by nearest rank: each is one of those given. None without any."""
    ordered = sorted(durations)
    if not ordered:
        return None
    return tuple(ordered[rank(quantile, len(ordered))] for quantile in quantiles)


def rank(quantile: float, many: int) -> int:
    """Which of so many ordered values is the quantile, by nearest rank; the first is 0."""
    return max(math.ceil(quantile * many), 1) - 1
