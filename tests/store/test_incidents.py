"""Incidents are folded as slots are recorded, and can be folded again from nothing."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.core.incidents import fold_all
from monitor.core.model import Outcome
from monitor.store.store import Store, open_store
from tests.store.samples import VANTAGE, observation, slot

DOWN, UP = Outcome.DOWN, Outcome.UP


def record_all(store: Store, outcomes: list[Outcome], component: str = "portal") -> None:
    for index, outcome in enumerate(outcomes):
        planned = slot(index, component=component)
        if outcome in (Outcome.MISSED, Outcome.SKIPPED):
            store.record_unrun(planned, outcome, "off")
        else:
            store.record(observation(planned, outcome))


def test_the_slot_that_opens_an_incident_returns_it(store: Store) -> None:
    record_all(store, [UP, DOWN])

    opened = store.record(observation(slot(2), DOWN)).incident

    assert opened is not None
    assert opened.is_open
    assert store.incidents() == (opened,)
    assert store.incident(opened.opened_sequence) == opened


def test_a_slot_that_changes_no_incident_returns_none(store: Store) -> None:
    assert store.record(observation(slot(0), DOWN)).incident is None


def test_the_slot_that_closes_an_incident_returns_it(store: Store) -> None:
    record_all(store, [UP, DOWN, DOWN, UP])

    closed = store.record(observation(slot(4))).incident

    assert closed is not None
    assert not closed.is_open
    assert store.incidents() == (closed,)


def test_folding_goes_on_after_the_store_was_closed(url: str) -> None:
    with open_store(url) as first:
        first.register_vantage(VANTAGE)
        record_all(first, [UP, DOWN])
    with open_store(url) as second:
        opened = second.record(observation(slot(2), DOWN)).incident

    assert opened is not None
    assert opened.failing_slots == 2


def test_the_latest_incident_comes_first(store: Store) -> None:
    record_all(store, [DOWN, DOWN, UP, UP, DOWN, DOWN])

    assert [one.opened_sequence for one in store.incidents()] == [6, 2]


def test_open_incidents_only(store: Store) -> None:
    record_all(store, [DOWN, DOWN, UP, UP, DOWN, DOWN])

    assert [one.opened_sequence for one in store.incidents(open_only=True)] == [6]


def test_incidents_of_a_component(store: Store) -> None:
    record_all(store, [DOWN, DOWN])
    record_all(store, [DOWN, DOWN], "login")

    assert [one.component for one in store.incidents(component="login")] == ["login"]


def test_incidents_over_before_the_moment_are_left_out(store: Store) -> None:
    record_all(store, [DOWN, DOWN, UP, UP, DOWN, DOWN])

    still = store.incidents(since=slot(4).scheduled_at)

    assert [one.opened_sequence for one in still] == [6]


def test_rebuilding_gives_what_recording_gave(store: Store) -> None:
    record_all(store, [UP, DOWN, DOWN, Outcome.MISSED, DOWN, UP, DOWN, UP, UP, DOWN])
    record_all(store, [Outcome.MAINTENANCE] * 3, "login")
    before = store.incidents()

    assert store.rebuild_incidents() == len(before) == 2
    assert store.incidents() == before


def test_folding_goes_on_after_a_rebuild(store: Store) -> None:
    record_all(store, [UP, DOWN])
    store.rebuild_incidents()

    assert store.record(observation(slot(2), DOWN)).incident is not None


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # one ledger for all examples
)
@given(outcomes=st.lists(st.sampled_from(Outcome), max_size=12))
def test_folding_one_by_one_is_folding_all(store: Store, outcomes: list[Outcome]) -> None:
    start = sum(1 for _ in store.slots())
    for index, outcome in enumerate(outcomes, start=start):
        if outcome in (Outcome.MISSED, Outcome.SKIPPED):
            store.record_unrun(slot(index), outcome, "off")
        else:
            store.record(observation(slot(index), outcome))
    before = store.incidents()

    store.rebuild_incidents()

    assert store.incidents() == before == fold_all(store.slots()).incidents[::-1]
