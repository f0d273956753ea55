"""Recording: whole, once, numbered without a gap; the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings

from monitor.core.model import Observation, Outcome, Signal, SignalKind
from monitor.errors import StoreError
from monitor.store.errors import NaiveDatetime, SlotTaken, UnknownVantage
from monitor.store.store import Store
from tests.store.samples import NOON, observation, observations, slot, without_attempts


def test_an_observation_comes_back_equal(store: Store) -> None:
    seen = observation(slot(0), Outcome.DOWN)

    recorded = store.record(seen)

    assert store.observation(recorded.record.sequence) == seen


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # one ledger for all examples
)
@given(seen=observations)
def test_any_observation_comes_back_equal(store: Store, seen: Observation) -> None:
    count = sum(1 for _ in store.slots())
    unique = replace(seen, slot=replace(seen.slot, scheduled_at=slot(count).scheduled_at))

    recorded = store.record(unique)

    assert store.observation(recorded.record.sequence) == unique


def test_the_returned_line_is_the_line_in_the_ledger(store: Store) -> None:
    recorded = store.record(observation(slot(0), Outcome.DOWN))

    assert list(store.slots()) == [recorded.record]


def test_the_line_holds_the_ends_of_the_attempts_that_bound_an_incident(store: Store) -> None:
    seen = observation(slot(0), Outcome.DOWN)

    record = store.record(seen).record

    assert record.first_finished_at == seen.attempts[0].finished_at
    assert record.last_started_at == seen.attempts[1].started_at


def test_without_attempts_the_run_itself_bounds(store: Store) -> None:
    seen = without_attempts(slot(0))

    record = store.record(seen).record

    assert (record.first_finished_at, record.last_started_at) == (
        seen.finished_at,
        seen.started_at,
    )


def test_the_longest_retry_after_is_on_the_line(store: Store) -> None:
    asked = tuple(Signal(kind=SignalKind.RETRY_AFTER, number=n) for n in (60.0, 120.0))

    record = store.record(observation(slot(0), Outcome.BLOCKED, signals=asked)).record

    assert record.retry_after_seconds == 120.0


def test_a_slot_that_did_not_run_is_kept_without_times(store: Store) -> None:
    recorded = store.record_unrun(slot(0), Outcome.SKIPPED, "budget")

    line = store.slot(1)
    assert line == recorded.record
    assert line is not None
    assert (line.outcome, line.rule, line.started_at) == (Outcome.SKIPPED, "budget", None)


def test_a_slot_that_did_not_run_has_no_observation(store: Store) -> None:
    store.record_unrun(slot(0), Outcome.MISSED, "off")

    assert store.observation(1) is None


@pytest.mark.parametrize("outcome", [Outcome.UP, Outcome.DOWN, Outcome.MONITOR_FAULT])
def test_only_missed_and_skipped_need_no_run(store: Store, outcome: Outcome) -> None:
    with pytest.raises(StoreError, match="did not run"):
        store.record_unrun(slot(0), outcome, "off")


def test_sequences_count_from_one_over_all_components(store: Store) -> None:
    store.record(observation(slot(0)))
    store.record_unrun(slot(0, component="login"), Outcome.MISSED, "off")
    store.record(observation(slot(1)))

    assert [line.sequence for line in store.slots()] == [1, 2, 3]


def test_a_taken_slot_is_refused_and_nothing_changes(store: Store) -> None:
    first = observation(slot(0))
    store.record(first)

    with pytest.raises(SlotTaken, match="already recorded"):
        store.record(observation(slot(0), Outcome.DOWN))

    assert store.observation(1) == first
    assert [line.sequence for line in store.slots()] == [1]


def test_a_taken_slot_leaves_no_gap(store: Store) -> None:
    store.record(observation(slot(0)))
    with pytest.raises(SlotTaken):
        store.record_unrun(slot(0), Outcome.MISSED, "off")

    assert store.record(observation(slot(1))).record.sequence == 2


def test_an_unknown_vantage_is_refused(store: Store) -> None:
    with pytest.raises(UnknownVantage, match="'elsewhere' is not registered"):
        store.record(observation(slot(0, vantage="elsewhere")))

    assert list(store.slots()) == []


def test_a_naive_time_of_the_slot_is_refused(store: Store) -> None:
    naive = replace(slot(0), scheduled_at=datetime(2026, 5, 5, 12))  # noqa: DTZ001  the point

    with pytest.raises(NaiveDatetime, match="no timezone"):
        store.record_unrun(naive, Outcome.MISSED, "off")


def test_a_naive_time_deep_inside_is_refused_and_nothing_is_kept(store: Store) -> None:
    seen = observation(slot(0))
    naive = replace(seen.attempts[0], finished_at=datetime(2026, 5, 5, 12))  # noqa: DTZ001
    with pytest.raises(NaiveDatetime):
        store.record(replace(seen, attempts=(seen.attempts[0], naive)))

    assert list(store.slots()) == []


def test_times_of_any_timezone_are_kept_as_the_same_moment_in_utc(store: Store) -> None:
    paris = timezone(timedelta(hours=2))
    store.record_unrun(replace(slot(0), scheduled_at=NOON.astimezone(paris)), Outcome.MISSED, "off")

    line = store.slot(1)

    assert line is not None
    assert line.slot.scheduled_at == NOON
    assert line.slot.scheduled_at.utcoffset() == timedelta(0)


def test_a_number_that_is_none_is_refused(store: Store) -> None:
    odd = (Signal(kind=SignalKind.SLOW, number=float("nan")),)

    with pytest.raises(StoreError, match="not finite"):
        store.record(observation(slot(0), signals=odd))


def test_a_message_that_is_no_unicode_is_refused(store: Store) -> None:
    seen = observation(slot(0))
    odd = replace(seen, verdict=replace(seen.verdict, message_fr="\ud83d"))

    with pytest.raises(StoreError):
        store.record(odd)

    assert list(store.slots()) == []


def test_the_same_picture_in_two_runs_is_one_artifact(store: Store) -> None:
    first = observation(slot(0))
    second = replace(first, slot=slot(1))
    store.record(first)
    store.record(second)

    assert store.observation(2) == second


def test_backfill_keeps_what_is_there_and_counts_what_it_adds(store: Store) -> None:
    kept = store.record(observation(slot(1))).record

    added = store.backfill([slot(index) for index in range(4)])

    lines = list(store.slots())
    assert added == 3
    assert [line.sequence for line in lines] == [1, 2, 3, 4]
    assert [line.rule for line in lines] == [kept.rule, "off", "off", "off"]


def test_backfill_of_nothing_adds_nothing(store: Store) -> None:
    assert store.backfill([]) == 0


def test_a_vantage_can_be_described_anew(store: Store) -> None:
    known = store.vantages()["local"]

    store.register_vantage(replace(known, label="Autre nom"))

    assert store.vantages() == {"local": replace(known, label="Autre nom")}
