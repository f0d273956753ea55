"""Availability and coverage of every component, with all that the figures rest on."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.certificates import blocks as b
from monitor.certificates import sections
from monitor.certificates.blocks import Block, Text
from monitor.certificates.evidence import Evidence
from monitor.certificates.model import ComponentReport, OutageReport
from monitor.certificates.said import known_share, lasting, listed, said, share, shown
from monitor.core.model import Depth, Outcome
from monitor.web.language import _
from monitor.web.typography import number, sentence
from monitor.web.words import NOT_KNOWN_WORDS, depth_words, title


def depths_text(component: ComponentReport) -> str:
    """How far the runs looked."""
    if len(component.depths) > 1:
        return said("toutes profondeurs confondues", "all depths together")
    return depth_words(component.depths[0] if component.depths else Depth.FORM)


def figures(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """All figures, of every component."""
    found = [b.heading(said("Disponibilité et couverture", "Availability and coverage"))]
    for component in report.components:
        found.append(b.heading(title(component.component), 2))
        found.append(b.facts(_figure_rows(component)))
    return found


def _figure_rows(component: ComponentReport) -> Iterable[tuple[Text, Text]]:
    figure = component.figure
    none = said("données insuffisantes", "insufficient data")
    digits = figure.digits
    yield said("Fenêtre", "Window"), sections.period_text(figure.start, figure.end)
    yield said("Disponible", "Available"), shown(figure) or none
    yield (
        said("Sans la maintenance annoncée", "Without announced maintenance"),
        shown(figure, without_maintenance=True) or none,
    )
    low, high = (share(bound, digits) for bound in figure.bounds)
    yield said("Bornes", "Bounds"), said(f"entre {low} et {high}", f"between {low} and {high}")
    yield said("Temps connu", "Known time"), known_share(figure)
    yield (
        said("Temps hors service", "Time down"),
        lasting(figure.unavailable_seconds - figure.maintenance_seconds)
        + said(" au moins ; maintenance annoncée ", " at least; announced maintenance ")
        + lasting(figure.maintenance_seconds),
    )
    yield (
        said("Relevés", "Records"),
        number(figure.observations)
        + said(
            f", plus long intervalle sans connaissance {lasting(figure.longest_gap_seconds)}",
            f", longest gap without knowledge {lasting(figure.longest_gap_seconds)}",
        ),
    )
    yield said("Profondeur", "Depth"), sentence(depths_text(component))
    yield (
        said("Intervalle prévu", "Planned interval"),
        ", ".join(lasting(seconds) for seconds in figure.intervals_seconds),
    )
    yield said("Résultats", "Results"), _outcomes_text(component)
    if component.full_figure is not None:
        full = shown(component.full_figure) or none
        yield said("Acte complet seulement", "End to end only"), full
    if component.reviewed_figure is not None:
        second = shown(component.reviewed_figure) or none
        yield said("Second chiffre", "Second figure"), f"{second}, {_judged_text(component)}"


def _judged_text(component: ComponentReport) -> str:
    """Who judged again, and how many records."""
    parts = []
    if reviewed := component.reviewed_slots:
        parts.append(
            said(
                f"une personne ayant examiné {records(reviewed)}",
                f"a person having looked at {records(reviewed)}",
            )
        )
    if rejudged := component.rejudged_slots:
        parts.append(
            said(
                f"des règles plus récentes en ayant jugé {records(rejudged)}",
                f"newer rules having judged {records(rejudged)}",
            )
        )
    return said(" et ", " and ").join(parts)


def records(count: int) -> str:
    """A number of records, in words."""
    plural = "s" if count > 1 else ""
    return said(f"{number(count)} relevé{plural}", f"{number(count)} record{plural}")


def _outcomes_text(component: ComponentReport) -> str:
    known = {
        Outcome.UP: said("réussis", "good"),
        Outcome.DEGRADED: said("réussis mais lents", "good but slow"),
        Outcome.DOWN: said("en échec", "failing"),
        Outcome.MAINTENANCE: said("maintenance annoncée", "announced maintenance"),
    }
    return listed(
        f"{number(count)} {known.get(outcome) or _(NOT_KNOWN_WORDS[outcome])}"
        for outcome, count in component.outcomes
    )
