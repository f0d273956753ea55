"""What the operator must look at: pages that changed, an account, a refusal, our own side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.core.alerts import Kind, Message, Target, Told
from monitor.core.classify import CLOCK_ALERT_SECONDS
from monitor.core.model import Outcome, SlotRecord
from monitor.core.quiet import quiet_until
from monitor.core.statistics import PARIS

ACCOUNT_RULES = ("account_action_required", "account_not_eligible")

AGAIN_AFTER = timedelta(hours=6)
"""A thing that comes and goes is told again after this long at the earliest."""

PASSWORD_DAYS = (14, 3)
"""Days before the account's password ends, on which its operator is told."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at. ``event`` names it; the same name is told once."""

    kind: Kind
    event: str
    topic: str
    facts: Mapping[str, str | int | float]


@dataclass(frozen=True, kw_only=True)
class _Sort:
    kind: Kind
    holds: Callable[[SlotRecord], bool]
    runs: int  # in a row, before it is told


_SORTS = (
    _Sort(kind=Kind.ACCOUNT, holds=lambda r: r.rule in ACCOUNT_RULES, runs=1),
    _Sort(kind=Kind.BLOCKED, holds=lambda r: r.outcome is Outcome.BLOCKED, runs=1),
    _Sort(
        kind=Kind.LAYOUT,
        holds=lambda r: r.outcome in (Outcome.LAYOUT_CHANGED, Outcome.UNKNOWN),
        runs=2,
    ),
    _Sort(
        kind=Kind.FAULT,
        holds=lambda r: r.outcome is Outcome.MONITOR_FAULT and r.rule not in ACCOUNT_RULES,
        runs=3,
    ),
)


def of_slots(recent: Sequence[SlotRecord]) -> Iterator[Finding]:
    """What the latest slots of one (component, vantage) show; newest first. Slots that did not
    run are looked through."""
    ran = [record for record in recent if record.started_at is not None]
    for sort in _SORTS:
        row = _row(ran, sort.holds)
        if len(row) >= sort.runs:
            yield _finding(sort.kind, row, is_whole=len(row) < len(ran))


def _row(ran: Sequence[SlotRecord], holds: Callable[[SlotRecord], bool]) -> list[SlotRecord]:
    end = next((n for n, record in enumerate(ran) if not holds(record)), len(ran))
    return list(ran[:end])


def _finding(kind: Kind, row: Sequence[SlotRecord], *, is_whole: bool) -> Finding:
    newest, first = row[0], row[-1]
    place = f"{newest.slot.component} {newest.slot.vantage}"
    return Finding(
        kind=kind,
        event=f"{kind}:{place.replace(' ', ':')}:{first.sequence}",
        topic=f"{kind} {place}",
        facts={
            "component": newest.slot.component,
            "vantage": newest.slot.vantage,
            "rule": newest.rule,
            "first_sequence": first.sequence,
            "begins_at": first.sequence if is_whole else 0,  # 0: before what was looked at
            "sequence": newest.sequence,
            "runs": len(row),
        },
    )


def of_machine(
    *,
    now: datetime,
    free_bytes: int,
    least_free_bytes: float,
    clock_offset_seconds: float | None,
    password_expires: date | None,
) -> Iterator[Finding]:
    """What this machine and the operator's calendar show. Once a day each, Paris time."""
    today = now.astimezone(PARIS).date()
    if free_bytes < least_free_bytes:
        yield _today(Kind.DISK, today, {"free_bytes": free_bytes})
    if clock_offset_seconds is not None and abs(clock_offset_seconds) > CLOCK_ALERT_SECONDS:
        yield _today(Kind.CLOCK, today, {"seconds": round(clock_offset_seconds, 3)})
    if password_expires is not None:
        yield from _expiring(password_expires, (password_expires - today).days)


def _today(kind: Kind, today: date, facts: Mapping[str, str | int | float]) -> Finding:
    return Finding(kind=kind, event=f"{kind}:{today}", topic=kind.value, facts=facts)


def _expiring(expires: date, days: int) -> Iterator[Finding]:
    nearest = min((limit for limit in PASSWORD_DAYS if days <= limit), default=None)
    if nearest is not None:
        yield Finding(
            kind=Kind.PASSWORD,
            event=f"{Kind.PASSWORD}:{expires}:{nearest}",
            topic=f"{Kind.PASSWORD} {expires} {nearest}",
            facts={"expires": expires.isoformat(), "days": days},
        )


def of_secret(component: str, sequence: int, files: Iterable[str]) -> Finding:
    """Files that were kept out of the evidence because they held a secret."""
    names = tuple(files)
    return Finding(
        kind=Kind.SECRET,
        event=f"{Kind.SECRET}:{sequence}",
        topic=Kind.SECRET.value,
        facts={"component": component, "sequence": sequence, "files": len(names)},
    )


def plan_finding(
    target: Target, finding: Finding, told: Iterable[Told], *, now: datetime
) -> Message | None:
    """The message about a finding, or None when this target was told of it."""
    component = str(finding.facts.get("component", ""))
    if not target.operator or (component and not target.wants(component)):
        return None
    before = [one for one in told if one.topic == finding.topic]
    if any(_is_same(one, finding) or now - one.created_at < AGAIN_AFTER for one in before):
        return None
    return Message(
        target=target.name,
        event=finding.event,
        topic=finding.topic,
        kind=finding.kind,
        not_before=quiet_until(target.quiet, now) or now,
        facts=finding.facts,
    )


def _is_same(told: Told, finding: Finding) -> bool:
    """True when the row that was told of goes on, though its beginning may be out of sight."""
    if told.event == finding.event:
        return True
    first = finding.facts.get("begins_at")
    last_told = told.facts.get("sequence")
    if not isinstance(first, int) or not isinstance(last_told, int):
        return False
    return first <= last_told
