"""The private address: ``/metrics`` for Prometheus, ``/healthz`` for whoever restarts us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from monitor.core.incidents import HOLE_INTERVALS
from monitor.core.model import SlotRecord
from monitor.core.timeline import slot_time
from monitor.metrics import CONTENT_TYPE, Metrics


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How old a probe's last slot is. ``age_seconds`` counts from the start of the process where
    there is no slot yet."""

    component: str
    last_slot_at: datetime | None
    age_seconds: float
    limit_seconds: float

    @property
    def is_fresh(self) -> bool:
        """False when slots have stopped coming in, or when the last one lies in the future: then
        the clock was set back."""
        return abs(self.age_seconds) <= self.limit_seconds


def freshness(
    latest: Mapping[tuple[str, str], SlotRecord],
    intervals_seconds: Mapping[str, float],
    *,
    started_at: datetime,
    now: datetime,
) -> tuple[Freshness, ...]:
    """One for each probe of ``intervals_seconds``: 2.5 intervals without a slot are too many.

    The process is given that long after its start.
    """
    return tuple(
        _freshness(component, interval, latest, started_at, now)
        for component, interval in intervals_seconds.items()
    )


def _freshness(
    component: str,
    interval_seconds: float,
    latest: Mapping[tuple[str, str], SlotRecord],
    started_at: datetime,
    now: datetime,
) -> Freshness:
    slots = [slot_time(record) for (name, _), record in latest.items() if name == component]
    last = max(slots, default=None)
    since = max(last, started_at) if last else started_at
    return Freshness(
        component=component,
        last_slot_at=last,
        age_seconds=(now - since) / timedelta(seconds=1),
        limit_seconds=HOLE_INTERVALS * interval_seconds,
    )


def create_private_app(
    metrics: Metrics,
    fresh: Callable[[], tuple[Freshness, ...]],
    *,
    refresh: Callable[[], None] = lambda: None,
) -> FastAPI:
    """``refresh`` is called before every scrape, to set the gauges that follow from the store."""
    app = FastAPI(title="anef-monitor, private", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/metrics")
    def scrape() -> Response:
        refresh()
        return Response(metrics.exposition(), headers={"content-type": CONTENT_TYPE})

    @app.get("/healthz")
    def health() -> JSONResponse:
        found = fresh()
        healthy = all(one.is_fresh for one in found)
        body = {"healthy": healthy, "probes": {one.component: _shown(one) for one in found}}
        return JSONResponse(body, status_code=200 if healthy else 503)

    return app


def _shown(found: Freshness) -> dict[str, object]:
    return {
        "fresh": found.is_fresh,
        "last_slot_at": found.last_slot_at.isoformat() if found.last_slot_at else None,
        "age_seconds": round(found.age_seconds, 3),
        "limit_seconds": found.limit_seconds,
    }
