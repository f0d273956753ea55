"""The campaign's figures."""

from __future__ import annotations

import math

import pytest

from bench.accuracy.judge import judge
from bench.accuracy.page import report_page
from bench.accuracy.picture import confusion_svg
from bench.accuracy.scenario import Truth, load_scenarios
from bench.accuracy.tally import confusion, figures, upper_bound
from tests.accuracy.rehearsals import UP_DOWN_UP, incident, phase, rehearsal, slot

REFUSED = phase(0, 10, Truth.BLOCKED, "edge:refuse_503", disguised=True)


@pytest.mark.parametrize("chances", [10, 100, 3000])
def test_without_an_event_the_bound_is_exact(chances: int) -> None:
    assert upper_bound(0, chances) == pytest.approx(1 - 0.05 ** (1 / chances))


def test_without_an_event_the_bound_follows_the_rule_of_three() -> None:
    bound = upper_bound(0, 3000)
    assert bound is not None
    assert math.isclose(bound, 3 / 3000, rel_tol=0.01)


def test_with_events_the_bound_is_that_of_the_tables() -> None:
    assert upper_bound(2, 20) == pytest.approx(0.2826, abs=1e-4)


@pytest.mark.parametrize(("events", "chances", "bound"), [(0, 0, None), (5, 5, 1.0)])
def test_the_ends_of_the_bound(events: int, chances: int, bound: float | None) -> None:
    assert upper_bound(events, chances) == bound


def test_what_is_counted() -> None:
    found = incident((2.0, 5.5), (9.0, 11.5), 7.5)
    slots = (slot(1, "up"), slot(5, "down"), slot(7, "down"), slot(12, "missed"), slot(14, "up"))
    got = figures([judge(rehearsal(UP_DOWN_UP, slots, (found,)))], [])
    assert (got["runs_total"], got["slots_total"]) == (4, 5)
    assert (got["false_outages"], got["missed_outages"], got["boundary_misses"]) == (0, 0, 0)
    assert got["boundaries_stated"] == 2
    assert got["healthy"]["not_known"] == 1
    assert got["false_outage_chances"] == 2


def test_a_refusal_read_as_down_shows_whether_it_was_marked() -> None:
    marked = slot(2, "down", flags=("refusal_not_excluded",))
    got = figures([judge(rehearsal((REFUSED,), (marked, slot(4, "down"))))], [])
    assert got["refusals_read_as_down"] == {"total": 2, "flagged": 1, "unflagged": 1}


def test_the_matrix_leaves_out_runs_that_a_change_fell_into() -> None:
    judged = judge(rehearsal(UP_DOWN_UP, (slot(1, "up"), slot(3.8, "down"))))
    assert confusion(judged.slots)["up"] == {"up": 1}


def test_the_picture_says_that_it_is_a_rehearsal() -> None:
    assert "Rehearsal site, not ANEF" in confusion_svg({"up": {"up": 3, "down": 1}})


def test_every_scenario_of_the_file_can_be_read() -> None:
    scenarios = load_scenarios()
    assert len(scenarios) >= 45
    assert any(scenario.quick for scenario in scenarios)


def test_the_page_is_not_written_without_its_first_line() -> None:
    with pytest.raises(KeyError):
        report_page({})


@pytest.mark.parametrize(
    ("fault", "status", "disagreements"),
    [
        ("edge:dead_backend", 502, 0),
        ("edge:dead_backend", 200, 1),
        ("edge:refuse_503", 200, 0),
        ("edge:refuse_503", 503, 1),
        ("site:captcha", 200, 0),
    ],
)
def test_a_witness_who_sees_something_else_is_counted(
    fault: str, status: int, disagreements: int
) -> None:
    seen = phase(0, 10, Truth.DOWN, fault).model_copy(update={"witness_status": status})
    got = figures([judge(rehearsal((seen,), (slot(2, "down"),)))], [])
    assert got["witness_disagreements"] == disagreements
