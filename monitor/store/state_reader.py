"""What tells the state now: the part of the store that pages and metrics read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from monitor.core.model import Incident, Observation, Outcome, SlotRecord
from monitor.core.tally import UNRUN

AVAILABLE = tuple(one for one in Outcome if one.is_available)
KNOWN = tuple(one for one in Outcome if one.is_known)
RUN = tuple(one for one in Outcome if one not in UNRUN)


class Place(NamedTuple):
    """How far the ledger has come: the numbers of the last slot, review, later verdict and public
    statement; 0 for none. While it is the same, so is all that was made of the ledger."""

    slot: int
    review: int
    reclassification: int
    statement: int


class StateReader(Protocol):
    """The reading half of the store, as far as the state now needs it."""

    def place(self) -> Place:
        """How far the ledger has come."""

    def latest(self) -> Mapping[tuple[str, str], SlotRecord]:
        """The last slot of every (component, vantage)."""

    def incidents(
        self,
        *,
        component: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> Sequence[Incident]:
        """Incidents that match, the latest opened first."""

    def observation(self, sequence: int) -> Observation | None:
        """What the run of this slot saw; None when nothing ran."""

    def recent_slots(
        self,
        component: str,
        vantage: str,
        limit: int,
        *,
        before: datetime | None = None,
        outcomes: Collection[Outcome] | None = None,
    ) -> Sequence[SlotRecord]:
        """The latest scheduled slots, newest first."""

    def slot_counts(
        self, component: str, *, since: datetime, until: datetime
    ) -> Mapping[tuple[Outcome, str], int]:
        """How many slots ended with each outcome by each rule."""


def newest(
    reader: StateReader, latest: SlotRecord, outcomes: Collection[Outcome], limit: int = 1
) -> Sequence[SlotRecord]:
    """The latest slots with these outcomes, newest first, where ``latest`` is looked from."""
    if limit == 1 and latest.outcome in outcomes:
        return (latest,)
    where = latest.slot.component, latest.slot.vantage
    return reader.recent_slots(*where, limit, outcomes=outcomes)
