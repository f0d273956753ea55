"""What the monitor said against what was true. Pure: a rehearsal in, findings out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.accuracy.record import PlayedPhase, Rehearsal, SeenIncident, SeenSlot
from bench.accuracy.scenario import Truth

FAILING = frozenset({"down", "maintenance"})
NOT_KNOWN = frozenset(
    {"blocked", "layout_changed", "monitor_fault", "unknown", "missed", "skipped"}
)
USUAL: dict[Truth, frozenset[str]] = {
    Truth.UP: frozenset({"up"}),
    Truth.DEGRADED: frozenset({"degraded"}),
    Truth.DOWN: frozenset({"down"}),
    Truth.MAINTENANCE: frozenset({"maintenance"}),
    Truth.BLOCKED: frozenset({"blocked", "skipped"}),
    Truth.LAYOUT_CHANGED: frozenset({"layout_changed"}),
    Truth.NOT_KNOWN: frozenset({"up", "degraded"}) | NOT_KNOWN,
}
"""Outcomes that are right for a run that lies within a phase; after a refusal, keeping away is
right too."""


@dataclass(frozen=True, kw_only=True)
class JudgedSlot:
    """A slot with the phases that it overlaps. ``truth`` is None when a change fell into it."""

    slot: SeenSlot
    truth: Truth | None
    right: bool
    false_outage: bool
    refusal_read_as_down: bool
    is_chance: bool
    own_fault: bool


@dataclass(frozen=True, kw_only=True)
class JudgedOutage:
    """A failure of the site as one component met it: found or not, and how well dated.

    Errors are the distance in seconds between the true moment and the middle of the stated
    interval; widths are of that interval. None where no interval was stated.
    """

    component: str
    slots_inside: int
    due: bool
    found: bool
    start_inside: bool | None = None
    end_inside: bool | None = None
    delay_seconds: float | None = None
    delay_intervals: float | None = None
    start_error_seconds: float | None = None
    start_width_seconds: float | None = None
    end_error_seconds: float | None = None
    end_width_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All findings of one rehearsal. ``false_incidents`` overlap no failure of the site."""

    rehearsal: Rehearsal
    slots: tuple[JudgedSlot, ...]
    outages: tuple[JudgedOutage, ...]
    false_incidents: tuple[SeenIncident, ...]

    @property
    def false_outages(self) -> int:
        """Slots and incidents that claim an outage of a site that did not fail."""
        return sum(slot.false_outage for slot in self.slots) + len(self.false_incidents)


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """A stretch in which the site failed: each end is an interval of the harness's own doubt.
    ``quiet`` are its parts in which nothing was done to the monitor."""

    started_from: datetime
    started_by: datetime
    ended_from: datetime
    ended_by: datetime
    quiet: tuple[tuple[datetime, datetime], ...]


def judge(rehearsal: Rehearsal) -> Judged:
    """Compare one rehearsal with its truth."""
    failures = tuple(_failures(rehearsal.phases))
    components = sorted({slot.component for slot in rehearsal.slots})
    slots = tuple(_judge_slot(slot, rehearsal.phases) for slot in rehearsal.slots)
    return Judged(
        rehearsal=rehearsal,
        slots=slots,
        outages=tuple(
            _judge_outage(failure, component, rehearsal)
            for component in components
            for failure in failures
        ),
        false_incidents=tuple(
            one
            for one in rehearsal.incidents
            if not any(_meets(one, failure) for failure in failures)
            and not _of_a_disguise(one, rehearsal.phases)
        ),
    )


def _failures(phases: tuple[PlayedPhase, ...]) -> Iterator[_Failure]:
    """Neighbouring phases in which the site fails are one failure."""
    group: list[PlayedPhase] = []
    for phase in (*phases, None):
        if phase is not None and phase.truth.is_site_failure:
            group.append(phase)
        elif group:
            yield _Failure(
                started_from=group[0].set_from,
                started_by=group[0].set_by,
                ended_from=group[-1].lifted_from,
                ended_by=group[-1].lifted_by,
                quiet=tuple(_quiet(group)),
            )
            group = []


def _quiet(group: Iterable[PlayedPhase]) -> Iterator[tuple[datetime, datetime]]:
    """Spans of neighbouring phases in which the monitor was left alone."""
    for disturbed, phases in itertools.groupby(group, key=_own):
        together = tuple(phases)
        if not disturbed:
            yield together[0].set_by, together[-1].lifted_from


def _own(phase: PlayedPhase) -> bool:
    return any(fault.startswith("own:") or _is_our_net(fault) for fault in phase.do)


SITE_NET = ("net:site_silent", "net:site_name_gone", "net:site_loss_90")
"""Faults of the network that are on the site's side."""


def _is_our_net(fault: str) -> bool:
    return fault.startswith("net:") and fault not in SITE_NET


def _span(slot: SeenSlot) -> tuple[datetime, datetime]:
    start = slot.started_at or slot.scheduled_at
    return start, slot.finished_at or start


def _judge_slot(slot: SeenSlot, phases: tuple[PlayedPhase, ...]) -> JudgedSlot:
    met = _met(slot, phases)
    inside = met[0] if len(met) == 1 and _lies_within(slot, met[0], phases) else None
    failing = slot.outcome in FAILING
    could_fail = any(phase.truth.is_site_failure for phase in met)
    disguised = any(phase.disguised for phase in met)
    accepted = frozenset(inside.accept) if inside and inside.accept else None
    usual = USUAL[inside.truth] if inside else frozenset()
    return JudgedSlot(
        slot=slot,
        truth=inside.truth if inside else None,
        right=slot.outcome in (accepted if accepted is not None else usual),
        false_outage=failing and not could_fail and not disguised,
        refusal_read_as_down=failing and not could_fail and disguised,
        is_chance=slot.started_at is not None and not could_fail and not disguised,
        own_fault=any(_own(phase) for phase in met),
    )


def _met(slot: SeenSlot, phases: tuple[PlayedPhase, ...]) -> tuple[PlayedPhase, ...]:
    """The phases that a slot touches; before the first one the first one's, after the last one
    the last one's when nothing was done in it."""
    start, end = _span(slot)
    met = tuple(p for p in phases if p.set_from <= end and start <= p.lifted_by)
    if met:
        return met
    return (phases[0],) if end < phases[0].set_from else (phases[-1],)


def _lies_within(slot: SeenSlot, phase: PlayedPhase, phases: tuple[PlayedPhase, ...]) -> bool:
    """True when no change fell into the slot. Before the first phase and after the last one
    nothing is set, which is the truth of a phase without faults only."""
    start, end = _span(slot)
    if slot.started_at is None and not phases[0].set_from <= start <= phases[-1].lifted_by:
        return False  # entered for a time at which nobody played
    if not phase.do and phase in (phases[0], phases[-1]):
        after_begin = phase is phases[0] or phase.set_by <= start
        return after_begin and (phase is phases[-1] or end <= phase.lifted_from)
    return phase.set_by <= start and end <= phase.lifted_from


def _judge_outage(failure: _Failure, component: str, rehearsal: Rehearsal) -> JudgedOutage:
    inside = [
        slot
        for slot in rehearsal.slots
        if slot.component == component
        and failure.started_by <= _span(slot)[0]
        and _span(slot)[1] <= failure.ended_from
        and slot.started_at is not None
    ]
    found = next(
        (i for i in rehearsal.incidents if i.component == component and _meets(i, failure)), None
    )
    due = any(
        sum(low <= _span(slot)[0] and _span(slot)[1] <= high for slot in inside) >= 2
        for low, high in failure.quiet
    )
    if found is None:
        return JudgedOutage(component=component, slots_inside=len(inside), due=due, found=False)
    interval = inside[0].interval_seconds if inside else rehearsal.slots[0].interval_seconds
    delay = (found.opened_at - failure.started_by).total_seconds()
    start_error, start_width = _error(
        failure.started_from, failure.started_by, found.started_after, found.started_before
    )
    end_error, end_width = _error(
        failure.ended_from, failure.ended_by, found.ended_after, found.ended_before
    )
    return JudgedOutage(
        component=component,
        slots_inside=len(inside),
        due=due,
        found=True,
        start_inside=_inside(
            failure.started_from, failure.started_by, found.started_after, found.started_before
        ),
        end_inside=_inside(
            failure.ended_from, failure.ended_by, found.ended_after, found.ended_before
        ),
        delay_seconds=delay,
        delay_intervals=delay / interval,
        start_error_seconds=start_error,
        start_width_seconds=start_width,
        end_error_seconds=end_error,
        end_width_seconds=end_width,
    )


def _meets(incident: SeenIncident, failure: _Failure) -> bool:
    """True when the incident's widest span touches the failure."""
    begins = incident.started_after or incident.started_before
    ends = incident.ended_before or incident.opened_at
    return begins <= failure.ended_by and failure.started_from <= ends


def _of_a_disguise(incident: SeenIncident, phases: tuple[PlayedPhase, ...]) -> bool:
    """True when the incident began in a refusal that looks like an outage: counted apart."""
    return any(
        phase.disguised and phase.set_from <= incident.started_before <= phase.lifted_by + _SLACK
        for phase in phases
    )


_SLACK = timedelta(seconds=6)
"""A run that a disguised refusal has met may end this long after it was lifted."""


def _inside(
    true_from: datetime, true_by: datetime, after: datetime | None, before: datetime | None
) -> bool | None:
    """True when the stated interval holds the true moment; None when there is no interval. The
    harness's own doubt counts in favour only where it leaves the moment open."""
    if after is None or before is None:
        return None
    return after <= true_by and true_from <= before


def _error(
    true_from: datetime, true_by: datetime, after: datetime | None, before: datetime | None
) -> tuple[float | None, float | None]:
    """(distance of the middle from the truth, width) of a stated interval, in seconds."""
    if after is None or before is None:
        return None, None
    true = true_from + (true_by - true_from) / 2
    middle = after + (before - after) / 2
    return abs((middle - true).total_seconds()), (before - after).total_seconds()
