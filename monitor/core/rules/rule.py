"""What a rule is, and the conditions that many rules share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.core.model import Outcome, SignalKind
from monitor.core.rules.facts import Facts

K = SignalKind

Condition = Callable[[Facts], bool]

REFUSAL = ("refusal_not_excluded",)
"""The flag of a failure that a refusal aimed at our address would look like."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table. ``fr`` and ``en`` are the sentences that people read."""

    id: str
    outcome: Outcome
    when: Condition
    fr: str
    en: str
    flags: tuple[str, ...] = ()


def seen(kind: SignalKind) -> Condition:
    """The kind was noticed anywhere in the attempt."""
    return lambda facts: facts.has(kind)


def at_failure(*kinds: SignalKind) -> Condition:
    """A failed step shows one of the kinds."""
    return lambda facts: facts.at_failure(*kinds)


def status(kind: SignalKind, low: int, high: int | None = None) -> Condition:
    """A failed step met the status ``low``, or one below ``high`` where that is given."""
    return lambda facts: facts.status_at_failure(kind, low, high or low + 1)


def network(error: str) -> Condition:
    """A failed step met this error of the network, by its word in ``probes.observe``."""
    return lambda facts: any(
        s.kind is K.NETWORK_ERROR and s.text == error and s.step in facts.failed_steps
        for s in facts.signals
    )
