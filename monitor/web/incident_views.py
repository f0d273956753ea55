"""Incidents in words: bounds, durations, what was not observed, and the picture of the first
failing run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.core.incidents import Span, duration
from monitor.core.model import Attempt, BlobRef, Incident, Observation, SlotRecord, Step
from monitor.core.rules import BY_ID
from monitor.web.language import _, language, link
from monitor.web.reader import SlotReader
from monitor.web.typography import NBSP, between, decimal, french, lasting, precise, sentence, since
from monitor.web.words import KIND_WORDS, step_title, title


@dataclass(frozen=True, kw_only=True)
class IncidentRow:
    """One line of a list."""

    url: str
    component: str
    kind: str
    tone: str
    open: bool
    started: str
    ended: str
    lasted: str


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One step of the first failing run."""

    name: str
    failed: bool
    seconds: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The page as the monitor saw it in one attempt (``number``, from 1)."""

    number: int
    url: str
    sha256: str
    alt: str
    taken: str


@dataclass(frozen=True, kw_only=True)
class IncidentPage:
    """All that the page of one incident shows. ``gone`` says that a picture was taken which is
    kept no more."""

    row: IncidentRow
    seen_from: str
    records: str
    rule: str
    message: str
    via: str
    start: tuple[tuple[str, str], ...]
    end: tuple[tuple[str, str], ...]
    failing: int
    holes: tuple[str, ...]
    respites: tuple[str, ...]
    steps: tuple[StepRow, ...]
    pictures: tuple[Picture, ...]
    attempts: int
    gone: bool


def incident_id(incident: Incident) -> str:
    """Stable name in addresses: a sequence never changes."""
    return f"{incident.component}-{incident.opened_sequence}"


def incident_row(incident: Incident, now: datetime, last_seen: datetime | None) -> IncidentRow:
    """``last_seen`` is the last failing look at an open incident."""
    return IncidentRow(
        url=link(f"/incidents/{incident_id(incident)}"),
        component=title(incident.component),
        kind=_(KIND_WORDS.get(incident.kind, KIND_WORDS["down"])),
        tone="planned" if incident.kind == "maintenance" else "bad",
        open=incident.is_open,
        started=sentence(_started(incident, now)),
        ended=sentence(_ended(incident, now)),
        lasted=sentence(lasted(incident, now, last_seen)),
    )


def _started(incident: Incident, now: datetime) -> str:
    if incident.started_after is None:
        return _("avant {moment}").format(moment=since(incident.started_before, now))
    return between(incident.started_after, incident.started_before, now)


def _ended(incident: Incident, now: datetime) -> str:
    if incident.ended_after is None or incident.ended_before is None:
        return _("en cours")
    return between(incident.ended_after, incident.ended_before, now)


def lasted(incident: Incident, now: datetime, last_seen: datetime | None) -> str:
    """ "de 25 à 35 min" in words that promise no more than was seen."""
    found = duration(incident, now=now, last_seen=last_seen)
    least = _("au moins {time}").format(time=lasting(found.minimum_seconds))
    if incident.is_open or found.maximum_seconds is None:
        return least
    most = _("au plus {time}").format(time=lasting(found.maximum_seconds))
    return f"{least}, {most}"


def incident_page(
    incident: Incident,
    first: Observation | None,
    *,
    now: datetime,
    last_seen: datetime | None,
    kept: frozenset[str],
    vantages: Mapping[str, str],
) -> IncidentPage:
    """``first`` is the first failing run; ``kept`` are the hashes of its pictures still stored;
    ``vantages`` are places by their id."""
    rule = BY_ID.get(incident.rule)
    shots = _failing_shots(first)
    return IncidentPage(
        row=incident_row(incident, now, last_seen),
        seen_from=vantages.get(incident.vantage, incident.vantage),
        records=_records(incident),
        rule=incident.rule,
        message=french(rule.fr if language() == "fr" else rule.en) if rule else "",
        via=title(incident.via) if incident.via and incident.via != incident.component else "",
        start=_start_bounds(incident),
        end=_end_bounds(incident),
        failing=incident.failing_slots,
        holes=tuple(_span(hole, now) for hole in incident.holes),
        respites=tuple(_span(respite, now) for respite in incident.respites),
        steps=tuple(_step(step) for step in first.attempts[0].steps)
        if first and first.attempts
        else (),
        pictures=tuple(
            _picture(incident, number, attempt, shot)
            for number, attempt, shot in shots
            if shot.sha256 in kept
        ),
        attempts=len(first.attempts) if first else 0,
        gone=any(shot.sha256 not in kept for _number, _attempt, shot in shots),
    )


def _records(incident: Incident) -> str:
    """Numbers of the first and the last failing run in the ledger."""
    first, last = incident.first_failing_sequence, incident.last_failing_sequence
    return _("n° {first} à n° {last}").format(first=first, last=last).replace("° ", f"°{NBSP}")


def _start_bounds(incident: Incident) -> tuple[tuple[str, str], ...]:
    """Lines of (moment, what was seen then)."""
    latest = precise(incident.started_before)
    if incident.started_after is None:
        return (
            (
                _("avant le {moment}").format(moment=latest),
                french(_("premier essai en échec ; aucun relevé réussi avant lui")),
            ),
        )
    return (
        (_between(incident.started_after), _("dernier relevé réussi")),
        (_and(incident.started_before), _("premier essai en échec")),
    )


def _end_bounds(incident: Incident) -> tuple[tuple[str, str], ...]:
    if incident.ended_after is None or incident.ended_before is None:
        return ((_("en cours"), _("deux relevés réussis de suite y mettront fin")),)
    return (
        (_between(incident.ended_after), _("dernier essai en échec")),
        (_and(incident.ended_before), _("premier relevé réussi")),
    )


def _between(moment: datetime) -> str:
    return _("entre le {moment}").format(moment=precise(moment))


def _and(moment: datetime) -> str:
    return _("et le {moment}").format(moment=precise(moment))


def _span(span: Span, now: datetime) -> str:
    return f"{between(*span, now)} ({lasting((span[1] - span[0]).total_seconds())})"


def _step(step: Step) -> StepRow:
    return StepRow(
        name=step_title(step.name),
        failed=step.outcome != "ok",
        seconds=decimal(step.duration_seconds, 2) + f"{NBSP}s",
        status=str(step.http_status or "—"),
    )


def screenshots(observation: Observation | None) -> dict[str, BlobRef]:
    """Every picture of a run, by hash."""
    attempts = observation.attempts if observation else ()
    shots = (step.screenshot for attempt in attempts for step in attempt.steps)
    return {shot.sha256: shot for shot in shots if shot}


def failing_shot(observation: Observation | None) -> BlobRef | None:
    """The picture of the first failed step, else the last picture of the run."""
    attempts = observation.attempts if observation else ()
    steps = [step for attempt in attempts for step in attempt.steps if step.screenshot]
    failed = [step.screenshot for step in steps if step.outcome != "ok"]
    return (failed or [step.screenshot for step in reversed(steps)] or [None])[0]


def _failing_shots(first: Observation | None) -> tuple[tuple[int, Attempt, BlobRef], ...]:
    """The picture of the failed step in each attempt, without one that shows the same again."""
    found: dict[str, tuple[int, Attempt, BlobRef]] = {}
    for number, attempt in enumerate(first.attempts if first else (), start=1):
        taken = [step for step in attempt.steps if step.screenshot]
        failed = [step for step in taken if step.outcome != "ok"] or taken[-1:]
        if failed and (shot := failed[0].screenshot):
            found.setdefault(shot.sha256, (number, attempt, shot))
    return tuple(found.values())


def _picture(incident: Incident, number: int, attempt: Attempt, shot: BlobRef) -> Picture:
    return Picture(
        number=number,
        url=f"/captures/{incident.first_failing_sequence}/{shot.sha256}",
        sha256=shot.sha256,
        alt=french(
            _("Capture d’écran du premier relevé en échec, essai {number} : {name}").format(
                number=number, name=title(incident.component)
            )
        ),
        taken=precise(attempt.finished_at),
    )


def last_failing(records: tuple[SlotRecord, ...], incident: Incident) -> datetime | None:
    """Start of the last failing attempt of an incident; None when its slot is not at hand."""
    found = (
        record.last_started_at
        for record in reversed(records)
        if record.sequence == incident.last_failing_sequence
    )
    return next(found, None)


def last_seen(reader: SlotReader, incident: Incident) -> datetime | None:
    """Start of the last failing attempt of an open incident; None once it is closed."""
    if not incident.is_open:
        return None
    before = incident.last_failing_sequence - 1
    slots = reader.slots(
        component=incident.component, vantage=incident.vantage, after_sequence=before
    )
    return last_failing(tuple(slots), incident)
