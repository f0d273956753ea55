"""Charts with one place a day: what its hours were, and how long runs took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

import altair as alt

from monitor.core.statistics import Figure
from monitor.exports.charts import BAD, GOOD, INK, PLANNED, SOFT, UNKNOWN, Caption, Chart, data
from monitor.web.language import _
from monitor.web.typography import NBSP, decimal, percent, written_day

LABELLED_DAYS = 13
"""As many days have their label in a picture, at most."""
DASHES = [[1, 0], [10, 3], [2, 3], [10, 3, 2, 3]]
"""Of the lines, from the lowest quantile to the highest."""
LONGEST_DAY = 25
"""Hours, when clocks go back."""


def days(figures: Sequence[tuple[date, Figure]], caption: Caption) -> Chart:
    """One stacked bar a day: what failed hangs from the top, as on the status page."""
    kinds = (
        (_("hors service"), BAD),
        (_("maintenance annoncée"), PLANNED),
        (_("disponible"), GOOD),
        (_("non connu"), UNKNOWN),
    )
    values = []
    for day, found in figures:
        for order, ((kind, _colour), seconds) in enumerate(zip(kinds, _parts(found), strict=True)):
            values.append(
                {"day": day.isoformat(), "kind": kind, "order": -order, "hours": seconds / 3600}
            )
    return Chart(
        draw=partial(_days, values, kinds, [day for day, _found in figures]),
        caption=caption,
        head=(_("Jour"), *(kind.capitalize() for kind, _colour in kinds)),
        rows=tuple(
            (written_day(day), *(_hours(seconds) for seconds in _parts(found)))
            for day, found in figures
        ),
    )


def _days(
    values: list[dict[str, Any]], kinds: Sequence[tuple[str, str]], drawn: Sequence[date]
) -> Any:  # noqa: ANN401  a chart
    hours = alt.Axis(values=[0, 6, 12, 18, 24])
    scale = alt.Scale(domain=[0, LONGEST_DAY])
    return (
        alt.Chart(data(values))
        .mark_bar(stroke=SOFT, strokeWidth=0.3)
        .encode(
            x=_day_axis(drawn),
            y=alt.Y("hours:Q", title=_("Heures du jour"), axis=hours, scale=scale),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=[k for k, _c in kinds], range=[c for _k, c in kinds]),
            ),
            order=alt.Order("order:Q"),
        )
        .properties(width=680, height=200)
    )


def _day_axis(drawn: Sequence[date]) -> alt.X:
    """One place a day, some of them labelled: "5 mai", "5 May"; the year is in the caption. Days
    have no time, so that no time zone of a machine can move them."""
    step = -(-len(drawn) // LABELLED_DAYS) or 1
    axis = alt.Axis(
        values=[day.isoformat() for day in drawn[::step]],
        labelExpr="utcFormat(toDate(datum.value), '%-d %b')",
        labelAngle=0,
        grid=False,
    )
    return alt.X("day:O", title=None, axis=axis)


def _parts(found: Figure) -> tuple[float, ...]:
    return (
        found.unavailable_seconds - found.maintenance_seconds,
        found.maintenance_seconds,
        found.available_seconds,
        found.unknown_seconds,
    )


def _hours(seconds: float) -> str:
    return f"{decimal(seconds / 3600, 2)}{NBSP}h"


def response_times(
    found: Sequence[tuple[date, Sequence[tuple[float, float]]]], caption: Caption
) -> Chart:
    """Durations of working runs by day: one line a quantile, each with its own dash. A day without
    such a run has no quantiles: it breaks the lines, and has no row."""
    quantiles = sorted({quantile for _day, pairs in found for quantile, _seconds in pairs})
    names = {one: percent(100 * one, 0) for one in quantiles}
    values = [
        {"day": day.isoformat(), "quantile": names[one], "seconds": dict(pairs).get(one)}
        for day, pairs in found
        for one in quantiles
    ]
    return Chart(
        draw=partial(_response_times, values, list(names.values()), [day for day, _pairs in found]),
        caption=caption,
        head=(_("Jour"), *names.values()),
        rows=tuple(
            (written_day(day), *(f"{decimal(seconds, 2)}{NBSP}s" for _q, seconds in pairs))
            for day, pairs in found
            if pairs
        ),
    )


def _response_times(values: list[dict[str, Any]], names: list[str], drawn: Sequence[date]) -> Any:  # noqa: ANN401
    title = _("Part des relevés plus rapides")
    strokes = alt.Legend(symbolType="stroke", symbolSize=700)
    base = alt.Chart(data(values)).encode(
        x=_day_axis(drawn), y=alt.Y("seconds:Q", title=_("Secondes"))
    )
    has_lines = len(drawn) > 1  # a single day has no line to tell by its dash
    lines = base.mark_line(color=INK).encode(
        strokeDash=alt.StrokeDash(
            "quantile:N",
            sort=names,
            title=title,
            scale=alt.Scale(domain=names, range=DASHES),
            legend=strokes if has_lines else None,
        )
    )
    points = base.mark_point(color=INK, filled=True, opacity=1, size=28).encode(
        shape=alt.Shape(
            "quantile:N", sort=names, title=title, legend=None if has_lines else alt.Legend()
        )
    )
    return alt.layer(lines, points).properties(width=680, height=200)
