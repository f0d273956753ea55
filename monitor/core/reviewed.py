"""What a person decided about a slot, and the second figure that comes of it.

The first verdict stays. A decision makes a *second* line of the slot, from which the same
functions fold incidents and compute figures; the flag ``reviewed`` names it wherever it counts.

=================  ==========================================================================
decision           what the slot counts as in the second figure
=================  ==========================================================================
``site_failed``    ``down``
``our_fault``      ``monitor_fault``: not known
``page_changed``   ``layout_changed``: not known
``lawful``         ``unknown``: not known. A choice that was lawfully withdrawn is no failure,
                   but the run stopped there, so nothing shows that the rest worked: it is not
                   ``up`` either
=================  ==========================================================================

A decision can take a failure away from any slot that failed; it can find one only where the rules
left the question open. What our own side or a refusal spoiled never becomes an outage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.core.model import Outcome, SlotRecord

REVIEWED = "reviewed"
"""The flag of a slot that counts by a person's decision."""

WAITING_OUTCOMES = (Outcome.LAYOUT_CHANGED, Outcome.UNKNOWN)
"""What waits for a person; ``category_absent`` is a rule of the first."""

_SPOILED = ("guard_aborted", "starved")
"""Flags of an attempt that our own side disturbed."""


class Decision(StrEnum):
    """What a person can decide."""

    SITE_FAILED = "site_failed"
    OUR_FAULT = "our_fault"
    PAGE_CHANGED = "page_changed"
    LAWFUL = "lawful"


_COUNTS_AS = {
    Decision.SITE_FAILED: Outcome.DOWN,
    Decision.OUR_FAULT: Outcome.MONITOR_FAULT,
    Decision.PAGE_CHANGED: Outcome.LAYOUT_CHANGED,
    Decision.LAWFUL: Outcome.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Review:
    """A dated decision on one slot. ``number`` counts from 1 in the order of recording."""

    number: int
    sequence: int
    decision: Decision
    by: str
    note: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Slots in a row, of one component and vantage, that wait for the same question's answer."""

    records: tuple[SlotRecord, ...]

    @property
    def first(self) -> SlotRecord:
        """The slot with which it began."""
        return self.records[0]

    @property
    def last(self) -> SlotRecord:
        """The latest one."""
        return self.records[-1]


def refusal(record: SlotRecord, decision: Decision) -> str | None:
    """Why this decision cannot be taken on this slot, as a sentence; None when it can."""
    if record.outcome in WAITING_OUTCOMES:
        if decision is Decision.SITE_FAILED and any(flag in _SPOILED for flag in record.flags):
            return (
                f"slot {record.sequence} was disturbed by our own side "
                f"({', '.join(record.flags)}): it cannot become an outage"
            )
        return None
    if record.outcome.is_failing:
        return None
    return (
        f"slot {record.sequence} is {record.outcome.value} ({record.rule}): "
        "a review is for what failed, changed, or could not be told"
    )


def with_reviews(
    records: Iterable[SlotRecord], reviews: Iterable[Review]
) -> tuple[SlotRecord, ...]:
    """The slots as they count after review; of several decisions on a slot the latest counts.

    A decision that the slot does not admit (``refusal``) changes nothing. Times stay as they are.
    """
    latest = latest_by_sequence(reviews)
    return tuple(_reviewed(record, latest.get(record.sequence)) for record in records)


def latest_by_sequence(reviews: Iterable[Review]) -> dict[int, Review]:
    """The decision that counts, of every slot that has one."""
    return {one.sequence: one for one in sorted(reviews, key=lambda one: one.number)}


def _reviewed(record: SlotRecord, review: Review | None) -> SlotRecord:
    if review is None or refusal(record, review.decision) is not None:
        return record
    flags = tuple(sorted({*record.flags, REVIEWED}))
    outcome = _COUNTS_AS[review.decision]
    if record.outcome.is_failing and outcome.is_failing:
        return replace(record, flags=flags)  # confirmed: announced maintenance stays what it is
    return replace(record, outcome=outcome, rule=f"review_{review.decision.value}", flags=flags)


def waiting(records: Iterable[SlotRecord], reviews: Iterable[Review]) -> tuple[Waiting, ...]:
    """What waits for a person, the oldest first.

    ``records`` are in order of time. Slots in a row are one entry: same component, vantage,
    outcome and rule, with nothing else in between but slots that did not run.
    """
    decided = latest_by_sequence(reviews)
    runs: list[list[SlotRecord]] = []
    open_runs: dict[tuple[str, str], list[SlotRecord]] = {}
    for record in records:
        if record.outcome in (Outcome.MISSED, Outcome.SKIPPED):
            continue
        key = (record.slot.component, record.slot.vantage)
        run = open_runs.get(key)
        if record.outcome not in WAITING_OUTCOMES or record.sequence in decided:
            open_runs.pop(key, None)
        elif run and _question(run[-1]) == _question(record):
            run.append(record)
        else:
            open_runs[key] = [record]
            runs.append(open_runs[key])
    return tuple(Waiting(records=tuple(run)) for run in runs)


def _question(record: SlotRecord) -> tuple[Outcome, str]:
    return record.outcome, record.rule
