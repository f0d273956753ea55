"""French words and colours of boards and alerts; names and states are those of the public pages."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.core.model import Outcome
from monitor.core.states import State
from monitor.metrics_ledger import STATE_CODES
from monitor.web.words import COMPONENT_WORDS, SKIPPED_WORDS, STATE_WORDS
from probes import PROBES

NAMES: Mapping[str, str] = {
    component: COMPONENT_WORDS[component].title
    for component in COMPONENT_WORDS
    if component in PROBES
}
"""Component to title, of all that a probe looks at."""

SUBJECTS: Mapping[str, str] = {component: COMPONENT_WORDS[component].subject for component in NAMES}

GREY = "#8e8e8e"

_COLOURS: Mapping[State, str] = {
    State.NOT_KNOWN: GREY,
    State.WORKING: "green",
    State.SLOW: "yellow",
    State.RECOVERING: "light-yellow",
    State.UNCONFIRMED: "light-orange",
    State.PARTIAL: "orange",
    State.MAINTENANCE: "purple",
    State.FAILING: "dark-red",
    State.BEHIND: "#5c5c5c",
}

STATES: Mapping[int, tuple[str, str]] = {
    code: (STATE_WORDS[state].label, _COLOURS[state]) for state, code in STATE_CODES.items()
}
"""Number of ``anef_component_state`` to its words and colour."""

OUTCOMES: Mapping[str, tuple[str, str]] = {
    Outcome.UP: ("fonctionne", "green"),
    Outcome.DEGRADED: ("fonctionne, lentement", "yellow"),
    Outcome.DOWN: ("ne fonctionne pas", "dark-red"),
    Outcome.MAINTENANCE: ("maintenance annoncée", "purple"),
    Outcome.BLOCKED: ("refusé par le site", "orange"),
    Outcome.LAYOUT_CHANGED: ("page changée", "blue"),
    Outcome.MONITOR_FAULT: ("notre faute", "light-blue"),
    Outcome.UNKNOWN: ("inexpliqué", GREY),
    Outcome.MISSED: ("manqué", "#5c5c5c"),
    Outcome.SKIPPED: ("suspendu", "#b8b8b8"),
}

REASONS: Mapping[str, str] = {"off": "le programme était arrêté", **SKIPPED_WORDS}
"""Rule of a slot that did not run, in words."""

WINDOWS: Mapping[str, str] = {"24h": "24 h", "7d": "7 jours", "30d": "30 jours", "90d": "90 jours"}

WEEKDAYS: Mapping[str, str] = {
    "1": "lundi",
    "2": "mardi",
    "3": "mercredi",
    "4": "jeudi",
    "5": "vendredi",
    "6": "samedi",
    "7": "dimanche",
}
