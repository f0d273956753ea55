"""From the signals of an attempt to a verdict, and from two attempts to the slot's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from monitor.core.model import Outcome, Signal, SignalKind, Verdict
from monitor.core.rules import BY_ID, RULES, RULESET
from monitor.core.rules.facts import Facts
from monitor.core.rules.rule import Rule
from monitor.core.rules.untried import NO_RULE

K = SignalKind

CLOCK_ALERT_SECONDS = 1.0

PRECEDENCE: tuple[Outcome, ...] = (
    Outcome.MONITOR_FAULT,
    Outcome.BLOCKED,
    Outcome.MAINTENANCE,
    Outcome.DOWN,
    Outcome.LAYOUT_CHANGED,
    Outcome.UNKNOWN,
    Outcome.DEGRADED,
    Outcome.UP,
)


def classify(signals: Iterable[Signal], *, via: str | None = None, networks: int = 1) -> Verdict:
    """The verdict on one attempt.

    ``via`` names the component to which the failed step belongs, when it is a prerequisite.
    ``networks`` is the number of network operators (ASN) that saw the same failure in the same
    minutes: from two on, a refusal aimed at our address is excluded.
    """
    facts = Facts(signals)
    rule = next((rule for rule in RULES if rule.when(facts)), NO_RULE)
    return Verdict(
        outcome=rule.outcome,
        rule=rule.id,
        ruleset=RULESET,
        flags=_flags(rule, facts, networks),
        failed_step=min(facts.failed_steps, default=None),
        via=via,
        message_fr=rule.fr,
        message_en=rule.en,
    )


def _flags(rule: Rule, facts: Facts, networks: int) -> tuple[str, ...]:
    flags = set(rule.flags if networks < 2 else ())
    if facts.has(K.GUARD_ABORTED):
        flags.add("guard_aborted")
    if facts.has(K.STARVED):
        flags.add("starved")
    if any(abs(offset) > CLOCK_ALERT_SECONDS for offset in facts.numbers(K.CLOCK_OFFSET)):
        flags.add("clock_unsure")
    return tuple(sorted(flags))


def wants_confirmation(verdict: Verdict) -> bool:
    """Should the attempt be repeated? Not when it worked, was refused, or is about the account:
    repeating those would be impolite, or would lock the account."""
    if verdict.outcome.is_available or verdict.outcome is Outcome.BLOCKED:
        return False
    return not verdict.rule.startswith("account_")


def confirm(first: Verdict, second: Verdict) -> Verdict:
    """The slot's verdict from its two attempts.

    ``down`` only if both are; any success makes the slot ``up``; otherwise the higher of the two
    in precedence, where a single ``down`` never wins over a verdict that is not one.
    """
    if second.outcome.is_available or first.outcome.is_available:
        rule = BY_ID["recovered_on_retry"]
        return replace(
            second if second.outcome.is_available else first,
            outcome=rule.outcome,
            rule=rule.id,
            message_fr=rule.fr,
            message_en=rule.en,
        )
    if first.outcome is second.outcome:
        return second
    others = [v for v in (second, first) if v.outcome is not Outcome.DOWN]
    return min(others, key=lambda verdict: PRECEDENCE.index(verdict.outcome))
