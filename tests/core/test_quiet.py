"""Quiet hours by the clock on the wall in Paris, over both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.core.quiet import quiet_span, quiet_until
from monitor.core.statistics import PARIS


def _paris(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("span", "moment", "until"),
    [
        ("22:00-07:00", "2026-05-05T21:59", None),
        ("22:00-07:00", "2026-05-05T22:00", "2026-05-06T07:00"),
        ("22:00-07:00", "2026-05-06T06:59", "2026-05-06T07:00"),
        ("22:00-07:00", "2026-05-06T07:00", None),
        ("12:00-14:00", "2026-05-06T13:00", "2026-05-06T14:00"),
        ("12:00-14:00", "2026-05-06T15:00", None),
        ("12:00-00:00", "2026-12-31T23:00", "2027-01-01T00:00"),
        # 29 March 2026, 2:00 becomes 3:00; 25 October 2026, 3:00 becomes 2:00
        ("22:00-07:00", "2026-03-28T23:00", "2026-03-29T07:00"),
        ("22:00-07:00", "2026-10-24T23:00", "2026-10-25T07:00"),
    ],
)
def test_quiet_ends_at_its_hour_on_the_wall(span: str, moment: str, until: str | None) -> None:
    found = quiet_until([quiet_span(span)], _paris(moment))
    assert found == (_paris(until) if until else None)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 8), ("2026-10-24", 10)])
def test_a_night_of_the_change_is_an_hour_shorter_or_longer(day: str, hours: int) -> None:
    began = _paris(f"{day}T22:00")
    until = quiet_until([quiet_span("22:00-07:00")], began)
    assert until is not None
    assert (until - began.astimezone(until.tzinfo)).total_seconds() == hours * 3600


def test_an_end_in_the_hour_that_comes_twice_is_the_second_one() -> None:
    until = quiet_until([quiet_span("22:00-02:30")], _paris("2026-10-24T23:00"))
    assert until == _paris("2026-10-25T02:30", fold=1).astimezone(UTC)


def test_an_end_in_the_hour_that_is_left_out_comes_after_it() -> None:
    until = quiet_until([quiet_span("22:00-02:30")], _paris("2026-03-28T23:00"))
    assert until is not None
    assert until.astimezone(PARIS).hour == 3


def test_spans_that_touch_are_one() -> None:
    spans = [quiet_span("20:00-00:00"), quiet_span("00:00-08:00")]
    assert quiet_until(spans, _paris("2026-05-05T21:00")) == _paris("2026-05-06T08:00")
    whole_day = [quiet_span("00:00-12:00"), quiet_span("12:00-00:00")]
    assert quiet_until(whole_day, _paris("2026-05-05T21:00")) is not None


@pytest.mark.parametrize("text", ["", "22-7", "24:00-07:00", "22:00-22:00", "22:00–07:00"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        quiet_span(text)
