"""The shape of ``check --json``: design.md, section 8, with ``via`` and ``environment``."""

from __future__ import annotations

from typing import Any

from monitor.core.model import COMPONENTS, Outcome


def _object(**properties: object) -> dict[str, Any]:
    """An object with just these keys, all of them there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: object) -> dict[str, Any]:
    return {"type": "array", "items": item}


TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
COUNT = {"type": "integer", "minimum": 0}
SECONDS = {"type": "number"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
RAN = {"enum": [o.value for o in Outcome if o not in (Outcome.MISSED, Outcome.SKIPPED)]}

STEP = _object(
    name=TEXT,
    outcome={"enum": ["ok", "failed"]},
    duration_seconds=SECONDS,
    url=TEXT_OR_NULL,
    http_status={"type": ["integer", "null"]},
    screenshot={"oneOf": [{"type": "null"}, _object(sha256=SHA256, media_type=TEXT, size=COUNT)]},
    via=TEXT_OR_NULL,
)

ATTEMPT = _object(
    started_at=MOMENT,
    finished_at=MOMENT,
    duration_seconds=SECONDS,
    outcome=RAN,
    rule=TEXT,
    steps=_list(STEP),
)

OBSERVATION = _object(
    schema={"const": "observation/1"},
    probe={"enum": list(COMPONENTS)},
    component={"enum": list(COMPONENTS)},
    vantage=TEXT,
    scheduled_at=MOMENT,
    started_at=MOMENT,
    finished_at=MOMENT,
    duration_seconds=SECONDS,
    depth={"enum": ["form", "full"]},
    profile=_object(category=TEXT_OR_NULL, account=TEXT),
    outcome=RAN,
    rule=TEXT,
    ruleset=TEXT,
    flags=_list(TEXT),
    failed_step=TEXT_OR_NULL,
    via=TEXT_OR_NULL,
    message_fr=TEXT,
    message_en=TEXT,
    attempts=_list(ATTEMPT),
    control=_object(reachable=COUNT, tried=COUNT),
    blocked_requests=_list(TEXT),
    environment={"type": "object", "additionalProperties": TEXT},
    manifest_sha256={"oneOf": [{"type": "null"}, SHA256]},
)
