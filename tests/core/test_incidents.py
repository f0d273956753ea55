"""Folding: when incidents open and close, and what their intervals promise."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.incidents import FoldState, duration, fold, fold_all, isolated_failures
from monitor.core.model import Incident, SlotRecord
from monitor.core.states import State, component_state
from tests.core.ledgers import BEGIN, LETTERS, at, ledger, slot_record

WORDS = st.text(alphabet="".join(LETTERS) + " ", max_size=40)
NOT_KNOWN = st.sampled_from("BLF?.-")


def incidents(word: str) -> tuple[Incident, ...]:
    return fold_all(ledger(word)).incidents


def states(records: list[SlotRecord]) -> list[FoldState]:
    found = [FoldState()]
    for record in records:
        found.append(fold(found[-1], record)[0])
    return found


@pytest.mark.parametrize(
    ("word", "opened", "closed"),
    [
        ("", [], []),
        ("UUUU", [], []),
        ("UDU", [], []),
        ("DUDUDU", [], []),
        ("UDDUU", [3], [5]),
        ("UDDU", [3], [None]),
        ("UDDUDUU", [3], [7]),
        ("UDDUDU", [3], [None]),
        ("UDDUUDDUU", [3, 7], [5, 9]),
        ("UMMUU", [3], [5]),
        ("UDDSS", [3], [5]),
        ("UD?DUU", [4], [6]),
        ("UDD.UBU", [3], [7]),
        ("?????", [], []),
    ],
)
def test_opens_after_two_and_closes_after_two(
    word: str, opened: list[int], closed: list[int | None]
) -> None:
    found = incidents(word)
    assert [one.opened_sequence for one in found] == opened
    assert [one.closed_sequence for one in found] == closed


def test_the_bounds_come_from_the_attempts_on_each_flank() -> None:
    (found,) = incidents("UUDDDUU")
    assert found.started_after == at(1)
    assert found.started_before == at(2, 5)
    assert found.ended_after == at(4, 5)
    assert found.ended_before == at(5, 10)
    assert (found.first_failing_sequence, found.last_failing_sequence) == (3, 5)
    assert found.failing_slots == 3


def test_a_history_that_begins_failing_has_no_first_flank() -> None:
    (found,) = incidents("DDUU")
    assert found.started_after is None


def test_a_last_good_slot_before_a_hole_still_bounds_the_start() -> None:
    (found,) = incidents("U          DD")
    assert found.started_after == at(0)
    assert found.holes == ()


def test_a_good_slot_while_open_moves_the_end_until_two_close_it() -> None:
    (found,) = incidents("UDDUDDUU")
    assert found.ended_after == at(5, 5)
    assert found.ended_before == at(6, 10)
    assert found.respites == ((at(2, 5), at(4, 5)),)


def test_a_hole_resets_a_streak_that_has_not_opened() -> None:
    assert incidents("UD   D") == ()
    (found,) = incidents("UD   DD")
    assert found.first_failing_sequence == 3


def test_slots_that_did_not_run_make_a_hole_as_silence_does() -> None:
    assert incidents("UD...D") == ()


def test_two_and_a_half_intervals_are_not_yet_a_hole() -> None:
    first = slot_record("D", at(0), sequence=1)
    for gap, opens in ((2.5, True), (2.51, False)):
        found = fold_all([first, slot_record("D", at(gap), sequence=2)]).incidents
        assert bool(found) is opens


def test_the_hole_is_measured_with_the_interval_of_the_slot_before_it() -> None:
    first = slot_record("D", at(0), sequence=1, interval_seconds=3600)
    assert fold_all([first, slot_record("D", at(8), sequence=2)]).incidents


def test_a_hole_in_an_open_incident_is_recorded_and_goes_on() -> None:
    (found,) = incidents("UDD    DUU")
    assert found.holes == ((at(2, 10), at(7)),)
    assert found.failing_slots == 3


def test_a_hole_before_the_first_good_slot_belongs_to_the_incident() -> None:
    (found,) = incidents("UDD    UU")
    assert found.holes == ((at(2, 10), at(7)),)


def test_a_hole_between_the_two_good_slots_is_after_the_incident() -> None:
    (found,) = incidents("UDDU    U")
    assert found.holes == ()
    assert found.closed_sequence == 5
    assert found.ended_before == at(3, 10)


@pytest.mark.parametrize(
    ("word", "kind", "rule"),
    [
        ("UMM", "maintenance", "rule_maintenance"),
        ("UDD", "down", "rule_down"),
        ("UMMDM", "down", "rule_down"),
        ("UDM", "down", "rule_down"),
    ],
)
def test_maintenance_only_when_every_failing_slot_was_announced(
    word: str, kind: str, rule: str
) -> None:
    (found,) = incidents(word)
    assert (found.kind, found.rule) == (kind, rule)


def test_a_known_slot_that_comes_late_changes_nothing() -> None:
    state = states(ledger("UUU"))[-1]
    late = slot_record("D", at(0.5), sequence=9)
    assert fold(state, late) == (state, None)


def test_components_and_vantages_are_folded_apart() -> None:
    mixed = [
        slot_record("D", at(0), sequence=1, vantage="a"),
        slot_record("D", at(0), sequence=2, vantage="b"),
        slot_record("D", at(0), sequence=3, component="portal", vantage="a"),
    ]
    assert fold_all(mixed).incidents == ()


def test_isolated_failures_are_those_that_joined_no_incident() -> None:
    assert [r.sequence for r in isolated_failures(ledger("UDUDDUDUUD"))] == [2, 10]


def test_the_first_slot_of_an_incident_is_not_isolated() -> None:
    assert isolated_failures(ledger("DD")) == ()


def test_minimum_duration_leaves_out_holes_and_respites() -> None:
    (found,) = incidents("UDDUDD    DUU")
    lasted = duration(found, now=at(40))
    assert lasted.minimum_seconds == 300 + 305 + 5
    assert lasted.maximum_seconds == 11 * 300 + 10


def test_an_open_incident_lasts_at_least_to_its_last_failing_attempt() -> None:
    (found,) = incidents("UDDD")
    lasted = duration(found, now=at(20), last_seen=at(3, 5))
    assert lasted.minimum_seconds == 600
    assert lasted.maximum_seconds == 20 * 300


@given(WORDS)
def test_going_on_from_json_at_every_slot_gives_the_same_as_from_nothing(word: str) -> None:
    records = ledger(word)
    state, found = FoldState(), dict[int, Incident]()
    for record in records:
        state, incident = fold(FoldState.from_json(state.to_json()), record)
        if incident:
            found[incident.opened_sequence] = incident
    assert tuple(found.values()) == fold_all(records).incidents
    assert FoldState.from_json(state.to_json()) == state


@given(WORDS, NOT_KNOWN, st.integers(0, 40))
def test_a_slot_that_knows_nothing_changes_nothing(word: str, letter: str, place: int) -> None:
    records = ledger(word)
    state = states(records[:place])[-1]
    assert fold(state, slot_record(letter, at(place), sequence=99)) == (state, None)


@given(WORDS)
def test_incidents_never_overlap_and_their_bounds_are_in_order(word: str) -> None:
    reached = datetime.min.replace(tzinfo=BEGIN.tzinfo)
    for one in incidents(word):
        bounds = [one.started_after, one.started_before, one.ended_after, one.ended_before]
        given_bounds = [bound for bound in bounds if bound]
        assert given_bounds == sorted(given_bounds)
        assert given_bounds[0] >= reached
        reached = one.ended_after or reached
        assert all(low <= high for low, high in (*one.holes, *one.respites))


@given(WORDS)
def test_only_the_last_incident_can_be_open(word: str) -> None:
    assert not any(one.is_open for one in incidents(word)[:-1])


@given(
    start=st.floats(0, 20_000),
    lasts=st.floats(1, 20_000),
    gaps=st.lists(
        st.tuples(st.floats(20, 2_000), st.sampled_from(["look", "look", "look", "?", "."])),
        max_size=60,
    ),
)
def test_the_true_start_and_end_lie_inside_the_stated_intervals(
    start: float, lasts: float, gaps: list[tuple[float, str]]
) -> None:
    """One outage [start, start + lasts), looked at whenever: each run lasts 10 s, its last
    attempt decides at its very end whether the site works."""
    begins, ends = BEGIN + timedelta(seconds=start), BEGIN + timedelta(seconds=start + lasts)
    moment, records = BEGIN, list[SlotRecord]()
    for sequence, (gap, kind) in enumerate(gaps, 1):
        moment += timedelta(seconds=gap)
        first, last = moment + timedelta(seconds=5), moment + timedelta(seconds=10)
        failing = begins <= first < ends and begins <= last < ends
        letter = ("D" if failing else "U") if kind == "look" else kind
        records.append(slot_record(letter, moment, sequence=sequence))
    found = fold_all(records).incidents
    assert len(found) <= 1
    for one in found:
        assert (one.started_after or begins) <= begins <= one.started_before
        assert (one.ended_after or ends) <= ends <= (one.ended_before or ends)
        if one.started_after and not one.is_open:
            lasted = duration(one, now=ends)
            assert lasted.minimum_seconds <= lasts + 1e-3
            assert lasted.maximum_seconds is not None
            assert lasts <= lasted.maximum_seconds + 1e-3


@pytest.mark.parametrize(
    ("word", "after_slots", "expected"),
    [
        ("U", 0.5, State.WORKING),
        ("S", 0.5, State.SLOW),
        ("UD", 0.5, State.UNCONFIRMED),
        ("UDD", 0.5, State.FAILING),
        ("UMM", 0.5, State.MAINTENANCE),
        ("UDDU", 0.5, State.RECOVERING),
        ("UB", 0.5, State.NOT_KNOWN),
        ("UDDF", 0.5, State.NOT_KNOWN),
        ("U.", 0.5, State.NOT_KNOWN),
        ("U", 2.6, State.BEHIND),
        ("UDD", 2.6, State.BEHIND),
    ],
)
def test_what_one_vantage_says_now(word: str, after_slots: float, expected: State) -> None:
    records = ledger(word)
    opened = [one.vantage for one in fold_all(records).incidents if one.is_open]
    now = at(len(word) - 1 + after_slots)
    assert component_state({"local": records[-1]}, open_vantages=opened, now=now) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("DD", "DD", State.FAILING),
        ("DD", "UU", State.PARTIAL),
        ("DD", "UB", State.FAILING),
        ("DD", "UD", State.FAILING),
        ("UU", "UD", State.WORKING),
        ("UB", "UF", State.NOT_KNOWN),
        ("MM", "DD", State.MAINTENANCE),
        ("US", "UU", State.WORKING),
    ],
)
def test_failing_only_when_every_vantage_that_knows_is(
    one: str, other: str, expected: State
) -> None:
    ledgers = {"a": ledger(one, vantage="a"), "b": ledger(other, vantage="b")}
    opened = [i.vantage for rows in ledgers.values() for i in fold_all(rows).incidents]
    latest = {vantage: rows[-1] for vantage, rows in ledgers.items()}
    assert component_state(latest, open_vantages=opened, now=at(1.5)) is expected


def test_no_vantage_at_all_is_unwatched() -> None:
    assert component_state({}, now=BEGIN) is State.UNWATCHED
