"""Hours of the week: the parts are exactly the whole, in local time, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.statistics import figure_of
from monitor.core.timeline import EPOCH, timeline
from monitor.core.weekly import HOURS_OF_WEEK, hours_of_week, steady, working_hours
from monitor.core.windows import PARIS
from tests.core.ledgers import BEGIN, at, ledger, slot_record


@given(word=st.text(alphabet="USDMBF.", max_size=60), more=st.integers(0, 4000))
def test_all_hours_together_are_the_figure(word: str, more: int) -> None:
    now = at(len(word), more)
    line = timeline(ledger(word), now=now)
    whole = figure_of(line, start=BEGIN - timedelta(days=1), end=now)
    week = hours_of_week(line, start=BEGIN - timedelta(days=1), end=now).values()
    assert sum(one.available_seconds for one in week) == pytest.approx(whole.available_seconds)
    assert sum(one.known_seconds for one in week) == pytest.approx(whole.known_seconds)
    assert sum(one.window_seconds for one in week) == pytest.approx(whole.window_seconds)


def test_an_hour_is_that_of_the_clock_in_paris() -> None:
    line = timeline(ledger("U" * 12), now=at(12))  # Monday 8:00 UTC, winter time
    week = hours_of_week(line, start=BEGIN, end=at(12))
    assert set(week) == {(1, 9)}
    assert week[1, 9].availability == 1


def test_the_same_hour_of_two_weeks_is_one_cell() -> None:
    first = [slot_record("U", at(i), sequence=i + 1) for i in range(12)]
    later = [slot_record("D", at(2016 + i), sequence=100 + i) for i in range(12)]
    line = timeline([*first, *later], now=at(2028))
    cell = hours_of_week(line, start=BEGIN, end=at(2028))[1, 9]
    assert (cell.available_seconds, cell.known_seconds, cell.window_seconds) == (3600, 7200, 7200)
    assert cell.availability == 0.5


def test_too_little_known_is_no_figure() -> None:
    line = timeline(ledger("U" * 6 + "B" * 6), now=at(12))
    assert hours_of_week(line, start=BEGIN, end=at(12))[1, 9].availability is None


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 3, 29, tzinfo=UTC), 23), (datetime(2026, 10, 25, tzinfo=UTC), 25)],
)
def test_a_day_on_which_clocks_change_has_its_own_length(day: datetime, hours: int) -> None:
    begins = day - timedelta(hours=1 if hours == 23 else 2)
    ends = begins + timedelta(hours=hours)
    slots = [slot_record("U", begins, sequence=1, interval_seconds=86400)]
    week = hours_of_week(timeline(slots, now=ends), start=begins, end=ends)
    assert {weekday for weekday, _ in week} == {7}
    assert sum(one.window_seconds for one in week.values()) == hours * 3600
    lengths = {key[1]: cell.window_seconds for key, cell in week.items()}
    assert lengths.get(2, 0) == (0 if hours == 23 else 7200)


def test_the_week_has_every_hour_once() -> None:
    assert len(set(HOURS_OF_WEEK)) == 7 * 24


def test_working_hours_lost_are_those_of_monday_to_friday() -> None:
    """The ledger begins on a Monday at 9 in Paris; the second half of it is a failure."""
    week = hours_of_week(
        timeline(ledger("U" * 66 + "D" * 66), now=at(132)), start=at(0), end=at(132)
    )
    assert working_hours(week).window_seconds == 11 * 3600
    assert working_hours(week).lost_ratio == 0.5
    sunday = hours_of_week(
        timeline(ledger("D" * 10, begin=at(6 * 288)), now=at(6 * 288 + 10)),
        start=at(0),
        end=at(9000),
    )
    assert working_hours(sunday).lost_ratio is None


@given(st.integers(438_000, 500_000), st.integers(0, 20_000))
def test_hours_are_cut_where_clocks_change_and_nowhere_else(first: int, many: int) -> None:
    parts = list(steady(first, first + many))
    assert [hour for low, high in parts for hour in range(low, high)] == list(
        range(first, first + many)
    )
    offsets = [
        {(EPOCH + timedelta(hours=hour)).astimezone(PARIS).utcoffset() for hour in range(*part)}
        for part in parts
    ]
    assert all(len(one) == 1 for one in offsets)
    changes = sum(one != other for one, other in pairwise(offsets))
    assert len(parts) == changes + bool(many)
