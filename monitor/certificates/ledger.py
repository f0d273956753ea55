"""What documents read, and how much of the ledger a period needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitor.core.attempts import folded
from monitor.core.model import Incident, Observation, SlotRecord, Vantage
from monitor.core.reclassify import Reclassification
from monitor.core.reviewed import Review
from monitor.core.timeline import slot_time

MARGIN = timedelta(days=3)
"""Read on either side: no look holds longer than 2.5 intervals, the longest being a day."""


class Ledger(Protocol):
    """The reading half of the store."""

    def slots(
        self,
        *,
        component: str | None = None,
        vantage: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_sequence: int = 0,
    ) -> Iterable[SlotRecord]:
        """Slots scheduled in [since, until), in the order of their sequence."""

    def slot(self, sequence: int) -> SlotRecord | None:
        """The slot with this sequence; None when there is none."""

    def first_slot(self, component: str, vantage: str) -> SlotRecord | None:
        """The slot scheduled first; None when there is none."""

    def incidents(
        self,
        *,
        component: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
    ) -> Sequence[Incident]:
        """Incidents, the latest first; with ``since`` those not over by then."""

    def observation(self, sequence: int) -> Observation | None:
        """What the run of this slot saw."""

    def reviews(self, *, sequence: int | None = None) -> Sequence[Review]:
        """Persons' decisions."""

    def reclassifications(self, *, sequence: int | None = None) -> Sequence[Reclassification]:
        """Later verdicts."""

    def vantages(self) -> Mapping[str, Vantage]:
        """Every vantage, by id."""

    def sequence_bounds(
        self, components: Collection[str], since: datetime, until: datetime
    ) -> tuple[int | None, int | None]:
        """The first and the last record of these components scheduled in [since, until)."""

    def saw_local_pages(self, first: int, last: int) -> bool:
        """True when a run among these records looked at a page of this very machine."""


@dataclass(frozen=True, kw_only=True)
class Around:
    """The slots of a component around a period, and when its ledger begins (None: never)."""

    records: tuple[SlotRecord, ...]
    first_slot_at: datetime | None


def first_slot_at(ledger: Ledger, component: str) -> datetime | None:
    """When the component was first watched; None when it never was."""
    firsts = (ledger.first_slot(component, vantage) for vantage in ledger.vantages())
    return min((slot_time(one) for one in firsts if one), default=None)


def around(
    ledger: Ledger, component: str, start: datetime, end: datetime, category: str | None = None
) -> Around:
    """All that bears on [start, end): folding it gives the incidents that the store has there.

    With a category, looks at another one are left out, so that their time is not known.
    """
    low, high = start, end
    for one in ledger.incidents(component=component, since=start):
        if one.started_before < end:
            low = min(low, one.started_after or one.started_before)
            high = max(high, one.ended_before or high)
    found = ledger.slots(component=component, since=low - MARGIN, until=high + MARGIN)
    return Around(
        records=tuple(one for one in found if is_of(one, category)),
        first_slot_at=first_slot_at(ledger, component),
    )


def near(
    ledger: Ledger, component: str, spans: Iterable[tuple[datetime, datetime]]
) -> tuple[SlotRecord, ...]:
    """Slots within the margin of any of these spans, in order of time, each read once."""
    merged: list[tuple[datetime, datetime]] = []
    for low, high in sorted((start - MARGIN, end + MARGIN) for start, end in spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    found = (
        record
        for low, high in merged
        for record in ledger.slots(component=component, since=low, until=high)
    )
    return tuple(sorted(found, key=slot_time))


def is_of(record: SlotRecord, category: str | None) -> bool:
    """False for a look at another category than the one asked for."""
    if category is None or record.category is None:
        return True
    return folded(record.category) == folded(category)
