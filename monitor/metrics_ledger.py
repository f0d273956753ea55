"""The gauges of the ledger that stand beside the figures: state, open incident, what is not known.

Everything here follows from the store at each scrape. A series that has been shown once is set to
0 when it no longer applies, and never removed: two scrapes at once see whole sets.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from prometheus_client import Gauge

from monitor.core.model import Incident, Observation, Outcome
from monitor.core.states import State
from monitor.core.weekly import HOURS_OF_WEEK, Week

STATE_CODES: Mapping[State, int] = {
    State.NOT_KNOWN: 0,
    State.WORKING: 1,
    State.SLOW: 2,
    State.RECOVERING: 3,
    State.UNCONFIRMED: 4,
    State.PARTIAL: 5,
    State.MAINTENANCE: 6,
    State.FAILING: 7,
    State.BEHIND: 8,
}
"""The numbers of ``anef_component_state``; they never change their meaning."""

LEDGER_WINDOWS: Mapping[str, timedelta] = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
WEEK_WINDOW = timedelta(days=90)

GaugeMaker = Callable[..., Gauge]


class ObservationReader(Protocol):
    """Where the failing step of an incident is read."""

    def observation(self, sequence: int) -> Observation | None:
        """What the run of this slot saw; None when nothing ran."""


class SlotCounter(Protocol):
    """Where slots are counted."""

    def slot_counts(
        self, component: str, *, since: datetime, until: datetime
    ) -> Mapping[tuple[Outcome, str], int]:
        """How many slots scheduled in [since, until) ended with each outcome by each rule."""


class LedgerGauges:
    """Made and set by ``Metrics``; ``gauge`` makes one on its registry."""

    def __init__(self, gauge: GaugeMaker) -> None:
        codes = ", ".join(f"{code} {state.value}" for state, code in STATE_CODES.items())
        self._state = gauge("anef_component_state", f"State now: {codes}.", "component")
        self._number = gauge(
            "anef_incident_number",
            "Number of the open incident in its public address; NaN when none is open.",
            "component",
        )
        self._opened = gauge(
            "anef_incident_started_timestamp_seconds",
            "First failing look of the open incident, Unix time; NaN when none is open.",
            "component",
        )
        self._step = gauge(
            "anef_incident_failing_step",
            "1 for the step at which the open incident was last seen failing, else 0.",
            "component",
            "step",
        )
        self._slots = gauge(
            "anef_slots", "Planned slots in the window, run or not.", "component", "window"
        )
        self._not_known = gauge(
            "anef_slots_not_known",
            "Slots in the window that know nothing, by outcome and rule.",
            *("component", "window", "outcome", "rule"),
        )
        self._week = gauge(
            "anef_hour_of_week_availability_ratio",
            "Availability over 90 days at this hour of the week in Europe/Paris (Monday is 1).",
            *("component", "weekday", "hour"),
        )
        self._steps_shown: set[tuple[str, str]] = set()
        self._rules_shown: set[tuple[str, str, str, str]] = set()

    def show_state(self, component: str, state: State) -> None:
        """Set the code; what is not watched yet is not known."""
        self._state.labels(component).set(STATE_CODES.get(state, 0))

    def show_incident(
        self, component: str, opened: Sequence[Incident], reader: ObservationReader
    ) -> None:
        """The open incident that began first, of all vantages."""
        first = min(opened, key=lambda one: one.started_before, default=None)
        self._number.labels(component).set(first.opened_sequence if first else math.nan)
        self._opened.labels(component).set(first.started_before.timestamp() if first else math.nan)
        step = _failing_step(first, reader)
        self._steps_shown |= {(component, step)} if step else set()
        for name, shown in self._steps_shown:
            if name == component:
                self._step.labels(component, shown).set(int(shown == step))

    def show_slots(self, component: str, reader: SlotCounter, now: datetime) -> None:
        """How many slots there were, and how many of them know nothing and why."""
        counted: Counter[tuple[str, str, str, str]] = Counter()
        for window, length in LEDGER_WINDOWS.items():
            found = reader.slot_counts(component, since=now - length, until=now)
            self._slots.labels(component, window).set(sum(found.values()))
            for (outcome, rule), many in found.items():
                if not outcome.is_known:
                    counted[component, window, outcome.value, rule] = many
        self._rules_shown |= set(counted)
        for key in self._rules_shown:
            if key[0] == component:
                self._not_known.labels(*key).set(counted[key])

    def show_week(self, component: str, week: Week) -> None:
        """All 168 hours of the last 90 days; NaN where less than 80 % is known."""
        for weekday, hour in HOURS_OF_WEEK:
            cell = week.get((weekday, hour))
            ratio = cell.availability if cell else None
            self._week.labels(component, str(weekday), f"{hour:02d}").set(
                math.nan if ratio is None else ratio
            )


def _failing_step(incident: Incident | None, reader: ObservationReader) -> str | None:
    if incident is None:
        return None
    seen = reader.observation(incident.last_failing_sequence)
    return seen.verdict.failed_step if seen else None
