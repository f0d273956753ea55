"""What a verification says: checks one by one, each with a sentence in French and in English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, ParamSpec, TypeVar

from monitor.errors import EvidenceError

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at. ``name`` is stable, for machines."""

    name: str
    passed: bool
    fr: str
    en: str

    def sentence(self, lang: str) -> str:
        """In French, or in English for ``en``."""
        return self.en if lang == "en" else self.fr


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that was looked at. ``subject`` says what: bundle, proof, log, certificate."""

    subject: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """True when something was checked and nothing failed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)


class Unsound(EvidenceError):
    """A check failed; the sentences say what is wrong."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en


@dataclass(frozen=True)
class Sound(Generic[T]):
    """A check passed: what to say of it, and what it found."""

    fr: str
    en: str
    value: T


class Checking:
    """Collects checks. A check is a function that returns ``Sound`` or raises ``Unsound``."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def run(
        self, name: str, check: Callable[P, Sound[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What the check found; None when it failed."""
        try:
            sound = check(*args, **kwargs)
        except Unsound as unsound:
            self.checks.append(Check(name=name, passed=False, fr=unsound.fr, en=unsound.en))
            return None
        self.checks.append(Check(name=name, passed=True, fr=sound.fr, en=sound.en))
        return sound.value

    def report(self, subject: str) -> Report:
        """All that was checked so far."""
        return Report(subject=subject, checks=tuple(self.checks))


def shown(moment: datetime) -> str:
    """A moment in a French sentence."""
    return f"{moment:%d/%m/%Y %H:%M:%S} UTC"


def stated(moment: datetime) -> str:
    """A moment in an English sentence."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
