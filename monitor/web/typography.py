"""French text as a printer sets it, and times, durations and numbers as French readers read them.

Times are local to Europe/Paris; every page says so.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from monitor.core.statistics import PARIS

NBSP = "\u00a0"
THIN = "\u202f"  # narrow no-break space

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def french(text: str) -> str:
    """The text with typographic apostrophes, and no line break before : ; ? ! » % or after «."""
    text = text.replace("'", "’")
    text = re.sub(r"[ \u00a0\u202f]+([;?!%])", THIN + r"\1", text)
    text = re.sub(r"[ \u202f]+([:»])", NBSP + r"\1", text)
    return re.sub(r"«[ \u202f]+", "«" + NBSP, text)


def sentence(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def listed(words: list[str]) -> str:
    """ "la connexion, le choix et le dépôt"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " et " + words[-1]


def paris(moment: datetime) -> datetime:
    """The moment on a clock in Paris."""
    return moment.astimezone(PARIS)


def day(moment: datetime) -> str:
    """ "2 mars 2026", "1er" for the first."""
    local = paris(moment)
    number = "1er" if local.day == 1 else str(local.day)
    return f"{number}{NBSP}{MONTHS[local.month - 1]} {local.year}"


def hour(moment: datetime) -> str:
    """ "9 h 05"; which one of two equal hours is said when clocks go back."""
    local = paris(moment)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}{_which(local)}"


def precise(moment: datetime) -> str:
    """ "2 mars 2026 à 9 h 05 min 07 s"."""
    local = paris(moment)
    clock = f"{local.hour}{NBSP}h{NBSP}{local.minute:02d}{NBSP}min{NBSP}{local.second:02d}{NBSP}s"
    return f"{day(moment)} à {clock}{_which(local)}"


def _which(local: datetime) -> str:
    """Says summer or winter time in the hour that comes twice."""
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return ""
    summer = bool(local.dst())
    return f" (heure {'d’été' if summer else 'd’hiver'})"


def when(moment: datetime, now: datetime) -> str:
    """ "aujourd’hui à 9 h 05", "hier à 9 h 05", "le 28 février 2026 à 9 h 05"."""
    days = (paris(now).date() - paris(moment).date()).days
    names = {0: "aujourd’hui", 1: "hier"}
    return f"{names.get(days, f'le {day(moment)}')} à {hour(moment)}"


def since(moment: datetime, now: datetime) -> str:
    """ "9 h 05" today, "hier à 9 h 05", "le 28 février 2026 à 9 h 05": what follows "depuis"."""
    return hour(moment) if paris(moment).date() == paris(now).date() else when(moment, now)


def between(low: datetime, high: datetime, now: datetime) -> str:
    """ "entre 9 h 35 et 9 h 40", with days where they are needed."""
    if paris(low).date() != paris(high).date():
        return f"entre {since(low, now)} et {since(high, now)}"
    date = "" if paris(low).date() == paris(now).date() else f"{when(low, now).split(' à ')[0]} "
    if hour(low) == hour(high):
        return f"{date}vers {hour(low)}"
    return f"{date}entre {hour(low)} et {hour(high)}"


def lasting(seconds: float) -> str:
    """ "40 s", "12 min", "3 h 05", "2 j 4 h": two units at most, rounded down."""
    span = timedelta(seconds=int(seconds))
    hours, minutes = span.seconds // 3600, span.seconds // 60 % 60
    if span.days:
        return f"{span.days}{NBSP}j" + (f" {hours}{NBSP}h" if hours else "")
    if hours:
        return f"{hours}{NBSP}h{NBSP}{minutes:02d}"
    return f"{minutes}{NBSP}min" if minutes else f"{span.seconds}{NBSP}s"


def number(value: int) -> str:
    """ "25 920"."""
    return f"{value:,}".replace(",", THIN)


def percent(value: float, digits: int) -> str:
    """ "99,2 %" from 99.2."""
    return f"{value:.{digits}f}".replace(".", ",") + f"{THIN}%"
