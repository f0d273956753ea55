"""Every field of the published tables: name, kind, unit, meaning. The one place that defines them.

The program makes its tables, the data package and the pages' descriptions of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitor.core.model import Depth, Outcome


@dataclass(frozen=True, kw_only=True)
class Field:
    """``type`` is a Frictionless type. A unit is part of the meaning; None where there is none.

    A cell may be empty unless ``required``; ``among`` are all values there can be, where they are
    few. Numbers are never below 0, a part (unit 1) never above 1.
    """

    name: str
    type: str
    fr: str
    en: str
    unit: str | None = None
    required: bool = True
    among: tuple[str, ...] = ()


def _text(name: str, fr: str, en: str, *among: str) -> Field:
    return Field(name=name, type="string", fr=fr, en=en, among=among)


def _optional(one: Field) -> Field:
    return replace(one, required=False)


def _moment(name: str, fr: str, en: str) -> Field:
    return Field(name=name, type="datetime", fr=fr, en=en, unit="UTC")


def _seconds(name: str, fr: str, en: str) -> Field:
    return Field(name=name, type="number", fr=fr, en=en, unit="s")


def _ratio(name: str, fr: str, en: str) -> Field:
    return Field(name=name, type="number", fr=fr, en=en, unit="1")


def _count(name: str, fr: str, en: str) -> Field:
    return Field(name=name, type="integer", fr=fr, en=en)


_COMPONENT = _text("component", "composante surveillée", "component that was watched")
_VANTAGE = _text("vantage", "point d’observation", "where it was seen from")
_VIA = _optional(
    _text("via", "composante dont l’échec est hérité", "component whose failure it inherits")
)

OBSERVATIONS = (
    _count("sequence", "numéro dans le registre, sans trou", "number in the ledger, without holes"),
    _COMPONENT,
    _VANTAGE,
    _moment("scheduled_at", "moment prévu", "when it was planned"),
    _seconds("interval_seconds", "intervalle prévu alors", "interval planned then"),
    _text("outcome", "résultat", "outcome", *Outcome),
    _text("rule", "règle qui l’a décidé", "rule that decided it"),
    _optional(
        _text(
            "ruleset",
            "jeu de règles (un nom, même s’il ressemble à un nombre) ; vide sans jugement",
            "set of rules (a name, even where it looks like a number); empty without a verdict",
        )
    ),
    _text("depth", "profondeur : form ou full", "depth: form or full", *Depth),
    _optional(
        _text("flags", "réserves, séparées par des espaces", "reservations, separated by spaces")
    ),
    _VIA,
    _optional(
        _moment("started_at", "début ; vide si rien n’a tourné", "start; empty when nothing ran")
    ),
    _optional(_moment("finished_at", "fin", "end")),
    _optional(
        _moment("first_finished_at", "fin de la première tentative", "end of the first attempt")
    ),
    _optional(
        _moment("last_started_at", "début de la dernière tentative", "start of the last attempt")
    ),
    _optional(
        _seconds(
            "duration_seconds",
            "durée des étapes de la tentative décisive, captures non comprises",
            "duration of the steps of the deciding attempt, pictures not included",
        )
    ),
    _optional(
        _text("category", "catégorie de titre choisie", "category of permit that was chosen")
    ),
    Field(
        name="in_incident",
        type="boolean",
        fr="échec qui appartient à un incident ; sinon, un échec est isolé",
        en="failure that belongs to an incident; otherwise a failure is isolated",
    ),
)

INCIDENTS = (
    _COMPONENT,
    _VANTAGE,
    _count("opened_sequence", "observation qui l’a ouvert", "observation that opened it"),
    _text(
        "kind",
        "down, ou maintenance si annoncée",
        "down, or maintenance when announced",
        Outcome.DOWN,
        Outcome.MAINTENANCE,
    ),
    _optional(
        _moment(
            "started_after",
            "début au plus tôt ; vide si rien n’avait encore fonctionné",
            "earliest start; empty where nothing had worked before",
        )
    ),
    _moment("started_before", "début au plus tard", "latest start"),
    _optional(
        _moment(
            "ended_after", "fin au plus tôt ; vide si en cours", "earliest end; empty while open"
        )
    ),
    _optional(
        _moment(
            "ended_before", "fin au plus tard ; vide si en cours", "latest end; empty while open"
        )
    ),
    _text("rule", "règle", "rule"),
    _VIA,
    _count("failing_slots", "observations en échec", "failing observations"),
    _count("holes", "trous : continuité non observée", "holes: continuity not observed"),
)

DAILY = (
    Field(
        name="day",
        type="date",
        fr="jour, heure de Paris",
        en="day, Paris time",
    ),
    _text("component", "composante, ou whole_path : tout le parcours", "component, or whole_path"),
    _text(
        "depth",
        "any : toutes profondeurs ; full : parcours complet",
        "any: every depth; full: runs that did the act itself",
        "any",
        Depth.FULL,
    ),
    _moment("start", "début, borné au premier créneau", "start, not before the first slot"),
    _moment("end", "fin", "end"),
    _seconds("available_seconds", "temps disponible", "time available"),
    _seconds("degraded_seconds", "dont : lent", "of which slow"),
    _seconds("unavailable_seconds", "temps indisponible", "time unavailable"),
    _seconds("maintenance_seconds", "dont : maintenance annoncée", "of which announced"),
    _seconds("unknown_seconds", "temps non connu", "time not known"),
    _seconds("longest_gap_seconds", "plus long silence", "longest silence"),
    _optional(
        _ratio(
            "availability",
            "disponible / connu ; vide sous 80 % de couverture",
            "available / known; empty under 80 % of coverage",
        )
    ),
    _optional(
        _ratio(
            "availability_without_maintenance",
            "la même, maintenance annoncée exclue",
            "the same without announced maintenance",
        )
    ),
    _ratio("coverage", "part connue de la fenêtre", "known part of the window"),
    _ratio("lower_bound", "si tout l’inconnu était en panne", "if all unknown time were down"),
    _ratio("upper_bound", "si tout l’inconnu fonctionnait", "if all unknown time were up"),
    _count("observations", "observations faites", "observations made"),
    _count("isolated_failures", "échecs isolés", "isolated failures"),
    _count("incidents", "incidents en cours ce jour", "incidents that reach into the day"),
    _optional(
        _text("rulesets", "jeux de règles, séparés par des espaces", "sets of rules, by spaces")
    ),
    _optional(
        _text(
            "intervals_seconds",
            "intervalles en secondes, séparés par des espaces",
            "intervals in seconds, separated by spaces",
        )
    ),
    _optional(
        _text(
            "vantages",
            "points d’observation, séparés par des espaces",
            "vantages, separated by spaces",
        )
    ),
)

COMPONENTS = (
    _COMPONENT,
    _moment("first_slot_at", "premier créneau du registre", "first slot of the ledger"),
    _optional(
        _moment(
            "first_full_at",
            "premier parcours complet ; vide s’il n’y en a pas eu",
            "first full run; empty where there was none",
        )
    ),
)

TABLES: Mapping[str, tuple[Field, ...]] = {
    "observations": OBSERVATIONS,
    "lead_in": OBSERVATIONS,
    "lead_out": OBSERVATIONS,
    "components": COMPONENTS,
    "incidents": INCIDENTS,
    "daily": DAILY,
}

KEYS: Mapping[str, tuple[str, ...]] = {
    "observations": ("sequence",),
    "lead_in": ("sequence",),
    "lead_out": ("sequence",),
    "components": ("component",),
    "incidents": ("opened_sequence",),
    "daily": ("day", "component", "depth"),
}
"""The fields that tell the rows of a table apart."""

MEANINGS: Mapping[str, tuple[str, str]] = {
    "observations": (
        "Chaque créneau prévu de la période, qu’il ait tourné ou non.",
        "Every slot planned in the period, run or not.",
    ),
    "lead_in": (
        "Les derniers créneaux d’avant la période, qui décident encore à son début.",
        "The last slots before the period, which still decide at its beginning.",
    ),
    "lead_out": (
        "Les premiers créneaux d’après la période, qui décident à sa fin.",
        "The first slots after the period, which decide at its end.",
    ),
    "components": (
        "Les composantes, et depuis quand chacune est surveillée.",
        "The components, and since when each is watched.",
    ),
    "incidents": (
        "Les incidents qui touchent la période ; début et fin sont des intervalles.",
        "Incidents that touch the period; start and end are intervals.",
    ),
    "daily": (
        "Les chiffres de chaque jour (heure de Paris).",
        "The figures of each day (Paris time).",
    ),
}
