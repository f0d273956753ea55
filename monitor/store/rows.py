"""Between the model's values and the rows of the tables. Pure: no connection in here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from monitor.core.issued import Issued
from monitor.core.model import (
    Attempt,
    BlobRef,
    Control,
    Depth,
    Incident,
    Observation,
    Outcome,
    Profile,
    Signal,
    SignalKind,
    Slot,
    SlotRecord,
    Step,
    Vantage,
    Verdict,
)
from monitor.errors import StoreError
from monitor.store.columns import utc
from monitor.store.schema import slot as slot_table

Values = dict[str, Any]
AnyRow = Row[*tuple[Any, ...]]
Span = tuple[datetime, datetime]

SLOT_COLUMNS = tuple(slot_table.columns)
"""What ``slot_record`` takes, in the order in which it takes it."""


def ran(observation: Observation, sequence: int) -> SlotRecord:
    """The thin line of an observation.

    Without any attempt (the browser did not start) the run's own start and end stand for those
    of the attempts: they bound them.
    """
    attempts = observation.attempts
    verdict = observation.verdict
    return SlotRecord(
        sequence=sequence,
        slot=observation.slot,
        outcome=verdict.outcome,
        rule=verdict.rule,
        ruleset=verdict.ruleset,
        depth=observation.depth,
        flags=verdict.flags,
        via=verdict.via,
        started_at=observation.started_at,
        finished_at=observation.finished_at,
        first_finished_at=attempts[0].finished_at if attempts else observation.finished_at,
        last_started_at=attempts[-1].started_at if attempts else observation.started_at,
        duration_seconds=observation.duration_seconds,
        category=observation.profile.category,
        retry_after_seconds=_retry_after(attempts),
    )


def _retry_after(attempts: Iterable[Attempt]) -> float | None:
    asked = [
        signal.number
        for attempt in attempts
        for signal in attempt.signals
        if signal.kind is SignalKind.RETRY_AFTER and signal.number is not None
    ]
    return max(asked, default=None)


def slot_values(record: SlotRecord) -> Values:
    """A row of ``slot``."""
    return {
        "sequence": record.sequence,
        "component": record.slot.component,
        "vantage": record.slot.vantage,
        "scheduled_at": record.slot.scheduled_at,
        "interval_seconds": record.slot.interval_seconds,
        "outcome": record.outcome.value,
        "rule": record.rule,
        "ruleset": record.ruleset,
        "depth": record.depth.value,
        "flags": record.flags,
        "via": record.via,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "first_finished_at": record.first_finished_at,
        "last_started_at": record.last_started_at,
        "duration_seconds": record.duration_seconds,
        "category": record.category,
        "retry_after_seconds": record.retry_after_seconds,
    }


def slot_record(row: Sequence[Any]) -> SlotRecord:
    """The thin line of a row whose columns are ``SLOT_COLUMNS``."""
    (
        sequence, component, vantage, scheduled_at, interval_seconds, outcome, rule, ruleset,
        depth, flags, via, started_at, finished_at, first_finished_at, last_started_at,
        duration_seconds, category, retry_after_seconds,
    ) = row  # fmt: skip
    return SlotRecord(
        sequence=sequence,
        slot=Slot(
            component=component,
            vantage=vantage,
            scheduled_at=scheduled_at,
            interval_seconds=interval_seconds,
        ),
        outcome=Outcome(outcome),
        rule=rule,
        ruleset=ruleset,
        depth=Depth(depth),
        flags=flags,
        via=via,
        started_at=started_at,
        finished_at=finished_at,
        first_finished_at=first_finished_at,
        last_started_at=last_started_at,
        duration_seconds=duration_seconds,
        category=category,
        retry_after_seconds=retry_after_seconds,
    )


def observation_values(sequence: int, observation: Observation) -> Values:
    """A row of ``observation``: what the thin line does not hold."""
    return {
        "sequence": sequence,
        "queued_seconds": observation.queued_seconds,
        "account": observation.profile.account,
        "failed_step": observation.verdict.failed_step,
        "message_fr": observation.verdict.message_fr,
        "message_en": observation.verdict.message_en,
        "control_reachable": observation.control.reachable,
        "control_tried": observation.control.tried,
        "blocked_requests": observation.blocked_requests,
        "environment": _json(observation.environment),
    }


def attempt_values(sequence: int, observation: Observation) -> list[Values]:
    """Rows of ``attempt``, numbered from 1."""
    return [
        {
            "sequence": sequence,
            "number": number,
            "started_at": attempt.started_at,
            "finished_at": attempt.finished_at,
            "duration_seconds": attempt.duration_seconds,
            "outcome": attempt.verdict.outcome.value,
            "rule": attempt.verdict.rule,
            "ruleset": attempt.verdict.ruleset,
            "flags": attempt.verdict.flags,
            "failed_step": attempt.verdict.failed_step,
            "via": attempt.verdict.via,
            "message_fr": attempt.verdict.message_fr,
            "message_en": attempt.verdict.message_en,
            "signals": _json([_signal_values(signal) for signal in attempt.signals]),
            "manifest_sha256": attempt.manifest and attempt.manifest.sha256,
        }
        for number, attempt in enumerate(observation.attempts, start=1)
    ]


def step_values(sequence: int, observation: Observation) -> list[Values]:
    """Rows of ``step``, numbered from 1 within their attempt."""
    return [
        {
            "sequence": sequence,
            "attempt": attempt_number,
            "number": number,
            "name": step.name,
            "outcome": step.outcome,
            "duration_seconds": step.duration_seconds,
            "url": step.url,
            "http_status": step.http_status,
            "screenshot_sha256": step.screenshot and step.screenshot.sha256,
            "via": step.via,
        }
        for attempt_number, attempt in enumerate(observation.attempts, start=1)
        for number, step in enumerate(attempt.steps, start=1)
    ]


def artifact_values(observation: Observation) -> list[Values]:
    """Rows of ``artifact``, each content once."""
    found = {ref.sha256: ref for ref in _artifacts(observation)}
    return [vars(ref) for ref in found.values()]


def manifests(observation: Observation) -> tuple[str, ...]:
    """The names of the attempts' manifests, in order."""
    return tuple(one.manifest.sha256 for one in observation.attempts if one.manifest)


def _artifacts(observation: Observation) -> Iterator[BlobRef]:
    for attempt in observation.attempts:
        if attempt.manifest:
            yield attempt.manifest
        for step in attempt.steps:
            if step.screenshot:
                yield step.screenshot


def observation(
    record: SlotRecord, row: AnyRow, attempts: Iterable[AnyRow], steps: Iterable[AnyRow]
) -> Observation:
    """The whole observation again, from its rows; attempts and steps in their order."""
    if record.started_at is None or record.finished_at is None or record.duration_seconds is None:
        raise StoreError(f"slot {record.sequence} has an observation but no times")
    by_attempt: dict[int, list[Step]] = {}
    for one in steps:
        by_attempt.setdefault(one.attempt, []).append(_step(one))
    return Observation(
        slot=record.slot,
        started_at=record.started_at,
        finished_at=record.finished_at,
        duration_seconds=record.duration_seconds,
        depth=record.depth,
        profile=Profile(category=record.category, account=row.account),
        verdict=Verdict(
            outcome=record.outcome,
            rule=record.rule,
            ruleset=record.ruleset,
            flags=record.flags,
            failed_step=row.failed_step,
            via=record.via,
            message_fr=row.message_fr,
            message_en=row.message_en,
        ),
        attempts=tuple(_attempt(one, by_attempt.get(one.number, [])) for one in attempts),
        control=Control(reachable=row.control_reachable, tried=row.control_tried),
        blocked_requests=row.blocked_requests,
        queued_seconds=row.queued_seconds,
        environment=tuple((name, value) for name, value in json.loads(row.environment)),
    )


def _attempt(row: AnyRow, steps: Iterable[Step]) -> Attempt:
    return Attempt(
        started_at=row.started_at,
        finished_at=row.finished_at,
        duration_seconds=row.duration_seconds,
        signals=signals(row.signals),
        steps=tuple(steps),
        verdict=Verdict(
            outcome=Outcome(row.outcome),
            rule=row.rule,
            ruleset=row.ruleset,
            flags=row.flags,
            failed_step=row.failed_step,
            via=row.via,
            message_fr=row.message_fr,
            message_en=row.message_en,
        ),
        manifest=_blob(row.manifest_sha256, row),
    )


def _step(row: AnyRow) -> Step:
    return Step(
        name=row.name,
        outcome=row.outcome,
        duration_seconds=row.duration_seconds,
        url=row.url,
        http_status=row.http_status,
        screenshot=_blob(row.screenshot_sha256, row),
        via=row.via,
    )


def _blob(sha256: str | None, row: AnyRow) -> BlobRef | None:
    if sha256 is None:
        return None
    return BlobRef(sha256=sha256, media_type=row.media_type, size=row.size)


def _signal_values(signal: Signal) -> Values:
    values: Values = {"kind": signal.kind.value}
    if signal.step is not None:
        values["step"] = signal.step
    if signal.text:
        values["text"] = signal.text
    if signal.number is not None:
        values["number"] = signal.number
    return values


def signals(text: str) -> tuple[Signal, ...]:
    """The signals of an attempt, from their JSON."""
    return tuple(
        Signal(**{**values, "kind": SignalKind(values["kind"])}) for values in json.loads(text)
    )


def incident_values(incident: Incident) -> Values:
    """A row of ``incident``."""
    values = dict(vars(incident))
    return {
        **values,
        "holes": _json(_spans_text(incident.holes)),
        "respites": _json(_spans_text(incident.respites)),
    }


def incident(row: AnyRow) -> Incident:
    """The incident of a whole row."""
    values = row._asdict()
    return Incident(
        **{**values, "holes": _spans(row.holes), "respites": _spans(row.respites)},
    )


def _spans_text(spans: Iterable[Span]) -> list[list[str]]:
    return [[utc(moment).isoformat() for moment in span] for span in spans]


@lru_cache(maxsize=4096)
def _spans(text: str) -> tuple[Span, ...]:
    return tuple(
        (datetime.fromisoformat(low), datetime.fromisoformat(high))
        for low, high in json.loads(text)
    )


def vantage(row: AnyRow) -> Vantage:
    """The vantage of a whole row."""
    return Vantage(**row._asdict())


def issued(row: AnyRow) -> Issued:
    """The issued document of a whole row."""
    return Issued(**{**row._asdict(), "specimen": bool(row.specimen)})


def _json(value: object) -> str:
    """Compact JSON. Raises StoreError for a number that is none: JSON has no word for it."""
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise StoreError("a signal holds a number that is not finite") from error
