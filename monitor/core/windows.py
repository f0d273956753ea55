"""Named spans of time: days and months of Europe/Paris, working hours, the windows of figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

WORKING_HOURS = range(8, 20)
"""Local hours of Monday to Friday; public holidays are not left out, and that is said."""

DECISION = date(2026, 5, 5)
"""The Conseil d'État's decision on ANEF: "since 5 May 2026" (domain, section 2)."""

ROLLING = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "365d": timedelta(days=365),
}

NAMES = ("today", *ROLLING, "decision", "all")
"""Every window with a name of its own; a month (2026-11), a day (2026-11-25) and days from one to
another, both included (2026-11-01..2026-11-15), are names too."""

_DAY = r"\d{4}-\d{2}-\d{2}"

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Window:
    """[start, end) in UTC, under the name by which it was asked for."""

    name: str
    start: datetime
    end: datetime


def window(name: str, *, now: datetime) -> Window:
    """The window of this name at ``now``. Raises ValueError, in one sentence, for no such name."""
    if name in ROLLING:
        return Window(name=name, start=now - ROLLING[name], end=now)
    if name == "today":
        return Window(name=name, start=day_bounds(now.astimezone(PARIS).date())[0], end=now)
    if name == "decision":
        return Window(name=name, start=day_bounds(DECISION)[0], end=now)
    if name == "all":
        return Window(name=name, start=BEGINNING, end=now)
    start, end = _of_calendar(name)
    return Window(name=name, start=start, end=end)


def _of_calendar(name: str) -> tuple[datetime, datetime]:
    is_month = re.fullmatch(r"\d{4}-\d{2}", name, re.ASCII)
    days = re.fullmatch(rf"({_DAY})(?:\.\.({_DAY}))?", name, re.ASCII)
    if not is_month and not days:
        raise ValueError(
            f"{name} is no window: write {', '.join(NAMES)}, a month (2026-11), a day (2026-11-25) "
            "or days (2026-11-01..2026-11-15)"
        )
    try:
        found = _of_days(days[1], days[2] or days[1]) if days else _of_month(name)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name} is not in the calendar") from error
    if found[1] <= found[0]:
        raise ValueError(f"{name} is no window: its last day is before its first")
    return found


def _of_month(name: str) -> tuple[datetime, datetime]:
    return month_bounds(int(name[:4]), int(name[5:]))


def _of_days(first: str, last: str) -> tuple[datetime, datetime]:
    start, end = (day_bounds(date.fromisoformat(one)) for one in (first, last))
    return start[0], end[1]


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The beginning and the end of a day in Europe/Paris: 23 or 25 hours when clocks change."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """The beginning and the end of a calendar month in Europe/Paris."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return _midnight(date(year, month, 1)), _midnight(following)


def months_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """[start, end) cut where months begin in Europe/Paris."""
    while start < end:
        local = start.astimezone(PARIS)
        until = min(month_bounds(local.year, local.month)[1], end)
        yield start, until
        start = until


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=PARIS).astimezone(UTC)


def days_of(start: datetime, end: datetime) -> tuple[date, ...]:
    """The local days that [start, end) touches, in order."""
    if end <= start:
        return ()
    first = start.astimezone(PARIS).date()
    last = (end - timedelta(microseconds=1)).astimezone(PARIS).date()
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def is_working_hour(isoweekday: int, hour: int) -> bool:
    """True from Monday to Friday, 8:00 to 20:00, by the local clock."""
    return isoweekday <= 5 and hour in WORKING_HOURS
