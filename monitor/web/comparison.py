"""``/comparaison``: two periods side by side, and their difference where the method allows one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import FastAPI, HTTPException, Request, Response

from monitor.core.comparison import Change, Comparison, compare
from monitor.core.model import COMPONENTS
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure, shown_coverage
from monitor.core.windows import Window
from monitor.store.figures import Figures
from monitor.web.comparison_form import SIDES, Wanted, form_of, judged
from monitor.web.comparison_picture import picture_of
from monitor.web.drawings import MEDIA, drawn
from monitor.web.headers import FORM_POLICY
from monitor.web.language import _, language
from monitor.web.pages import GET, Pages
from monitor.web.statistics_views import (
    FigureLine,
    choices,
    figure_line,
    intervals,
    period,
    scope_title,
)
from monitor.web.typography import NBSP, day, decimal, french, listed, percent


def compared(
    figures: Figures,
    scope: Scope,
    windows: tuple[Window, Window],
    *,
    now: datetime,
    across_changes: bool,
) -> Comparison:
    """The one comparison that page and API show. Errors are those of the store."""
    first, second = figures.figures(scope, [(one.start, one.end) for one in windows], now=now)
    files = [figures.site_files(scope, one.start, one.end) for one in (first, second)]
    return compare(first, second, site_files=(files[0], files[1]), across_changes=across_changes)


@dataclass(frozen=True, kw_only=True)
class View:
    """A comparison in words. ``sentence`` says the difference, or why there is none; ``reasons``
    what changed; ``rows`` are (label, first, second); ``query`` leads to the
    picture, and is "" where there is none."""

    title: str
    sentence: str
    certainty: str
    reasons: tuple[str, ...]
    across: bool
    notes: tuple[str, str]
    overlap: str
    windows: tuple[str, str]
    rows: tuple[tuple[str, str, str], ...]
    query: str


def add_comparison(app: FastAPI, pages: Pages, figures: Figures, *, cite: bool) -> None:
    """The page; ``cite`` offers a citation of each of the two figures."""

    @app.api_route("/comparaison", methods=GET)
    def comparison(request: Request) -> Response:
        now, begins = pages.clock(), figures.components()
        known = [one for one in (*COMPONENTS, PATH) if one in begins]
        form = form_of(dict(request.query_params), known, now)
        wanted, errors = judged(form, known, now) if known else (None, {})
        answer = pages.answer(
            "comparison.html",
            form=form,
            errors=errors,
            sides=tuple(zip(SIDES, form.periods, strict=True)),
            scopes=[(one, scope_title(one)) for one in known],
            choices=[choices(now, one.name) for one in form.periods],
            found=_view(pages, figures, wanted, begins, now) if wanted else None,
            cite=cite,
        )
        answer.headers["content-security-policy"] = FORM_POLICY
        return answer

    @app.api_route("/graphiques/comparaison.{suffix}", methods=GET)
    def drawing(suffix: str, request: Request) -> Response:
        now, begins = pages.clock(), figures.components()
        wanted, _errors = judged(form_of(dict(request.query_params), (), now), begins, now)
        if wanted is None or suffix not in MEDIA:
            raise HTTPException(404)
        found = _compared(figures, wanted, now)
        chart = picture_of(pages.publisher, wanted.scope, found, certainty(found))
        if chart is None:
            raise HTTPException(404)
        return drawn(chart, suffix)


def _compared(figures: Figures, wanted: Wanted, now: datetime) -> Comparison:
    across = wanted.across
    return compared(figures, wanted.scope, wanted.windows, now=now, across_changes=across)


def _query(wanted: Wanted) -> str:
    """The same question with windows by their names."""
    first, second = wanted.windows
    fields = {
        "etape": wanted.scope.component,
        "profondeur": wanted.scope.depth or "",
        "periode1": first.name,
        "periode2": second.name,
        "malgre": "1" if wanted.across else "",
    }
    return "?" + urlencode({name: value for name, value in fields.items() if value})


def _view(
    pages: Pages, figures: Figures, wanted: Wanted, begins: dict[str, datetime], now: datetime
) -> View:
    scope, windows = wanted.scope, wanted.windows
    found = _compared(figures, wanted, now)
    pair = (found.first, found.second)
    first, second = (_line(figures, scope, one, now) for one in windows)
    labels = {one.id: one.label for one in pages.publisher.vantages}
    notes = [
        french(_note(scope, window, one, begins[scope.component]))
        for window, one in zip(windows, pair, strict=True)
    ]
    return View(
        title=scope_title(scope.component),
        sentence=french(_sentence(found)),
        certainty=french(certainty(found)),
        reasons=tuple(french(_reason(one, found, labels)) for one in found.changes),
        across=wanted.across,
        notes=(notes[0], notes[1]),
        overlap=french(_overlap(*windows)),
        windows=(windows[0].name, windows[1].name),
        rows=_rows(pair, (first, second), labels),
        query="" if found.difference is None else _query(wanted),
    )


def _line(figures: Figures, scope: Scope, span: Window, now: datetime) -> FigureLine:
    asked = (scope, span.start, span.end)
    return figure_line(
        scope,
        figures.figure(*asked, now=now),
        figures.week(*asked, now=now),
        figures.second(*asked, now=now),
    )


def _rows(
    pair: tuple[Figure, Figure], lines: tuple[FigureLine, FigureLine], labels: dict[str, str]
) -> tuple[tuple[str, str, str], ...]:
    missing = _("données insuffisantes")
    columns = [
        (
            (_("Disponible"), line.value or missing),
            (_("Bornes"), line.bounds if one.window_seconds else "—"),
            (_("Temps connu"), line.coverage),
            (_("Période exacte"), period(one) if one.window_seconds else "—"),
            (_("Profondeur"), line.depth),
            (_("Vu depuis"), _vantages(one, labels) or "—"),
            (_("Intervalle"), intervals(one) if one.intervals_seconds else "—"),
            (_("Relevés"), line.observations),
            (_("Incidents"), line.incidents),
            (_("Temps hors service"), line.outage),
            (_("Second chiffre"), line.second or "—"),
        )
        for one, line in zip(pair, lines, strict=True)
    ]
    rows = [(label, low, high) for (label, low), (_label, high) in zip(*columns, strict=True)]
    judged_again = any(line.second for line in lines)
    return tuple(rows if judged_again else rows[:-1])


def _vantages(one: Figure, labels: dict[str, str]) -> str:
    return listed([labels.get(name, name) for name in one.vantages])


def _note(scope: Scope, asked: Window, one: Figure, begins: datetime) -> str:
    """What a reader must know of one period; "" when all of it is there."""
    since = {"name": scope_title(scope.component), "day": day(begins)}
    if not one.window_seconds:
        text = _("« {name} » n’est surveillé que depuis le {day} : rien n’est connu avant.")
        return text.format(**since)
    if not one.observations:
        return _("Aucun relevé n’a été fait pendant cette période.")
    if one.insufficient:
        text = _("Données insuffisantes : {coverage} du temps est connu, il en faut {least}.")
        known = percent(shown_coverage(one.coverage), 0)
        return text.format(coverage=known, least=percent(80, 0))
    if one.observations == 1:
        return _("Ce chiffre repose sur un seul relevé.")
    if one.start > asked.start and asked.name != "all":
        text = _("« {name} » est surveillé depuis le {day} : le chiffre commence ce jour-là.")
        return text.format(**since)
    return ""


def _overlap(first: Window, second: Window) -> str:
    if (first.start, first.end) == (second.start, second.end):
        return _("C’est deux fois la même période.")
    if max(first.start, second.start) < min(first.end, second.end):
        return _("Ces deux périodes se recouvrent : une partie des relevés compte dans les deux.")
    return ""


def _sentence(found: Comparison) -> str:
    if found.first.availability is None or found.second.availability is None:
        return _("Pas d’écart : l’une des deux périodes au moins n’a pas de chiffre.")
    if found.difference is None:
        return _(
            "L’écart n’est pas donné : notre façon de mesurer a changé entre les deux périodes. "
            "Il pourrait venir de nous et non du service."
        )
    digits = min(one.digits for one in (found.first, found.second))
    points = round(100 * abs(found.difference), digits)
    if not points:
        return _("Aucun écart visible à la précision de ces chiffres.")
    text = (
        _("La seconde période a été disponible {points} de plus que la première.")
        if found.difference > 0
        else _("La seconde période a été disponible {points} de moins que la première.")
    )
    return text.format(points=_points(points, digits))


def _points(points: float, digits: int) -> str:
    several = points >= 2 if language() == "fr" else points != 1
    words = _("{n} points de pourcentage") if several else _("{n} point de pourcentage")
    return words.format(n=decimal(points, digits)).replace(" ", NBSP, 1)


def certainty(found: Comparison) -> str:
    """What the difference is worth; "" without one."""
    if found.difference is None:
        return ""
    if found.changes:
        return _("À prendre avec réserve : notre façon de mesurer a changé entre les deux.")
    if found.is_certain:
        return _("Les bornes ne se touchent pas : le temps non connu ne peut pas inverser l’écart.")
    return _("Les bornes se recouvrent : le temps non connu pourrait annuler ou inverser l’écart.")


def _reason(change: Change, found: Comparison, labels: dict[str, str]) -> str:
    pair = (found.first, found.second)
    said: dict[Change, tuple[str, Sequence[str]]] = {
        Change.RULESET: (
            _("Règles de classement : version {first}, puis {second}."),
            [listed(one.rulesets) for one in pair],
        ),
        Change.SITE_FILE: (
            _("Description du site surveillé (adresses, textes attendus) : un autre fichier."),
            ("", ""),
        ),
        Change.VANTAGES: (
            _("Points d’observation : {first}, puis {second}."),
            [_vantages(one, labels) for one in pair],
        ),
        Change.INTERVAL: (
            _("Intervalle entre deux relevés : {first}, puis {second}."),
            [intervals(one) for one in pair],
        ),
    }
    text, (first, second) = said[change]
    return text.format(first=first, second=second)
