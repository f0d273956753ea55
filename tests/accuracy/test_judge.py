"""What the campaign holds against the monitor, and what it does not."""

from __future__ import annotations

import pytest

from bench.accuracy.judge import judge
from bench.accuracy.scenario import Truth
from tests.accuracy.rehearsals import UP_DOWN_UP, incident, phase, rehearsal, slot


def test_down_on_a_healthy_site_is_a_false_outage() -> None:
    judged = judge(rehearsal((phase(0, 10, Truth.UP),), (slot(2, "down"),)))
    assert judged.false_outages == 1


def test_maintenance_on_a_healthy_site_is_a_false_outage_too() -> None:
    judged = judge(rehearsal((phase(0, 10, Truth.UP),), (slot(2, "maintenance"),)))
    assert judged.false_outages == 1


def test_down_while_the_monitor_is_disturbed_is_a_false_outage() -> None:
    disturbed = phase(0, 10, Truth.NOT_KNOWN, "own:browser_killed")
    assert judge(rehearsal((disturbed,), (slot(2, "down"),))).false_outages == 1


def test_a_run_that_a_fault_overtakes_has_no_single_truth() -> None:
    (found,) = judge(rehearsal(UP_DOWN_UP, (slot(3.8, "down"),))).slots
    assert (found.truth, found.false_outage) == (None, False)


def test_a_run_across_two_phases_without_a_failure_can_still_be_a_false_outage() -> None:
    phases = (phase(0, 4, Truth.UP), phase(4, 8, Truth.BLOCKED, "edge:refuse_403"))
    assert judge(rehearsal(phases, (slot(3.8, "down"),))).false_outages == 1


def test_a_disguised_refusal_is_counted_apart() -> None:
    hidden = phase(0, 10, Truth.BLOCKED, "edge:refuse_503", disguised=True)
    judged = judge(
        rehearsal(
            (hidden,), (slot(2, "down"), slot(4, "down")), (incident((None, 2.5), None, 4.5),)
        )
    )
    assert judged.false_outages == 0
    assert sum(one.refusal_read_as_down for one in judged.slots) == 2


def test_an_incident_that_no_failure_explains_is_a_false_outage() -> None:
    judged = judge(
        rehearsal((phase(0, 20, Truth.UP),), (slot(2, "up"),), (incident((1, 2), (4, 6), 4),))
    )
    assert len(judged.false_incidents) == 1


def test_an_outage_of_two_slots_without_an_incident_is_missed() -> None:
    (outage,) = judge(rehearsal(UP_DOWN_UP, (slot(5, "up"), slot(7, "up")))).outages
    assert (outage.due, outage.found) == (True, False)


def test_an_outage_of_one_slot_need_not_be_found() -> None:
    (outage,) = judge(rehearsal(UP_DOWN_UP, (slot(5, "down"),))).outages
    assert not outage.due


def test_an_outage_during_which_we_were_disturbed_need_not_be_found() -> None:
    phases = (phase(0, 10, Truth.DOWN, "edge:dead_backend", "own:power_cut"),)
    (outage,) = judge(rehearsal(phases, (slot(5, "down"), slot(7, "down")))).outages
    assert not outage.due


@pytest.mark.parametrize(
    ("started", "ended", "inside"),
    [
        ((2.0, 5.5), (9.0, 11.5), (True, True)),
        ((4.5, 5.5), (9.0, 11.5), (False, True)),
        ((2.0, 5.5), (10.2, 11.5), (True, False)),
        ((None, 5.5), (9.0, 11.5), (None, True)),
    ],
)
def test_the_true_moment_must_lie_in_the_stated_interval(
    started: tuple[float | None, float],
    ended: tuple[float, float],
    inside: tuple[bool | None, bool],
) -> None:
    slots = (slot(5, "down"), slot(7, "down"))
    (outage,) = judge(rehearsal(UP_DOWN_UP, slots, (incident(started, ended, 7.5),))).outages
    assert (outage.start_inside, outage.end_inside) == inside


def test_a_delay_counts_from_the_true_start_to_the_opened_incident() -> None:
    found = incident((2.0, 5.5), (9.0, 11.5), 7.5)
    (outage,) = judge(rehearsal(UP_DOWN_UP, (slot(5, "down"), slot(7, "down")), (found,))).outages
    assert outage.delay_seconds == pytest.approx(3.4)
    assert outage.delay_intervals == pytest.approx(1.7)


def test_other_outcomes_are_right_where_the_scenario_accepts_them() -> None:
    odd = phase(0, 10, Truth.DOWN, "edge:overload", accept=("layout_changed",))
    judged = judge(rehearsal((odd,), (slot(2, "layout_changed"), slot(4, "down"))))
    assert [one.right for one in judged.slots] == [True, False]
