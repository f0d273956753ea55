"""A report as plain values: what ``releve.json`` holds, to be compared with the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from monitor.certificates.model import AttemptsReport, OutageReport

SCHEMA = "releve/1"


def plain_of(report: OutageReport | AttemptsReport) -> dict[str, Any]:
    """Every printed value, by the names of the model. Times are RFC 3339, spans are seconds."""
    kind = "outage" if isinstance(report, OutageReport) else "attempts"
    return {"schema": SCHEMA, "kind": kind, **plain(report)}


def plain(value: object) -> Any:  # noqa: ANN401  any JSON value
    """A value of the model as JSON holds it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, (Counter, Mapping)):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    return value
