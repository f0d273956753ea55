"""The manifest of a bundle, schema ``manifest/2``.

It holds all that ``manifest/1`` held under the same names, so that a reader of the one can read the
other; the new parts are those that NF Z67-147 expects (``station``), the connections, and the times
of steps and pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.core.model import Slot, Step, Vantage, Verdict
from monitor.evidence.station import LIMITS, STATEMENTS, Station
from monitor.evidence.tls import connections_summary
from probes.attempt import RawAttempt
from probes.capture import Capture

SCHEMA = "manifest/2"
READABLE = ("manifest/1", SCHEMA)
"""Schemas that this program can show and verify."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is true of the whole run: stated in every manifest."""

    slot: Slot
    vantage: Vantage
    site_id: str
    depth: str
    environment: tuple[tuple[str, str], ...]
    measured: tuple[tuple[str, str], ...] = ()
    """What was measured of our own side beside this attempt, as (name, value)."""
    station: Station = field(default_factory=Station)
    attempt: int = 1
    lossless: bool = True
    """False for a run that went well: its pictures may lose what no reader misses."""


def manifest_of(
    raw: RawAttempt,
    verdict: Verdict,
    context: Context,
    files: Sequence[Mapping[str, Any]],
    withheld: Sequence[str],
) -> dict[str, Any]:
    """The manifest of an attempt; ``files`` are the lines of its files."""
    return {
        "schema": SCHEMA,
        "component": context.slot.component,
        "site": context.site_id,
        "depth": context.depth,
        "scheduled_at": context.slot.scheduled_at.isoformat(),
        "attempt": context.attempt,
        "started_at": raw.started_at.isoformat(),
        "finished_at": raw.finished_at.isoformat(),
        "duration_seconds": round(raw.duration_seconds, 3),
        "vantage": vars(context.vantage),
        "profile": {"category": raw.category, "account": raw.account_state},
        "outcome": verdict.outcome.value,
        "rule": verdict.rule,
        "ruleset": verdict.ruleset,
        "flags": list(verdict.flags),
        "steps": _steps(raw),
        "signals": [
            {"kind": s.kind.value, "step": s.step, "text": s.text, "number": s.number}
            for s in raw.signals
        ],
        "blocked_requests": list(raw.aborted),
        "user_agent": raw.user_agent,
        "no_proxy": True,
        "fresh_context": True,
        "statements": STATEMENTS,
        **context.station.describe(),
        "connections": connections_summary(raw.connections, context.station.shown),
        "environment": dict(context.environment),
        "measured": dict(context.measured),
        "files": [dict(line) for line in files],
        "withheld": list(withheld),
        "not_captured": {c.step: c.problem for c in raw.captures if c.problem},
        "limits": LIMITS["en"],
        "limits_fr": LIMITS["fr"],
    }


def _steps(raw: RawAttempt) -> list[dict[str, Any]]:
    """The path followed: every step with its address, when it began and when it was pictured."""
    captures = [*raw.captures, *[None] * (len(raw.steps) - len(raw.captures))]
    return [_step(step, capture) for step, capture in zip(raw.steps, captures, strict=False)]


def _step(step: Step, capture: Capture | None) -> dict[str, Any]:
    started_at = capture.started_at if capture else None
    taken_at = capture.taken_at if capture else None
    return {
        "name": step.name,
        "outcome": step.outcome,
        "started_at": started_at.isoformat() if started_at else None,
        "duration_seconds": round(step.duration_seconds, 3),
        "url": step.url,
        "http_status": step.http_status,
        "via": step.via,
        "pictured_at": taken_at.isoformat() if taken_at else None,
    }


def without_details(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest in which a secret was found keeps its files and drops every free text."""
    return {
        **manifest,
        "blocked_requests": [],
        "signals": [],
        "steps": [],
        "connections": [],
        "not_captured": {},
    }
