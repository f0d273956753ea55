"""Weeks and gaps between attempts, by calendars that are known to trip programs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.attempts import Corroboration, DeclaredAttempt
from monitor.core.attempts_measures import Spread, measures, spread
from monitor.core.attempts_table import Finding, Reason
from monitor.core.territories import BY_ID, TERRITORIES, Territory


def tried(local: str, territory: str = "metropole", until: str | None = None) -> DeclaredAttempt:
    """An attempt by the territory's clock."""
    clock = BY_ID[territory].clock

    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=clock).astimezone(UTC)

    return DeclaredAttempt(
        start=moment(local),
        end=moment(until) if until else None,
        territory=territory,
        component="login",
    )


def spread_of(*locals_: str, territory: str = "metropole") -> Spread:
    return spread([tried(one, territory) for one in locals_])


def test_the_attempts_of_435594_lie_in_two_weeks_and_five_days_apart() -> None:
    """CE 10 June 2020, n° 435594: 13 September 2019 was a Friday, 18 September a Wednesday."""
    found = spread_of("2019-09-13 10:00", "2019-09-18 10:00")
    assert found.weeks == ("2019-W37", "2019-W38")
    assert min(len(found.weeks), len(found.local_weeks)) > 1
    assert not found.has_seven_days
    assert found.widest_span == timedelta(days=5)
    assert found.needs_note


@pytest.mark.parametrize(
    ("first", "second", "weeks", "seven_days"),
    [
        ("2026-03-22 10:00", "2026-03-29 10:00", 2, True),  # clocks go forward on the 29th
        ("2026-03-22 10:00", "2026-03-29 09:59", 2, False),
        ("2026-10-18 10:00", "2026-10-25 10:00", 2, True),  # clocks go back on the 25th
        ("2026-10-18 10:00", "2026-10-25 09:59", 2, False),
        ("2026-05-17 23:59", "2026-05-18 00:00", 2, False),  # Sunday to Monday, midnight
        ("2026-05-11 00:00", "2026-05-17 23:59", 1, False),  # a whole week long
        ("2026-12-31 10:00", "2027-01-01 10:00", 1, False),  # both in week 53
        ("2026-12-31 10:00", "2027-01-07 10:00", 2, True),
        ("2024-12-30 10:00", "2025-01-05 10:00", 1, False),  # both in week 1 of 2025
        ("2020-12-28 08:00", "2021-01-03 20:00", 1, False),  # week 53 of 2020
        ("2024-02-22 10:00", "2024-02-29 10:00", 2, True),
    ],
)
def test_two_attempts(first: str, second: str, weeks: int, seven_days: bool) -> None:
    found = spread_of(first, second)
    assert len(found.weeks) == weeks
    assert found.has_seven_days is seven_days
    assert found.needs_note is (weeks > 1 and not seven_days)


def test_week_53_carries_the_year_of_its_thursday() -> None:
    assert spread_of("2027-01-02 12:00").weeks == ("2026-W53",)
    assert spread_of("2024-12-31 12:00").weeks == ("2025-W01",)


def test_in_cayenne_sunday_evening_is_already_monday_in_paris() -> None:
    found = spread_of("2026-05-17 12:00", "2026-05-17 21:00", territory="guyane")
    assert found.weeks == ("2026-W20", "2026-W21")
    assert found.local_weeks == ("2026-W20",)
    assert min(len(found.weeks), len(found.local_weeks)) <= 1
    assert found.needs_note


def test_in_mamoudzou_monday_morning_is_still_sunday_in_paris() -> None:
    found = spread_of("2026-05-17 20:00", "2026-05-18 00:30", territory="mayotte")
    assert found.weeks == ("2026-W20",)
    assert found.local_weeks == ("2026-W20", "2026-W21")
    assert min(len(found.weeks), len(found.local_weeks)) <= 1


def test_seven_days_are_of_the_local_clock_overseas() -> None:
    """Cayenne has no summer time: across the change in Paris, the same hour is seven days."""
    found = spread_of("2026-03-25 20:00", "2026-04-01 20:00", territory="guyane")
    assert found.has_seven_days


def test_where_clocks_differ_the_one_that_shows_less_counts() -> None:
    paris, cayenne = tried("2026-03-22 10:00"), tried("2026-03-29 04:59", "guyane")
    # seven days less a minute of elapsed hours in Cayenne, an hour more on the clock in Paris
    elapsed = cayenne.start - paris.start
    assert spread([paris, cayenne]).widest_span == min(elapsed, elapsed + timedelta(hours=1))


def test_a_range_counts_from_its_end_to_the_next_ones_beginning() -> None:
    first = tried("2026-05-05 14:00", until="2026-05-05 16:00")
    assert not spread([first, tried("2026-05-12 15:59")]).has_seven_days
    assert spread([first, tried("2026-05-12 16:00")]).has_seven_days


def as_found(attempt: DeclaredAttempt, reason: Reason = Reason.FAILING_AROUND) -> Corroboration:
    return Corroboration(attempt=attempt, reason=reason)


def test_no_attempt_and_a_single_one() -> None:
    none = measures([])
    assert (none.attempts, none.concordant.count, none.concordant.widest) == (0, 0, None)
    one = measures([as_found(tried("2026-05-13 14:00"))])
    assert (one.attempts, one.concordant.count, one.concordant.widest_span) == (1, 1, None)
    assert not one.concordant.needs_note


def test_an_attempt_declared_twice_counts_once() -> None:
    twice = measures([as_found(tried("2026-05-13 14:00"))] * 2)
    assert (twice.attempts, twice.duplicates, twice.concordant.count) == (1, 1, 1)


def test_only_concordant_attempts_are_spread_and_every_finding_is_counted() -> None:
    found = measures(
        [
            as_found(tried("2026-05-05 10:00")),
            as_found(tried("2026-05-20 10:00"), Reason.WORKING_AROUND),
            as_found(tried("2026-05-21 10:00"), Reason.TOO_FAR),
        ]
    )
    assert found.concordant.weeks == ("2026-W19",)
    assert found.findings[Finding.CONTRARY] == 1
    assert found.findings[Finding.NOT_OBSERVED] == 1
    assert found.findings[Finding.SHARED] == 0


moments = st.datetimes(
    min_value=datetime(2019, 1, 1),  # noqa: DTZ001  Hypothesis adds the zone
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
attempts = st.builds(
    lambda start, hours, territory: DeclaredAttempt(
        start=start,
        end=None if hours is None else start + timedelta(hours=hours),
        territory=territory,
        component="login",
    ),
    moments,
    st.none() | st.floats(0, 300),
    st.sampled_from(["metropole", "guyane", "mayotte", "nouvelle-caledonie"]),
)


def slow_has_seven_days(found: list[DeclaredAttempt]) -> bool:
    """Every pair, in both orders, by the days and hours that both people's clocks show."""

    def shows(moment: datetime, clock: ZoneInfo) -> datetime:
        return moment.astimezone(clock).replace(tzinfo=None)

    return any(
        all(
            shows(last.start, clock) - shows(first.until, clock) >= timedelta(days=7)
            for clock in (BY_ID[first.territory].clock, BY_ID[last.territory].clock)
        )
        for first in found
        for last in found
        if first is not last
    )


@given(st.lists(attempts, max_size=12), st.randoms())
def test_the_spread_is_that_of_every_pair_in_any_order(
    found: list[DeclaredAttempt], order: Random
) -> None:
    shuffled = list(found)
    order.shuffle(shuffled)
    assert spread(found).has_seven_days is slow_has_seven_days(found)
    assert spread(found).widest_span == spread(shuffled).widest_span
    assert spread(found).weeks == spread(shuffled).weeks


@given(moments, st.sampled_from(TERRITORIES))
def test_the_same_hour_seven_days_later_is_seven_days(moment: datetime, where: Territory) -> None:
    clock = where.clock
    local = moment.astimezone(clock).replace(tzinfo=None, fold=0)
    later = (local + timedelta(days=7)).replace(tzinfo=clock)
    if later.astimezone(UTC).astimezone(clock).replace(tzinfo=None) != later.replace(tzinfo=None):
        return  # an hour that the clock never showed
    pair = [
        DeclaredAttempt(
            start=one.astimezone(UTC),
            territory=where.id,
            component="login",
        )
        for one in (local.replace(tzinfo=clock), later)
    ]
    assert spread(pair).has_seven_days


@given(moments)
def test_weeks_are_those_of_the_calendar_on_the_wall(moment: datetime) -> None:
    (week,) = spread([DeclaredAttempt(start=moment, component="login")]).weeks
    year, number = int(week[:4]), int(week[-2:])
    local = moment.astimezone(ZoneInfo("Europe/Paris")).date()
    assert (
        date.fromisocalendar(year, number, 1)
        <= local
        < date.fromisocalendar(year, number, 7) + timedelta(days=1)
    )


def test_five_hundred_attempts() -> None:
    start = tried("2026-01-01 08:00")
    many = [
        as_found(DeclaredAttempt(start=start.start + timedelta(hours=9 * i), component="login"))
        for i in range(500)
    ]
    found = measures(many)
    assert found.attempts == found.concordant.count == 500
    assert found.concordant.widest_span is not None
    assert found.concordant.widest_span > timedelta(days=187)
