"""A ledger in memory that answers as the store does, for tests of what reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitor.core.corrected import PublicStatement
from monitor.core.incidents import fold_all
from monitor.core.model import Incident, Observation, SlotRecord
from monitor.core.reviewed import Review
from monitor.core.timeline import slot_time


class ListReader:
    """Slots, incidents and observations of a plain list; ``read`` counts slots handed out."""

    def __init__(
        self,
        records: Iterable[SlotRecord] = (),
        observations: Mapping[int, Observation] | None = None,
        reviews: Iterable[Review] = (),
    ) -> None:
        self._reviews = tuple(reviews)
        self.said: list[PublicStatement] = []
        self.records = list(records)
        self.observations = dict(observations or {})
        self.read = 0

    def statements(self, *, about: str | None = None) -> list[PublicStatement]:
        return [one for one in self.said if about in (None, one.about)]

    def slots(
        self,
        *,
        component: str | None = None,
        vantage: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_sequence: int = 0,
    ) -> list[SlotRecord]:
        found = [
            record
            for record in sorted(self.records, key=lambda one: one.sequence)
            if record.sequence > after_sequence
            and component in (None, record.slot.component)
            and vantage in (None, record.slot.vantage)
            and (since is None or record.slot.scheduled_at >= since)
            and (until is None or record.slot.scheduled_at < until)
        ]
        self.read += len(found)
        return found

    def latest(self) -> dict[tuple[str, str], SlotRecord]:
        ordered = sorted(self.records, key=slot_time)
        return {(one.slot.component, one.slot.vantage): one for one in ordered}

    def incidents(
        self,
        *,
        component: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
    ) -> tuple[Incident, ...]:
        found: Sequence[Incident] = fold_all(self.slots()).incidents
        return tuple(
            one
            for one in reversed(found)
            if component in (None, one.component)
            and (one.is_open or not open_only)
            and (since is None or one.ended_before is None or one.ended_before >= since)
        )

    def reviews(self, *, sequence: int | None = None) -> tuple[Review, ...]:
        return tuple(one for one in self._reviews if sequence in (None, one.sequence))

    def observation(self, sequence: int) -> Observation | None:
        return self.observations.get(sequence)
