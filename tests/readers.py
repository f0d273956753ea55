"""A ledger in memory that answers as the store does, for tests of what reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from monitor.core.corrected import PublicStatement
from monitor.core.incidents import fold_all
from monitor.core.model import Depth, Incident, Observation, Outcome, SlotRecord
from monitor.core.reviewed import Review, with_reviews
from monitor.core.scopes import PATH, Scope, laid_out
from monitor.core.statistics import Figure, figure_of, quantiles_of
from monitor.core.timeline import Timeline, slot_time, together
from monitor.core.weekly import Week, hours_of_week
from monitor.store.figures import QUANTILES, Figures, ResponseTimes
from monitor.store.state_reader import Place


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

    def place(self) -> Place:
        last = max((one.sequence for one in self.records), default=0)
        return Place(last, len(self._reviews), 0, len(self.said))

    def latest(self) -> dict[tuple[str, str], SlotRecord]:
        ordered = sorted(self.records, key=slot_time)
        return {(one.slot.component, one.slot.vantage): one for one in ordered}

    def recent_slots(
        self,
        component: str,
        vantage: str,
        limit: int,
        *,
        before: datetime | None = None,
        outcomes: Collection[Outcome] | None = None,
    ) -> list[SlotRecord]:
        found = self.slots(component=component, vantage=vantage, until=before)
        kept = [one for one in found if outcomes is None or one.outcome in outcomes]
        return sorted(kept, key=lambda one: one.slot.scheduled_at, reverse=True)[:limit]

    def slot_counts(
        self, component: str, *, since: datetime, until: datetime
    ) -> Mapping[tuple[Outcome, str], int]:
        found = self.slots(component=component, since=since, until=until)
        return Counter((one.outcome, one.rule) for one in found)

    def incidents(
        self,
        *,
        component: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> tuple[Incident, ...]:
        found: Sequence[Incident] = fold_all(self.slots()).incidents
        wanted = (
            one
            for one in reversed(found)
            if component in (None, one.component)
            and (one.is_open or not open_only)
            and (since is None or one.ended_before is None or one.ended_before >= since)
            and (before is None or one.opened_sequence < before)
        )
        return tuple(islice(wanted, limit))

    def reviews(self, *, sequence: int | None = None) -> tuple[Review, ...]:
        return tuple(one for one in self._reviews if sequence in (None, one.sequence))

    def observation(self, sequence: int) -> Observation | None:
        return self.observations.get(sequence)


class ListFigures(Figures):
    """Figures of such a ledger, each from all of its slots at once."""

    def __init__(self, reader: ListReader) -> None:
        self.reader = reader

    def line(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Timeline:
        records = self.reader.slots()
        if scope.judged:
            records = list(with_reviews(records, self.reader.reviews()))
        if scope.component != PATH:
            mine = (one for one in records if one.slot.component == scope.component)
            return laid_out(scope, mine, now=now)
        since = self.full_since()
        full = [Scope(component=name, depth=Depth.FULL, judged=scope.judged) for name in since]
        lines = [self.line(one, start, end, now=now) for one in full]
        return together(lines, since=since, now=now)

    def figures(
        self, scope: Scope, spans: Sequence[tuple[datetime, datetime]], *, now: datetime
    ) -> tuple[Figure, ...]:
        line = self.line(scope, now, now, now=now)
        return tuple(figure_of(line, start=low, end=high, depth=scope.depth) for low, high in spans)

    def week(self, scope: Scope, start: datetime, end: datetime, *, now: datetime) -> Week:
        return hours_of_week(self.line(scope, start, end, now=now), start=start, end=end)

    def second(
        self, scope: Scope, start: datetime, end: datetime, *, now: datetime
    ) -> Figure | None:
        judged = {one.sequence for one in self.reader.reviews()}
        here = self.reader.slots(component=scope.component, since=start, until=min(end, now))
        if not any(one.sequence in judged for one in here):
            return None
        return self.figure(replace(scope, judged=True), start, end, now=now)

    def site_files(self, scope: Scope, start: datetime, end: datetime) -> frozenset[str]:
        del scope, start, end
        return frozenset()

    def components(self) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for one in self.reader.records:
            name = one.slot.component
            found[name] = min(slot_time(one), found.get(name, slot_time(one)))
        full = min(self.full_since().values(), default=None)
        return {**found, PATH: full} if full else found

    def each_response_times(
        self, scope: Scope, spans: Sequence[tuple[datetime, datetime]], *, now: datetime
    ) -> tuple[ResponseTimes, ...]:
        return tuple(self._times(scope, start, min(end, now)) for start, end in spans)

    def _times(self, scope: Scope, start: datetime, end: datetime) -> ResponseTimes:
        durations = [
            one.duration_seconds
            for one in self.line(scope, start, end, now=end).slots_within(start, end)
            if one.duration_seconds is not None and one.outcome.is_available
        ]
        found = quantiles_of(durations, QUANTILES) or ()
        return ResponseTimes(
            runs=len(durations), quantiles=tuple(zip(QUANTILES, found, strict=False))
        )

    def full_since(self) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for one in self.reader.records:
            if one.depth is Depth.FULL and one.started_at is not None:
                name = one.slot.component
                found[name] = min(one.started_at, found.get(name, one.started_at))
        return found
