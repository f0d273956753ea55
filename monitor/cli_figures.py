"""The commands that say figures (``stats``) and publish what they rest on (``export``)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.app import publisher_of, site_of, utc_now
from monitor.cli_options import FINE, NO_VERDICT, AsJson, SettingsFile, moment_from, settings_from
from monitor.core.model import COMPONENTS, Depth
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure
from monitor.core.windows import NAMES, Window, window
from monitor.errors import ConfigurationError
from monitor.exports.publish import (
    Published,
    complete_months,
    free_period,
    log_month,
    month_period,
    publish,
)
from monitor.figure_report import stats_text
from monitor.figure_values import (
    FigureValue,
    IncidentValue,
    ResponseTimesValue,
    ScopeValue,
    WorkingValue,
)
from monitor.store.figures import Figures
from monitor.store.store import open_store

WindowName = Annotated[
    str, typer.Option("--window", help=f"{', '.join(NAMES)}, a month (2026-11) or a day.")
]
Begin = Annotated[
    str | None, typer.Option("--from", help="Day or moment, Paris time; replaces --window.")
]
Finish = Annotated[str | None, typer.Option("--until", help="Day or moment, Paris time; now.")]


def stats(
    component: Annotated[
        str | None, typer.Option(help=f"One of them, or {PATH}; else all that are watched.")
    ] = None,
    window_name: WindowName = "30d",
    begin: Begin = None,
    finish: Annotated[
        str | None, typer.Option("--until", "--to", help="Day or moment, Paris time; else now.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="Only runs that chose this one.")] = None,
    vantage: Annotated[str | None, typer.Option(help="Only what was seen from there.")] = None,
    depth: Annotated[Depth | None, typer.Option(help="Only runs that looked so deep.")] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Say the figures of a window: availability with bounds, coverage, incidents, durations.

    Exit code 3 when none of them has enough data.
    """
    now = utc_now()
    span = _span(window_name, begin, finish, now)
    with open_store(settings_from(settings).store_url, migrate=False) as store:
        figures = Figures(store)
        scopes = [
            Scope(component=name, depth=depth, vantage=vantage, category=category)
            for name in _components(component, figures)
        ]
        found = [(scope, _looked(figures, scope, span, now)) for scope in scopes]
    if as_json:
        values = [value for _, (value, _) in found]
        typer.echo(json.dumps({"schema": "stats/1", "figures": values}, ensure_ascii=False))
    else:
        typer.echo(stats_text(span, [(scope, one, now) for scope, (_, one) in found]))
    known = any(one.availability is not None for _, (_, one) in found)
    raise typer.Exit(FINE if known else NO_VERDICT)


def _components(component: str | None, figures: Figures) -> tuple[str, ...]:
    if component is None:
        known = figures.components()
        return tuple(name for name in (*COMPONENTS, PATH) if name in known)
    if component not in (*COMPONENTS, PATH):
        raise ConfigurationError(
            f"--component {component}: write one of {', '.join((*COMPONENTS, PATH))}"
        )
    return (component,)


def _span(name: str, begin: str | None, finish: str | None, now: datetime) -> Window:
    try:
        named = window(name, now=now)
    except ValueError as error:
        raise ConfigurationError(f"--window: {error}") from error
    if begin is None and finish is None:
        return named
    start = moment_from(begin, "--from") or named.start
    end = moment_from(finish, "--until") or now
    if end <= start:
        raise ConfigurationError("the period is empty: --until must come after --from")
    return Window(name="", start=start, end=end)


def _looked(
    figures: Figures, scope: Scope, span: Window, now: datetime
) -> tuple[dict[str, object], Figure]:
    """One figure, as JSON with all that goes with it, and itself."""
    found = figures.figure(scope, span.start, span.end, now=now)
    second = figures.second(scope, span.start, span.end, now=now)
    week = figures.week(scope, span.start, span.end, now=now)
    times = figures.response_times(scope, span.start, span.end, now=now)
    parts = {
        "scope": ScopeValue.of(scope),
        "figure": FigureValue.of(found),
        "second": FigureValue.of(second) if second else None,
        "working_hours": WorkingValue.of(week),
        "response_times": ResponseTimesValue.of(times),
    }
    value: dict[str, object] = {
        name: part.model_dump(mode="json") if part else None for name, part in parts.items()
    }
    value["incidents"] = [
        IncidentValue.of(one, now=now).model_dump(mode="json") for one in found.incidents
    ]
    return value, found


def export(
    to: Annotated[Path, typer.Option("--to", help="Folder; each month gets its own inside.")],
    month: Annotated[
        str | None, typer.Option(help="A complete month (2026-10); else all that are complete.")
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="Any period instead: from this day or moment.")
    ] = None,
    finish: Finish = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Write open data: observations, incidents, daily figures as CSV and Parquet.

    A month that is there already is checked and left as it is.
    """
    now, chosen = utc_now(), settings_from(settings)
    if month and (begin or finish):
        raise ConfigurationError("--month is a whole month: leave --from and --until out")
    publisher = publisher_of(chosen, site_of(chosen)).operator
    with open_store(chosen.store_url, migrate=False) as store:
        figures = Figures(store)
        if begin or finish:
            start = moment_from(begin, "--from")
            if start is None:
                raise ConfigurationError("--until needs --from")
            period = free_period(start, moment_from(finish, "--until") or now, now=now)
            made = [publish(figures, period, to, publisher=publisher)]
        else:
            names = (month,) if month else complete_months(figures, now=now)
            periods = [month_period(name, now=now) for name in names]
            made = [
                log_month(store, publish(figures, one, to, publisher=publisher)) for one in periods
            ]
    _say(made, as_json=as_json)


def _say(made: list[Published], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"schema": "export/1", "exports": [_json(one) for one in made]}))
        return
    if not made:
        typer.echo("no month is complete yet; for what there is, write --from DAY")
    for one in made:
        state = "written" if one.is_new else "there already, unchanged"
        place = "" if one.leaf is None else f", leaf {one.leaf} of the log"
        typer.echo(f"{one.folder}: {state}, {one.size_bytes} bytes, SHA-256 {one.sha256}{place}")


def _json(one: Published) -> dict[str, object]:
    return {**vars(one), "folder": str(one.folder)}
