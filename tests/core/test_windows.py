"""Windows begin and end where people in Paris say they do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.core.windows import NAMES, days_of, is_working_hour, months_of, window

NOW = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "start", "hours"),
    [
        ("24h", datetime(2026, 11, 24, 13, tzinfo=UTC), 24),
        ("today", datetime(2026, 11, 24, 23, tzinfo=UTC), 14),
        ("2026-03", datetime(2026, 2, 28, 23, tzinfo=UTC), 31 * 24 - 1),
        ("2026-10", datetime(2026, 9, 30, 22, tzinfo=UTC), 31 * 24 + 1),
        ("2024-02", datetime(2024, 1, 31, 23, tzinfo=UTC), 29 * 24),
        ("2024-02-29", datetime(2024, 2, 28, 23, tzinfo=UTC), 24),
        ("2026-12", datetime(2026, 11, 30, 23, tzinfo=UTC), 31 * 24),
        ("2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
        ("2026-10-24..2026-10-26", datetime(2026, 10, 23, 22, tzinfo=UTC), 73),
        ("2026-10-25..2026-10-25", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_a_window_by_its_name(name: str, start: datetime, hours: int) -> None:
    found = window(name, now=NOW)
    assert found.start == start
    assert found.end - found.start == timedelta(hours=hours)


def test_since_the_decision() -> None:
    assert window("decision", now=NOW).start == datetime(2026, 5, 4, 22, tzinfo=UTC)


def test_every_name_is_a_window() -> None:
    assert all(window(name, now=NOW).end == NOW for name in NAMES)


@pytest.mark.parametrize(
    "name",
    [
        *("", "90", "2026-13", "2026-02-29", "9999-12", "demain", "٢٠٢٦-٠١"),
        *("2026-03-01..", "..2026-03-01", "2026-03..2026-04", "2026-03-01..2026-02-30"),
        "2026-03-02..2026-03-01",
    ],
)
def test_no_window_is_one_clear_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"is no window|is not in the calendar"):
        window(name, now=NOW)


def test_days_that_a_span_touches() -> None:
    start, end = datetime(2026, 10, 24, 21, 59, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert days_of(start, end) == (date(2026, 10, 24), date(2026, 10, 25))
    assert days_of(end, start) == ()


def test_working_hours_are_eight_to_twenty_from_monday_to_friday() -> None:
    assert is_working_hour(1, 8)
    assert is_working_hour(5, 19)
    assert not is_working_hour(5, 20)
    assert not is_working_hour(6, 12)


def test_a_span_is_cut_where_months_begin_in_paris() -> None:
    start, end = datetime(2026, 1, 31, 22, tzinfo=UTC), datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    assert list(months_of(start, end)) == [
        (start, datetime(2026, 1, 31, 23, tzinfo=UTC)),
        (datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)),
        (datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        (datetime(2026, 3, 31, 22, tzinfo=UTC), end),
    ]
    assert list(months_of(end, start)) == []
