"""Dates and hours as people write them in French: "mardi 13 mai vers 14h", "hier de 9 h à 11 h".

A reading is a proposal: the form shows it, and a person corrects it before anything is compared.
Imprecise words become ranges, since a finding must then hold over the whole of them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta

ABOUT = timedelta(minutes=15)
"""What "vers" leaves open on either side."""

LONGEST_TEXT = 20_000
MOST_FOUND = 50

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("janvier", "janv", "jan"),
            ("fevrier", "fevr", "fev"),
            ("mars",),
            ("avril", "avr"),
            ("mai",),
            ("juin",),
            ("juillet", "juil"),
            ("aout",),
            ("septembre", "sept", "sep"),
            ("octobre", "oct"),
            ("novembre", "nov"),
            ("decembre", "dec"),
        ),
        start=1,
    )
    for name in names
}
_PARTS = {
    "matin": (time(6), time(12)),
    "matinee": (time(6), time(12)),
    "apres-midi": (time(12), time(18)),
    "soir": (time(18), time(23)),
    "soiree": (time(18), time(23)),
}

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_NAME = "|".join(WEEKDAYS)
_DATE = re.compile(
    rf"(?:\b(?P<name>{_DAY_NAME})\s+)?(?:le\s+)?(?:"
    rf"\b(?P<day>\d{{1,2}})(?:er)?\s+(?P<month>{_MONTH})\b\.?(?:\s+(?P<year>\d{{4}})\b)?"
    r"|\b(?P<iso>\d{4}-\d{2}-\d{2})\b"
    r"|\b(?P<d>\d{1,2})[/.](?P<m>\d{1,2})(?:[/.](?P<y>\d{4}|\d{2}))?\b(?!\s*h)"
    r")"
    r"|\b(?P<word>avant-hier|hier|aujourd.?hui|ce matin|cet apres-midi|ce soir)\b"
    rf"|\b(?P<alone>{_DAY_NAME})\b(?:\s+dernier\b)?"
)
_CLOCK = (
    r"(?:(?P<{0}h>\d{{1,2}})\s*(?:h(?:eures?|rs)?(?![a-z])|(?=:))\s*:?\s*(?P<{0}m>\d{{2}})?(?!\d)"
    r"|(?P<{0}word>midi|minuit)\b)"
)
_BARE = r"(?P<{0}bare>\d{{1,2}})(?=\s*(?:-|a|et)\s*\d{{1,2}}\s*(?:h|:))"
_HALF = r"(?:\s*(?:du|de l.)\s*(?P<{0}half>matin|apres-midi|soir))?"
_HOURS = re.compile(
    r"(?:\b(?P<about>vers|environ|autour de|aux alentours de)\s+)?"
    rf"(?:(?:entre|de)\s+)?(?:{_CLOCK.format('a')}{_HALF.format('a')}|\b{_BARE.format('a')})"
    rf"(?:\s*(?:-|–|a|et|jusqu.a)\s*{_CLOCK.format('b')}{_HALF.format('b')})?"
    r"|\b(?P<part>matin|matinee|apres-midi|soir|soiree)\b"
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One attempt as it was read. ``start`` is None where no hour was said; ``end`` is None for
    an instant. ``doubt`` says what a person should look at, "" when nothing seems odd."""

    day: date
    start: time | None = None
    end: time | None = None
    doubt: str = ""


def read_attempts(text: str, *, today: date) -> tuple[Found, ...]:
    """The attempts that a French text speaks of, in its order, at most 50; none in the future
    where the year was left out. Anything at all may be given."""
    plain = _plain(text[:LONGEST_TEXT])
    dates = list(_DATE.finditer(plain))
    found: list[Found] = []
    for place, match in enumerate(dates):
        day, doubt = _day(match, today)
        if day is None:
            continue
        end = dates[place + 1].start() if place + 1 < len(dates) else len(plain)
        said = plain[match.start("word") if match["word"] else match.end() : end]
        hours = _hours(said) or [(None, None)]
        found += [Found(day=day, start=a, end=b, doubt=doubt) for a, b in hours]
    return tuple(dict.fromkeys(found))[:MOST_FOUND]


def _plain(text: str) -> str:
    """Lower case without accents, character for character: places stay where they were."""
    spaced = text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")
    letters = (unicodedata.normalize("NFD", letter)[:1] for letter in spaced)
    return "".join(letters).lower()


def _day(match: re.Match[str], today: date) -> tuple[date | None, str]:
    """The day that was meant, and what is odd about it."""
    if match["word"]:
        back = {"avant-hier": 2, "hier": 1}.get(match["word"], 0)
        return today - timedelta(days=back), ""
    if match["alone"]:
        back = (today.weekday() - WEEKDAYS.index(match["alone"])) % 7 or 7
        return today - timedelta(days=back), "jour déduit du nom du jour"
    if match["iso"]:
        return _checked(_iso(match["iso"]), match["name"])
    number = int(match["day"] or match["d"])
    month = _MONTHS[match["month"]] if match["month"] else int(match["m"])
    year = match["year"] or match["y"]
    if year:
        whole = int(year) + (2000 if len(year) == 2 else 0)
        return _checked(_date(whole, month, number), match["name"])
    return _without_year(month, number, match["name"], today)


def _without_year(
    month: int, number: int, name: str | None, today: date
) -> tuple[date | None, str]:
    """The latest such day that is not in the future; with a day's name the latest that has it,
    over the last six years (every calendar comes back within them, leap days apart)."""
    past = [
        one
        for year in range(today.year, today.year - 7, -1)
        if (one := _date(year, month, number)) is not None and one <= today
    ]
    named = [one for one in past if name and WEEKDAYS[one.weekday()] == name]
    if named and (named[0] == past[0] or (today - named[0]).days < 400):
        return named[0], "année déduite"
    if not past:
        return None, ""
    return _checked(past[0], name, "année déduite")


def _checked(day: date | None, name: str | None, doubt: str = "") -> tuple[date | None, str]:
    if day is not None and name and WEEKDAYS[day.weekday()] != name:
        return day, f"ce jour est un {WEEKDAYS[day.weekday()]}, pas un {name}"
    return day, doubt


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _hours(said: str) -> list[tuple[time | None, time | None]]:
    """The hours of one day; parts of a day only where no hour is said."""
    clocks: list[tuple[time | None, time | None]] = []
    parts: list[tuple[time | None, time | None]] = []
    for match in _HOURS.finditer(said):
        if match["part"]:
            parts.append(_PARTS[match["part"]])
        else:
            clocks += _span(match)
    return clocks or parts


def _span(match: re.Match[str]) -> list[tuple[time | None, time | None]]:
    """An instant, a range, or nothing when no clock shows this hour."""
    end = _clock(match, "b", None)
    start = _clock(match, "a", match["bhalf"] if end else None)
    if start is None:
        return []
    if end is not None and end > start:
        return [(start, end)]
    if match["about"]:
        return [(_moved(start, -ABOUT), _moved(start, ABOUT))]
    return [(start, None)]


def _clock(match: re.Match[str], side: str, half: str | None) -> time | None:
    if match[f"{side}word"]:
        return time(12) if match[f"{side}word"] == "midi" else time(0)
    hour = match[f"{side}h"] or (match["abare"] if side == "a" else None)
    if hour is None:
        return None
    said = match[f"{side}half"] or half
    afternoon = said in ("soir", "apres-midi") and int(hour) < 12
    value = int(hour) + (12 if afternoon else 0)
    minute = int(match[f"{side}m"] or 0)
    return time(value, minute) if value < 24 and minute < 60 else None


def _moved(moment: time, by: timedelta) -> time:
    """Within the same day."""
    minutes = moment.hour * 60 + moment.minute + int(by.total_seconds() // 60)
    return time(*divmod(min(max(minutes, 0), 24 * 60 - 1), 60))
