"""The form of two periods as values: which scope, which windows, what is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from monitor.core.model import COMPONENTS, Depth
from monitor.core.scopes import PATH, Scope
from monitor.core.windows import Window, window
from monitor.web.language import _
from monitor.web.statistics_views import last_months
from monitor.web.typography import french

SIDES = ("1", "2")
LONGEST = 40
"""Characters of a field that are looked at."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """A window by its name, or by two days of Paris, both included, which replace the name."""

    name: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """As it was sent; ``across`` asks for a difference over a change of method."""

    component: str
    depth: str
    periods: tuple[Period, Period]
    across: bool


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for."""

    scope: Scope
    windows: tuple[Window, Window]
    across: bool


def form_of(fields: Mapping[str, str], known: Collection[str], now: datetime) -> Form:
    """The form as it was sent; without fields the last whole month beside this one."""
    this, before = last_months(now, 2)
    usual = {"periode1": before, "periode2": this, "etape": next(iter(known), "")}
    sent = {**usual, **{name: text.strip()[:LONGEST] for name, text in fields.items()}}
    first, second = (
        Period(
            name=sent[f"periode{side}"],
            first=sent.get(f"du{side}", ""),
            last=sent.get(f"au{side}", ""),
        )
        for side in SIDES
    )
    return Form(
        component=sent["etape"],
        depth=sent.get("profondeur", ""),
        periods=(first, second),
        across=bool(sent.get("malgre")),
    )


def judged(
    form: Form, known: Collection[str], now: datetime
) -> tuple[Wanted | None, Mapping[str, str]]:
    """What is asked for, None where something is wrong; and each field's sentence."""
    errors = _scope_errors(form, known)
    found: list[Window] = []
    for side, period in zip(SIDES, form.periods, strict=True):
        try:
            found.append(_window(period, now))
        except ValueError as error:
            errors[f"periode{side}"] = french(str(error))
    if errors:
        return None, errors
    depth = Depth(form.depth) if form.depth else None
    scope = Scope(component=form.component, depth=depth)
    return Wanted(scope=scope, windows=(found[0], found[1]), across=form.across), {}


def _scope_errors(form: Form, known: Collection[str]) -> dict[str, str]:
    errors = {}
    if form.component not in (*COMPONENTS, PATH):
        errors["etape"] = _("Choisissez une étape de la liste.")
    elif form.component not in known:
        errors["etape"] = _("Cette étape n’est pas surveillée ici : il n’y a aucun relevé.")
    if form.depth not in ("", *Depth):
        errors["profondeur"] = _("Choisissez une profondeur de la liste.")
    elif form.component == PATH and form.depth == Depth.FORM:
        errors["profondeur"] = _("Le parcours entier n’est mesuré que par des actes complets.")
    return {name: french(said) for name, said in errors.items()}


def _window(period: Period, now: datetime) -> Window:
    """Raises ValueError in the words of the page."""
    name = _days(period) if period.first or period.last else period.name
    try:
        found = window(name, now=now)
    except ValueError:
        raise ValueError(_("Choisissez une période de la liste, ou donnez deux jours.")) from None
    if found.start >= now:
        raise ValueError(_("Cette période n’a pas encore commencé."))
    return found


def _days(period: Period) -> str:
    if not period.first or not period.last:
        raise ValueError(_("Donnez le premier et le dernier jour, ou aucun des deux."))
    first, last = _day(period.first), _day(period.last)
    if last < first:
        raise ValueError(_("Le dernier jour vient avant le premier."))
    return f"{first}..{last}"


def _day(text: str) -> date:
    """ISO, as browsers send it, or day/month/year, as people write it."""
    iso = text
    if found := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text, re.ASCII):
        iso = f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
    try:
        return date.fromisoformat(iso)
    except ValueError:
        wrong = _("« {text} » n’est pas un jour du calendrier : écrivez par exemple 25/11/2026.")
        raise ValueError(wrong.format(text=text)) from None
