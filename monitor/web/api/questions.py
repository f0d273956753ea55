"""What can be asked: scope and window, from the query, with one sentence for what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import HTTPException, Query, Request
from fastapi.routing import APIRoute
from pydantic import AwareDatetime

from monitor.core.model import COMPONENTS, Depth
from monitor.core.scopes import PATH, Scope
from monitor.core.windows import BEGINNING, NAMES, Window, window

A_WINDOW = f"{', '.join(NAMES)}, a month (2026-11), a day, or days (2026-11-01..2026-11-15)"
Named = Annotated[str, Query(description=A_WINDOW, max_length=24)]
Component = Annotated[
    str,
    Query(
        description="a component, or whole_path", json_schema_extra={"enum": [*COMPONENTS, PATH]}
    ),
]
OneComponent = Annotated[str | None, Query(description="only this one", max_length=40)]
OneDepth = Annotated[Depth | None, Query(description="only runs that looked so deep")]
OneVantage = Annotated[
    str | None,
    Query(description="only from there: an id, as in vantages of a figure", max_length=100),
]
OneCategory = Annotated[
    str | None, Query(description="only runs that chose this category of permit", max_length=100)
]
Start = Annotated[
    AwareDatetime | None, Query(description="with a time zone; with end, replaces window")
]
End = Annotated[AwareDatetime | None, Query(description="now when it is not given")]

LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def scope_of(
    component: Component,
    depth: OneDepth = None,
    vantage: OneVantage = None,
    category: OneCategory = None,
) -> Scope:
    """The scope that is asked for. Raises HTTPException 422."""
    if component not in (*COMPONENTS, PATH):
        raise refused(f"there is no component {component!r}", "component")
    if component == PATH and (vantage or category or depth is Depth.FORM):
        raise refused("the whole path is of full runs, all vantages and categories", "component")
    for name, value in (("vantage", vantage), ("category", category)):
        if value is not None and "\x00" in value:
            raise refused("a character that no name has", name)
    return Scope(component=component, depth=depth, vantage=vantage, category=category)


def only_what_is_asked_for(request: Request) -> None:
    """A misspelt parameter would give the figure of another question. Raises HTTPException 422."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    documented = request.app.openapi()["paths"][route.path]["get"].get("parameters", ())
    known = [one["name"] for one in documented if one["in"] == "query"]
    asked = [name for name, _value in request.query_params.multi_items()]
    for name in asked:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "there are none here"
            raise refused(f"there is no such parameter; {there}", name)
        if asked.count(name) > 1:
            raise refused("this is given more than once", name)


def span_of(name: str, start: datetime | None, end: datetime | None, now: datetime) -> Window:
    """The window that is asked for. Raises HTTPException 422."""
    if start is None and end is None:
        try:
            return window(name, now=now)
        except ValueError as error:
            raise refused(str(error), "window") from error
    low, high = start or BEGINNING, end or now
    if not BEGINNING <= low < high <= LATEST:
        raise refused("start must come before end, both between 2000 and 2100", "start")
    return Window(name="", start=low.astimezone(UTC), end=high.astimezone(UTC))


def refused(sentence: str, where: str) -> HTTPException:
    """A question that cannot be answered."""
    return HTTPException(422, f"{where}: {sentence}.")
