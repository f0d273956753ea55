"""Relevé de concordance: a person's declared attempts beside what the monitor saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.certificates import blocks as b
from monitor.certificates import sections
from monitor.certificates.blocks import Block, Text
from monitor.certificates.evidence import Evidence
from monitor.certificates.incident_blocks import duration_text, look_picture, start_and_end
from monitor.certificates.measure_blocks import (
    apart_text,
    declared_text,
    measured,
    weeks_text,
)
from monitor.certificates.model import AttemptReport, AttemptsReport, LookReport, SeenReport
from monitor.certificates.said import lasting, listed, moment, number_sign, said
from monitor.core.attempts import DeclaredAttempt
from monitor.core.attempts_table import REASONS, Finding
from monitor.core.model import Outcome
from monitor.core.territories import BY_ID, METROPOLE
from monitor.web.language import _
from monitor.web.words import NOT_KNOWN_WORDS, depth_words, title

Section = Callable[[AttemptsReport, Evidence], list[Block]]


def finding_words(finding: Finding) -> str:
    """The finding as documents print it."""
    return {
        Finding.CONCORDANT: said("concordant", "concordant"),
        Finding.CONTRARY: said("contraire", "contrary"),
        Finding.SHARED: said("partagé", "shared"),
        Finding.NOT_COMPARABLE: said("non comparable", "not comparable"),
        Finding.NOT_OBSERVED: said("non observé", "not observed"),
    }[finding]


def opening(report: AttemptsReport, _evidence: Evidence) -> list[Block]:
    """Page one: whose hours these are, and the essentials."""
    return [
        *sections.specimen(report.frame),
        b.notice(
            [
                b.bold(
                    said(
                        "Heures déclarées par le requérant, non vérifiées.",
                        "Hours declared by the person, not verified.",
                    )
                ),
                " ",
                said(
                    "Elles sont confrontées ci-après aux relevés que l’observatoire a faits de son "
                    "côté, avant de les connaître.",
                    "They are set below against the records that the observatory made on its own, "
                    "before knowing them.",
                ),
            ]
        ),
        b.facts(sections.heading_facts(report.frame)),
        b.heading(said("L’essentiel", "In short")),
        b.essentials(_essentials(report)),
    ]


def _essentials(report: AttemptsReport) -> Iterable[Text]:
    measures = report.measures
    counts = ", ".join(
        f"{count} {finding_words(finding)}{'s' if count > 1 and finding not in _UNCOUNTED else ''}"
        for finding, count in measures.findings.items()
    )
    total = measures.attempts
    plural = "s" if total > 1 else ""
    yield [
        b.bold(
            said(f"{total} tentative{plural} déclarée{plural}", f"{total} declared attempt{plural}")
        ),
        said(f" : {counts}.", f": {counts}."),
    ]
    if measures.duplicates:
        yield said(
            f"{measures.duplicates} déclarée(s) deux fois, comptée(s) une.",
            f"{measures.duplicates} declared twice, counted once.",
        )
    yield weeks_text(measures.concordant)
    yield apart_text(measures.concordant)
    if measures.findings[Finding.CONTRARY]:
        yield [
            b.bold(said("Constats contraires.", "Contrary findings.")),
            " ",
            said(
                "À certaines heures déclarées, l’observatoire a vu l’étape fonctionner.",
                "At some declared hours the observatory saw the step working.",
            ),
        ]
    changed = sum(one.second is not None for one in report.attempts)
    if changed:
        yield [
            b.bold(said("Examen ultérieur.", "Later review.")),
            " ",
            said(
                "De nouvelles règles ou une personne ont jugé autrement depuis : le second constat "
                f"figure à côté du premier. Tentatives concernées : {changed}.",
                "Newer rules or a person judged otherwise since: the second finding stands beside "
                f"the first. Attempts concerned: {changed}.",
            ),
        ]
    if report.refusal_not_excluded:
        yield [
            b.bold(said("Blocage non exclu.", "Block not excluded.")),
            " ",
            said(
                "Au moins un échec proche n’a été vu que depuis un seul opérateur de réseau.",
                "At least one nearby failure was seen from one network operator only.",
            ),
        ]


def _second_words(one: AttemptReport) -> str:
    """What later judgement makes of the finding; "" where it stays."""
    if one.second is None:
        return ""
    words = finding_words(one.second.finding)
    return said(f" ; après examen ultérieur : {words}", f"; after later review: {words}")


_UNCOUNTED = (Finding.NOT_COMPARABLE, Finding.NOT_OBSERVED)


def attempts(report: AttemptsReport, _evidence: Evidence) -> list[Block]:
    """All attempts in one table, contrary findings as plainly as the others."""
    rows: list[list[Text]] = []
    for one in report.attempts:
        found = one.corroboration
        attempt = found.attempt
        announced = said(" (maintenance annoncée)", " (announced maintenance)")
        rows.append(
            [
                str(one.number),
                [declared_text(attempt), " ", _place(attempt)],
                title(attempt.component),
                [
                    b.bold(finding_words(found.finding)),
                    announced if found.announced else "",
                    _second_words(one),
                ],
                said(REASONS[found.reason].fr, REASONS[found.reason].en),
            ]
        )
    return [
        b.heading(said("Les tentatives et les relevés", "The attempts and the records")),
        b.table(
            [
                said("N°", "No."),
                said("Heure déclarée", "Declared hour"),
                said("Étape", "Step"),
                said("Constat", "Finding"),
                said("Pourquoi", "Why"),
            ],
            rows,
            [0, 5, 3, 3, 6],
        ),
    ]


def _place(attempt: DeclaredAttempt) -> str:
    name = BY_ID[attempt.territory].name
    return f"({said(name, 'metropolitan France') if attempt.territory == METROPOLE else name})"


def one_by_one(report: AttemptsReport, evidence: Evidence) -> list[Block]:
    """Each attempt with the records around it."""
    found: list[Block] = []
    pictured: set[str] = set()
    for one in report.attempts:
        found += _attempt_blocks(one, evidence, pictured)
    return found


def _attempt_blocks(one: AttemptReport, evidence: Evidence, pictured: set[str]) -> list[Block]:
    attempt = one.corroboration.attempt
    rows = list(_attempt_rows(one))
    shown = []
    for look in _looks(one):
        shot = look.picture.sha256 if look.picture else ""
        drawn = look_picture(look, evidence, failing=look.outcome.is_failing)
        if drawn and shot not in pictured:
            pictured.add(shot)
            shown.append({**drawn, "caption": [_look_lead(look), "SHA-256 ", b.code(shot)]})
    name = said(f"Tentative n° {one.number}", f"Attempt {one.number}")
    return [
        b.heading(f"{name}{said(' : ', ': ')}{declared_text(attempt)}", 2),
        b.facts(rows),
        *([b.pictures(shown[:2])] if shown else []),
    ]


def _looks(one: AttemptReport) -> Iterable[LookReport]:
    return [look for seen in one.seen for look in (seen.before, seen.after) if look]


def _look_lead(look: LookReport) -> str:
    return f"{number_sign(look.sequence)}, {moment(look.started_at)}, {_outcome(look.outcome)}. "


def _outcome(outcome: Outcome) -> str:
    words = {
        Outcome.UP: said("réussi", "good"),
        Outcome.DEGRADED: said("réussi, lent", "good, slow"),
        Outcome.DOWN: said("en échec", "failing"),
        Outcome.MAINTENANCE: said("maintenance annoncée", "announced maintenance"),
    }
    return words.get(outcome) or _(NOT_KNOWN_WORDS[outcome])


def _attempt_rows(one: AttemptReport) -> Iterable[tuple[Text, Text]]:
    attempt = one.corroboration.attempt
    yield said("Déclaré", "Declared"), [declared_text(attempt), f" {_place(attempt)}"]
    yield said("Étape", "Step"), title(attempt.component)
    if attempt.category:
        yield said("Catégorie", "Category"), attempt.category
    yield said("Jusqu’où", "How far"), depth_words(attempt.depth)
    if attempt.words:
        yield (
            said("Mots du requérant", "The person’s words"),
            said(f"« {attempt.words} »", f"“{attempt.words}”"),
        )
    yield (
        said("Constat", "Finding"),
        [
            b.bold(finding_words(one.corroboration.finding)),
            " — ",
            said(REASONS[one.corroboration.reason].fr, REASONS[one.corroboration.reason].en),
        ],
    )
    for seen in one.seen:
        yield from _seen_rows(seen, several=len(one.seen) > 1)
    for incident in one.incidents:
        start, end = start_and_end(incident.incident)
        yield (
            said("Dans l’incident", "Inside the incident"),
            f"{listed((start, end))} ({duration_text(incident)})",
        )


def _seen_rows(seen: SeenReport, *, several: bool) -> Iterable[tuple[Text, Text]]:
    place = f" ({sections.vantage_text(seen.vantage)})" if several else ""
    for lead, look, seconds in (
        (said("Relevé précédent", "Record before"), seen.before, seen.before_seconds),
        (said("Relevé suivant", "Record after"), seen.after, seen.after_seconds),
    ):
        yield lead + place, _side(look, seconds)


def _side(look: LookReport | None, seconds: float | None) -> Text:
    if look is None or seconds is None:
        return said("aucun qui permette de conclure", "none that knows")
    what = sections.look_message(look) if look.outcome.is_failing else depth_words(look.depth)
    distance = lasting(seconds)
    return [
        f"{number_sign(look.sequence)}, {moment(look.started_at)} ",
        said(f"(à {distance}) : ", f"({distance} away): "),
        b.bold(_outcome(look.outcome)),
        f", {what}",
    ]


def texts(report: AttemptsReport, _evidence: Evidence) -> list[Block]:
    """The law, with the decision that shows how strictly the week may be read."""
    return sections.law(report.frame)


def how(report: AttemptsReport, _evidence: Evidence) -> list[Block]:
    """How findings are made; method, limits, issuer."""
    rule = said(
        "Concordant : l’étape était en échec au relevé précédent et au relevé suivant, chacun à "
        "moins d’un intervalle, ou l’heure tombe dans un incident sans trou à cet endroit. "
        "Contraire : elle fonctionnait des deux côtés, à moins d’un intervalle et jusqu’au point "
        "atteint. Partagé : un côté de chaque. Non comparable : autre catégorie, message propre au "
        "dossier, ou relevé arrêté au formulaire. Non observé : tout le reste.",
        "Concordant: the step failed at the record before and at the record after, each within "
        "one interval, or the hour lies in an incident without a hole there. Contrary: it worked "
        "on both sides, within one interval and as far as the person went. Split: one side each. "
        "Not comparable: another category, a message about the person’s own file, or a record "
        "that stopped at the form. Not observed: all the rest.",
    )
    return [
        *sections.method(report.frame),
        b.heading(said("Les constats", "The findings"), 2),
        b.paragraph(rule),
        b.paragraph(
            said(
                "Rien de ce que le requérant a déclaré n’est conservé par l’observatoire.",
                "Nothing of what the person declared is kept by the observatory.",
            )
        ),
        *sections.limits(report.frame),
    ]


def seals(report: AttemptsReport, evidence: Evidence) -> list[Block]:
    """Integrity."""
    return sections.integrity(report.frame, evidence)


SECTIONS: tuple[Section, ...] = (opening, attempts, measured, one_by_one, texts, how, seals)
