"""Two periods as two bars with their bounds, whole and enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import altair as alt

from monitor.core.statistics import Figure
from monitor.exports.charts import (
    BROKEN,
    GOOD,
    INK,
    LINE_BREAK,
    NARROW_PERCENT,
    SOFT,
    Caption,
    Chart,
    data,
    figure_cells,
)
from monitor.web.language import _

WIDTH, BAR, STEP = 500, 30, 46
HALF_LINE = 6.5
HOLLOW = "#ffffff"


def comparison(
    sides: Sequence[tuple[str, str, Figure]], caption: Caption, *, marked: bool
) -> Chart:
    """``sides`` are (name, days, figure), each with an availability. Where the way to measure
    changed in between, ``marked`` draws hollow bars with a broken outline."""
    values = [
        {
            "period": f"{name}{LINE_BREAK}{days}",
            "availability": found.availability,
            "low": found.bounds[0],
            "high": found.bounds[1],
            "said": figure_cells(found)[0],
        }
        for name, days, found in sides
    ]
    return Chart(
        draw=partial(_comparison, values, marked),
        caption=caption,
        head=(_("Période"), _("Disponible"), _("Bornes"), _("Temps connu")),
        rows=tuple((name, *figure_cells(found)) for name, _days, found in sides),
    )


def _comparison(values: list[dict[str, Any]], marked: bool) -> Any:  # noqa: ANN401  a chart
    axis = alt.Axis(
        labelExpr=BROKEN,
        labelLimit=0,
        labelOffset=-HALF_LINE,
        labelPadding=8,
        ticks=False,
        domain=False,
    )
    base = alt.Chart(data(values)).encode(y=alt.Y("period:N", title=None, sort=None, axis=axis))
    whole = alt.Scale(domain=[0, 1])
    outline: dict[str, Any] = {"color": HOLLOW, "strokeDash": [5, 4]} if marked else {"color": GOOD}
    bars = base.mark_bar(size=BAR, stroke=INK, strokeWidth=1, **outline).encode(
        x=alt.X(
            "availability:Q",
            title=_("Disponible, avec ses bornes"),
            axis=alt.Axis(format=".0%", tickCount=5),
            scale=whole,
        )
    )
    said = base.mark_text(align="left", dx=10, fontSize=13, color=INK, fontWeight="bold").encode(
        x=alt.datum(0, scale=whole), text="said:N"
    )
    above = alt.layer(bars, said, *_whiskers(base, whole)).properties(
        width=WIDTH, height=alt.Step(STEP)
    )
    near = alt.Scale(zero=False, nice=True, padding=8)
    points = base.mark_point(size=80, filled=True, color=INK, opacity=1).encode(
        x=alt.X(
            "availability:Q",
            title=_("Les mêmes, agrandis"),
            axis=alt.Axis(format=NARROW_PERCENT, tickCount=6),
            scale=near,
        )
    )
    below = alt.layer(*_whiskers(base, near), points).properties(width=WIDTH, height=alt.Step(STEP))
    return alt.vconcat(above, below)


def _whiskers(base: alt.Chart, scale: alt.Scale) -> Sequence[alt.Chart]:
    """From the lower to the upper bound, with an end at each."""
    span = base.mark_rule(color=SOFT, strokeWidth=2).encode(
        x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    ends = (
        base.mark_tick(color=SOFT, thickness=2, size=16).encode(x=alt.X(f"{end}:Q", scale=scale))
        for end in ("low", "high")
    )
    return (span, *ends)
