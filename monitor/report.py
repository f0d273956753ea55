"""An observation as JSON: the shape that ``check --json`` prints and that the API serves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from monitor.core.model import Attempt, BlobRef, Observation, Step

SCHEMA = "observation/1"


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, to the millisecond, as in 2026-11-23T07:50:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def observation_json(observation: Observation) -> dict[str, Any]:
    """The public shape of an observation; durations in seconds, times in RFC 3339 UTC."""
    slot, verdict = observation.slot, observation.verdict
    return {
        "schema": SCHEMA,
        "probe": slot.component,
        "component": slot.component,
        "vantage": slot.vantage,
        "scheduled_at": rfc3339(slot.scheduled_at),
        "started_at": rfc3339(observation.started_at),
        "finished_at": rfc3339(observation.finished_at),
        "duration_seconds": round(observation.duration_seconds, 3),
        "depth": observation.depth.value,
        "profile": {
            "category": observation.profile.category,
            "account": observation.profile.account,
        },
        "outcome": verdict.outcome.value,
        "rule": verdict.rule,
        "ruleset": verdict.ruleset,
        "flags": list(verdict.flags),
        "failed_step": verdict.failed_step,
        "via": verdict.via,
        "message_fr": verdict.message_fr,
        "message_en": verdict.message_en,
        "attempts": [_attempt_json(attempt) for attempt in observation.attempts],
        "control": {
            "reachable": observation.control.reachable,
            "tried": observation.control.tried,
        },
        "blocked_requests": list(observation.blocked_requests),
        "environment": dict(observation.environment),
        "manifest_sha256": observation.manifest_sha256,
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "started_at": rfc3339(attempt.started_at),
        "finished_at": rfc3339(attempt.finished_at),
        "duration_seconds": round(attempt.duration_seconds, 3),
        "outcome": attempt.verdict.outcome.value,
        "rule": attempt.verdict.rule,
        "steps": [_step_json(step) for step in attempt.steps],
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "outcome": step.outcome,
        "duration_seconds": round(step.duration_seconds, 3),
        "url": step.url,
        "http_status": step.http_status,
        "screenshot": _blob_json(step.screenshot),
        "via": step.via,
    }


def _blob_json(blob: BlobRef | None) -> dict[str, Any] | None:
    if blob is None:
        return None
    return {"sha256": blob.sha256, "media_type": blob.media_type, "size": blob.size}
