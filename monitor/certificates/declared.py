"""From what a person typed to declared attempts: the same reading for forms, files and options."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from monitor.certificates.errors import BadRequest
from monitor.core.attempts import DeclaredAttempt, folded
from monitor.core.model import COMPONENTS, Depth
from monitor.core.territories import BY_ID, TERRITORIES, Territory
from monitor.web.words import COMPONENT_WORDS

LONGEST_WORDS = 2000
LONGEST_CATEGORY = 100

FORM, FULL = "form", "full"

_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_HOUR = re.compile(r"(\d{1,2})\s*(?:h|:|heures?)\s*(\d{2})?(?::\d{2}(?:\.\d+)?)?")


@dataclass(frozen=True, kw_only=True)
class Typed:
    """One attempt as texts. ``reached`` is ``form`` or ``full``; ``words`` are shown nowhere but
    in the document that comes back."""

    day: str = ""
    start: str = ""
    end: str = ""
    territory: str = ""
    component: str = ""
    category: str = ""
    reached: str = FULL
    personal: bool = False
    words: str = field(default="", repr=False)


def declared(typed: Typed, row: int) -> DeclaredAttempt:
    """The attempt that was meant. Raises BadRequest that names the field and the row.

    An hour that the clock showed twice (clocks going back) becomes the range of both.
    """
    where = _territory(typed.territory, row)
    day, start = day_named(typed.day, "day", row), _hour(typed.start, "start", row)
    first, repeated = _moments(day, start, where, "start", row)
    last = repeated
    if typed.end.strip():
        end = _hour(typed.end, "end", row)
        if end <= start:
            raise BadRequest(
                "end",
                "La fin de la plage doit suivre son début, le même jour.",
                "The range must end after it begins, on the same day.",
                row=row,
            )
        last = _moments(day, end, where, "end", row)[1]
    return DeclaredAttempt(
        start=first,
        end=last if last != first else None,
        territory=where.id,
        component=component_named(typed.component, row),
        category=_category(typed.category, row),
        depth=_depth(typed.reached, row),
        personal=typed.personal,
        words=_words(typed.words, row),
    )


def _territory(name: str, row: int) -> Territory:
    if not name.strip():
        raise BadRequest(
            "territory",
            "Indiquez le territoire : une heure sans fuseau horaire ne désigne pas un moment.",
            "Give the territory: an hour without a time zone is no moment.",
            row=row,
        )
    wanted = folded(name)
    for one in TERRITORIES:
        if wanted in (one.id, folded(one.name), one.zone.casefold()):
            return one
    raise BadRequest(
        "territory",
        f"Le territoire « {name[:60]} » n’est pas connu ; choisissez parmi {', '.join(BY_ID)}.",
        f"The territory {name[:60]!r} is not known; choose among {', '.join(BY_ID)}.",
        row=row,
    )


def day_named(text: str, name: str = "day", row: int | None = None) -> date:
    """The day that was written as 13/05/2026 or 2026-05-13. Raises BadRequest."""
    found = _DAY.fullmatch(text.strip())
    parts = found.groups()[::-1] if found else tuple(text.strip().split("-"))
    try:
        year, month, number = (int(part) for part in parts)
        day = date(year, month, number)
    except ValueError:
        raise BadRequest(
            name,
            "Indiquez une date, comme 13/05/2026."
            if not text.strip()
            else f"« {text[:40]} » n’est pas une date ; écrivez 13/05/2026 ou 2026-05-13.",
            "Give a date, as in 2026-05-13.",
            row=row,
        ) from None
    if not 2000 <= day.year <= 2100:
        raise BadRequest(
            name, "Vérifiez l’année de cette date.", "Check the year of this date.", row=row
        )
    return day


def _hour(text: str, name: str, row: int) -> time:
    found = _HOUR.fullmatch(text.strip().lower())
    try:
        if found is None:
            raise ValueError
        return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        raise BadRequest(
            name,
            "Indiquez une heure, comme 14:05."
            if not text.strip()
            else f"« {text[:40]} » n’est pas une heure ; écrivez 14:05.",
            "Give an hour, as in 14:05.",
            row=row,
        ) from None


def _moments(
    day: date, clock: time, where: Territory, name: str, row: int
) -> tuple[datetime, datetime]:
    """The moments at which the local clock showed this; the same one twice on ordinary days."""
    local = datetime.combine(day, clock, tzinfo=where.clock)
    found = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    if found[0].astimezone(where.clock).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadRequest(
            name,
            "Cette heure n’existe pas ce jour-là : c’est la nuit du passage à l’heure d’été.",
            "This hour does not exist on that day: clocks go forward that night.",
            row=row,
        )
    return min(found), max(found)


def component_named(name: str, row: int | None = None) -> str:
    """The component by its name in code or its title in French."""
    wanted = folded(name)
    for one in COMPONENTS:
        if wanted in (one, folded(COMPONENT_WORDS[one].title)):
            return one
    titles = ", ".join(f"{one} ({COMPONENT_WORDS[one].title})" for one in COMPONENTS)
    raise BadRequest(
        "component",
        "Indiquez l’étape."
        if not wanted
        else f"L’étape « {name[:60]} » n’existe pas ; choisissez parmi {titles}.",
        f"Give the component: {', '.join(COMPONENTS)}.",
        row=row,
    )


def _category(text: str, row: int) -> str | None:
    if len(text) > LONGEST_CATEGORY:
        raise BadRequest(
            "category",
            f"La catégorie est trop longue : {LONGEST_CATEGORY} caractères au plus.",
            f"The category is too long: {LONGEST_CATEGORY} characters at most.",
            row=row,
        )
    return " ".join(text.split()) or None


def _depth(text: str, row: int) -> Depth:
    try:
        return Depth(text or FULL)
    except ValueError:
        raise BadRequest(
            "reached",
            f"« {text[:40]} » ne dit pas jusqu’où aller : écrivez form ou full.",
            f"{text[:40]!r} does not say how far the person went: write form or full.",
            row=row,
        ) from None


def _words(text: str, row: int) -> str:
    if len(text) > LONGEST_WORDS:
        raise BadRequest(
            "words",
            f"Le texte est trop long : {LONGEST_WORDS} caractères au plus.",
            f"The text is too long: {LONGEST_WORDS} characters at most.",
            row=row,
        )
    return text.strip()
