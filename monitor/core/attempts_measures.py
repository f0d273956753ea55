"""What a row of attempts measures: how many, in which weeks, how far apart.

Nothing here says that a legal condition is met. Two measures stand side by side because the first
alone would have reassured wrongly in CE 10 June 2020, n° 435594: 13 September 2019 was a Friday
and 18 September a Wednesday, two calendar weeks yet five days apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from monitor.core.attempts import Corroboration, DeclaredAttempt
from monitor.core.attempts_table import Finding
from monitor.core.statistics import PARIS
from monitor.core.territories import BY_ID

SEVEN_DAYS = timedelta(days=7)
"""The prudent reading of "not made in the same week". It is *our* reading, and called so."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How a set of attempts lies in time.

    ``weeks`` are ISO weeks in Europe/Paris ("2026-W20"), ``local_weeks`` those of each attempt's
    own clock; a range counts for the week in which it begins. ``widest`` are the two attempts that
    lie furthest apart, ``widest_span`` how far by the local clock; None under two attempts.
    """

    count: int
    weeks: tuple[str, ...]
    local_weeks: tuple[str, ...]
    widest: tuple[DeclaredAttempt, DeclaredAttempt] | None = None
    widest_span: timedelta | None = None

    @property
    def has_seven_days(self) -> bool:
        """Two of them lie at least seven days apart by the local clock."""
        return self.widest_span is not None and self.widest_span >= SEVEN_DAYS

    @property
    def needs_note(self) -> bool:
        """Distinct weeks, yet less than seven days apart: the note on n° 435594 is printed."""
        return max(len(self.weeks), len(self.local_weeks)) > 1 and not self.has_seven_days


@dataclass(frozen=True, kw_only=True)
class Measures:
    """All that is measured. ``duplicates`` were declared twice and count once."""

    attempts: int
    duplicates: int
    findings: dict[Finding, int]
    concordant: Spread
    without_maintenance: Spread


def measures(found: Iterable[Corroboration]) -> Measures:
    """The measures of any number of attempts, in any order."""
    declared = list(found)
    distinct = list({one.attempt: one for one in declared}.values())
    concordant = [one for one in distinct if one.finding is Finding.CONCORDANT]
    counted = Counter(one.finding for one in distinct)
    return Measures(
        attempts=len(distinct),
        duplicates=len(declared) - len(distinct),
        findings={finding: counted[finding] for finding in Finding},
        concordant=spread([one.attempt for one in concordant]),
        without_maintenance=spread([one.attempt for one in concordant if not one.announced]),
    )


def spread(attempts: Iterable[DeclaredAttempt]) -> Spread:
    """How these attempts lie in time."""
    ordered = sorted(attempts, key=_order)
    widest = _widest(ordered)
    return Spread(
        count=len(ordered),
        weeks=_weeks((one.start, PARIS) for one in ordered),
        local_weeks=_weeks((one.start, clock_of(one)) for one in ordered),
        widest=widest,
        widest_span=_span(*widest) if widest else None,
    )


def clock_of(attempt: DeclaredAttempt) -> tzinfo:
    """The clock that the person read."""
    return BY_ID[attempt.territory].clock


def _order(attempt: DeclaredAttempt) -> tuple[datetime, datetime, str, str]:
    return attempt.start, attempt.until, attempt.territory, attempt.component


def _weeks(moments: Iterable[tuple[datetime, tzinfo]]) -> tuple[str, ...]:
    """Distinct ISO weeks, the year being the week's own (29 December can lie in week 1)."""
    dates = (moment.astimezone(zone).isocalendar() for moment, zone in moments)
    return tuple(sorted({f"{one.year}-W{one.week:02d}" for one in dates}))


def _widest(
    ordered: Sequence[DeclaredAttempt],
) -> tuple[DeclaredAttempt, DeclaredAttempt] | None:
    """The pair furthest apart: for each clock the earliest end and the latest beginning."""
    if len(ordered) < 2:
        return None
    firsts = {one.territory: one for one in sorted(ordered, key=_end, reverse=True)}
    lasts = {one.territory: one for one in ordered}
    pairs = [
        (first, last) for first in firsts.values() for last in lasts.values() if first is not last
    ]
    pairs += [(ordered[0], ordered[-1])]
    return max(pairs, key=lambda pair: _span(*pair))


def _end(attempt: DeclaredAttempt) -> datetime:
    return attempt.until


def _span(first: DeclaredAttempt, last: DeclaredAttempt) -> timedelta:
    """From the end of one to the beginning of the other, as the local clocks show it: same hour,
    seven calendar days later, is seven days whatever summer time does. Where the clocks are two,
    the one that shows less counts."""
    spans = (
        _naive(last.start, clock) - _naive(first.until, clock)
        for clock in (clock_of(first), clock_of(last))
    )
    return max(min(spans), timedelta())


def _naive(moment: datetime, clock: tzinfo) -> datetime:
    return moment.astimezone(clock).replace(tzinfo=None)
