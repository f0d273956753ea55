"""The report of a period in words, as the page shows it before a document is made."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.certificates.model import ComponentReport, IncidentReport, OutageReport
from monitor.core.statistics import Figure, shown_coverage, shown_percent
from monitor.web.incident_views import IncidentRow, incident_row
from monitor.web.language import _
from monitor.web.typography import dated, french, lasting, number, percent
from monitor.web.words import depth_words, title


@dataclass(frozen=True, kw_only=True)
class ComponentView:
    """One step. ``value`` is None where there is not enough data."""

    step: str
    value: str | None
    bounds: str
    coverage: str
    observations: str
    gap: str
    depth: str
    second: str
    incidents: tuple[IncidentRow, ...]
    isolated: str


@dataclass(frozen=True, kw_only=True)
class OutageView:
    """All that is shown of a report."""

    start: str
    end: str
    components: tuple[ComponentView, ...]
    outage: bool
    insufficient: bool
    refusal: bool
    specimen: bool
    records: str


def outage_view(report: OutageReport) -> OutageView:
    """In the language of the page."""
    frame = report.frame
    return OutageView(
        start=dated(frame.period_start),
        end=dated(frame.period_end),
        components=tuple(_component(one, report) for one in report.components),
        outage=report.has_outage,
        insufficient=report.is_insufficient,
        refusal=report.refusal_not_excluded,
        specimen=frame.specimen,
        records=f"{frame.first_sequence}–{frame.last_sequence}" if frame.first_sequence else "—",
    )


def _component(found: ComponentReport, report: OutageReport) -> ComponentView:
    figure = found.figure
    digits = figure.digits
    low, high = (percent(shown_percent(bound, digits), digits) for bound in figure.bounds)
    return ComponentView(
        step=title(found.component),
        value=_value(figure),
        bounds=_("entre {low} et {high}").format(low=low, high=high),
        coverage=percent(shown_coverage(figure.coverage), 0),
        observations=number(figure.observations),
        gap=lasting(figure.longest_gap_seconds),
        depth=", ".join(depth_words(depth) for depth in found.depths) or "—",
        second=_second(found),
        incidents=tuple(_incident(one, report) for one in found.incidents),
        isolated=number(len(found.isolated)),
    )


def _value(figure: Figure) -> str | None:
    if figure.availability is None:
        return None
    digits = figure.digits
    return percent(shown_percent(figure.availability, digits), digits)


def _second(found: ComponentReport) -> str:
    """The figure after persons' decisions; "" without any."""
    if found.reviewed_figure is None:
        return ""
    value = _value(found.reviewed_figure) or _("données insuffisantes")
    return french(_("Après l’examen par une personne : {value}.").format(value=value))


def _incident(one: IncidentReport, report: OutageReport) -> IncidentRow:
    seen = one.last_failing.started_at if one.last_failing else None
    return incident_row(one.incident, report.frame.made_at, seen)
