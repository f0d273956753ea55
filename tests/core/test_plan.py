"""Slot times and back-off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.plan import EPOCH, SlotTimes, backoff_until, slot_times
from tests.core.ledgers import at, ledger

INTERVALS = st.sampled_from([2.0, 7.5, 300.0, 600.0, 86_400.0])
JITTERS = st.floats(0, 0.499)
MOMENTS = st.floats(0, 20 * 366 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
PLANS = st.builds(
    slot_times, st.sampled_from(["portal", "login"]), INTERVALS, JITTERS, st.integers()
)


def plan(interval_seconds: float = 300, jitter_ratio: float = 0.1, seed: int = 1) -> SlotTimes:
    return slot_times("portal", interval_seconds, jitter_ratio, seed)


def test_without_jitter_slots_are_aligned_on_the_clock() -> None:
    after = datetime(2026, 3, 2, 8, 1, tzinfo=UTC)
    assert plan(jitter_ratio=0).next_slot(after) == datetime(2026, 3, 2, 8, 5, tzinfo=UTC)


def test_times_are_the_same_in_every_process() -> None:
    """A fixed value: changing the arithmetic would move every planned slot."""
    expected = datetime(2026, 3, 2, 8, 4, 37, 448597, tzinfo=UTC)
    assert plan().next_slot(datetime(2026, 3, 2, 8, 1, tzinfo=UTC)) == expected


def test_another_seed_or_component_gives_other_times() -> None:
    after = datetime(2026, 3, 2, tzinfo=UTC)
    assert plan(seed=1).next_slot(after) != plan(seed=2).next_slot(after)
    assert plan().next_slot(after) != slot_times("login", 300, 0.1, 1).next_slot(after)


@given(PLANS, st.integers(0, 40_000))
def test_slots_strictly_increase_and_stay_within_the_jitter(plan: SlotTimes, index: int) -> None:
    moment = plan.slot_at(index)
    off = (moment - EPOCH).total_seconds() - index * plan.interval_seconds
    assert abs(off) <= plan.jitter_ratio * plan.interval_seconds + 1e-3
    assert moment < plan.slot_at(index + 1)


@given(PLANS, MOMENTS)
def test_the_next_slot_is_after_and_none_lies_between(plan: SlotTimes, moment: datetime) -> None:
    following = plan.next_slot(moment)
    assert moment < following <= moment + timedelta(seconds=2 * plan.interval_seconds)
    assert plan.slots_between(moment, following) == [following]


@given(PLANS, MOMENTS, st.floats(0, 20), st.floats(0, 20))
def test_a_span_cut_in_two_has_each_slot_once(
    plan: SlotTimes, start: datetime, first: float, second: float
) -> None:
    middle = start + timedelta(seconds=first * plan.interval_seconds)
    end = middle + timedelta(seconds=second * plan.interval_seconds)
    halves = plan.slots_between(start, middle) + plan.slots_between(middle, end)
    assert halves == plan.slots_between(start, end)


def test_a_slot_itself_is_not_after_itself() -> None:
    slot = plan().slot_at(1_000)
    assert plan().slots_between(slot, slot) == []
    assert plan().next_slot(slot) == plan().slot_at(1_001)


@pytest.mark.parametrize(
    ("interval", "jitter"), [(0, 0.1), (-1, 0.1), (float("inf"), 0.1), (300, 0.5), (300, -0.1)]
)
def test_an_impossible_plan_is_refused(interval: float, jitter: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        plan(interval, jitter)


@pytest.mark.parametrize(
    ("word", "pause_seconds"),
    [
        ("", None),
        ("U", None),
        ("BU", None),
        ("BD", None),
        ("BF", None),
        ("B", 900),
        ("UB", 900),
        ("BUB", 900),
        ("BB", 1800),
        ("B-.B", 1800),
        ("BBB", 3600),
        ("B" * 80, 21_600),
    ],
)
def test_refusals_in_a_row_double_the_pause(word: str, pause_seconds: float | None) -> None:
    found = backoff_until(ledger(word)[::-1], 900, 21_600)
    last = at(len(word) - 1, 10)
    assert found == (None if pause_seconds is None else last + timedelta(seconds=pause_seconds))


def test_slots_skipped_since_do_not_lengthen_the_pause() -> None:
    assert backoff_until(ledger("B--")[::-1], 900, 21_600) == at(0, 10 + 900)


@pytest.mark.parametrize(("asked", "waited"), [(60, 900), (90_000, 90_000)])
def test_retry_after_is_kept_to_when_longer(asked: float, waited: float) -> None:
    refused = replace(ledger("B")[0], retry_after_seconds=asked)
    assert backoff_until([refused], 900, 21_600) == at(0, 10 + waited)
