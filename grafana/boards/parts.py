"""Queries, panels and cells that both boards are made of. A panel cannot be made without saying
in French what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    text,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from grafana.boards.words import GREY, NAMES
from monitor.web.typography import french

SOURCE = models.DataSourceRef(type_val="prometheus", uid="prometheus")
JOB = 'job="anef-monitor"'
"""The monitor among all that Prometheus scrapes."""
NO_DATA = "pas de donnée"
NOT_ENOUGH = "données insuffisantes"

Query = prometheus.Dataquery
Property = models.DynamicConfigValue
Drawn = TypeVar("Drawn", stat.Panel, statetimeline.Panel, timeseries.Panel)


@dataclass(frozen=True, kw_only=True)
class Annotation(Builder[models.AnnotationQuery]):
    """Spans during which an expression gives anything, marked in every panel. ``title`` may name
    a label in double braces."""

    name: str
    expr: str
    title: str
    colour: str

    def build(self) -> models.AnnotationQuery:
        """As the SDK knows it, with the title that it does not know."""
        made = _Titled(name=self.name, datasource=SOURCE, icon_color=self.colour, expr=self.expr)
        made.title = self.title
        return made


class _Titled(models.AnnotationQuery):
    """The SDK leaves out what Grafana's source for Prometheus reads of an annotation."""

    title = ""

    def to_json(self) -> dict[str, object]:
        own = {"titleFormat": self.title, "step": "60s", "useValueForTime": False}
        return {**super().to_json(), **own}


def board(title: str, uid: str, description: str) -> dashboard.Dashboard:
    """A board without panels: the last day in Paris, read again every minute."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(french(description))
        .tags(["anef"])
        .timezone("Europe/Paris")
        .time("now-24h", "now")
        .refresh("1m")
        .editable()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
    )


def to_board(title: str, uid: str) -> dashboard.DashboardLink:
    """A link to another board over the same period."""
    kind = models.DashboardLinkType.LINK
    return dashboard.DashboardLink(title).type(kind).url(f"/d/{uid}").keep_time(True)


def over_time(expr: str, legend: str, ref: str = "A") -> Query:
    """A query over the board's period, one line for each series."""
    return Query().expr(expr).range().legend_format(legend).ref_id(ref).datasource(SOURCE)


def at_once(expr: str, legend: str, ref: str = "A") -> Query:
    """A query at the end of the board's period."""
    return Query().expr(expr).instant().legend_format(legend).ref_id(ref).datasource(SOURCE)


def as_rows(expr: str, ref: str = "A") -> Query:
    """The same as rows of a table, labels as columns."""
    return at_once(expr, "", ref).format(PromQueryFormat.TABLE)


def mapped(words: Mapping[str, tuple[str, str | None]]) -> list[models.ValueMapping]:
    """Values shown as words, with their colour where there is one."""
    shown = {
        value: models.ValueMappingResult(text=said, color=colour, index=place)
        for place, (value, (said, colour)) in enumerate(words.items())
    }
    return [models.ValueMap(options=shown)] if shown else []


def not_a_number(said: str, colour: str = GREY) -> list[models.ValueMapping]:
    """What stands where a figure is not known."""
    result = models.ValueMappingResult(text=said, color=colour, index=0)
    match = models.SpecialValueMatch.NULL_AND_NAN
    options = models.DashboardSpecialValueMapOptions(match=match, result=result)
    return [models.SpecialValueMap(options=options)]


def limits(*steps: tuple[float | None, str]) -> dashboard.ThresholdsConfig:
    """Colours from a value upwards, the first from minus infinity."""
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def by_thresholds() -> dashboard.FieldColor:
    """Colour by value and not by series."""
    return dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS)


def properties(**given: Any) -> list[Property]:  # noqa: ANN401  as free as Grafana's own
    """Properties of an override; a double underscore stands for a dot."""
    return [Property(id_val=name.replace("__", "."), value=value) for name, value in given.items()]


def link(title: str, url: str) -> list[dict[str, object]]:
    """A data link, which opens beside the board."""
    return [{"title": title, "url": url, "targetBlank": True}]


def coloured_cell(colour: str | None = None) -> dict[str, Any]:
    """A cell filled with the colour of its value, or always with this one."""
    fill = common_models.TableColoredBackgroundCellOptions(
        mode=common_models.TableCellBackgroundDisplayMode.BASIC
    )
    fixed = {"color": {"mode": "fixed", "fixedColor": colour}} if colour else {}
    return {"custom__cellOptions": fill, **fixed}


def named(panel: Drawn) -> Drawn:
    """Series called by a component's id, shown under the name that the public pages use."""
    for component, name in NAMES.items():
        panel.override_by_name(component, properties(displayName=name))
    return panel


def bars(panel: timeseries.Panel) -> timeseries.Panel:
    """Curves drawn as stacked bars."""
    stacked = common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A")
    return (
        panel.draw_style(common_models.GraphDrawStyle.BARS)
        .fill_opacity(90)
        .line_width(0)
        .stacking(stacked)
    )


def renamed(panel: Drawn, words: Mapping[str, tuple[str, str]]) -> Drawn:
    """Series under other names, each in its own colour."""
    for series, (said, colour) in words.items():
        fixed = {"mode": "fixed", "fixedColor": colour}
        panel.override_by_name(series, properties(displayName=said, color=fixed))
    return panel


def values(title: str, description: str, queries: Iterable[Query]) -> stat.Panel:
    """Big figures of now."""
    panel = stat.Panel().title(french(title)).description(french(description)).datasource(SOURCE)
    for query in queries:
        panel.with_target(query)
    last = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
    return (
        panel.reduce_options(last)
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .color_mode(common_models.BigValueColorMode.BACKGROUND_SOLID)
        .color_scheme(by_thresholds())
        .no_value(NO_DATA)
    )


def curves(title: str, description: str, queries: Iterable[Query]) -> timeseries.Panel:
    """Lines over time. A gap stays a gap: what was not observed is not drawn."""
    panel = (
        timeseries.Panel().title(french(title)).description(french(description)).datasource(SOURCE)
    )
    for query in queries:
        panel.with_target(query)
    below = common.VizLegendOptions().show_legend(True).calcs(["lastNotNull"])
    below.display_mode(common_models.LegendDisplayMode.LIST)
    below.placement(common_models.LegendPlacement.BOTTOM)
    shown = common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI)
    shown.sort(common_models.SortOrder.DESCENDING)
    return (
        panel.legend(below)
        .tooltip(shown)
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
        .line_width(2)
        .fill_opacity(0)
        .span_nulls(False)
    ).no_value(NO_DATA)


def rows(title: str, description: str, queries: Sequence[Query]) -> table.Panel:
    """A table; several queries are merged on the columns that they share."""
    panel = table.Panel().title(french(title)).description(french(description)).datasource(SOURCE)
    for query in queries:
        panel.with_target(query)
    if len(queries) > 1:
        panel.with_transformation(transformed("merge"))
    return panel.cell_height(common_models.TableCellHeight.MD).no_value(NO_DATA)


def transformed(name: str, **options: Any) -> models.DataTransformerConfig:  # noqa: ANN401
    """A transformation of Grafana by its id."""
    return models.DataTransformerConfig(id_val=name, options=options)


def columns(names: Mapping[str, str], *hidden: str) -> models.DataTransformerConfig:
    """Columns in this order under these names; those named after are left out."""
    return transformed(
        "organize",
        indexByName={name: place for place, name in enumerate(names)},
        renameByName={name: said for name, said in names.items() if said != name},
        excludeByName=dict.fromkeys(hidden, True),
    )


def note(content: str, title: str = "") -> text.Panel:
    """A few sentences on the board itself."""
    panel = text.Panel().mode(TextMode.MARKDOWN).content(french(content))
    return panel.title(title) if title else panel.transparent(True)


def row(title: str) -> dashboard.Row:
    """A heading over the panels that follow."""
    return dashboard.Row(french(title))
