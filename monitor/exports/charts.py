"""Charts made here, to be shown, printed and passed on: title, period, definition and source are
inside the picture, and nothing is told by colour alone.

A chart is a Vega-Lite specification with its data; Altair writes it, vl-convert draws it without a
browser and without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import altair as alt
import vl_convert
from babel.dates import get_day_names

from monitor.core.statistics import Figure, percent_digits, shown_percent
from monitor.core.weekly import Week
from monitor.web.language import _, language
from monitor.web.typography import NBSP, decimal, percent

VEGA_LITE = "6.1"
PRINT_SCALE = 3.0
"""A PNG of three times the size of the SVG: 200 points an inch on a page of A4."""
INK, SOFT, GRID = "#1b2024", "#545c63", "#d9d6cd"
GOOD, BAD, PLANNED, UNKNOWN = "#8fbfb1", "#8a1410", "#c8962e", "#d9d9d4"
FONT = "DejaVu Sans, Verdana, sans-serif"
LOWEST = 0.9
"""The darkest cell of the heat map stands for this availability and all below."""


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


def _data(values: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=values)  # type: ignore[no-untyped-call]  # Altair's own


def _finish(chart: Any, caption: Caption) -> dict[str, Any]:  # noqa: ANN401  any of its charts
    titled = chart.properties(
        title=alt.TitleParams(
            caption.title,
            subtitle=[caption.period, caption.definition, caption.source],
            anchor="start",
            offset=14,
        )
    )
    styled = (
        titled.configure(font=FONT, background="#ffffff", padding=16)
        .configure_title(fontSize=17, color=INK, subtitleColor=SOFT, subtitleFontSize=11)
        .configure_axis(labelColor=INK, titleColor=SOFT, gridColor=GRID, labelFontSize=11)
        .configure_legend(labelColor=INK, titleColor=SOFT, labelFontSize=11, orient="bottom")
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
    rows = tuple((cell["day"], str(cell["hour"]), cell["label"] or "0") for cell in cells)
    return Chart(
        draw=partial(_heat_map, cells, [names[day] for day in range(1, 8)]),
        caption=caption,
        head=(_("Jour"), _("Heure"), _("Part perdue (%)")),
        rows=rows,
    )


def _heat_map(cells: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401  a chart
    base = alt.Chart(_data(cells)).encode(
        x=alt.X("hour:O", title=_("Heure de Paris"), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("day:N", title=None, sort=names),
    )
    squares = base.mark_rect(stroke="#ffffff").encode(
        color=alt.Color(
            "availability:Q",
            title=_("Disponible"),
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
    lost = 100 * (1 - availability)
    if lost < 0.005:
        return ""
    return "<1" if lost < 1 else f"{lost:.0f}"


def months(figures: Iterable[tuple[str, Figure]], caption: Caption) -> Chart:
    """Availability of calendar months with its bounds, and the coverage below."""
    kept = list(figures)
    values = [
        {
            "month": name,
            "availability": found.availability,
            "low": found.bounds[0] if found.window_seconds else None,
            "high": found.bounds[1] if found.window_seconds else None,
            "coverage": found.coverage,
        }
        for name, found in kept
    ]
    return Chart(
        draw=partial(_months, values),
        caption=caption,
        head=(_("Mois"), _("Disponible"), _("Bornes"), _("Temps connu")),
        rows=tuple(_month_row(name, found) for name, found in kept),
    )


def _months(values: list[dict[str, Any]]) -> Any:  # noqa: ANN401  a chart
    base = alt.Chart(_data(values)).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0))
    )
    whole_percents = alt.Axis(format=".0%")
    scale = alt.Scale(zero=False, nice=True)
    spans = base.mark_rule(strokeWidth=2, color=SOFT).encode(
        y=alt.Y("low:Q", title=_("Disponible, avec ses bornes"), axis=whole_percents, scale=scale),
        y2="high:Q",
    )
    points = base.mark_point(size=70, filled=True, color=INK, opacity=1).encode(
        y=alt.Y("availability:Q", scale=scale)
    )
    above = alt.layer(spans, points).properties(width=640, height=200)
    whole = alt.Scale(domain=[0, 1])
    below = (
        base.mark_bar(color=UNKNOWN, stroke=SOFT)
        .encode(y=alt.Y("coverage:Q", title=_("Temps connu"), axis=whole_percents, scale=whole))
        .properties(width=640, height=70)
    )
    return alt.vconcat(above, below)


def _month_row(name: str, found: Figure) -> tuple[str, ...]:
    digits = percent_digits(found.known_observations)

    def written(part: float | None, decimals: int = digits) -> str:
        return "—" if part is None else percent(shown_percent(part, decimals), decimals)

    bounds = " – ".join(map(written, found.bounds))
    return (name, written(found.availability), bounds, written(found.coverage, 0))


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
        draw=partial(_days, values, kinds),
        caption=caption,
        head=(_("Jour"), *(kind.capitalize() for kind, _colour in kinds)),
        rows=tuple(
            (day.isoformat(), *(_hours(seconds) for seconds in _parts(found)))
            for day, found in figures
        ),
    )


def _days(values: list[dict[str, Any]], kinds: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401
    return (
        alt.Chart(_data(values))
        .mark_bar(stroke="#ffffff", strokeWidth=0.4)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%d/%m", grid=False)),
            y=alt.Y("hours:Q", title=_("Heures du jour")),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=[k for k, _c in kinds], range=[c for _k, c in kinds]),
            ),
            order=alt.Order("order:Q"),
        )
        .properties(width=680, height=200)
    )


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
    """Durations of working runs by day: one line a quantile, each with its own dash."""
    values = [
        {"day": day.isoformat(), "quantile": f"{100 * quantile:.0f} %", "seconds": seconds}
        for day, quantiles in found
        for quantile, seconds in quantiles
    ]
    names = sorted({str(one["quantile"]) for one in values})
    return Chart(
        draw=partial(_response_times, values, names),
        caption=caption,
        head=(_("Jour"), *names),
        rows=tuple(
            (day.isoformat(), *(f"{decimal(seconds, 2)}{NBSP}s" for _q, seconds in quantiles))
            for day, quantiles in found
        ),
    )


def _response_times(values: list[dict[str, Any]], names: list[str]) -> Any:  # noqa: ANN401
    dashes = alt.Legend(titleLimit=400, symbolType="stroke", symbolSize=300)
    return (
        alt.Chart(_data(values))
        .mark_line(color=INK, point=alt.OverlayMarkDef(size=18, color=INK))
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%d/%m", grid=False)),
            y=alt.Y("seconds:Q", title=_("Secondes")),
            strokeDash=alt.StrokeDash(
                "quantile:N", title=_("Part des relevés plus rapides"), sort=names, legend=dashes
            ),
        )
        .properties(width=680, height=200)
    )
