"""A figure as it was cited: frozen with all that it rests on, to be found again under its code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from monitor.core.model import Vantage
from monitor.core.scopes import Scope
from monitor.core.statistics import Figure

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
"""No vowel, so that no code is a word, and nothing that is read as something else."""
CODE_LENGTH = 10


@dataclass(frozen=True, kw_only=True)
class Citation:
    """``window`` is the name that was asked for, ``as_of`` the moment whose knowledge it states.
    ``values`` is the figure as canonical JSON text; ``checkpoint`` names the last signed state of
    the log at that time ("" without one), ``root`` is its root; ``places`` are the figure's
    vantages as ``places_of`` wrote them."""

    code: str
    scope: Scope
    window: str
    start: datetime
    end: datetime
    as_of: datetime
    values: str
    checkpoint: str = ""
    root: str = ""
    places: str = "[]"

    @property
    def vantages(self) -> tuple[Vantage, ...]:
        """Where the figure was seen from, in its words of then; of a vantage that nobody had
        described only its id is known."""
        known = {one["id"]: Vantage(**one) for one in json.loads(self.places)}
        names: list[str] = self.figures["vantages"]
        return tuple(known.get(name) or Vantage(id=name, label=name) for name in names)

    @property
    def figures(self) -> dict[str, Any]:
        """The frozen values by name."""
        found: dict[str, Any] = json.loads(self.values)
        return found

    @property
    def figure_start(self) -> datetime:
        """Where the clipped window begins."""
        return datetime.fromisoformat(self.figures["start"])

    @property
    def figure_end(self) -> datetime:
        """Where it ends."""
        return datetime.fromisoformat(self.figures["end"])

    def is_still(self, figure: Figure) -> bool:
        """True when the same computation gives the same values."""
        return values_of(figure) == self.values


def values_of(figure: Figure) -> str:
    """Every value of a figure as JSON with sorted keys: what a citation freezes."""
    values = {
        "start": figure.start.isoformat(),
        "end": figure.end.isoformat(),
        "window_seconds": figure.window_seconds,
        "known_seconds": figure.known_seconds,
        "available_seconds": figure.available_seconds,
        "unavailable_seconds": figure.unavailable_seconds,
        "maintenance_seconds": figure.maintenance_seconds,
        "availability": figure.availability,
        "availability_without_maintenance": figure.availability_without_maintenance,
        "bounds": list(figure.bounds),
        "coverage": figure.coverage,
        "observations": figure.observations,
        "known_observations": figure.known_observations,
        "incidents": len(figure.incidents),
        "isolated_failures": figure.isolated_failures,
        "longest_gap_seconds": figure.longest_gap_seconds,
        "rulesets": list(figure.rulesets),
        "intervals_seconds": list(figure.intervals_seconds),
        "vantages": list(figure.vantages),
    }
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def places_of(figure: Figure, known: Mapping[str, Vantage]) -> str:
    """The public side of a figure's vantages as JSON; those that are not known are left out."""
    places = [vars(known[name]) for name in figure.vantages if name in known]
    return json.dumps(places, sort_keys=True, ensure_ascii=False)


def code_of(scope: Scope, window: str, as_of: datetime, values: str) -> str:
    """The code of a citation: the same figure at the same moment has the same one."""
    said = [scope.component, scope.depth, scope.vantage, scope.category, window, as_of.isoformat()]
    number = int.from_bytes(sha256(json.dumps([*said, values]).encode()).digest())
    letters = []
    for _place in range(CODE_LENGTH):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)
