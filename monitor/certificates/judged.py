"""The second figure of a document: its records as they were judged last. Pure, so that a verifier
computes it again from the lines of the log alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.model import SlotRecord
from monitor.core.reclassify import Reclassification, with_reclassifications
from monitor.core.reviewed import Review, with_reviews
from monitor.core.statistics import Figure, figure_of
from monitor.core.timeline import Timeline, timeline


@dataclass(frozen=True, kw_only=True)
class Second:
    """The second figure, None where no slot of the window was judged again; how many were looked
    at by a person, and how many have a later verdict of the rules."""

    figure: Figure | None
    reviewed_slots: int
    rejudged_slots: int


def judged_last(
    records: Sequence[SlotRecord], reviews: Sequence[Review], later: Sequence[Reclassification]
) -> tuple[SlotRecord, ...]:
    """The slots as they count after newer rules, and then after persons' decisions."""
    return with_reviews(with_reclassifications(records, later), reviews)


def second_figure(
    line: Timeline, first: Figure, reviews: Sequence[Review], later: Sequence[Reclassification]
) -> Second:
    """The second figure over the window of the first."""
    within = {one.sequence for one in line.slots_within(first.start, first.end)}
    by_person = within & {one.sequence for one in reviews}
    by_rules = within & {one.sequence for one in later}
    figure = None
    if by_person or by_rules:
        again = timeline(judged_last(line.records, reviews, later), now=line.now)
        figure = figure_of(again, start=first.start, end=first.end, first_slot_at=first.start)
    return Second(figure=figure, reviewed_slots=len(by_person), rejudged_slots=len(by_rules))
