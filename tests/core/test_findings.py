"""What the operator is told, and how seldom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.core.alerts import Kind, State, Target, Told
from monitor.core.findings import (
    Finding,
    of_machine,
    of_secret,
    of_slots,
    plan_finding,
)
from monitor.core.model import Outcome, Slot, SlotRecord

NOON = datetime(2026, 5, 5, 12, tzinfo=UTC)
OPERATOR = Target(name="ops", public=False, operator=True, since=NOON)


def record(sequence: int, outcome: Outcome, rule: str = "x") -> SlotRecord:
    at = NOON + timedelta(minutes=5 * sequence)
    slot = Slot(component="login", vantage="a", scheduled_at=at, interval_seconds=300)
    ran = outcome not in (Outcome.MISSED, Outcome.SKIPPED)
    return SlotRecord(
        sequence=sequence, slot=slot, outcome=outcome, rule=rule, started_at=at if ran else None
    )


def ledger(*outcomes: Outcome, rule: str = "x") -> list[SlotRecord]:
    """Slots from 1 on, given oldest first, as the store gives them: newest first."""
    return [record(n, outcome, rule) for n, outcome in enumerate(outcomes, start=1)][::-1]


U, L, B, F = Outcome.UP, Outcome.LAYOUT_CHANGED, Outcome.BLOCKED, Outcome.MONITOR_FAULT


@pytest.mark.parametrize(
    ("outcomes", "kind"),
    [
        ((U, U), None),
        ((U, L), None),
        ((U, L, L), Kind.LAYOUT),
        ((U, L, Outcome.MISSED, L), Kind.LAYOUT),
        ((U, L, Outcome.UNKNOWN), Kind.LAYOUT),
        ((L, L, U), None),
        ((U, B), Kind.BLOCKED),
        ((U, B, Outcome.SKIPPED), Kind.BLOCKED),
        ((U, F, F), None),
        ((U, F, F, F), Kind.FAULT),
        ((U, Outcome.DOWN, Outcome.DOWN), None),
        ((), None),
    ],
)
def test_a_row_of_slots_of_one_kind_is_a_finding(
    outcomes: tuple[Outcome, ...], kind: Kind | None
) -> None:
    assert [one.kind for one in of_slots(ledger(*outcomes))] == ([kind] if kind else [])


def test_an_account_to_mend_is_told_at_once_and_not_as_a_fault() -> None:
    found = of_slots(ledger(F, F, F, F, rule="account_action_required"))
    assert [one.kind for one in found] == [Kind.ACCOUNT]


def _told(finding: Finding, at: datetime) -> Told:
    return Told(
        number=1,
        event=finding.event,
        topic=finding.topic,
        state=State.SENT,
        attempts=1,
        created_at=at,
        facts=finding.facts,
    )


def test_a_row_that_goes_on_is_told_once_however_long_it_is() -> None:
    (first,) = of_slots(ledger(U, L, L))
    before = [_told(first, NOON)]
    much_later = NOON + timedelta(days=9)
    (longer,) = of_slots(ledger(U, L, L, L, L))
    (in_part,) = of_slots(ledger(*[U, *[L] * 60])[:40])
    for again in (longer, in_part):
        assert plan_finding(OPERATOR, again, before, now=much_later) is None


def test_what_comes_and_goes_is_told_again_after_some_hours() -> None:
    (first,) = of_slots(ledger(U, B))
    (second,) = of_slots(ledger(U, B, U, B))
    before = [_told(first, NOON)]
    assert plan_finding(OPERATOR, second, before, now=NOON + timedelta(hours=1)) is None
    again = plan_finding(OPERATOR, second, before, now=NOON + timedelta(hours=7))
    assert again is not None
    assert again.event != first.event


def test_the_public_is_told_none_of_it() -> None:
    (found,) = of_slots(ledger(U, B))
    assert plan_finding(replace(OPERATOR, operator=False), found, (), now=NOON) is None
    other = replace(OPERATOR, components=frozenset({"portal"}))
    assert plan_finding(other, found, (), now=NOON) is None
    assert plan_finding(OPERATOR, found, (), now=NOON) is not None


def _machine(**changed: object) -> list[Finding]:
    values: dict[str, object] = {
        "now": NOON,
        "free_bytes": 10**11,
        "least_free_bytes": 2e9,
        "clock_offset_seconds": 0.2,
        "password_expires": None,
        **changed,
    }
    return list(of_machine(**values))  # type: ignore[arg-type]  # a table of cases


@pytest.mark.parametrize(
    ("changed", "event"),
    [
        ({}, None),
        ({"clock_offset_seconds": None}, None),
        ({"free_bytes": 10**9}, "disk:2026-05-05"),
        ({"clock_offset_seconds": -1.5}, "clock:2026-05-05"),
        ({"password_expires": date(2026, 5, 20)}, None),
        ({"password_expires": date(2026, 5, 19)}, "password:2026-05-19:14"),
        ({"password_expires": date(2026, 5, 7)}, "password:2026-05-07:3"),
        ({"password_expires": date(2026, 5, 1)}, "password:2026-05-01:3"),
    ],
)
def test_what_the_machine_shows(changed: dict[str, object], event: str | None) -> None:
    assert [one.event for one in _machine(**changed)] == ([event] if event else [])


def test_a_caught_secret_is_told_without_what_it_was() -> None:
    found = of_secret("login", 12, ["page.html"])
    assert found.event == "secret:12"
    assert "page.html" not in repr(found.facts)
