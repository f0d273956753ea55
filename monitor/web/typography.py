"""Text as a printer sets it, and times, durations and numbers as readers of the page's language
read them.

Times are local to Europe/Paris; every page says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from babel.dates import get_month_names

from monitor.core.statistics import PARIS
from monitor.web.language import _, language

NBSP = "\u00a0"
THIN = "\u202f"  # narrow no-break space


def french(text: str) -> str:
    """The text with typographic apostrophes, and no line break before : ; ? ! » % or after «.

    English text only gets its apostrophes.
    """
    text = text.replace("'", "’")
    if language() != "fr":
        return text
    text = re.sub(r"[ \u00a0\u202f]+([;?!%])", THIN + r"\1", text)
    text = re.sub(r"[ \u202f]+([:»])", NBSP + r"\1", text)
    return re.sub(r"«[ \u202f]+", "«" + NBSP, text)


def sentence(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str]) -> str:
    """ "la connexion, le choix et le dépôt"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + _(" et ") + words[-1]


def paris(moment: datetime) -> datetime:
    """The moment on a clock in Paris."""
    return moment.astimezone(PARIS)


def day(moment: datetime) -> str:
    """ "2 mars 2026", "1er" for the first; "2 March 2026"."""
    return written_day(paris(moment).date())


def written_day(one: date) -> str:
    """A day of the calendar as day() writes it."""
    number = "1er" if one.day == 1 and language() == "fr" else str(one.day)
    return f"{number}{NBSP}{get_month_names(locale=language())[one.month]} {one.year}"


def short_day(moment: datetime) -> str:
    """ "2 mars", "1er mars", "2 March": where the year is clear, and lines do not break."""
    return day(moment).replace(NBSP, " ").removesuffix(f" {paris(moment).year}")


def month(year: int, number: int) -> str:
    """ "mars 2026", "March 2026"."""
    return f"{get_month_names('wide', 'stand-alone', language())[number]}{NBSP}{year}"


def hour(moment: datetime) -> str:
    """ "9 h 05", "9:05"; which one of two equal hours is said when clocks go back."""
    local = paris(moment)
    separator = f"{NBSP}h{NBSP}" if language() == "fr" else ":"
    return f"{local.hour}{separator}{local.minute:02d}{_which(local)}"


def precise(moment: datetime) -> str:
    """ "2 mars 2026 à 9 h 05 min 07 s", "2 March 2026 at 9:05:07"."""
    local = paris(moment)
    clock = f"{local.hour}:{local.minute:02d}:{local.second:02d}"
    if language() == "fr":
        clock = (
            f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}{NBSP}min{NBSP}{local.second:02d}{NBSP}s"
        )
    return _("{day} à {hour}").format(day=day(moment), hour=clock) + _which(local)


def dated(moment: datetime) -> str:
    """ "2 mars 2026 à 9 h 05", "2 March 2026 at 9:05"."""
    return _("{day} à {hour}").format(day=day(moment), hour=hour(moment))


def _which(local: datetime) -> str:
    """Says summer or winter time in the hour that comes twice."""
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return ""
    return _(" (heure d’été)") if local.dst() else _(" (heure d’hiver)")


def _date(moment: datetime, now: datetime) -> str:
    """ "aujourd’hui", "hier", "le 28 février 2026"."""
    days = (paris(now).date() - paris(moment).date()).days
    names = {0: _("aujourd’hui"), 1: _("hier")}
    return names.get(days) or _("le {day}").format(day=day(moment))


def when(moment: datetime, now: datetime) -> str:
    """ "aujourd’hui à 9 h 05", "hier à 9 h 05", "le 28 février 2026 à 9 h 05"."""
    return _("{day} à {hour}").format(day=_date(moment, now), hour=hour(moment))


def since(moment: datetime, now: datetime) -> str:
    """ "9 h 05" today, "hier à 9 h 05", "le 28 février 2026 à 9 h 05": what follows "depuis"."""
    if paris(moment).date() == paris(now).date():
        return hour(moment)
    return when(moment, now).removeprefix("on ")  # "since on 2 March" is no English


def between(low: datetime, high: datetime, now: datetime) -> str:
    """ "entre 9 h 35 et 9 h 40", with days where they are needed."""
    if paris(low).date() != paris(high).date():
        return _("entre {low} et {high}").format(low=since(low, now), high=since(high, now))
    led = "" if paris(low).date() == paris(now).date() else f"{_date(low, now)} "
    if hour(low) == hour(high):
        return led + _("vers {hour}").format(hour=hour(low))
    return led + _("entre {low} et {high}").format(low=hour(low), high=hour(high))


def lasting(seconds: float) -> str:
    """ "40 s", "12 min", "3 h", "3 h 05", "2 j 4 h": two units at most, rounded down."""
    span = timedelta(seconds=int(seconds))
    hours, minutes = span.seconds // 3600, span.seconds // 60 % 60
    if span.days:
        days = _("{n} j").format(n=span.days).replace(" ", NBSP)
        return days + (f" {hours}{NBSP}h" if hours else "")
    if hours:
        return f"{hours}{NBSP}h" + (f"{NBSP}{minutes:02d}" if minutes else "")
    return f"{minutes}{NBSP}min" if minutes else f"{span.seconds}{NBSP}s"


def number(value: int) -> str:
    """ "25 920", "25,920"."""
    grouped = f"{value:,}"
    return grouped.replace(",", THIN) if language() == "fr" else grouped


def decimal(value: float, digits: int) -> str:
    """ "1,25", "1.25"."""
    written = f"{value:.{digits}f}"
    return written.replace(".", ",") if language() == "fr" else written


def percent(value: float, digits: int) -> str:
    """ "99,2 %" from 99.2; "99.2%"."""
    return decimal(value, digits) + (f"{THIN}%" if language() == "fr" else "%")
