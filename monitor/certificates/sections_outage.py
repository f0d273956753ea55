"""Relevé de dysfonctionnement: its sections, in the order of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.certificates import blocks as b
from monitor.certificates import sections
from monitor.certificates.blocks import Block, Text
from monitor.certificates.chart import chart_of
from monitor.certificates.evidence import Evidence
from monitor.certificates.figure_blocks import depths_text, figures
from monitor.certificates.incident_blocks import (
    duration_text,
    incident_blocks,
    start_and_end,
)
from monitor.certificates.model import ComponentReport, OutageReport
from monitor.certificates.question_blocks import questions
from monitor.certificates.said import known_share, lasting, moment, number_sign, said, share, shown
from monitor.core.rules import BY_ID
from monitor.web.language import _
from monitor.web.typography import number
from monitor.web.words import DECISION_WORDS, KIND_WORDS, title

MOST_ISOLATED = 40
"""Isolated failures that are listed; the count is always printed."""

Section = Callable[[OutageReport, Evidence], list[Block]]


def opening(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """Page one: what, when, by whom, and the essentials."""
    rows = sections.heading_facts(report.frame)
    categories = {one.category for one in report.components if one.category}
    if categories:
        rows.insert(3, (said("Catégorie", "Category"), ", ".join(sorted(categories))))
    return [
        *sections.specimen(report.frame),
        b.facts(rows),
        b.heading(said("L’essentiel", "In short")),
        b.essentials(_essentials(report)),
    ]


def _essentials(report: OutageReport) -> Iterable[Text]:
    for component in report.components:
        yield [b.bold(title(component.component)), said(" : ", ": "), _outages_text(component)]
    for component in report.components:
        yield _figure_text(component)
    if report.refusal_not_excluded:
        yield [
            b.bold(said("Blocage non exclu.", "Block not excluded.")),
            " ",
            said(
                "Au moins un échec n’a été vu que depuis un seul opérateur de réseau : un refus "
                "visant notre robot n’est pas exclu. Les incidents concernés portent la mention.",
                "At least one failure was seen from one network operator only: a refusal aimed at "
                "our robot is not excluded. The incidents concerned are marked.",
            ),
        ]
    if any(one.reviewed_figure for one in report.components):
        yield said(
            "Des relevés ont été jugés à nouveau depuis : un second chiffre figure plus loin.",
            "Some records were judged again since: a second figure stands below.",
        )


def _outages_text(component: ComponentReport) -> str:
    down = [one for one in component.incidents if one.incident.kind == "down"]
    planned = len(component.incidents) - len(down)
    if not component.incidents:
        isolated = len(component.isolated)
        more = said(f" ({isolated} échec(s) isolé(s))", f" ({isolated} isolated failure(s))")
        return (
            said(
                "aucun incident n’a été vu pendant la période", "no incident was seen in the period"
            )
            + (more if isolated else "")
            + "."
        )
    least = lasting(sum(one.duration.minimum_seconds for one in down))
    said_down = said(
        f"{len(down)} incident{'s' if len(down) > 1 else ''} « hors service », d’une durée "
        f"totale d’au moins {least}",
        f"{len(down)} outage incident{'s' if len(down) != 1 else ''}, of at least {least} in all",
    )
    said_planned = said(
        f"{planned} maintenance{'s' if planned > 1 else ''} annoncée{'s' if planned > 1 else ''}",
        f"{planned} announced maintenance{'s' if planned != 1 else ''}",
    )
    parts = [said_down] if down else []
    parts += [said_planned] if planned else []
    return ", ".join(parts) + "."


def _figure_text(component: ComponentReport) -> Text:
    figure, name = component.figure, title(component.component)
    coverage = known_share(figure)
    value = shown(figure)
    if value is None:
        least = share(component.minimum_coverage)
        return [
            b.bold(said("Données insuffisantes", "Insufficient data")),
            said(
                f" pour « {name} » : {coverage} du temps est connu (minimum {least}) ; aucun taux "
                "de disponibilité n’est donné.",
                f" for “{name}”: {coverage} of the time is known (minimum {least}); no "
                "availability is given.",
            ),
        ]
    low, high = (share(bound, figure.digits) for bound in figure.bounds)
    return said(
        f"« {name} » : disponible {value} du temps connu (entre {low} et {high} selon ce que "
        f"valait le temps non connu) ; {coverage} du temps est connu, "
        f"{number(figure.observations)} relevés, {depths_text(component)}.",
        f"“{name}”: available {value} of the known time (between {low} and {high} depending on "
        f"what the time not known was); {coverage} of the time is known, "
        f"{number(figure.observations)} records, {depths_text(component)}.",
    )


def course(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """The chart of the period."""
    return [
        b.heading(said("Le cours de la période", "The course of the period")),
        chart_of(report),
    ]


def incidents(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """All incidents in one table."""
    head = b.heading(said("Incidents", "Incidents"))
    if not report.incidents:
        return [
            head,
            b.paragraph(
                said(
                    "Aucun incident n’a été vu pendant la période. Un incident est fait d’au "
                    "moins deux relevés en échec de suite.",
                    "No incident was seen in the period. An incident is made of at least two "
                    "failing records in a row.",
                )
            ),
        ]
    rows = []
    for one in report.incidents:
        start, end = start_and_end(one.incident)
        marks = [_(KIND_WORDS[one.incident.kind])]
        if one.refusal_not_excluded:
            marks.append(said("blocage non exclu", "block not excluded"))
        rows.append(
            [
                str(one.number),
                title(one.incident.component),
                start,
                end,
                duration_text(one),
                ", ".join(marks),
            ]
        )
    return [
        head,
        b.small(
            said(
                "Le début et la fin sont des intervalles : le moment vrai est dedans. La durée va "
                "du minimum prouvé au maximum possible. Heures de Paris.",
                "Start and end are intervals: the true moment lies within. The duration goes from "
                "the proven minimum to the possible maximum. Times in Paris.",
            )
        ),
        b.table(
            [
                said("N°", "No."),
                said("Étape", "Step"),
                said("Début", "Start"),
                said("Fin", "End"),
                said("Durée", "Duration"),
                said("Nature", "Kind"),
            ],
            rows,
            [0, 3, 5, 5, 3, 3],
        ),
    ]


MOST_ILLUSTRATED = 24
"""Two hundred incidents with two pictures each made 149 pages."""


def details(report: OutageReport, evidence: Evidence) -> list[Block]:
    """Each incident with what was seen; where there are many, the pictures are attached only."""
    illustrated = len(report.incidents) <= MOST_ILLUSTRATED
    found: list[Block] = []
    if not illustrated:
        text = said(
            f"Au-delà de {MOST_ILLUSTRATED} incidents, les images ne sont pas imprimées : elles "
            "sont jointes à ce fichier.",
            f"Beyond {MOST_ILLUSTRATED} incidents the pictures are not printed: they are attached "
            "to this file.",
        )
        found.append(b.small(text))
    for one in report.incidents:
        found += incident_blocks(one, evidence, illustrated=illustrated)
    return found


def isolated(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """Failures that belong to no incident."""
    looks = [look for component in report.components for look in component.isolated]
    if not looks:
        return []
    rows = [
        [
            number_sign(look.sequence),
            title(look.component),
            moment(look.started_at),
            sections.look_message(look),
        ]
        for look in looks[:MOST_ISOLATED]
    ]
    left = len(looks) - len(rows)
    return [
        b.heading(said(f"Échecs isolés ({len(looks)})", f"Isolated failures ({len(looks)})")),
        b.small(
            said(
                "Un relevé en échec qui n’appartient à aucun incident : non compté comme panne, "
                "compris dans les bornes.",
                "A failing record that belongs to no incident: not counted as down, within the "
                "bounds.",
            )
        ),
        b.table(
            [
                said("Relevé", "Record"),
                said("Étape", "Step"),
                said("Moment", "Moment"),
                said("Ce qui a été vu", "What was seen"),
            ],
            rows,
            [0, 3, 4, 6],
        ),
        *(
            [
                b.small(
                    said(
                        f"{left} autres dans les pièces jointes.",
                        f"{left} more in the attached files.",
                    )
                )
            ]
            if left
            else []
        ),
    ]


def reviews(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """What persons and newer rules said since."""
    rows: list[tuple[Text, Text]] = []
    for one in report.incidents:
        for review in one.reviews:
            decision = _(DECISION_WORDS[review.decision])
            rows.append(
                (
                    number_sign(review.sequence),
                    said(
                        f"examen par une personne le {moment(review.decided_at)} : {decision}",
                        f"looked at by a person on {moment(review.decided_at)}: {decision}",
                    ),
                )
            )
        for judged in one.judgements:
            rule = BY_ID.get(judged.rule)
            verdict = said(rule.fr, rule.en).rstrip(".") if rule else judged.outcome.value
            rows.append(
                (
                    number_sign(judged.sequence),
                    said(
                        f"selon les règles {judged.ruleset}, le {moment(judged.decided_at)} : "
                        f"{verdict} ({judged.rule})",
                        f"by the rules {judged.ruleset}, on {moment(judged.decided_at)}: "
                        f"{verdict} ({judged.rule})",
                    ),
                )
            )
    if not rows:
        return []
    return [
        b.heading(said("Ce qui a été dit depuis", "What was said since")),
        b.small(
            said(
                "Le verdict donné au moment du relevé reste ; ce qui suit s’y ajoute.",
                "The verdict at the time of the record stays; what follows stands beside it.",
            )
        ),
        b.facts(rows),
    ]


def texts(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """The law."""
    return sections.law(report.frame)


def how(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """Method, limits, issuer."""
    return [*sections.method(report.frame), *sections.limits(report.frame)]


def seals(report: OutageReport, evidence: Evidence) -> list[Block]:
    """Integrity."""
    return sections.integrity(report.frame, evidence)


SECTIONS: tuple[Section, ...] = (
    opening,
    course,
    incidents,
    details,
    figures,
    isolated,
    reviews,
    questions,
    texts,
    how,
    seals,
)
