"""Percentiles of long windows are those of every single run."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.model import Depth, SlotRecord
from monitor.core.scopes import Scope
from monitor.core.statistics import duration_quantiles
from monitor.core.timeline import slot_time
from monitor.store.durations import nth
from monitor.store.figures import QUANTILES, Figures
from monitor.store.store import Store
from tests.store.made_up import SPRING, VANTAGES, empty, fill, made_up

ROWS = st.lists(st.floats(0, 100))


@given(ROWS, ROWS, st.data())
def test_a_rank_of_two_rows_is_that_of_both_sorted(
    one: list[float], other: list[float], data: st.DataObject
) -> None:
    both = sorted([*one, *other])
    if not both:
        with pytest.raises(IndexError):
            nth((), (), 0)
        return
    rank = data.draw(st.integers(0, len(both) - 1))
    assert nth(sorted(one), sorted(other), rank) == both[rank]


def test_percentiles_follow_the_ledger_however_late_a_run_comes(store: Store) -> None:
    empty(store)
    chance, figures = random.Random(5), Figures(store)
    ledger = [
        SlotRecord(**{**vars(one), "duration_seconds": chance.uniform(1, 90)})
        for vantage in VANTAGES
        for one in made_up(chance, "login", vantage, 4.0)
        if one.started_at is not None
    ]
    late = [ledger.pop(chance.randrange(len(ledger))) for _ in range(30)]
    known = fill(store, ledger)
    now = max(map(slot_time, known)) + timedelta(hours=1)
    for one in (None, *late):
        known += fill(store, [one]) if one else []
        start = SPRING + timedelta(hours=chance.uniform(0, 30))
        for depth in (None, Depth.FORM):
            found = figures.response_times(
                Scope(component="login", depth=depth), start, now, now=now
            )
            expected = duration_quantiles(
                known, start=start, end=now, quantiles=QUANTILES, depth=depth
            )
            assert tuple(value for _, value in found.quantiles) == (expected or ())
