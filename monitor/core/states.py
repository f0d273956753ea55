"""What can honestly be said of a component now, from the latest slot of each vantage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.incidents import HOLE_INTERVALS
from monitor.core.model import Outcome, SlotRecord


class State(StrEnum):
    """What can honestly be said of a component now."""

    WORKING = "working"
    SLOW = "slow"
    FAILING = "failing"
    MAINTENANCE = "maintenance"
    UNCONFIRMED = "unconfirmed"  # one failing slot, not yet an incident
    RECOVERING = "recovering"  # one good slot, the incident is not closed yet
    PARTIAL = "partial"  # vantages disagree
    NOT_KNOWN = "not_known"  # the last look knew nothing
    BEHIND = "behind"  # no look recent enough: the monitor itself is behind
    UNWATCHED = "unwatched"

    @property
    def up(self) -> bool | None:
        """True when it works, False when it does not, None when not known."""
        return _UP.get(self)


_UP = {
    State.WORKING: True,
    State.SLOW: True,
    State.RECOVERING: True,
    State.FAILING: False,
    State.MAINTENANCE: False,
}


def vantage_state(record: SlotRecord, *, in_incident: bool, now: datetime) -> State:
    """What one vantage says now, from its latest slot of any outcome.

    ``in_incident`` is true while it has an open incident. A slot older than 2.5 of its intervals
    says nothing any more.
    """
    age = now - (record.started_at or record.slot.scheduled_at)
    if age > timedelta(seconds=HOLE_INTERVALS * record.slot.interval_seconds):
        return State.BEHIND
    if record.outcome.is_available and in_incident:
        return State.RECOVERING
    if record.outcome.is_failing and not in_incident:
        return State.UNCONFIRMED
    return _STATE.get(record.outcome, State.NOT_KNOWN)


_STATE = {
    Outcome.UP: State.WORKING,
    Outcome.DEGRADED: State.SLOW,
    Outcome.DOWN: State.FAILING,
    Outcome.MAINTENANCE: State.MAINTENANCE,
}


def component_state(
    latest: Mapping[str, SlotRecord], *, open_vantages: Iterable[str] = (), now: datetime
) -> State:
    """What all vantages together say: the latest slot by vantage, and who has an open incident.

    Failing only when every vantage that knows is failing; ``partial`` when they disagree.
    """
    opened = frozenset(open_vantages)
    states = {
        vantage_state(record, in_incident=vantage in opened, now=now)
        for vantage, record in latest.items()
    }
    knowing = {state for state in states if state.up is not None}
    if len({state.up for state in knowing}) > 1:
        return State.PARTIAL
    return _summary(knowing or states)


def _summary(states: Iterable[State]) -> State:
    """One word for vantages that agree: the first in this order that any of them says."""
    said = frozenset(states)
    return next((state for state in _SUMMARY_ORDER if state in said), State.UNWATCHED)


_SUMMARY_ORDER = (  # as figures have it: what only some say against the site is not said of it
    State.MAINTENANCE,
    State.FAILING,
    State.RECOVERING,
    State.WORKING,
    State.SLOW,
    State.UNCONFIRMED,
    State.NOT_KNOWN,
    State.BEHIND,
)
