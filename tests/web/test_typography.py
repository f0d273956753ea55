"""French text, times and numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.web.typography import (
    between,
    day,
    french,
    hour,
    lasting,
    listed,
    number,
    percent,
    precise,
    sentence,
    since,
    when,
)

NOW = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)


def plain(text: str) -> str:
    """The same with ordinary spaces, for reading."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("c'est fini", "c’est fini"),
        ("Oui : non", "Oui\u00a0: non"),
        ("Vraiment ?", "Vraiment\u202f?"),
        ("« ici »", "«\u00a0ici\u00a0»"),
        ("déjà\u00a0: bien", "déjà\u00a0: bien"),
        ("10 h : 80 %", "10 h\u00a0: 80\u202f%"),
    ],
)
def test_french_is_set_as_a_printer_does(written: str, set_: str) -> None:
    assert french(written) == set_
    assert french(set_) == set_


def test_times_are_those_of_paris_in_winter_and_summer() -> None:
    assert plain(hour(datetime(2026, 3, 2, 8, 5, tzinfo=UTC))) == "9 h 05"
    assert plain(hour(datetime(2026, 7, 2, 8, 5, tzinfo=UTC))) == "10 h 05"


def test_the_hour_that_comes_twice_says_which_one() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert plain(hour(first)) == "2 h 30 (heure d’été)"
    assert plain(hour(first + timedelta(hours=1))) == "2 h 30 (heure d’hiver)"


def test_a_precise_moment_has_seconds() -> None:
    assert plain(precise(datetime(2026, 3, 2, 8, 5, 7, tzinfo=UTC))) == (
        "2 mars 2026 à 9 h 05 min 07 s"
    )


def test_the_first_of_a_month_is_an_ordinal() -> None:
    assert plain(day(datetime(2026, 3, 1, 12, tzinfo=UTC))) == "1er mars 2026"


@pytest.mark.parametrize(
    ("ago", "shown", "after_since"),
    [
        (timedelta(hours=1), "aujourd’hui à 9 h 40", "9 h 40"),
        (timedelta(hours=11), "hier à 23 h 40", "hier à 23 h 40"),
        (timedelta(days=2), "le 28 février 2026 à 10 h 40", "le 28 février 2026 à 10 h 40"),
    ],
)
def test_days_are_named_when_near(ago: timedelta, shown: str, after_since: str) -> None:
    assert plain(when(NOW - ago, NOW)) == shown
    assert plain(since(NOW - ago, NOW)) == after_since


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (10, 5, "entre 10 h 30 et 10 h 35"),
        (10, 10, "vers 10 h 30"),
        (24 * 60, 24 * 60 - 5, "hier entre 10 h 40 et 10 h 45"),
        (11 * 60, 5, "entre hier à 23 h 40 et 10 h 35"),
    ],
)
def test_an_interval_is_said_once_for_its_day(low: int, high: int, shown: str) -> None:
    ends = (NOW - timedelta(minutes=low), NOW - timedelta(minutes=high))
    assert plain(between(*ends, NOW)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (3_900, "1 h 05"),
        (90_000, "1 j 1 h"),
        (172_800, "2 j"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, shown: str) -> None:
    assert plain(lasting(seconds)) == shown


def test_numbers_lists_and_sentences() -> None:
    assert plain(number(25_920)) == "25 920"
    assert plain(percent(99.2, 1)) == "99,2 %"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b et c"
    assert sentence("écran") == "Écran"
