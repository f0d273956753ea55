"""Figures: availability with its coverage, its bounds and all that it rests on.

One function computes every figure shown anywhere (``figure``, or ``figure_of`` where a timeline
serves several windows). Definitions: design, section 7. Nothing here reads a clock.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.core.incidents import duration
from monitor.core.model import Depth, Incident, Outcome, SlotRecord
from monitor.core.timeline import Piece, Status, Timeline, microseconds, slot_time, timeline

MINIMUM_COVERAGE = 0.8
"""Under this part of known time there is no figure: "données insuffisantes"."""

PARIS = ZoneInfo("Europe/Paris")
_UNRUN = (Outcome.MISSED, Outcome.SKIPPED)


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
    is None when coverage is under 80 % or the window is empty (then ``insufficient`` is true).
    ``bounds`` is what availability would be if all that is not known had been down, or up.
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
    low, high = _clipped(line, start, end, first_slot_at)
    pieces = tuple(line.within(microseconds(low), microseconds(high)))
    seconds = _seconds_by_status(pieces)
    window = (high - low).total_seconds()
    available = seconds[Status.UP] + seconds[Status.DEGRADED]
    maintenance = seconds[Status.MAINTENANCE]
    unavailable = seconds[Status.DOWN] + maintenance
    known = available + unavailable
    coverage = _ratio(known, window) or 0.0
    enough = coverage >= MINIMUM_COVERAGE
    runs = [r for r in line.slots_within(low, high) if r.outcome not in _UNRUN]
    incidents = _touching(line.incidents, low, high, line.now)
    isolated = sum(r.outcome.is_failing and r.sequence not in line.joined for r in runs)
    return Figure(
        start=low,
        end=high,
        depth=depth,
        window_seconds=window,
        available_seconds=available,
        degraded_seconds=seconds[Status.DEGRADED],
        unavailable_seconds=unavailable,
        maintenance_seconds=maintenance,
        isolated_seconds=seconds[Status.ISOLATED],
        partial_seconds=seconds[Status.PARTIAL],
        known_seconds=known,
        availability=_ratio(available, known) if enough else None,
        availability_without_maintenance=(
            _ratio(available, known - maintenance) if enough else None
        ),
        coverage=coverage,
        bounds=_bounds(available, known, window),
        insufficient=not enough,
        observations=len(runs),
        known_observations=sum(r.outcome.is_known for r in runs) - isolated,
        longest_gap_seconds=_longest_gap(pieces),
        incidents=incidents,
        isolated_failures=isolated,
        repair=_repair(incidents, low, high, line.now),
        rulesets=tuple(sorted({r.ruleset for r in runs if r.ruleset})),
        intervals_seconds=tuple(sorted({r.slot.interval_seconds for r in runs})),
        vantages=tuple(sorted({r.slot.vantage for r in runs})),
    )


def _clipped(
    line: Timeline, start: datetime, end: datetime, first_slot_at: datetime | None
) -> tuple[datetime, datetime]:
    """The window inside [the component's first slot, now]; empty without any slot."""
    first = first_slot_at or (slot_time(line.records[0]) if line.records else line.now)
    low = max(start, first)
    return low, max(min(end, line.now), low)


def _seconds_by_status(pieces: Iterable[Piece]) -> dict[Status, float]:
    total = Counter[Status]()
    for piece in pieces:
        total[piece.status] += piece.end - piece.start
    return {status: total[status] / 1_000_000 for status in Status}


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _bounds(available: float, known: float, window: float) -> tuple[float, float]:
    if window <= 0:
        return 0.0, 1.0
    return available / window, (available + window - known) / window


def _longest_gap(pieces: Iterable[Piece]) -> float:
    """The longest stretch of which nothing counts, in seconds."""
    longest = running = 0
    for piece in pieces:
        running = 0 if piece.status.is_known else running + piece.end - piece.start
        longest = max(longest, running)
    return longest / 1_000_000


def _touching(
    incidents: Iterable[Incident], start: datetime, end: datetime, now: datetime
) -> tuple[Incident, ...]:
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


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The beginning and the end of a day in Europe/Paris: 23 or 25 hours when clocks change."""
    start = datetime.combine(day, time(), tzinfo=PARIS)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=PARIS)
    return start.astimezone(UTC), end.astimezone(UTC)


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
    durations = sorted(
        record.duration_seconds
        for record in records
        if record.duration_seconds is not None
        and record.outcome.is_available
        and start <= slot_time(record) < end
        and depth in (None, record.depth)
    )
    if not durations:
        return None
    ranks = (max(math.ceil(quantile * len(durations)), 1) for quantile in quantiles)
    return tuple(durations[rank - 1] for rank in ranks)


def percent_digits(observations: int) -> int:
    """Decimals of a percentage that this many observations allow: one observation weighs at
    least half of the last digit shown. 0 under 1,000 observations, 1 under 10,000, at most 3."""
    return min(max(len(str(max(observations, 1))) - 3, 0), 3)


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
