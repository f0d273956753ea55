"""What readers get."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from monitor.core.model import Outcome, SlotRecord, Vantage
from monitor.store.store import Store
from tests.store.samples import NOON, observation, slot


@pytest.fixture
def filled(store: Store) -> Store:
    """portal 0 up, login 0 down, portal 1 missed, portal 2 up, one from another vantage."""
    store.register_vantage(Vantage(id="other", label="Ailleurs"))
    store.record(observation(slot(0)))
    store.record(observation(slot(0, component="login"), Outcome.DOWN))
    store.record_unrun(slot(1), Outcome.MISSED, "off")
    store.record(observation(slot(2)))
    store.record(observation(slot(1, vantage="other")))
    return store


def sequences(lines: Iterable[SlotRecord]) -> list[int]:
    return [line.sequence for line in lines]


def test_slots_come_in_the_order_of_recording(filled: Store) -> None:
    assert sequences(filled.slots()) == [1, 2, 3, 4, 5]


def test_slots_of_a_component(filled: Store) -> None:
    assert sequences(filled.slots(component="portal")) == [1, 3, 4, 5]


def test_slots_of_a_vantage(filled: Store) -> None:
    assert sequences(filled.slots(vantage="other")) == [5]


def test_since_is_included_and_until_is_not(filled: Store) -> None:
    interval = timedelta(minutes=5)

    assert sequences(filled.slots(since=NOON + interval, until=NOON + 2 * interval)) == [3, 5]


def test_slots_after_a_sequence(filled: Store) -> None:
    assert sequences(filled.slots(after_sequence=3)) == [4, 5]


def test_slots_can_be_left_half_read(filled: Store) -> None:
    next(filled.slots())

    assert filled.record(observation(slot(9))).record.sequence == 6


def test_recording_goes_on_while_slots_are_read(filled: Store) -> None:
    lines = filled.slots()
    next(lines)

    filled.record(observation(slot(9)))

    assert len(list(lines)) == 4


def test_the_last_slot_is_the_one_scheduled_last(filled: Store) -> None:
    last = filled.last_slot("portal", "local")

    assert last is not None
    assert last.sequence == 4


def test_a_slot_recorded_late_is_not_the_last(filled: Store) -> None:
    filled.record_unrun(slot(-5), Outcome.MISSED, "off")

    last = filled.last_slot("portal", "local")

    assert last is not None
    assert last.sequence == 4


def test_the_last_slot_before_a_moment(filled: Store) -> None:
    last = filled.last_slot("portal", "local", before=slot(2).scheduled_at)

    assert last is not None
    assert last.sequence == 3


def test_the_first_slot_is_the_one_scheduled_first(filled: Store) -> None:
    first = filled.first_slot("portal", "local")

    assert first is not None
    assert first.sequence == 1


def test_without_slots_there_is_no_first_nor_last(store: Store) -> None:
    assert store.first_slot("portal", "local") is None
    assert store.last_slot("portal", "local") is None


def test_recent_slots_come_newest_first(filled: Store) -> None:
    recent = filled.recent_slots("portal", "local", 2)

    assert [line.sequence for line in recent] == [4, 3]


def test_latest_has_one_line_for_each_component_and_vantage(filled: Store) -> None:
    latest = {key: line.sequence for key, line in filled.latest().items()}

    assert latest == {("portal", "local"): 4, ("login", "local"): 2, ("portal", "other"): 5}


def test_only_runs_count_as_runs(filled: Store) -> None:
    assert filled.runs_since(NOON) == 4


def test_runs_before_the_moment_do_not_count(filled: Store) -> None:
    assert filled.runs_since(NOON + timedelta(minutes=6)) == 1


def test_there_is_no_observation_of_an_unknown_slot(store: Store) -> None:
    assert store.observation(7) is None
    assert store.slot(7) is None
