"""The chart of a period: one bar a component, told apart without colour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from monitor.certificates.blocks import Block
from monitor.certificates.model import ComponentReport, OutageReport
from monitor.certificates.said import lasting, moment, said
from monitor.core.timeline import Status
from monitor.web.typography import paris
from monitor.web.words import title

SMALLEST = 0.0025
"""Part of the width that the shortest failing stretch takes; the legend says so."""
_FAILING = (Status.DOWN, Status.MAINTENANCE, Status.ISOLATED)
_LATER = {Status.NOT_KNOWN: 0, Status.UP: 1, Status.DEGRADED: 2, Status.PARTIAL: 3}
"""Drawn first to last; what fails is drawn over the rest."""


def chart_of(report: OutageReport) -> Block:
    """The block, with a text that says the same to whoever cannot see it."""
    start, end = report.frame.period_start, report.frame.period_end
    return {
        "kind": "chart",
        "rows": [
            {"title": title(one.component), "parts": list(_parts(one, start, end))}
            for one in report.components
        ],
        "ticks": list(_ticks(start, end)),
        "legend": [{"status": name, "label": label} for name, label in _legend()],
        "alt": " ".join(_told(one) for one in report.components),
    }


def _parts(component: ComponentReport, start: datetime, end: datetime) -> Iterable[dict[str, Any]]:
    span = (end - start).total_seconds()
    ordered = sorted(component.segments, key=lambda one: _LATER.get(one.status, 9))
    yield {"from": 0.0, "width": 1.0, "status": Status.NOT_KNOWN.value}
    for one in ordered:
        at = (one.start - start).total_seconds() / span
        width = (one.end - one.start).total_seconds() / span
        if one.status in _FAILING:
            width = max(width, SMALLEST)
        at = min(max(at, 0.0), 1.0 - min(width, 1.0))
        yield {"from": round(at, 6), "width": round(width, 6), "status": one.status.value}


def _ticks(start: datetime, end: datetime) -> Iterable[dict[str, Any]]:
    span, local = end - start, paris(start)
    days = span / timedelta(days=1)
    if days <= 2:
        step = timedelta(hours=max(1, round(days * 24 / 8)))
        first = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    else:
        step = timedelta(days=max(1, round(days / 8)))
        first = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    at = first
    while at < end:
        label = f"{at.day:02d}/{at.month:02d}" if days > 2 else f"{at.hour}{said(' h', ':00')}"
        yield {"at": round((at - start) / span, 6), "label": label}
        at += step


def _legend() -> Iterable[tuple[str, str]]:
    yield "up", said("disponible", "available")
    yield "degraded", said("lent", "slow")
    yield "down", said("hors service", "down")
    yield "maintenance", said("maintenance annoncée", "announced maintenance")
    yield "isolated", said("échec isolé", "isolated failure")
    yield "partial", said("points d’observation en désaccord", "vantages disagree")
    yield (
        "not_known",
        said("non connu (un échec bref est grossi)", "not known (short ones enlarged)"),
    )


def _told(component: ComponentReport) -> str:
    figure = component.figure
    failing = ", ".join(
        f"{moment(one.start)} ({lasting((one.end - one.start).total_seconds())})"
        for one in component.segments
        if one.status is Status.DOWN
    )
    none = said("aucun", "none")
    return said(
        f"{title(component.component)} : hors service à partir de {failing or none} ; "
        f"non connu pendant {lasting(figure.unknown_seconds)}.",
        f"{title(component.component)}: down from {failing or none}; "
        f"not known during {lasting(figure.unknown_seconds)}.",
    )
