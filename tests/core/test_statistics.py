"""Figures: time-weighted on known time, with coverage and bounds, and peers' mistakes avoided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.incidents import fold_all
from monitor.core.model import Depth, SlotRecord
from monitor.core.statistics import (
    Figure,
    daily,
    day_bounds,
    duration_quantiles,
    figure,
    percent_digits,
    shown_percent,
)
from monitor.core.timeline import timeline
from tests.core.ledgers import LETTERS, at, ledger, slot_record

WORDS = st.text(alphabet="".join(LETTERS) + " ", min_size=1, max_size=40)
SLOT = 300.0


def over(
    word: str, start: float = 0, end: float | None = None, depth: Depth | None = None
) -> Figure:
    """The figure of a ledger over [start, end) in slots; the end is also now."""
    until = at(len(word) if end is None else end)
    return figure(ledger(word), start=at(start), end=until, now=until, depth=depth)


def test_availability_is_available_time_over_known_time() -> None:
    found = over("UUUUUUUUDD")
    assert found.availability == 0.8
    assert found.coverage == 1
    assert found.unavailable_seconds == 2 * SLOT


def test_degraded_time_is_available_and_shown_apart() -> None:
    found = over("UUSS")
    assert found.availability == 1
    assert found.degraded_seconds == 2 * SLOT


def test_maintenance_counts_and_a_second_figure_leaves_it_out() -> None:
    """Gatus mutes the alert for a maintenance and still counts it, without saying so."""
    found = over("UUUUUUMMDD")
    assert found.availability == 0.6
    assert found.availability_without_maintenance == 0.75
    assert found.maintenance_seconds == 2 * SLOT


@pytest.mark.parametrize("letter", "BLF?.-")
def test_what_is_not_known_is_neither_up_nor_down(letter: str) -> None:
    """healthchecks: a pause counts as up, and its own outage makes everything look down."""
    found = over("UUUUUUUU" + letter * 2)
    assert found.availability == 1
    assert found.unavailable_seconds == 0
    assert found.coverage == 0.8
    assert found.bounds == (0.8, 1.0)


def test_an_isolated_failure_is_not_down_but_is_inside_the_bounds() -> None:
    """Uptime Kuma (#688) counts a failure that waits for its confirmation as down."""
    found = over("UUUUUDUUUU")
    assert found.availability == 1
    assert found.bounds == (0.9, 1.0)
    assert found.isolated_failures == 1
    assert found.isolated_seconds == SLOT


def test_a_failure_counts_once_the_next_slot_confirms_it() -> None:
    records = ledger("UUUUUUUUDD")
    before = figure(records, start=at(0), end=at(9), now=at(9) - timedelta(seconds=1))
    after = figure(records, start=at(0), end=at(9), now=at(10))
    assert before.unavailable_seconds == 0
    assert after.unavailable_seconds == SLOT


def test_two_days_without_data_do_not_repeat_the_last_value() -> None:
    """Uptime Kuma's own test asserts 80 % after 48 hours without data."""
    found = over("UUUUUUUUDD", start=600, end=600 + 576)
    assert found.availability is None
    assert found.insufficient
    assert found.coverage == 0


def test_an_empty_window_has_no_figure() -> None:
    """Gatus reads 0 % there."""
    for records in ([], ledger("UU")):
        found = figure(records, start=at(9), end=at(9), now=at(9))
        assert found.availability is None
        assert found.insufficient
        assert found.bounds == (0.0, 1.0)


def test_an_hour_covers_one_hour() -> None:
    """Gatus' badge of one hour covers two."""
    found = over("DDDDDDDDDDDD" + "UUUUUUUUUUUU", start=12, end=24)
    assert found.window_seconds == 3600
    assert found.availability == 1


def test_a_window_that_begins_before_the_first_slot_is_clipped_to_it() -> None:
    """healthchecks takes the whole month as denominator of a partial first month."""
    found = over("UUUUUUUUUU", start=-8000)
    assert found.start == at(0)
    assert found.window_seconds == 10 * SLOT
    assert found.coverage == 1


def test_the_ledger_may_begin_before_the_records_that_are_given() -> None:
    records = ledger("UUUUUUUUUU")
    found = figure(records, start=at(-10), end=at(10), now=at(10), first_slot_at=at(-5))
    assert found.start == at(-5)


def test_time_after_now_is_not_counted() -> None:
    found = figure(ledger("UUUU"), start=at(0), end=at(4000), now=at(4))
    assert found.end == at(4)
    assert found.coverage == 1


def test_slots_after_now_are_not_seen() -> None:
    found = figure(ledger("UUUUDDDD"), start=at(0), end=at(8), now=at(4))
    assert found.observations == 4
    assert found.unavailable_seconds == 0


def test_a_gap_is_not_filled_with_the_last_value_for_longer_than_two_and_a_half_intervals() -> None:
    """cloudprober fills gaps with the last value."""
    found = over("U         U", end=11)
    assert found.known_seconds == 3.5 * SLOT
    assert found.longest_gap_seconds == 7.5 * SLOT


def test_an_observation_holds_for_the_interval_stored_on_its_slot() -> None:
    slow = slot_record("U", at(0), interval_seconds=3600)
    found = figure([slow], start=at(0), end=at(100), now=at(100))
    assert found.known_seconds == 2.5 * 3600


def test_an_observation_ends_at_the_next_slot_even_if_that_one_did_not_run() -> None:
    assert over("U.U").known_seconds == 2 * SLOT


def test_an_observation_before_the_window_holds_into_it() -> None:
    assert over("UUUU", start=1.5).coverage == 1


def test_a_hole_inside_an_incident_is_not_counted_as_down() -> None:
    found = over("UDD" + " " * 20 + "DUU")
    assert found.unavailable_seconds == (1 + 2.5 + 1) * SLOT


@pytest.mark.parametrize(("unknown", "enough"), [(2, True), (3, False)])
def test_under_eighty_percent_of_coverage_there_is_no_figure(unknown: int, enough: bool) -> None:
    found = over("U" * (10 - unknown) + "." * unknown)
    assert (found.availability is not None) is enough
    assert found.insufficient is not enough


def test_runs_of_another_depth_know_nothing_at_a_given_depth() -> None:
    full = ledger("UUUU", depth=Depth.FULL)
    form = ledger("DDDD", depth=Depth.FORM, begin=at(4), first_sequence=5)
    both = [*full, *form]
    assert figure(both, start=at(0), end=at(8), now=at(8)).unavailable_seconds == 4 * SLOT
    deep = figure(both, start=at(0), end=at(8), now=at(8), depth=Depth.FULL)
    assert deep.unavailable_seconds == 0
    assert deep.coverage == 0.5


def test_a_form_failure_does_not_confirm_a_full_one() -> None:
    records = [replace(r, depth=Depth.FORM) if r.sequence == 3 else r for r in ledger("UDD")]
    found = figure(records, start=at(0), end=at(3), now=at(3), depth=Depth.FULL)
    assert found.incidents == ()
    assert found.isolated_failures == 1


def two(one: str, other: str) -> Figure:
    records = ledger(one, vantage="a") + ledger(other, vantage="b", first_sequence=100)
    return figure(records, start=at(0), end=at(len(one)), now=at(len(one)))


def test_down_only_while_every_vantage_that_knows_is_failing() -> None:
    found = two("UUUUUUUUUUDDDDU", "UUUUUUUUUUUDDUU")
    assert found.unavailable_seconds == 2 * SLOT
    assert found.partial_seconds == 2 * SLOT
    assert found.bounds == (11 / 15, 13 / 15)


def test_a_vantage_that_knows_nothing_does_not_hide_the_other() -> None:
    assert two("UUDD", "UU..").unavailable_seconds == 2 * SLOT


def test_records_of_two_components_are_refused() -> None:
    mixed = ledger("U") + ledger("U", component="portal")
    with pytest.raises(ValueError, match="one component"):
        figure(mixed, start=at(0), end=at(1), now=at(1))


def test_mean_time_to_repair_has_a_minimum_and_a_maximum() -> None:
    repair = over("UDDUUDDDDUUUUUU").repair
    assert repair is not None
    assert repair.incidents == 2
    assert repair.minimum_seconds == (SLOT + 3 * SLOT) / 2
    assert repair.maximum_seconds == (3 * SLOT + 10 + 5 * SLOT + 10) / 2


def test_open_incidents_and_maintenance_are_not_in_the_time_to_repair() -> None:
    assert over("UMMUUUDDD").repair is None


def test_incidents_that_reach_into_the_window_are_listed() -> None:
    assert len(over("UDDDDUUUU", start=3, end=9).incidents) == 1
    assert over("UDDDDUUUU", start=7, end=9).incidents == ()


def test_a_change_of_ruleset_or_interval_marks_the_figure() -> None:
    records = [
        replace(record, ruleset="1" if record.sequence < 3 else "2") for record in ledger("UUUU")
    ]
    assert figure(records, start=at(0), end=at(4), now=at(4)).is_mixed
    assert not over("UUUU").is_mixed


def test_quantiles_are_durations_of_real_working_runs() -> None:
    records = [
        slot_record(letter, at(i), sequence=i + 1, duration_seconds=seconds)
        for i, (letter, seconds) in enumerate(
            [("U", 1.0), ("U", 2.0), ("S", 9.0), ("U", 3.0), ("D", 99.0)]
        )
    ]
    assert duration_quantiles(records, start=at(0), end=at(9)) == (2.0, 9.0)
    assert duration_quantiles(records, start=at(5), end=at(9)) is None


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
)
def test_days_are_local_and_right_when_clocks_change(day: date, hours: int) -> None:
    begins, ends = day_bounds(day)
    assert ends - begins == timedelta(hours=hours)


def test_daily_figures_are_the_figures_of_those_days() -> None:
    records = ledger("UUUDDUU..U" * 60)
    now = at(600)
    for day, found in daily(timeline(records, now=now), last=now.date(), days=4):
        begins, ends = day_bounds(day)
        assert found == figure(records, start=begins, end=ends, now=now)


@pytest.mark.parametrize(
    ("observations", "digits"), [(0, 0), (288, 0), (999, 0), (1000, 1), (25_920, 2), (10**8, 3)]
)
def test_digits_never_exceed_what_the_sampling_allows(observations: int, digits: int) -> None:
    assert percent_digits(observations) == digits


@pytest.mark.parametrize(
    ("ratio", "digits", "shown"),
    [(1, 0, 100), (0.998, 0, 99), (0.002, 0, 1), (0, 0, 0), (0.98765, 2, 98.77)],
)
def test_a_failure_is_never_rounded_away(ratio: float, digits: int, shown: float) -> None:
    assert shown_percent(ratio, digits) == shown


@given(WORDS)
def test_bounds_hold_availability_and_seconds_add_up(word: str) -> None:
    found = over(word)
    low, high = found.bounds
    assert 0 <= low <= high <= 1
    assert low <= (found.availability if found.availability is not None else low) <= high
    assert 0 <= found.coverage <= 1
    assert found.known_seconds == found.available_seconds + found.unavailable_seconds
    assert found.isolated_seconds + found.partial_seconds <= found.unknown_seconds + 1e-6
    assert found.longest_gap_seconds <= found.unknown_seconds + 1e-6
    assert found.insufficient is (found.availability is None)


@given(WORDS, st.floats(0, 40), st.floats(0, 40), st.floats(0, 40))
def test_a_window_cut_in_two_knows_what_the_whole_knows(
    word: str, one: float, two: float, three: float
) -> None:
    start, middle, end = (at(slots) for slots in sorted((one, two, three)))
    records, now = ledger(word), at(41)

    def between(low: datetime, high: datetime) -> Figure:
        return figure(records, start=low, end=high, now=now)

    whole, left, right = between(start, end), between(start, middle), between(middle, end)
    for name in ("available_seconds", "unavailable_seconds", "known_seconds", "window_seconds"):
        parts = getattr(left, name) + getattr(right, name)
        assert getattr(whole, name) == pytest.approx(parts, abs=1e-6)


@given(WORDS, st.lists(st.tuples(st.sampled_from("BLF?.-"), st.floats(0.01, 39.9)), max_size=8))
def test_slots_that_know_nothing_never_add_known_time(
    word: str, added: list[tuple[str, float]]
) -> None:
    records = ledger(word)
    more: list[SlotRecord] = [
        slot_record(letter, at(place), sequence=1000 + index)
        for index, (letter, place) in enumerate(added)
    ]
    first = records[0].slot.scheduled_at if records else at(0)
    before, after = (
        figure(slots, start=first, end=at(41), now=at(41), first_slot_at=first)
        for slots in (records, [*records, *more])
    )
    assert after.unavailable_seconds <= before.unavailable_seconds
    assert after.available_seconds <= before.available_seconds


@given(WORDS.map(ledger).flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_in_which_records_are_given_does_not_matter(
    given_twice: tuple[list[SlotRecord], list[SlotRecord]],
) -> None:
    ordered, shuffled = (figure(rows, start=at(0), end=at(41), now=at(41)) for rows in given_twice)
    assert ordered == shuffled


@given(WORDS)
def test_down_time_only_within_incidents(word: str) -> None:
    found = over(word)
    assert (found.unavailable_seconds > 0) is bool(fold_all(ledger(word)).incidents)


@given(WORDS, WORDS)
def test_a_second_vantage_never_adds_down_time_to_time_known_available(
    one: str, other: str
) -> None:
    size = max(len(one), len(other))
    both = two(one.ljust(size), other.ljust(size))
    alone = over(one.ljust(size))
    assert both.unavailable_seconds <= size * SLOT - alone.available_seconds + 1e-6
