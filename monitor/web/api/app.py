"""``/api/v1``: every route, its question and its answer. Everything shown is documented."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.routing import APIRoute

from monitor.core.model import COMPONENTS, Incident
from monitor.core.scopes import Scope
from monitor.core.states import component_state
from monitor.core.statistics import clip
from monitor.core.windows import day_bounds, days_of
from monitor.exports.package import LICENCES
from monitor.exports.publish import listed
from monitor.figure_values import (
    ComparisonValue,
    FigureValue,
    IncidentValue,
    ResponseTimesValue,
    ScopeValue,
    WorkingValue,
    hour_values,
)
from monitor.store.figures import Figures
from monitor.web.api import models
from monitor.web.api.caching import Revalidated
from monitor.web.api.problems import NOT_FOUND, RESPONSES, Problem, add_problems
from monitor.web.api.questions import (
    A_WINDOW,
    LATEST,
    End,
    Named,
    OneComponent,
    Start,
    only_what_is_asked_for,
    refused,
    scope_of,
    span_of,
)
from monitor.web.comparison import compared
from monitor.web.pages import Clock
from monitor.web.reader import Reader

Limit = Annotated[int, Query(ge=1, le=1000, description="how many at most")]
Number = Annotated[
    int,
    Query(ge=0, le=2**53, description="only those with a greater number: next_after of a page"),
]

MAX_DAYS = 400

DESCRIPTION = """Figures of an independent observatory of ANEF, with what they rest on.

Availability is available time over known time; under 80 % of coverage it is null. What is not known
counts neither as up nor as down: the bounds say what it could change. Times are UTC; days and hours
of the week are those of Europe/Paris. Licence: Licence Ouverte 2.0 (Etalab) or CC-BY-4.0."""


def create_api(
    *,
    reader: Reader,
    figures: Figures,
    watched: Iterable[str],
    clock: Clock,
    exports: FilePath | None = None,
) -> FastAPI:
    """The API as an application of its own, to be mounted. ``exports`` is the folder into which
    ``anef-monitor export`` writes; None when nothing is published."""

    def minute() -> datetime:
        """The beginning of this minute: whoever asks again within it is told nothing changed."""
        return clock().replace(second=0, microsecond=0)

    api = FastAPI(
        title="anef-monitor",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        redirect_slashes=False,  # it would lead to the address behind a proxy
        dependencies=[Depends(only_what_is_asked_for)],
    )
    _add_index(api)
    _add_state(api, reader, figures, tuple(watched), clock)
    asked = _asked_of(reader)
    _add_figures(api, figures, minute, asked)
    _add_days(api, figures, minute, asked)
    _add_incidents(api, reader, minute)
    _add_observations(api, reader)
    _add_exports(api, exports)
    add_problems(api)
    api.add_middleware(Revalidated)
    _document_problem(api)
    return api


def _asked_of(reader: Reader) -> Callable[..., Scope]:
    """``scope_of``, with a vantage only where the ledger has such a one."""

    def asked(scope: Annotated[Scope, Depends(scope_of)]) -> Scope:
        known = sorted({vantage for _component, vantage in reader.latest()})
        if scope.vantage is not None and scope.vantage not in known:
            there = f"there are {', '.join(known)}" if known else "nothing was observed yet"
            raise refused(f"there is no vantage {scope.vantage!r}; {there}", "vantage")
        return scope

    return asked


def _add_index(api: FastAPI) -> None:
    @api.get("/", summary="What there is")
    def index(request: Request) -> models.Index:
        here = request.scope.get("root_path", "")
        return models.Index(
            title="Figures of an independent observatory of ANEF",
            definition=DESCRIPTION.partition("\n\n")[2].replace("\n", " "),
            openapi=f"{here}/openapi.json",
            page="/en/donnees/api",
            page_fr="/donnees/api",
            open_data="/en/donnees",
            licences=[models.Licence(**one) for one in LICENCES],
            endpoints=[
                models.Endpoint(
                    address=f"{here}{one.path}",
                    about=one.summary or "",
                    example=f"{here}{EXAMPLES[one.path]}" if one.path in EXAMPLES else None,
                )
                for one in api.routes
                if isinstance(one, APIRoute)
            ],
        )


EXAMPLES = {
    "/components": "/components",
    "/figures": "/figures?component=login&window=30d",
    "/comparisons": "/comparisons?component=login&first=30d&second=90d",
    "/daily": "/daily?component=login&window=30d",
    "/hours-of-week": "/hours-of-week?component=login&window=90d",
    "/incidents": "/incidents?component=login&limit=10",
    "/observations": "/observations?component=login&limit=10",
    "/exports": "/exports",
}
"""A question to each address; one incident alone has no example that is sure to exist."""


def _document_problem(api: FastAPI) -> None:
    """The schema of problems, which no route names as its model."""
    made = api.openapi

    def documented() -> dict[str, Any]:
        found = made()
        found["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        for path in found["paths"].values():
            for route in path.values():
                content = route["responses"].get("422", {}).get("content", {})
                content.pop("application/json", None)
        return found

    api.openapi = documented  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _add_state(
    api: FastAPI, reader: Reader, figures: Figures, watched: tuple[str, ...], clock: Clock
) -> None:
    @api.get("/components", summary="The state of every component now")
    def components(answer: Response) -> models.Components:
        answer.headers["cache-control"] = "public, no-cache"  # what is now is asked for each time
        now, latest = clock(), reader.latest()
        opened, since = reader.incidents(open_only=True), figures.components()
        found = []
        for name in COMPONENTS:
            seen = {vantage: one for (c, vantage), one in latest.items() if c == name}
            vantages = [one.vantage for one in opened if one.component == name]
            state = component_state(seen, open_vantages=vantages, now=now)
            found.append(
                models.ComponentState(
                    component=name,
                    watched=name in watched,
                    state=state.value,
                    up=state.up,
                    watched_since=since.get(name),
                )
            )
        return models.Components(at=now, components=found)


def _add_figures(api: FastAPI, figures: Figures, clock: Clock, asked: Callable[..., Scope]) -> None:
    asked_scope = Depends(asked)

    @api.get("/figures", summary="The figure of a window")
    def figure(
        scope: Scope = asked_scope, window: Named = "30d", start: Start = None, end: End = None
    ) -> models.FigureAnswer:
        now = clock()
        span = span_of(window, start, end, now)
        low, high = span.start, span.end
        second = figures.second(scope, low, high, now=now)
        return models.FigureAnswer(
            scope=ScopeValue.of(scope),
            window=span.name or None,
            figure=FigureValue.of(figures.figure(scope, low, high, now=now)),
            second=FigureValue.of(second) if second else None,
            working_hours=WorkingValue.of(figures.week(scope, low, high, now=now)),
            response_times=ResponseTimesValue.of(figures.response_times(scope, low, high, now=now)),
        )

    @api.get("/comparisons", summary="Two periods side by side")
    def comparison(
        first: Annotated[str, Query(description=f"a window: {A_WINDOW}", max_length=24)],
        second: Annotated[str, Query(description=f"a window: {A_WINDOW}", max_length=24)],
        scope: Scope = asked_scope,
        across_changes: Annotated[
            bool, Query(description="give a difference over a change of method, and mark it")
        ] = False,
    ) -> models.ComparisonAnswer:
        now = clock()
        spans = (span_of(first, None, None, now), span_of(second, None, None, now))
        found = compared(figures, scope, spans, now=now, across_changes=across_changes)
        return models.ComparisonAnswer(
            scope=ScopeValue.of(scope), comparison=ComparisonValue.of(found)
        )


def _add_days(api: FastAPI, figures: Figures, clock: Clock, asked: Callable[..., Scope]) -> None:
    asked_scope = Depends(asked)

    @api.get("/daily", summary="The figures of the days of a window, Europe/Paris")
    def daily(
        scope: Scope = asked_scope, window: Named = "90d", start: Start = None, end: End = None
    ) -> models.DailyAnswer:
        now = clock()
        span = span_of(window, start, end, now)
        begins = figures.components().get(scope.component)
        days = days_of(*clip(span.start, span.end, begins=begins, now=now))
        if len(days) > MAX_DAYS:
            raise refused(f"{len(days)} days are asked for, at most {MAX_DAYS} are given", "window")
        spans = [day_bounds(day) for day in days]
        found = figures.figures(scope, spans, now=now)
        return models.DailyAnswer(
            scope=ScopeValue.of(scope),
            days=[
                models.DayValue(day=day, figure=FigureValue.of(one))
                for day, one in zip(days, found, strict=True)
            ],
        )

    @api.get("/hours-of-week", summary="When in the week it fails: 168 hours of Europe/Paris")
    def week(
        scope: Scope = asked_scope, window: Named = "90d", start: Start = None, end: End = None
    ) -> models.WeekAnswer:
        now = clock()
        span = span_of(window, start, end, now)
        found = figures.week(scope, span.start, span.end, now=now)
        return models.WeekAnswer(
            scope=ScopeValue.of(scope), start=span.start, end=span.end, hours=hour_values(found)
        )


def _add_incidents(api: FastAPI, reader: Reader, clock: Clock) -> None:
    @api.get("/incidents", summary="Incidents, the latest opened first")
    def incidents(
        component: OneComponent = None,
        open_only: Annotated[bool, Query(description="only those that go on")] = False,
        before: Annotated[
            int | None,
            Query(ge=0, le=2**53, description="only those opened before: next_before of a page"),
        ] = None,
        limit: Limit = 100,
    ) -> models.IncidentPage:
        if component is not None and component not in COMPONENTS:
            raise refused(f"there is no component {component!r}", "component")
        found = reader.incidents(
            component=component, open_only=open_only, before=before, limit=limit + 1
        )
        shown, now = found[:limit], clock()
        return models.IncidentPage(
            incidents=[IncidentValue.of(one, now=now) for one in shown],
            next_before=shown[-1].opened_sequence if len(found) > limit else None,
        )

    @api.get("/incidents/{component}/{number}", responses=NOT_FOUND, summary="One incident")
    def incident(
        component: Annotated[str, Path(max_length=40, description="a component")],
        number: Annotated[
            int, Path(ge=0, le=2**53, description="the number in the id of the incident")
        ],
    ) -> IncidentValue:
        found = [one for one in _of(reader, component) if one.opened_sequence == number]
        if not found:
            raise HTTPException(404, f"there is no incident {component}-{number}.")
        return IncidentValue.of(found[0], now=clock())


def _of(reader: Reader, component: str) -> Iterable[Incident]:
    return reader.incidents(component=component) if component in COMPONENTS else ()


def _add_observations(api: FastAPI, reader: Reader) -> None:
    @api.get("/observations", summary="The ledger of slots, run or not, in its order")
    def observations(
        component: OneComponent = None,
        start: Start = None,
        end: End = None,
        after: Number = 0,
        limit: Limit = 100,
    ) -> models.ObservationPage:
        if component is not None and component not in COMPONENTS:
            raise refused(f"there is no component {component!r}", "component")
        span = span_of("all", start, end, LATEST)
        slots = reader.slots(
            component=component, since=span.start, until=span.end, after_sequence=after
        )
        found = list(islice(slots, limit + 1))
        shown = found[:limit]
        return models.ObservationPage(
            observations=[models.ObservationValue.of(one) for one in shown],
            next_after=shown[-1].sequence if len(found) > limit else None,
        )


def _add_exports(api: FastAPI, folder: FilePath | None) -> None:
    @api.get("/exports", summary="The months of open data")
    def exports() -> models.ExportList:
        found = listed(folder) if folder is not None else ()
        return models.ExportList(
            exports=[
                models.ExportValue(name=one.name, sha256=one.sha256, size_bytes=one.size_bytes)
                for one in found
            ]
        )
