"""How figures are rounded, and on how many moments they rest: what may be shown of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.statistics import (
    figure,
    figure_from,
    samples_in,
    shown_coverage,
    shown_percent,
)
from monitor.core.tally import nothing
from tests.core.ledgers import BEGIN, at, ledger
from tests.core.test_statistics import SLOT, over


def test_more_eyes_or_quicker_parts_give_no_more_digits() -> None:
    """Three vantages looked 1,200 times, but at 400 moments."""
    records = [r for v in "abc" for r in ledger("U" * 399 + "S", vantage=v)]
    found = figure(records, start=at(0), end=at(400), now=at(400))
    assert (found.known_observations, found.samples, found.digits) == (1200, 400, 0)
    assert samples_in(1200, 400 * SLOT, (SLOT, 3600.0)) == 33
    assert samples_in(0, 0.0, ()) == 0


@pytest.mark.parametrize(
    ("ratio", "shown"), [(0.7999, 79), (0.8, 80), (0.29, 29), (0.9999, 99), (1, 100), (0, 0)]
)
def test_coverage_is_never_rounded_up(ratio: float, shown: float) -> None:
    """Else 79.6 % reads "80 %" beside "not enough data: 80 % is needed"."""
    assert shown_coverage(ratio) == shown


def test_without_maintenance_what_is_left_must_be_known_too() -> None:
    """Two good slots are no 100 % of a week of maintenance."""
    found = over("M" * 16 + "U..." + "U")
    assert found.availability == pytest.approx(2 / 18)
    assert found.availability_without_maintenance is None
    assert over("MMMM" + "U" * 8 + "..").availability_without_maintenance == 1


def test_one_vantage_that_reads_an_announcement_is_enough_for_maintenance() -> None:
    records = [*ledger("UUDDUU", vantage="a"), *ledger("UUMMUU", vantage="b")]
    numbered = [replace(one, sequence=number) for number, one in enumerate(records)]
    found = figure(numbered, start=at(0), end=at(6), now=at(6))
    assert found.unavailable_seconds == found.maintenance_seconds == 2 * SLOT
    assert found.longest_outage_seconds == 0
    assert (len(found.incidents), found.outages) == (2, 1)


@given(st.integers(1, 10**14), st.integers(0, 10**14), st.integers(0, 10**14))
def test_no_rounding_puts_a_figure_outside_of_its_bounds(
    window: int, known: int, available: int
) -> None:
    known = min(known, window)
    available = min(available, known)
    counted = replace(nothing(0, window), up=available, down=known - available)
    end = BEGIN + timedelta(microseconds=window)
    found = figure_from(counted, (), start=BEGIN, end=end, now=end)
    low, high = found.bounds
    value = found.availability
    assert low <= high <= 1
    if value is not None:
        assert low <= value <= high
        for digits in range(4):
            shown = [shown_percent(one, digits) for one in (low, value, high)]
            assert shown == sorted(shown)
            assert (shown[1] == 100) is (value == 1)
