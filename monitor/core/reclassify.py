"""The rules of today on the signals of yesterday: what would be said now, beside what was said.

The first verdict is never replaced. A later one is kept beside it, and gives a second figure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core.classify import classify, confirm, wants_confirmation
from monitor.core.model import Attempt, Outcome, Signal, SlotRecord, Verdict
from monitor.core.rules import BY_ID

REFUSAL = "refusal_not_excluded"

NOT_CONFIRMED = BY_ID["not_confirmed"]
"""A failure that nobody confirmed, since the rules of the time saw no reason to."""


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """The thin line of an attempt: what the rules read, and what they said at the time."""

    signals: tuple[Signal, ...]
    verdict: Verdict

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptRecord:
        """That of a whole attempt."""
        return cls(signals=attempt.signals, verdict=attempt.verdict)


@dataclass(frozen=True, kw_only=True)
class Reclassification:
    """A later verdict on a slot. ``number`` counts from 1 in the order of recording."""

    number: int
    sequence: int
    outcome: Outcome
    rule: str
    ruleset: str
    flags: tuple[str, ...] = ()
    via: str | None = None
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """A slot on which the rules say something else now. ``before`` is the slot as it stands:
    with the latest reclassification that was kept, if there is one."""

    before: SlotRecord
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class ChangeCount:
    """How many slots go from one outcome and rule to another."""

    before: tuple[Outcome, str]
    after: tuple[Outcome, str]
    slots: int


def rejudge(attempts: Sequence[AttemptRecord]) -> Verdict | None:
    """What the rules of today say of a slot from its stored attempts; None without any.

    A failure needs two attempts, as it did then. Where a single one was made because its verdict
    asked for no second, a failure seen now stays unconfirmed and counts as not known. Where the
    verdict did ask for one, the probe could not repeat (a reset message is asked for once).
    """
    if not attempts:
        return None
    verdicts = [
        classify(one.signals, via=one.verdict.via, networks=_networks(one.verdict))
        for one in attempts
    ]
    if len(verdicts) > 1:
        return confirm(verdicts[0], verdicts[-1])
    only = verdicts[0]
    if only.outcome.is_failing and not wants_confirmation(attempts[0].verdict):
        return _unconfirmed(only)
    return only


def _networks(then: Verdict) -> int:
    """2 when the rule of the time doubted and another network took the doubt away, else 1: the
    slots of other vantages are not asked again, and doubt stays where it was."""
    rule = BY_ID.get(then.rule)
    return 2 if rule and REFUSAL in rule.flags and REFUSAL not in then.flags else 1


def _unconfirmed(verdict: Verdict) -> Verdict:
    return replace(
        verdict,
        outcome=NOT_CONFIRMED.outcome,
        rule=NOT_CONFIRMED.id,
        message_fr=NOT_CONFIRMED.fr,
        message_en=NOT_CONFIRMED.en,
    )


def changed(before: SlotRecord, attempts: Sequence[AttemptRecord]) -> Change | None:
    """What would change for a slot; None when the rules say the same as before."""
    verdict = rejudge(attempts)
    if verdict is None or _said(verdict) == _said(before):
        return None
    return Change(before=before, verdict=verdict)


def _said(one: Verdict | SlotRecord) -> tuple[Outcome, str, tuple[str, ...], str | None]:
    return one.outcome, one.rule, one.flags, one.via


def counted(changes: Iterable[Change]) -> tuple[ChangeCount, ...]:
    """The changes by old and new verdict, the most frequent first."""
    found = Counter(
        ((one.before.outcome, one.before.rule), (one.verdict.outcome, one.verdict.rule))
        for one in changes
    )
    return tuple(
        ChangeCount(before=before, after=after, slots=slots)
        for (before, after), slots in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    )


def with_reclassifications(
    records: Iterable[SlotRecord],
    reclassifications: Iterable[Reclassification],
    *,
    ruleset: str | None = None,
) -> tuple[SlotRecord, ...]:
    """The slots with their latest verdict, for a second figure; times stay as they are.

    With a ``ruleset`` nothing counts that was decided after that ruleset last decided anything.
    """
    latest = {one.sequence: one for one in _up_to(reclassifications, ruleset)}
    return tuple(_overlaid(record, latest.get(record.sequence)) for record in records)


def _up_to(
    reclassifications: Iterable[Reclassification], ruleset: str | None
) -> list[Reclassification]:
    ordered = sorted(reclassifications, key=lambda one: one.number)
    if ruleset is None:
        return ordered
    last = max((one.number for one in ordered if one.ruleset == ruleset), default=0)
    return [one for one in ordered if one.number <= last]


def _overlaid(record: SlotRecord, later: Reclassification | None) -> SlotRecord:
    if later is None:
        return record
    return replace(
        record,
        outcome=later.outcome,
        rule=later.rule,
        ruleset=later.ruleset,
        flags=later.flags,
        via=later.via,
    )
