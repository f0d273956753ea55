"""Folding of slots into incidents, one (component, vantage) at a time, in slot order.

An incident opens at the second failing slot in a row and closes at the second good one. Slots
that know nothing are looked through. Start and end are intervals that hold the true moment: the
site worked at one end and did not at the other. Nothing here reads a clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.core.model import Incident, Outcome, SlotRecord

OPENS_AFTER = 2
"""Failing slots in a row that open an incident."""

HOLE_INTERVALS = 2.5
"""Known slots further apart than this many intervals have a hole between them."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class FoldState:
    """All that folding remembers of one (component, vantage) between two slots.

    ``candidate`` is the open incident, or the first failing slot of one that has not opened yet.
    ``recovered_at`` is the end of a good slot that has not closed the open incident yet.
    """

    last_good_started_at: datetime | None = None
    last_known_started_at: datetime | None = None
    last_known_finished_at: datetime | None = None
    last_known_interval_seconds: float = 0.0
    last_failing_started_at: datetime | None = None
    recovered_at: datetime | None = None
    candidate: Incident | None = None

    @property
    def is_open(self) -> bool:
        """True while an incident is open."""
        return self.candidate is not None and self.candidate.failing_slots >= OPENS_AFTER

    def to_json(self) -> str:
        """One line of JSON that ``from_json`` reads back to an equal state."""
        values = {**vars(self), "candidate": self.candidate and vars(self.candidate)}
        return json.dumps(values, default=datetime.isoformat, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FoldState:
        """The state that ``to_json`` wrote. Raises ValueError or TypeError on anything else."""
        values = _with_moments(json.loads(text))
        candidate = values.pop("candidate")
        return cls(**values, candidate=_incident_from(candidate) if candidate else None)


def _with_moments(values: Mapping[str, Any]) -> dict[str, Any]:
    moments = ("_at", "_after", "_before")
    return {
        key: datetime.fromisoformat(value) if value and key.endswith(moments) else value
        for key, value in values.items()
    }


def _incident_from(values: Mapping[str, Any]) -> Incident:
    spans = {
        key: tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in values[key])
        for key in ("holes", "respites")
    }
    return Incident(**{**_with_moments(values), **spans})


def fold(state: FoldState, record: SlotRecord) -> tuple[FoldState, Incident | None]:
    """Take the next slot in; gives the new state and the incident this slot changed, if any.

    A slot that knows nothing changes nothing, and neither does one that started before a slot
    already folded.
    """
    if not record.outcome.is_known or _is_late(state, record):
        return state, None
    step = _fold_failing if record.outcome.is_failing else _fold_good
    folded, incident = step(state, record)
    known = replace(
        folded,
        last_known_started_at=_started(record),
        last_known_finished_at=_finished(record),
        last_known_interval_seconds=record.slot.interval_seconds,
    )
    return known, incident


def _fold_failing(state: FoldState, record: SlotRecord) -> tuple[FoldState, Incident | None]:
    hole = _hole(state, record)
    if state.candidate is None or (hole and not state.is_open):
        incident = _begin(state, record)
    else:
        incident = _extend(state.candidate, record, hole, _respite(state, record))
    folded = replace(
        state,
        candidate=incident,
        last_failing_started_at=record.last_started_at or _started(record),
        recovered_at=None,
    )
    return folded, incident if folded.is_open else None


def _fold_good(state: FoldState, record: SlotRecord) -> tuple[FoldState, Incident | None]:
    good = replace(state, last_good_started_at=_started(record))
    if state.candidate is None or not state.is_open:
        return _well(good), None
    if state.recovered_at is None:
        return _first_good(good, state.candidate, _finished(record), _hole(state, record))
    closed = replace(
        state.candidate,
        closed_sequence=record.sequence,
        ended_after=_earlier(state.last_failing_started_at, state.recovered_at),
        ended_before=state.recovered_at,
    )
    return _well(good), closed


def _well(state: FoldState) -> FoldState:
    """Nothing of a failure that is over is remembered: two pasts that tell the same are equal."""
    return replace(state, candidate=None, recovered_at=None, last_failing_started_at=None)


def _earlier(failing: datetime | None, good: datetime) -> datetime:
    """From when on it can have ended. Runs of several workers can overlap: a good one can be over
    before the last failing attempt began; then it is the good one that counts."""
    return good if failing is None else min(failing, good)


def _first_good(
    state: FoldState, incident: Incident, finished: datetime, hole: Span | None
) -> tuple[FoldState, Incident | None]:
    """A first good slot does not close; silence before it still belongs to the incident."""
    seen = replace(incident, holes=(*incident.holes, hole)) if hole else incident
    return replace(state, candidate=seen, recovered_at=finished), seen if hole else None


def _begin(state: FoldState, record: SlotRecord) -> Incident:
    """The first failing slot of an incident that may come. The last good slot bounds its start
    however long ago it was: the true start cannot be before it."""
    return Incident(
        component=record.slot.component,
        vantage=record.slot.vantage,
        kind=_kind(record),
        opened_sequence=record.sequence,
        started_after=state.last_good_started_at,
        started_before=record.first_finished_at or _finished(record),
        rule=record.rule,
        via=record.via,
        failing_slots=1,
        first_failing_sequence=record.sequence,
        last_failing_sequence=record.sequence,
    )


def _extend(
    incident: Incident, record: SlotRecord, hole: Span | None, respite: Span | None
) -> Incident:
    """One more failing slot. Kind, rule and ``via`` are those of the first slot that was not
    announced maintenance, if there is one."""
    opening = incident.failing_slots + 1 == OPENS_AFTER
    extended = replace(
        incident,
        opened_sequence=record.sequence if opening else incident.opened_sequence,
        failing_slots=incident.failing_slots + 1,
        last_failing_sequence=record.sequence,
        holes=(*incident.holes, hole) if hole else incident.holes,
        respites=(*incident.respites, respite) if respite else incident.respites,
    )
    if incident.kind == _kind(record) or incident.kind == Outcome.DOWN:
        return extended
    return replace(extended, kind=_kind(record), rule=record.rule, via=record.via)


def _hole(state: FoldState, record: SlotRecord) -> Span | None:
    """The span nobody looked at since the last known slot, when it is too long to pass over."""
    before, finished = state.last_known_started_at, state.last_known_finished_at
    if before is None or finished is None:
        return None
    longest = timedelta(seconds=HOLE_INTERVALS * state.last_known_interval_seconds)
    gap = _started(record) - before
    return (min(finished, _started(record)), _started(record)) if gap > longest else None


def _respite(state: FoldState, record: SlotRecord) -> Span | None:
    """The span around a good slot that this failing one follows, inside an open incident."""
    if state.recovered_at is None or state.last_failing_started_at is None:
        return None
    return state.last_failing_started_at, record.first_finished_at or _finished(record)


def _is_late(state: FoldState, record: SlotRecord) -> bool:
    last = state.last_known_started_at
    return last is not None and _started(record) < last


def _kind(record: SlotRecord) -> str:
    return record.outcome.value


def _started(record: SlotRecord) -> datetime:
    return record.started_at or record.slot.scheduled_at


def _finished(record: SlotRecord) -> datetime:
    return record.finished_at or _started(record)


@dataclass(frozen=True, kw_only=True)
class Folded:
    """What folding a whole ledger gives: the incidents in the order of their opening, and the
    sequences of the failing slots that belong to one."""

    incidents: tuple[Incident, ...]
    joined: frozenset[int]
    states: Mapping[tuple[str, str], FoldState] = field(default_factory=dict)
    """Where folding stands for each (component, vantage)."""


def fold_all(
    records: Iterable[SlotRecord], before: Mapping[tuple[str, str], FoldState] | None = None
) -> Folded:
    """Fold any mix of components and vantages, each in the order given, from nothing or from
    where it stood ``before``. Then incidents open at that point are among those given."""
    states = dict(before or {})
    incidents = {
        (*key, state.candidate.opened_sequence): state.candidate
        for key, state in states.items()
        if state.candidate is not None and state.is_open
    }
    joined: set[int] = set()
    for record in records:
        key = (record.slot.component, record.slot.vantage)
        states[key], incident = fold(states.get(key, FoldState()), record)
        if incident is None:
            continue
        incidents[(*key, incident.opened_sequence)] = incident
        if incident.last_failing_sequence == record.sequence:
            joined |= {incident.first_failing_sequence, record.sequence}
    ordered = sorted(incidents.values(), key=lambda one: one.opened_sequence)
    return Folded(incidents=tuple(ordered), joined=frozenset(joined), states=states)


def isolated_failures(records: Iterable[SlotRecord]) -> tuple[SlotRecord, ...]:
    """Failing slots that joined no incident ("échec isolé"), the latest perhaps not yet."""
    kept = tuple(records)
    joined = fold_all(kept).joined
    return tuple(r for r in kept if r.outcome.is_failing and r.sequence not in joined)


@dataclass(frozen=True, kw_only=True)
class DurationRange:
    """How long an incident lasted, in seconds. ``maximum_seconds`` is None where no good slot
    bounds the start."""

    minimum_seconds: float
    maximum_seconds: float | None


def duration(
    incident: Incident, *, now: datetime, last_seen: datetime | None = None
) -> DurationRange:
    """Minimum: from the latest start to the earliest end, without holes and respites. Maximum:
    from the earliest start to the latest end, all included.

    An open incident can have lasted until ``now`` at most; at least until ``last_seen``, the
    start of its last failing attempt (0 seconds when that is not given).
    """
    end = incident.ended_after or last_seen or incident.started_before
    out = _covered((*incident.holes, *incident.respites), incident.started_before, end)
    minimum = (end - incident.started_before).total_seconds() - out
    first, latest = incident.started_after, incident.ended_before or now
    maximum = (latest - first).total_seconds() if first else None
    return DurationRange(minimum_seconds=max(minimum, 0.0), maximum_seconds=maximum)


def _covered(spans: Iterable[Span], start: datetime, end: datetime) -> float:
    """Seconds of [start, end] that at least one of the spans covers."""
    seconds, reached = 0.0, start
    for low, high in sorted(spans):
        low, high = max(low, reached), min(high, end)
        if high > low:
            seconds += (high - low).total_seconds()
            reached = high
    return seconds
