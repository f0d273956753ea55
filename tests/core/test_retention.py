"""Which runs may lose their files: uneventful ones after a month, the others after years."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.incidents import fold_all
from monitor.core.issued import Issued
from monitor.core.model import Incident, Outcome, Slot, SlotRecord
from monitor.core.retention import Rule, Terms, Ties, to_retire

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TERMS = Terms(good_days=30, failing_days=3650)
DAY = timedelta(days=1)
UP, DOWN, FAULT = Outcome.UP, Outcome.DOWN, Outcome.MONITOR_FAULT


def run(
    sequence: int, outcome: Outcome = UP, *, age_days: float = 60, component: str = "portal"
) -> SlotRecord:
    """A run of long ago; the higher its number, the later."""
    at = NOW - age_days * DAY + timedelta(minutes=5 * sequence)
    return SlotRecord(
        sequence=sequence,
        slot=Slot(component=component, vantage="local", scheduled_at=at, interval_seconds=300),
        outcome=outcome,
        rule="r",
        started_at=at,
        finished_at=at + timedelta(seconds=5),
        first_finished_at=at + timedelta(seconds=2),
        last_started_at=at + timedelta(seconds=3),
    )


def ties(*, incidents: tuple[Incident, ...] = (), reviewed: frozenset[int] = frozenset()) -> Ties:
    return Ties(incidents=incidents, reviewed=reviewed, edges=frozenset(), issued=())


def retired(*runs: SlotRecord, tied: Ties | None = None, terms: Terms = TERMS) -> dict[int, Rule]:
    return to_retire(runs, tied or ties(), terms=terms, now=NOW)


def test_a_good_run_goes_after_its_days_and_not_before() -> None:
    assert retired(run(1, age_days=31)) == {1: Rule.GOOD}
    assert retired(run(1, age_days=29.9)) == {}


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.is_available])
def test_any_other_run_stays_for_years(outcome: Outcome) -> None:
    assert retired(run(1, outcome, age_days=3600)) == {}
    assert retired(run(1, outcome, age_days=3700)) == {1: Rule.FAILING}


def test_an_incident_keeps_its_good_neighbours_and_all_within() -> None:
    outcomes = [UP, UP, UP, DOWN, DOWN, FAULT, UP, DOWN, UP, UP, UP, UP]
    runs = [run(number, outcome) for number, outcome in enumerate(outcomes, start=1)]
    incidents = fold_all(runs).incidents
    assert len(incidents) == 1
    found = retired(*runs, tied=ties(incidents=incidents))
    assert sorted(found) == [1, 2, 11, 12], "3 bounds its start, 9 its end, 10 closed it"


def test_an_open_incident_keeps_all_that_came_after() -> None:
    runs = [run(1), run(2), run(3, DOWN), run(4, DOWN), run(5)]
    found = retired(*runs, tied=ties(incidents=fold_all(runs).incidents))
    assert sorted(found) == [1]


def test_an_incident_of_another_component_keeps_nothing_here() -> None:
    others = [run(2, DOWN, component="login"), run(3, DOWN, component="login")]
    here = [run(1), run(4)]
    found = retired(*here, *others, tied=ties(incidents=fold_all(others).incidents))
    assert sorted(found) == [1, 4]


def test_what_a_person_decided_on_stays_for_years() -> None:
    assert retired(run(1), run(2), tied=ties(reviewed=frozenset({2}))) == {1: Rule.GOOD}


def test_the_first_and_the_last_run_stay() -> None:
    tied = replace(ties(), edges=frozenset({1, 3}))
    assert retired(run(1), run(2), run(3), tied=tied) == {2: Rule.GOOD}


def test_what_a_document_covers_is_never_let_go() -> None:
    issued = Issued(
        number=1,
        serial="2026-00001",
        code="0123456789",
        kind="outage",
        components=("portal",),
        period_start=NOW - 5000 * DAY,
        period_end=NOW,
        first_sequence=2,
        last_sequence=3,
        specimen=False,
        made_at=NOW,
    )
    runs = [
        *(run(1, age_days=4000), run(2, age_days=4000), run(3, DOWN, age_days=4000)),
        run(4, age_days=4000, component="login"),
    ]
    found = retired(*runs, tied=replace(ties(), issued=(issued,)))
    assert found == {1: Rule.GOOD, 4: Rule.GOOD}
