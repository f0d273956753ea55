"""Findings of attempts in words, as the page shows them before a document is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from babel.dates import get_day_names, get_month_names

from monitor.certificates.model import AttemptReport, AttemptsReport, LookReport, SeenReport
from monitor.core.attempts import DeclaredAttempt
from monitor.core.attempts_measures import Spread, clock_of
from monitor.core.attempts_table import FINDING_WORDS, REASONS, Finding
from monitor.core.model import Outcome
from monitor.core.statistics import PARIS
from monitor.core.territories import BY_ID
from monitor.web.language import N_, _, language
from monitor.web.typography import NBSP, french, lasting, number, precise, sentence
from monitor.web.words import depth_words, title

TONES = {
    Finding.CONCORDANT: "bad",
    Finding.CONTRARY: "good",
    Finding.SHARED: "slow",
    Finding.NOT_COMPARABLE: "off",
    Finding.NOT_OBSERVED: "unsure",
}

_SAW = {
    Outcome.UP: N_("fonctionnait"),
    Outcome.DEGRADED: N_("fonctionnait, lentement"),
    Outcome.DOWN: N_("en échec"),
    Outcome.MAINTENANCE: N_("maintenance annoncée"),
}


@dataclass(frozen=True, kw_only=True)
class SideView:
    """One look beside an attempt. ``picture`` is an address, "" without one."""

    place: str
    saw: str
    tone: str
    when: str
    record: str
    message: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class FindingView:
    """One attempt with its finding."""

    number: int
    when: str
    where: str
    step: str
    finding: str
    tone: str
    reason: str
    announced: bool
    second: str
    sides: tuple[SideView, ...]
    incidents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MeasureView:
    """A line of (what, value)."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class FindingsView:
    """All that is shown of a report of attempts."""

    findings: tuple[FindingView, ...]
    counts: tuple[MeasureView, ...]
    measures: tuple[MeasureView, ...]
    note: bool
    weeks_differ: bool
    refusal: bool
    specimen: bool


def findings_view(report: AttemptsReport) -> FindingsView:
    """In the language of the page."""
    found = report.measures
    spread = found.concordant
    return FindingsView(
        findings=tuple(_finding(one) for one in report.attempts),
        counts=tuple(
            MeasureView(name=finding_name(finding), value=number(count))
            for finding, count in found.findings.items()
            if count or finding in (Finding.CONCORDANT, Finding.CONTRARY)
        ),
        measures=_measures(report),
        note=spread.needs_note,
        weeks_differ=len(spread.weeks) != len(spread.local_weeks),
        refusal=report.refusal_not_excluded,
        specimen=report.frame.specimen,
    )


def _measures(report: AttemptsReport) -> tuple[MeasureView, ...]:
    found = report.measures
    without = found.without_maintenance
    lines = [
        (_("Tentatives déclarées"), number(found.attempts)),
        (_("Tentatives concordantes"), number(found.concordant.count)),
        (_("… sans celles d’une maintenance annoncée"), number(without.count)),
        (_("Semaines distinctes (ISO, heure de Paris)"), _weeks(found.concordant)),
        (_("Deux tentatives concordantes à sept jours au moins"), _seven(found.concordant)),
    ]
    if found.duplicates:
        lines.insert(1, (_("Déclarées deux fois, comptées une fois"), number(found.duplicates)))
    if without.count != found.concordant.count:
        lines.append((_("Les mêmes, sans maintenance annoncée"), _seven(without)))
    if report.second_measures is not None:
        second = report.second_measures.concordant
        lines += [
            (_("Concordantes après examen ultérieur"), number(second.count)),
            (_("Deux d’entre elles à sept jours au moins"), _seven(second)),
        ]
    return tuple(MeasureView(name=sentence(name), value=value) for name, value in lines)


def _weeks(spread: Spread) -> str:
    if not spread.weeks:
        return "0"
    listed = ", ".join(_week(one) for one in spread.weeks)
    return f"{len(spread.weeks)} ({listed})"


def _week(name: str) -> str:
    """ "semaine 37 de 2019"."""
    year, week = name.split("-W")
    return _("semaine {week} de {year}").format(week=int(week), year=year)


def _seven(spread: Spread) -> str:
    if spread.widest_span is None:
        return _("sans objet : moins de deux tentatives concordantes")
    answer = _("oui") if spread.has_seven_days else _("non")
    span = lasting(spread.widest_span.total_seconds())
    return french(_("{answer} (écart le plus long : {span})").format(answer=answer, span=span))


def finding_name(finding: Finding) -> str:
    """ "Concordant"."""
    return FINDING_WORDS[finding][0 if language() == "fr" else 1]


def _finding(report: AttemptReport) -> FindingView:
    found = report.corroboration
    words = REASONS[found.reason]
    return FindingView(
        number=report.number,
        when=attempt_when(found.attempt),
        where=BY_ID[found.attempt.territory].name,
        step=title(found.attempt.component),
        finding=finding_name(found.finding),
        tone=TONES[found.finding],
        reason=french(words.fr if language() == "fr" else words.en),
        announced=found.announced,
        second=finding_name(report.second.finding) if report.second else "",
        sides=tuple(side for seen in report.seen for side in _sides(seen, len(report.seen) > 1)),
        incidents=tuple(
            f"/incidents/{one.incident.component}-{one.incident.opened_sequence}"
            for one in report.incidents
        ),
    )


def _sides(seen: SeenReport, named: bool) -> list[SideView]:
    vantage = f"{seen.vantage.label}{NBSP}: " if named else ""
    found = []
    for look, seconds, before in (
        (seen.before, seen.before_seconds, True),
        (seen.after, seen.after_seconds, False),
    ):
        if look is not None and seconds is not None:
            found.append(_side(look, seconds, before, vantage))
    return found


def _side(look: LookReport, seconds: float, before: bool, vantage: str) -> SideView:
    place = _("{span} avant") if before else _("{span} après")
    failing = look.outcome.is_failing
    depth = "" if failing else f" ({depth_words(look.depth)})"
    kept = look.picture is not None and look.picture_kept
    return SideView(
        place=vantage + place.format(span=lasting(seconds)),
        saw=_(_SAW[look.outcome]) + depth,
        tone="bad" if failing else "good",
        when=precise(look.started_at),
        record=_("relevé n° {number}").format(number=look.sequence).replace("n° ", f"n°{NBSP}"),
        message=look.page_message,
        picture=f"/captures/{look.sequence}/{look.picture.sha256}" if kept and look.picture else "",
    )


def attempt_when(attempt: DeclaredAttempt) -> str:
    """ "mardi 12 mai 2026 à 14 h 05", by the person's own clock; where that is not the one of
    Paris, the hour in Paris too."""
    clock = clock_of(attempt)
    said = _span(attempt, clock)
    shown = attempt.start.astimezone(clock).utcoffset()
    if shown == attempt.start.astimezone(PARIS).utcoffset():
        return said
    return french(_("{when} (à Paris : {paris})").format(when=said, paris=_span(attempt, PARIS)))


def _span(attempt: DeclaredAttempt, clock: tzinfo) -> str:
    start, end = attempt.start.astimezone(clock), attempt.until.astimezone(clock)
    if attempt.end is None:
        return _("{day} à {hour}").format(day=_long_day(start), hour=_hour(start))
    return _("{day} de {start} à {end}").format(
        day=_long_day(start), start=_hour(start), end=_hour(end)
    )


def _long_day(local: datetime) -> str:
    """ "mardi 12 mai 2026", of a moment that is local already."""
    name = get_day_names(locale=language())[local.weekday()]
    first = "1er" if local.day == 1 and language() == "fr" else str(local.day)
    return f"{name} {first}{NBSP}{get_month_names(locale=language())[local.month]} {local.year}"


def _hour(local: datetime) -> str:
    separator = f"{NBSP}h{NBSP}" if language() == "fr" else ":"
    return f"{local.hour}{separator}{local.minute:02d}"
