"""What the other side will ask, answered by what was recorded (domain, section 3)."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.certificates import blocks as b
from monitor.certificates.blocks import Block, Text
from monitor.certificates.evidence import Evidence
from monitor.certificates.model import OutageReport
from monitor.certificates.said import known_share, lasting, listed, said
from monitor.core.model import Outcome
from monitor.web.typography import number
from monitor.web.words import title


def questions(report: OutageReport, _evidence: Evidence) -> list[Block]:
    """What the other side will ask, answered by what was recorded."""
    return [
        b.heading(said("Questions que pose ce relevé", "Questions that this document raises")),
        b.facts(_answers(report)),
    ]


def _answers(report: OutageReport) -> Iterable[tuple[Text, Text]]:
    gaps = listed(
        f"{title(one.component)} {known_share(one.figure)}, "
        f"{lasting(one.figure.longest_gap_seconds)}"
        for one in report.components
    )
    yield (
        said("Le moniteur fonctionnait-il ?", "Was the monitor on?"),
        said(
            f"Part de temps connu et plus long trou : {gaps}. Un trou dans un incident est dit "
            "« continuité non observée » et n’est pas compté.",
            f"Known time and longest gap: {gaps}. A hole in an incident is called “continuity not "
            "observed” and is not counted.",
        ),
    )
    accounts = sorted({look.account for look in report.looks}) or ["none"]
    words = {
        "none": said("aucun compte n’est utilisé", "no account is used"),
        "eligible": said("compte apte à la démarche", "account eligible for the step"),
        "not_read": said("état du compte non lu", "state of the account not read"),
    }
    yield (
        said("Le compte était-il en règle ?", "Was the account in order?"),
        said("État lu au même passage : ", "State read in the same run: ")
        + ", ".join(words.get(one, one) for one in accounts)
        + said(
            ". Un compte bloqué ne donne jamais « hors service ».",
            ". A blocked account never gives “down”.",
        ),
    )
    categories = sorted({name for one in report.components for name in one.categories})
    yield (
        said("Quelle catégorie a été regardée ?", "Which category was looked at?"),
        ", ".join(categories)
        or said(
            "Aucune : les étapes observées précèdent le choix de la catégorie.",
            "None: the steps observed come before the choice of the category.",
        ),
    )
    yield (
        said("Le robot a-t-il été bloqué ?", "Was the robot blocked?"),
        _block_text(report),
    )
    yield (
        said("Était-ce le réseau de l’observatoire ?", "Was it the observatory’s own network?"),
        said(
            "Des sites de référence répondaient dans la même minute à chaque échec retenu ; sinon "
            "le relevé est « non connu ».",
            "Reference sites answered in the same minute for each failure that counts; otherwise "
            "the record is “not known”.",
        ),
    )


def _block_text(report: OutageReport) -> str:
    blocked = sum(
        count
        for one in report.components
        for outcome, count in one.outcomes
        if outcome is Outcome.BLOCKED
    )
    refused = said(
        f"Relevés où le site a refusé notre robot, comptés « non connu » : {number(blocked)}. ",
        f"Records in which the site refused our robot, counted “not known”: {number(blocked)}. ",
    )
    if report.refusal_not_excluded:
        return refused + said(
            "Des échecs vus depuis un seul opérateur portent « blocage non exclu ».",
            "Failures seen from one operator alone are marked “block not excluded”.",
        )
    return refused + said(
        "Aucun échec retenu ne ressemble à un refus vu d’un seul réseau.",
        "No failure that counts looks like a refusal seen from one network alone.",
    )
