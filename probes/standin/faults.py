"""The fault switchboard: every way in which the rehearsal site can be unwell, by name.

One fault is on at a time. What a fault does is written where it happens: ``gate`` (answers that
replace a page), ``portal``, ``sign_in`` and the scripts in ``static``.
"""

from __future__ import annotations

import difflib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.errors import ConfigurationError
from probes.standin.catalogue import TABLE


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One named fault. ``area`` is the part of the site that it touches."""

    name: str
    area: str
    fr: str
    en: str


FAULTS: dict[str, Fault] = {
    name: Fault(name=name, area=area, fr=fr, en=en) for name, area, fr, en in TABLE
}
"""Every fault by its name, in the order of the user's path; ``none`` is health."""


def find_fault(name: str) -> Fault:
    """The fault of that name. Raises ConfigurationError that lists names that look alike."""
    fault = FAULTS.get(name)
    if fault is None:
        raise ConfigurationError(f"unknown fault {name!r}; {_suggestion(name)}")
    return fault


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, FAULTS, n=3, cutoff=0.5)
    return f"did you mean {', '.join(near)}?" if near else "GET /_standin/fault lists them all"


@dataclass(frozen=True, kw_only=True)
class FaultChange:
    """A fault that was switched on, and when (UTC)."""

    fault: Fault
    at: datetime


class Switchboard:
    """Which fault is on now. Safe to use from any thread."""

    def __init__(self, fault: str = "none") -> None:
        self._lock = threading.Lock()
        self._changes = [FaultChange(fault=find_fault(fault), at=datetime.now(UTC))]

    @property
    def current(self) -> Fault:
        """The fault that every following request meets."""
        with self._lock:
            return self._changes[-1].fault

    @property
    def history(self) -> tuple[FaultChange, ...]:
        """Every change, oldest first; the first is the fault at the start."""
        with self._lock:
            return tuple(self._changes)

    def set(self, name: str) -> Fault:
        """Switch a fault on; ``none`` restores health. Raises ConfigurationError."""
        fault = find_fault(name)
        with self._lock:
            self._changes.append(FaultChange(fault=fault, at=datetime.now(UTC)))
        return fault

    def on(self, *names: str) -> bool:
        """True when one of these faults is on."""
        return self.current.name in names
