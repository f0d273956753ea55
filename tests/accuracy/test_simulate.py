"""Folding against invented histories."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from bench.accuracy.simulate import History, _dates, make_history, simulate
from monitor.core.incidents import fold_all


def test_no_date_is_wrong_and_no_failure_is_missed() -> None:
    counted = simulate(60)
    assert counted["dates_stated"] > 100
    assert counted["failures_seen_twice"] > 100
    assert (counted["dates_wrong"], counted["false_incidents"], counted["failures_missed"]) == (
        *(0, 0, 0),
    )


def test_a_wrong_date_would_be_seen() -> None:
    history = make_history(random.Random(1), 1)
    moved = tuple(
        (start + timedelta(hours=2), end + timedelta(hours=2)) for start, end in history.failures
    )
    incident = fold_all(history.records).incidents[0]
    assert _dates(incident, history)[1] == 0
    assert _dates(incident, replace(history, failures=moved))[1] > 0


def test_a_history_is_the_same_for_the_same_dice() -> None:
    def again() -> History:
        return make_history(random.Random(5), 5)

    assert again() == again()
