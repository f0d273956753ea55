"""Scenarios as data: what is done to the site or to the monitor, and what is then true."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from monitor.errors import ConfigurationError

SCENARIOS = Path(__file__).with_name("scenarios.toml")
AREAS = ("site", "edge", "tls", "net", "own")


class Truth(StrEnum):
    """What is true of the site during a phase, whatever the monitor says."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    BLOCKED = "blocked"
    LAYOUT_CHANGED = "layout_changed"
    NOT_KNOWN = "not_known"

    @property
    def is_site_failure(self) -> bool:
        """True when a user could not do what the component is for, and the site is why."""
        return self in (Truth.DOWN, Truth.MAINTENANCE)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Phase(_Part):
    """A stretch of a scenario. ``do`` names faults as ``area:name``; all are lifted at its end.

    ``truth`` ``not_known`` means that the site is well and the monitor is not: no verdict is due.
    """

    slots: float = Field(gt=0, description="Length, in intervals of the scenario.")
    truth: Truth
    do: tuple[str, ...] = ()
    accept: tuple[str, ...] = Field((), description="Outcomes that are right; () is the usual.")
    disguised: bool = Field(
        False, description="A refusal that looks like an outage to whoever is refused."
    )
    mid_run: bool = Field(False, description="Begin while a run is under way.")

    @model_validator(mode="after")
    def _areas_are_known(self) -> Self:
        for name in self.do:
            if name.partition(":")[0] not in AREAS:
                raise ValueError(f"{name!r} is not of the form area:name ({', '.join(AREAS)})")
        if self.disguised and self.truth is not Truth.BLOCKED:
            raise ValueError("only a refusal can be disguised")
        return self


class Scenario(_Part):
    """One rehearsal with its truth."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    fr: str
    en: str
    phases: tuple[Phase, ...] = Field(min_length=1)
    probes: tuple[str, ...] = ("portal",)
    layer: str = Field("loopback", pattern="^(loopback|netns)$")
    tls: bool = False
    interval_seconds: float = Field(2.5, gt=0)
    action_seconds: float = Field(1.6, gt=0)
    references: str = Field("http", pattern="^(http|https)$")
    patient_front: bool = Field(False, description="nginx waits long for the stand-in.")
    quick: bool = Field(False, description="Belongs to the handful of --quick.")


class _File(_Part):
    scenario: tuple[Scenario, ...]


def load_scenarios(path: Path = SCENARIOS) -> tuple[Scenario, ...]:
    """The scenarios of a file, in its order.

    Raises ConfigurationError for an unknown key, an unknown area or a name used twice.
    """
    try:
        found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).scenario
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"the scenarios {path}: {error}") from error
    names = [scenario.name for scenario in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigurationError(f"the scenarios {path}: {twice!r} is there twice")
    return found


def choose(scenarios: Iterable[Scenario], only: Iterable[str]) -> tuple[Scenario, ...]:
    """Those of these names; all when none is named. Raises ConfigurationError."""
    wanted, every = tuple(only), tuple(scenarios)
    if unknown := set(wanted) - {scenario.name for scenario in every}:
        raise ConfigurationError(f"there is no scenario {', '.join(sorted(unknown))}")
    return tuple(s for s in every if not wanted or s.name in wanted)


def durations(scenario: Scenario, seed: int) -> tuple[float, ...]:
    """Seconds of each phase for a seed: up to 12 % off either way, so that faults meet the
    schedule at other moments."""
    drawn = random.Random(f"{scenario.name}/{seed}")
    return tuple(
        phase.slots * scenario.interval_seconds * drawn.uniform(0.88, 1.12)
        for phase in scenario.phases
    )
