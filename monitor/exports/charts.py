"""Charts made here, to be shown, printed and passed on: title, period, definition and source are
inside the picture, and nothing is told by colour alone.

A chart is a Vega-Lite specification with its data; Altair writes it, vl-convert draws it without a
browser and without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from textwrap import wrap
from typing import Any

import altair as alt
import vl_convert
from babel.dates import get_day_names, get_month_names

from monitor.core.statistics import Figure, shown_coverage, shown_percent
from monitor.core.weekly import Week
from monitor.web.language import _, language
from monitor.web.typography import NBSP, french, month, percent

VEGA_LITE = "6.1"
PRINT_SCALE = 3.0
"""A PNG of three times the size of the SVG: 200 points an inch on a page of A4."""
INK, SOFT, GRID = "#1b2024", "#545c63", "#d9d6cd"
GOOD, BAD, PLANNED, UNKNOWN = "#a9d3c7", "#7d0f0c", "#a8700f", "#ebebe7"
"""Apart without colour too: a test looks at them as greys."""
LETTERS: dict[str, Any] = {
    "labelColor": INK,
    "labelFontSize": 11,
    "titleColor": SOFT,
    "titleFontWeight": "normal",
}
FONT = "DejaVu Sans, Verdana, sans-serif"
LOWEST = 0.9
"""The darkest cell of the heat map stands for this availability and all below."""
NARROW_PERCENT = ".3~%"
"""For axes that begin above zero: as many decimals as tell two ticks apart."""
TITLE_LETTERS, LINE_LETTERS = 62, 110
"""What fits into the width of the pictures."""


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What stands in the picture: title, period, definition, source."""

    title: str
    period: str
    definition: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing with its data. ``head`` and ``rows`` are the table beside it; the drawing itself
    is made when it is asked for, in the language of that moment."""

    draw: Callable[[], Any]
    caption: Caption
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def spec(self) -> dict[str, Any]:
        """The drawing as a Vega-Lite specification with its data."""
        return _finish(self.draw(), self.caption)

    def svg(self) -> str:
        """The drawing as SVG."""
        return str(vl_convert.vegalite_to_svg(self.spec, **self._how()))

    def png(self) -> bytes:
        """The drawing as PNG, for print."""
        return bytes(vl_convert.vegalite_to_png(self.spec, scale=PRINT_SCALE, **self._how()))

    def _how(self) -> dict[str, Any]:
        locale = "fr-FR" if language() == "fr" else "en-GB"
        return {
            "vl_version": VEGA_LITE,
            "format_locale": locale,
            "time_format_locale": locale,
        }


def data(values: list[dict[str, Any]]) -> alt.Data:
    """Values inside a specification."""
    return alt.Data(values=values)  # type: ignore[no-untyped-call]  # Altair's own


def _finish(chart: Any, caption: Caption) -> dict[str, Any]:  # noqa: ANN401  any of its charts
    lines = (caption.period, caption.definition, caption.source)
    titled = chart.properties(
        title=alt.TitleParams(
            wrap(caption.title, TITLE_LETTERS),
            subtitle=list(chain.from_iterable(wrap(line, LINE_LETTERS) for line in lines)),
            anchor="start",
            offset=14,
        )
    )
    styled = (
        titled.configure(font=FONT, background="#ffffff", padding=16)
        .configure_title(fontSize=17, color=INK, subtitleColor=SOFT, subtitleFontSize=11)
        .configure_axis(gridColor=GRID, **LETTERS)
        .configure_legend(orient="bottom", titleLimit=500, labelLimit=400, **LETTERS)
        .configure_view(stroke=None)
    )
    return dict(styled.to_dict())


def heat_map(week: Week, caption: Caption) -> Chart:
    """Availability by hour of the week. The part that was lost is written into each cell, in
    percent; a cell without enough knowledge holds a question mark."""
    days = get_day_names("wide", locale=language())
    names = {day: days[day - 1] for day in range(1, 8)}
    cells = [
        {
            "day": names[day],
            "hour": hour,
            "availability": found.availability,
            "label": _cell_label(found.availability),
            "dark": (found.availability or 1) < (1 + LOWEST) / 2,
        }
        for (day, hour), found in sorted(week.items())
    ]
    rows = tuple((cell["day"], _whole_hour(cell["hour"]), cell["label"] or "0") for cell in cells)
    return Chart(
        draw=partial(_heat_map, cells, [names[day] for day in range(1, 8)]),
        caption=caption,
        head=(_("Jour"), _("Heure de Paris"), _("Part perdue (%)")),
        rows=rows,
    )


def _whole_hour(number: int) -> str:
    return f"{number}{NBSP}h" if language() == "fr" else f"{number}:00"


def _heat_map(cells: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401  a chart
    base = alt.Chart(data(cells)).encode(
        x=alt.X("hour:O", title=_("Heure de Paris"), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("day:N", title=None, sort=names),
    )
    squares = base.mark_rect(stroke="#ffffff").encode(
        color=alt.Color(
            "availability:Q",
            title=french(_("Disponible (le plus sombre : 90 % ou moins)")),
            scale=alt.Scale(domain=[LOWEST, 1], range=["#3b0f0d", "#f3ede3"], clamp=True),
            legend=alt.Legend(format=".0%", gradientLength=180),
        )
    )
    labels = base.mark_text(fontSize=9).encode(
        text="label:N",
        color=alt.condition("datum.dark", alt.value("#ffffff"), alt.value(INK)),
    )
    return alt.layer(squares, labels).properties(width=24 * 27, height=7 * 27)


def _cell_label(availability: float | None) -> str:
    """Whole percents lost; "<1" for less than one, nothing for nothing, "?" for not known."""
    if availability is None:
        return "?"
    if availability >= 1:
        return ""
    lost = 1 - availability
    return "<1" if lost < 0.01 else f"{shown_percent(lost, 0):.0f}"


def months(figures: Iterable[tuple[tuple[int, int], Figure]], caption: Caption) -> Chart:
    """Availability of calendar months (year, number) with its bounds, and the coverage below."""
    kept = list(figures)
    values = [
        {
            "month": _two_lines(*when),
            "availability": found.availability,
            "low": found.bounds[0] if found.window_seconds else None,
            "high": found.bounds[1] if found.window_seconds else None,
            "coverage": found.coverage,
        }
        for when, found in kept
    ]
    return Chart(
        draw=partial(_months, values),
        caption=caption,
        head=(_("Mois"), _("Disponible"), _("Bornes"), _("Temps connu")),
        rows=tuple((month(*when), *figure_cells(found)) for when, found in kept),
    )


LINE_BREAK = "\n"
BROKEN = f"split(datum.label, {LINE_BREAK!r})"
"""Labels of more than one line, as Vega's expressions have them."""


def _two_lines(year: int, number: int) -> str:
    """ "sept." over "2026": twelve of them stand side by side."""
    names = get_month_names("abbreviated", "stand-alone", language())
    return f"{names[number]}{LINE_BREAK}{year}"


def _months(values: list[dict[str, Any]]) -> Any:  # noqa: ANN401  a chart
    axis = alt.Axis(labelAngle=0, labelExpr=BROKEN)
    base = alt.Chart(data(values)).encode(x=alt.X("month:O", title=None, sort=None, axis=axis))
    narrow = alt.Axis(format=NARROW_PERCENT, tickCount=6)
    scale = alt.Scale(zero=False, nice=True)
    spans = base.mark_rule(strokeWidth=2, color=SOFT).encode(
        y=alt.Y("low:Q", title=_("Disponible, avec ses bornes"), axis=narrow, scale=scale),
        y2="high:Q",
    )
    points = base.mark_point(size=70, filled=True, color=INK, opacity=1).encode(
        y=alt.Y("availability:Q", scale=scale)
    )
    ends = [
        base.mark_tick(color=SOFT, thickness=2, size=12).encode(y=alt.Y(f"{end}:Q", scale=scale))
        for end in ("low", "high")
    ]
    above = alt.layer(spans, *ends, points).properties(width=640, height=200)
    whole = alt.Scale(domain=[0, 1])
    below = (
        base.mark_bar(color=UNKNOWN, stroke=SOFT)
        .encode(
            y=alt.Y(
                "coverage:Q",
                title=_("Temps connu"),
                axis=alt.Axis(format=".0%", values=[0, 0.5, 1]),
                scale=whole,
            )
        )
        .properties(width=640, height=70)
    )
    return alt.vconcat(above, below)


def figure_cells(found: Figure) -> tuple[str, str, str]:
    """A figure in a table: availability, bounds, coverage."""
    digits = found.digits

    def written(part: float | None) -> str:
        return "—" if part is None else percent(shown_percent(part, digits), digits)

    low, high = map(written, found.bounds)
    bounds = _("entre {low} et {high}").format(low=low, high=high) if found.window_seconds else "—"
    return (written(found.availability), bounds, percent(shown_coverage(found.coverage), 0))
