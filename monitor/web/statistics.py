"""``/statistiques``: figures of any window, their charts, and a button to cite each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fastapi import FastAPI, HTTPException, Request, Response

from monitor.core.model import COMPONENTS, Depth
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure, shown_coverage
from monitor.core.windows import Window, day_bounds, days_of, month_bounds, window
from monitor.exports import charts, daily_charts
from monitor.store.figures import Figures
from monitor.web.captions import caption
from monitor.web.drawings import KEPT_SECONDS, MEDIA, picture
from monitor.web.headers import FORM_POLICY
from monitor.web.kept import Kept
from monitor.web.language import N_, _, language
from monitor.web.pages import GET, Pages
from monitor.web.position import Position
from monitor.web.statistics_views import (
    FigureLine,
    choices,
    figure_line,
    how_deep,
    last_months,
    period,
    scope_title,
    times_line,
)
from monitor.web.typography import number, percent, sentence

DEFAULT = "30d"
DAYS_DRAWN, MONTHS_DRAWN = 90, 12


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an address asks for."""

    scope: Scope
    window: Window


def asked_of(request: Request, component: str, now: datetime) -> Asked:
    """Scope and window of an address. Raises HTTPException 404 for what does not exist."""
    name = request.query_params.get("fenetre", DEFAULT)
    depth = request.query_params.get("profondeur") or None
    if component not in (*COMPONENTS, PATH) or depth not in (None, *Depth):
        raise HTTPException(404)
    try:
        found = window(name, now=now)
    except ValueError:
        raise HTTPException(404) from None
    return Asked(
        scope=Scope(component=component, depth=Depth(depth) if depth else None), window=found
    )


class Desk:
    """Figures in words, at most KEPT_SECONDS old, and with the last slot in them."""

    def __init__(self, figures: Figures, pages: Pages, position: Position) -> None:
        self.figures, self.pages, self._position = figures, pages, position
        self._lines = Kept[tuple[FigureLine, Figure]](KEPT_SECONDS)
        self._charts = Kept[charts.Chart](KEPT_SECONDS)
        self._drawings = Kept[bytes](KEPT_SECONDS)

    def line(self, asked: Asked, now: datetime) -> tuple[FigureLine, Figure]:
        """The figure of a scope, in words and as it is."""
        return self._lines.get(self._name(asked), now, lambda: self._line(asked, now))

    def _name(self, asked: Asked) -> tuple[object, ...]:
        """Rolling windows move with every second: what is made is remembered under their name."""
        return asked.scope, asked.window.name, language(), self._position()

    def _line(self, asked: Asked, now: datetime) -> tuple[FigureLine, Figure]:
        span = (asked.window.start, asked.window.end)
        found = self.figures.figure(asked.scope, *span, now=now)
        week = self.figures.week(asked.scope, *span, now=now)
        second = self.figures.second(asked.scope, *span, now=now)
        return figure_line(asked.scope, found, week, second), found

    def scopes(self) -> list[Scope]:
        """The components with slots in the order of a user's way; the whole path at the end."""
        known = self.figures.components()
        return [Scope(component=name) for name in (*COMPONENTS, PATH) if name in known]

    def chart(self, kind: str, asked: Asked, now: datetime) -> charts.Chart:
        """A chart with its table. Raises KeyError for a kind that does not exist."""
        draw = DRAWINGS[kind]
        return self._charts.get((kind, *self._name(asked)), now, lambda: draw(self, asked, now))

    def drawing(self, kind: str, asked: Asked, now: datetime, *, png: bool) -> bytes:
        """The same as a picture."""
        chart = self.chart(kind, asked, now)
        name = (kind, png, *self._name(asked))
        return self._drawings.get(name, now, lambda: chart.png() if png else chart.svg().encode())

    def caption(self, kind: str, asked: Asked, found: Figure) -> charts.Caption:
        """What stands in the picture: what is drawn, of how much knowledge, and how deep."""
        scope = asked.scope
        rests_on = _("{coverage} du temps est connu ; {n} relevés, {depth}.").format(
            coverage=percent(shown_coverage(found.coverage), 0),
            n=number(found.observations),
            depth=how_deep(scope.component, scope.depth),
        )
        return caption(
            self.pages.publisher,
            title=f"{scope_title(scope.component)} — {_(HEADINGS[kind]).lower()}",
            period=period(found) + _(" (heure de Paris)"),
            definition=f"{_(DEFINITIONS[kind])} {rests_on}",
        )


def _week(desk: Desk, asked: Asked, now: datetime) -> charts.Chart:
    span = (asked.window.start, asked.window.end)
    found = desk.figures.figure(asked.scope, *span, now=now)
    week = desk.figures.week(asked.scope, *span, now=now)
    return charts.heat_map(week, desk.caption("semaine", asked, found))


def _days(desk: Desk, asked: Asked, now: datetime) -> charts.Chart:
    whole, days = _drawn(desk, asked, now)
    spans = [day_bounds(one) for one in days]
    found = desk.figures.figures(asked.scope, spans, now=now)
    said = desk.caption("jours", asked, whole)
    return daily_charts.days(list(zip(days, found, strict=True)), said)


def _months(desk: Desk, asked: Asked, now: datetime) -> charts.Chart:
    names = last_months(now, MONTHS_DRAWN)[::-1]
    spans = [month_bounds(int(name[:4]), int(name[5:])) for name in names]
    found = desk.figures.figures(asked.scope, spans, now=now)
    whole = desk.figures.figure(asked.scope, spans[0][0], spans[-1][1], now=now)
    kept = [
        ((int(name[:4]), int(name[5:])), one)
        for name, one in zip(names, found, strict=True)
        if one.window_seconds
    ]
    return charts.months(kept, desk.caption("mois", asked, whole))


def _times(desk: Desk, asked: Asked, now: datetime) -> charts.Chart:
    whole, days = _drawn(desk, asked, now)
    spans = [day_bounds(one) for one in days]
    times = desk.figures.each_response_times(asked.scope, spans, now=now)
    found = [(one, seen.quantiles) for one, seen in zip(days, times, strict=True)]
    return daily_charts.response_times(found, desk.caption("temps", asked, whole))


def _drawn(desk: Desk, asked: Asked, now: datetime) -> tuple[Figure, tuple[date, ...]]:
    """The figure of the days that are drawn, and these days: none from before the first slot."""
    first = max(asked.window.start, now - timedelta(days=DAYS_DRAWN))
    whole = desk.figures.figure(asked.scope, first, asked.window.end, now=now)
    return whole, days_of(whole.start, whole.end)


DRAWINGS: dict[str, Callable[[Desk, Asked, datetime], charts.Chart]] = {
    "jours": _days,
    "semaine": _week,
    "mois": _months,
    "temps": _times,
}


HEADINGS = {
    "jours": N_("Jour par jour"),
    "semaine": N_("Heures de la semaine"),
    "mois": N_("Mois par mois"),
    "temps": N_("Temps de réponse par jour"),
}

DEFINITIONS = {
    "jours": N_("Heures disponibles, hors service, en maintenance annoncée et non connues."),
    "semaine": N_("Chaque case : part du temps connu perdue, en % (« ? » : trop peu connu)."),
    "mois": N_("Point : temps disponible / temps connu. Trait : bornes, temps non connu compris."),
    "temps": N_("Durée d’un relevé réussi, toutes ses étapes comprises."),
}
"""What is drawn, inside each picture."""


def add_statistics(
    app: FastAPI, pages: Pages, figures: Figures, position: Position, *, cite: bool
) -> None:
    """The overview, a page for each component, and their charts; ``cite`` offers the button."""
    desk = Desk(figures, pages, position)

    @app.api_route("/statistiques", methods=GET)
    def overview(request: Request) -> Response:
        now = pages.clock()
        scopes = desk.scopes()
        name = request.query_params.get("fenetre", DEFAULT)
        asked = [asked_of(request, one.component, now) for one in scopes]
        lines = [desk.line(one, now) for one in asked]
        start = min((found.start for _line, found in lines), default=now)
        ends = max((found.end for _line, found in lines), default=now)
        return pages.answer(
            "statistics.html",
            lines=[line for line, _found in lines],
            choices=choices(now, name),
            window=name,
            start=start,
            ends=ends,
        )

    @app.api_route("/statistiques/{component}", methods=GET)
    def one(component: str, request: Request) -> Response:
        now = pages.clock()
        asked = asked_of(request, component, now)
        if component not in {scope.component for scope in desk.scopes()}:
            raise HTTPException(404)
        line, found = desk.line(asked, now)
        span = (asked.window.start, asked.window.end)
        answer = pages.answer(
            "statistics_component.html",
            line=line,
            period=sentence(period(found)),
            choices=choices(now, asked.window.name),
            window=asked.window.name,
            depth=asked.scope.depth.value if asked.scope.depth else "",
            has_full=component != PATH and _has_full(desk, asked, now),
            times=times_line(figures.response_times(asked.scope, *span, now=now)),
            cite=cite,
            headings={kind: _(text) for kind, text in HEADINGS.items()},
            charts=_charts(desk, asked, now) if found.observations else {},
        )
        answer.headers["content-security-policy"] = FORM_POLICY
        return answer

    @app.api_route("/graphiques/{component}/{kind}.{suffix}", methods=GET)
    def drawing(component: str, kind: str, suffix: str, request: Request) -> Response:
        now = pages.clock()
        if kind not in DRAWINGS or suffix not in MEDIA:
            raise HTTPException(404)
        asked = asked_of(request, component, now)
        if not desk.chart(kind, asked, now).rows:
            raise HTTPException(404)
        made = desk.drawing(kind, asked, now, png=suffix == "png")
        return picture(made, suffix)


def _charts(desk: Desk, asked: Asked, now: datetime) -> dict[str, charts.Chart]:
    """Those that have something to show: without a working run there are no durations."""
    made = {kind: desk.chart(kind, asked, now) for kind in DRAWINGS}
    return {kind: chart for kind, chart in made.items() if chart.rows}


def _has_full(desk: Desk, asked: Asked, now: datetime) -> bool:
    scope = Scope(component=asked.scope.component, depth=Depth.FULL)
    found = desk.figures.figure(scope, asked.window.start, asked.window.end, now=now)
    return bool(found.known_observations)
