"""What a person's attempts measure: weeks and distances, side by side."""

from __future__ import annotations

from collections.abc import Iterable

from babel.dates import format_date

from monitor.certificates import blocks as b
from monitor.certificates.blocks import Block, Text
from monitor.certificates.evidence import Evidence
from monitor.certificates.model import AttemptsReport
from monitor.certificates.said import lasting, listed, said
from monitor.core.attempts import DeclaredAttempt
from monitor.core.attempts_measures import SEVEN_DAYS, Spread, clock_of
from monitor.web.language import language
from monitor.web.typography import NBSP


def declared_text(attempt: DeclaredAttempt) -> str:
    """When, by the clock of the person: "mardi 13 mai 2026, 14 h 00 – 16 h 00"."""
    zone = clock_of(attempt)
    start, end = attempt.start.astimezone(zone), attempt.until.astimezone(zone)
    hours = _clock(start.hour, start.minute)
    if attempt.end is not None:
        other = "" if end.date() == start.date() else f"{end.day:02d}/{end.month:02d} "
        hours += f" – {other}{_clock(end.hour, end.minute)}"
    day = format_date(start.date(), "EEEE d MMMM y", locale=language())
    return f"{day}, {hours}"


def _clock(hour: int, minute: int) -> str:
    return said(f"{hour}{NBSP}h{NBSP}{minute:02d}", f"{hour}:{minute:02d}")


def weeks_text(spread: Spread) -> str:
    """How many calendar weeks."""
    weeks = ", ".join(spread.weeks) or said("aucune", "none")
    return said(
        f"Semaines civiles distinctes (ISO, Paris) des tentatives concordantes : "
        f"{len(spread.weeks)} ({weeks}).",
        f"Distinct calendar weeks (ISO, Paris) of the concordant attempts: {len(spread.weeks)} "
        f"({weeks}).",
    )


def apart_text(spread: Spread) -> str:
    """How far apart, by the local clock."""
    if spread.widest_span is None:
        return said(
            "Moins de deux tentatives concordantes : aucun écart à mesurer.",
            "Fewer than two concordant attempts: no distance to measure.",
        )
    span = lasting(spread.widest_span.total_seconds())
    yes = spread.has_seven_days
    return said(
        f"Plus grand écart entre deux tentatives concordantes, à l’horloge locale : {span} "
        f"({'au moins' if yes else 'moins de'} {SEVEN_DAYS.days} jours).",
        f"Largest distance between two concordant attempts, by the local clock: {span} "
        f"({'at least' if yes else 'less than'} {SEVEN_DAYS.days} days).",
    )


def measured(report: AttemptsReport, _evidence: Evidence) -> list[Block]:
    """The measures, with and without announced maintenance, and the note."""
    measures = report.measures
    blocks = [b.heading(said("Les mesures", "The measures"))]
    for head, spread in (
        (
            said("Toutes les tentatives concordantes", "All concordant attempts"),
            measures.concordant,
        ),
        (
            said("Sans celles où une maintenance était annoncée", "Without announced maintenance"),
            measures.without_maintenance,
        ),
    ):
        blocks += [b.heading(f"{head} ({spread.count})", 2), b.facts(_spread_rows(spread))]
    if measures.concordant.needs_note or measures.without_maintenance.needs_note:
        blocks.append(_note())
    blocks.append(
        b.small(
            said(
                "L’écart d’au moins sept jours à l’horloge locale est une lecture prudente de "
                "« pas effectuées la même semaine » ; cette lecture est la nôtre.",
                "A distance of at least seven days by the local clock is a prudent reading of “not "
                "made in the same week”; this reading is ours.",
            )
        )
    )
    return blocks


def _spread_rows(spread: Spread) -> Iterable[tuple[Text, Text]]:
    none = said("aucune", "none")
    yield (
        said("Semaines civiles (ISO, Paris)", "Calendar weeks (ISO, Paris)"),
        f"{len(spread.weeks)} ({', '.join(spread.weeks) or none})",
    )
    yield (
        said("Semaines civiles (horloge locale)", "Calendar weeks (local clock)"),
        f"{len(spread.local_weeks)} ({', '.join(spread.local_weeks) or none})",
    )
    if spread.widest is not None and spread.widest_span is not None:
        first, last = spread.widest
        yield (
            said("Les deux plus éloignées", "The two furthest apart"),
            listed((declared_text(first), declared_text(last))),
        )
        yield said("Écart", "Distance"), lasting(spread.widest_span.total_seconds())
    yield (
        said("Au moins sept jours entre deux d’entre elles", "At least seven days between two"),
        said("oui", "yes") if spread.has_seven_days else said("non", "no"),
    )


def _note() -> Block:
    return b.notice(
        [
            b.bold(said("Note.", "Note.")),
            " ",
            said(
                "Ces tentatives tombent dans des semaines civiles différentes, mais à moins de "
                "sept jours l’une de l’autre. Dans l’affaire CE, 10 juin 2020, n° 435594, des "
                "démarches faites du 13 au 18 septembre 2019 (un vendredi et le mercredi suivant : "
                "deux semaines civiles, cinq jours d’écart) n’ont pas suffi.",
                "These attempts fall into different calendar weeks, yet less than seven days "
                "apart. In CE, 10 June 2020, n° 435594, steps taken from 13 to 18 September 2019 "
                "(a Friday and the next Wednesday: two calendar weeks, five days apart) did not "
                "suffice.",
            ),
        ]
    )
