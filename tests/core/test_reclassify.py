"""Old signals under the rules of today."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.classify import classify, confirm, wants_confirmation
from monitor.core.model import Outcome, Signal, SignalKind, SlotRecord, Verdict
from monitor.core.reclassify import (
    AttemptRecord,
    Reclassification,
    changed,
    counted,
    rejudge,
    with_reclassifications,
)
from monitor.core.rules import RULESET
from monitor.core.statistics import figure
from tests.core.ledgers import at, ledger

K = SignalKind
NOW = datetime(2026, 5, 5, tzinfo=UTC)
HEALTHY = Signal(kind=K.CONTROL, text="healthy", number=3)
FAILED = Signal(kind=K.STEP_FAILED, step="open")
COMPLETED = (Signal(kind=K.COMPLETED),)
BROKEN = (FAILED, HEALTHY, Signal(kind=K.HTTP_STATUS, step="open", number=503))


def _then(outcome: Outcome, rule: str = "of_the_time") -> Verdict:
    return Verdict(outcome=outcome, rule=rule, ruleset="2025-01-01")


def _attempt(signals: tuple[Signal, ...], then: Outcome, rule: str = "") -> AttemptRecord:
    return AttemptRecord(signals=signals, verdict=_then(then, rule or "of_the_time"))


def _later(record: SlotRecord, outcome: Outcome, number: int, ruleset: str) -> Reclassification:
    return Reclassification(
        number=number,
        sequence=record.sequence,
        outcome=outcome,
        rule="later",
        ruleset=ruleset,
        decided_at=NOW,
    )


def test_a_slot_without_attempts_cannot_be_judged_again() -> None:
    assert rejudge(()) is None


def test_two_attempts_are_confirmed_under_the_rules_of_today() -> None:
    first = _attempt(BROKEN, Outcome.LAYOUT_CHANGED)

    verdict = rejudge((first, first))

    assert verdict is not None
    assert (verdict.outcome, verdict.rule, verdict.ruleset) == (Outcome.DOWN, "http_5xx", RULESET)


def test_one_failure_among_two_attempts_is_no_outage() -> None:
    verdict = rejudge((_attempt(BROKEN, Outcome.DOWN), _attempt(COMPLETED, Outcome.UP)))

    assert verdict is not None
    assert verdict.rule == "recovered_on_retry"


@pytest.mark.parametrize("then", [Outcome.UP, Outcome.DEGRADED, Outcome.BLOCKED])
def test_a_failure_that_nobody_confirmed_is_not_known(then: Outcome) -> None:
    verdict = rejudge((_attempt(BROKEN, then),))

    assert verdict is not None
    assert (verdict.outcome, verdict.rule) == (Outcome.UNKNOWN, "not_confirmed")


def test_a_run_about_the_account_was_not_repeated_and_stays_unconfirmed() -> None:
    only = _attempt(BROKEN, Outcome.MONITOR_FAULT, "account_action_required")

    assert (rejudge((only,)) or _then(Outcome.DOWN)).outcome is Outcome.UNKNOWN


def test_a_probe_that_cannot_repeat_is_judged_on_its_one_attempt() -> None:
    silent = (FAILED, HEALTHY, Signal(kind=K.RESET_MAIL_MISSING, step="open", number=900.0))

    verdict = rejudge((_attempt(silent, Outcome.UNKNOWN),))

    assert verdict is not None
    assert verdict.rule == "reset_mail_missing"


def test_the_prerequisite_component_is_kept() -> None:
    then = replace(_then(Outcome.LAYOUT_CHANGED), via="login")

    verdict = rejudge((AttemptRecord(signals=BROKEN, verdict=then),) * 2)

    assert verdict is not None
    assert verdict.via == "login"


def test_a_doubt_that_another_network_took_away_does_not_come_back() -> None:
    reset = (FAILED, HEALTHY, Signal(kind=K.NETWORK_ERROR, step="open", text="reset"))
    doubted, sure = (classify(reset, networks=networks) for networks in (1, 2))

    again = [rejudge((AttemptRecord(signals=reset, verdict=one),) * 2) for one in (doubted, sure)]

    assert [one.flags for one in again if one] == [("refusal_not_excluded",), ()]


_signals = st.lists(
    st.builds(
        Signal,
        kind=st.sampled_from(SignalKind),
        step=st.sampled_from([None, "open", "send"]),
        number=st.none() | st.sampled_from([3.0, 403.0, 503.0]),
    ),
    max_size=6,
).map(tuple)


@given(first=_signals, second=_signals, networks=st.sampled_from([1, 2]))
def test_what_these_rules_said_they_say_again(
    first: tuple[Signal, ...], second: tuple[Signal, ...], networks: int
) -> None:
    attempts = [AttemptRecord(signals=first, verdict=classify(first, networks=networks))]
    said = attempts[0].verdict
    if wants_confirmation(said):
        verdict = classify(second, networks=networks)
        attempts.append(AttemptRecord(signals=second, verdict=verdict))
        said = confirm(said, attempts[1].verdict)

    assert rejudge(attempts) == said


@given(first=_signals, second=_signals, then=st.sampled_from(Outcome))
def test_an_outage_is_never_found_on_one_of_two_attempts(
    first: tuple[Signal, ...], second: tuple[Signal, ...], then: Outcome
) -> None:
    verdict = rejudge((_attempt(first, then), _attempt(second, then)))

    assert verdict is not None
    if verdict.outcome is Outcome.DOWN:
        assert {classify(first).outcome, classify(second).outcome} == {Outcome.DOWN}


def test_the_same_verdict_is_no_change() -> None:
    verdict = classify(COMPLETED)
    before = replace(ledger("U")[0], rule=verdict.rule)

    assert changed(before, (AttemptRecord(signals=COMPLETED, verdict=verdict),)) is None


def test_changes_are_counted_by_old_and_new_verdict() -> None:
    attempts = (_attempt(BROKEN, Outcome.LAYOUT_CHANGED),) * 2
    found = [changed(record, attempts) for record in ledger("LLU")]

    counts = counted(one for one in found if one)

    assert [(one.before[0], one.after, one.slots) for one in counts] == [
        (Outcome.LAYOUT_CHANGED, (Outcome.DOWN, "http_5xx"), 2),
        (Outcome.UP, (Outcome.DOWN, "http_5xx"), 1),
    ]


def test_the_latest_verdict_counts_in_the_second_figure_and_the_first_stays() -> None:
    records = ledger("ULLU")
    later = [
        _later(records[1], Outcome.UNKNOWN, 1, "b"),
        _later(records[1], Outcome.DOWN, 3, "c"),
        _later(records[2], Outcome.DOWN, 2, "b"),
    ]

    second = with_reclassifications(records, later)

    assert [one.outcome for one in records][1:3] == [Outcome.LAYOUT_CHANGED] * 2
    assert [one.outcome for one in second][1:3] == [Outcome.DOWN] * 2
    shown = figure(second, start=at(0), end=at(4), now=at(4))
    assert (shown.availability, shown.coverage) == (0.5, 1.0)


def test_a_named_ruleset_leaves_out_what_came_after_it() -> None:
    records = ledger("L")
    later = [
        _later(records[0], Outcome.UP, 1, "b"),
        _later(records[0], Outcome.DOWN, 2, "c"),
    ]

    shown = [
        with_reclassifications(records, later, ruleset=name)[0].outcome for name in ("a", "b", "c")
    ]

    assert shown == [Outcome.LAYOUT_CHANGED, Outcome.UP, Outcome.DOWN]
