"""One slot from top to bottom: the I/O shell around the pure core.

What the site does wrong is data. Our own exceptions become a ``monitor_fault`` observation here,
in the one broad ``except`` of the program.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.clock import ClockReading
from monitor.core.classify import classify, confirm, wants_confirmation
from monitor.core.model import (
    Attempt,
    Control,
    Depth,
    Observation,
    Outcome,
    Profile,
    Signal,
    SignalKind,
    Slot,
    Vantage,
    Verdict,
)
from monitor.evidence.bundle import Bundle, BundleFile, bare_attempt, bundled_attempt, make_bundle
from monitor.evidence.manifest import Context
from monitor.evidence.redact import SecretScan, cleaned
from monitor.evidence.station import NOT_MEASURED, Station
from monitor.ownside import measure_own_side
from probes import PROBES
from probes.attempt import RawAttempt, attempt
from probes.base import Means
from probes.browser import WarmBrowser
from probes.site import Site

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """All that a slot needs, chosen once by the composition root."""

    site: Site
    means: Means
    browser: WarmBrowser
    vantage: Vantage
    references: tuple[str, ...]
    control_timeout_seconds: float
    environment: Mapping[str, str]
    secrets: SecretScan
    clock: Callable[[], datetime]
    clock_offset: Callable[[], float | None] = lambda: None
    clock_reading: Callable[[], ClockReading | None] = lambda: None
    """What the time servers said last; None when they were never asked."""
    networks: Callable[[str], int] = lambda _component: 1
    """How many network operators see a component fail just now, ours included."""
    station: Callable[[], Station] = Station
    """This machine as it is just now."""
    takes_evidence: bool = True
    """False only to measure what evidence costs."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """An observation and the files of its bundles, not yet stored."""

    observation: Observation
    files: tuple[BundleFile, ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """An attempt with what our own measurements add, and its verdict."""

    raw: RawAttempt
    verdict: Verdict
    control: Control
    measured: Mapping[str, str]


async def observe_slot(slot: Slot, watch: Watch) -> Observed:
    """Run the slot's probe, repeat it once when it failed, and say what was seen."""
    started_at, started = watch.clock(), time.monotonic()
    try:
        return await _observe(slot, watch, started_at)
    except Exception as error:  # our own bug must end as monitor_fault, not as nothing
        log.exception("slot %s at %s", slot.component, slot.scheduled_at)
        return _own_fault(slot, watch, started_at, started, error)


async def _observe(slot: Slot, watch: Watch, started_at: datetime) -> Observed:
    judged = [await _judge(slot, watch)]
    verdict = judged[0].verdict
    if wants_confirmation(verdict) and judged[0].raw.repeatable:
        await asyncio.sleep(watch.site.limits.confirm_after_seconds)
        judged.append(await _judge(slot, watch))
        verdict = confirm(verdict, judged[-1].verdict)
    context = _context(slot, watch, judged)
    bundles = await asyncio.to_thread(_bundles, judged, context, watch)
    observation = Observation(
        slot=slot,
        started_at=judged[0].raw.started_at,
        finished_at=judged[-1].raw.finished_at,
        duration_seconds=_site_seconds(judged[-1].raw),
        depth=Depth(context.depth),
        profile=_profile(judged),
        verdict=verdict,
        attempts=_attempts(judged, bundles),
        control=judged[-1].control,
        blocked_requests=tuple(dict.fromkeys(a for one in judged for a in one.raw.aborted)),
        queued_seconds=max(0.0, (started_at - slot.scheduled_at).total_seconds()),
        environment=tuple(sorted({**watch.environment, **judged[-1].measured}.items())),
    )
    return Observed(
        observation=observation,
        files=tuple(file for bundle in bundles for file in (*bundle.files, bundle.manifest)),
        withheld=tuple(name for bundle in bundles for name in bundle.withheld),
    )


def _site_seconds(deciding: RawAttempt) -> float:
    """What the site took in the attempt that decided: its steps. Pictures, our browser, our
    controls and the wait before a second attempt are not the site's. Without any, the attempt."""
    if not deciding.steps:
        return deciding.duration_seconds
    return sum(step.duration_seconds for step in deciding.steps)


async def _judge(slot: Slot, watch: Watch) -> _Judged:
    """One attempt; when it did not go well, our own side is measured in the same minute."""
    raw = await attempt(
        PROBES[slot.component],
        browser=watch.browser,
        site=watch.site,
        means=watch.means,
        clock=watch.clock,
        evidence=watch.takes_evidence,
    )
    raw = cleaned(raw, watch.secrets)
    own = await measure_own_side(
        raw,
        site=watch.site,
        browser=watch.browser,
        references=watch.references,
        timeout_seconds=watch.control_timeout_seconds,
        clock_offset_seconds=watch.clock_offset(),
    )
    signals = (*raw.signals, *own.signals)
    raw = replace(raw, signals=signals)
    verdict = classify(signals, via=raw.failed_via)
    if verdict.outcome is Outcome.DOWN:
        networks = await asyncio.to_thread(watch.networks, slot.component)
        verdict = classify(signals, via=raw.failed_via, networks=networks)
    return _Judged(raw=raw, verdict=verdict, control=own.control, measured=own.measured)


def _bundles(judged: list[_Judged], context: Context, watch: Watch) -> list[Bundle]:
    """One for every attempt, or none at all. Pictures are encoded here: outside the event loop."""
    if not watch.takes_evidence:
        return []
    station = replace(watch.station(), clock=_clock(watch))
    context = replace(context, station=station)
    return [
        make_bundle(
            one.raw,
            one.verdict,
            replace(context, attempt=number, measured=tuple(sorted(one.measured.items()))),
            watch.secrets,
        )
        for number, one in enumerate(judged, start=1)
    ]


def _clock(watch: Watch) -> Mapping[str, Any]:
    reading, offset = watch.clock_reading(), watch.clock_offset()
    if reading is None or reading.offset_seconds is None or offset is None:
        return NOT_MEASURED
    return {
        "offset_seconds": round(offset, 3),
        "servers": [
            {"server": server, "offset_seconds": round(seconds, 3)}
            for server, seconds in reading.answers
        ],
        "measured_at": reading.measured_at.isoformat(),
        "said": f"{offset:+.3f} s",
    }


def _attempts(judged: list[_Judged], bundles: list[Bundle]) -> tuple[Attempt, ...]:
    if not bundles:
        return tuple(bare_attempt(one.raw, one.verdict) for one in judged)
    return tuple(
        bundled_attempt(one.raw, one.verdict, bundle)
        for one, bundle in zip(judged, bundles, strict=True)
    )


def _profile(judged: list[_Judged]) -> Profile:
    """The state that the last attempt read; a state read once is not lost by a later failure."""
    states = [one.raw.account_state for one in judged]
    read = [state for state in states if state not in ("none", "not_read")]
    categories = [one.raw.category for one in judged if one.raw.category]
    return Profile(category=categories[-1] if categories else None, account=(read or states)[-1])


def _context(slot: Slot, watch: Watch, judged: list[_Judged]) -> Context:
    return Context(
        lossless=not all(one.verdict.outcome.is_available for one in judged),
        slot=slot,
        vantage=watch.vantage,
        site_id=watch.site.id,
        depth=PROBES[slot.component].depth(watch.site, watch.means).value,
        environment=tuple(sorted(watch.environment.items())),
    )


def _own_fault(
    slot: Slot, watch: Watch, started_at: datetime, started: float, error: Exception
) -> Observed:
    """A bug of ours, as an observation that says so."""
    signal = Signal(kind=SignalKind.INTERNAL_ERROR, text=type(error).__name__)
    verdict = classify([signal])
    finished_at = watch.clock()
    duration = time.monotonic() - started
    return Observed(
        observation=Observation(
            slot=slot,
            started_at=started_at,
            finished_at=finished_at,
            duration_seconds=duration,
            depth=PROBES[slot.component].depth(watch.site, watch.means),
            profile=Profile(),
            verdict=verdict,
            attempts=(
                Attempt(
                    started_at=started_at,
                    finished_at=finished_at,
                    duration_seconds=duration,
                    signals=(signal,),
                    steps=(),
                    verdict=verdict,
                ),
            ),
            environment=tuple(sorted(watch.environment.items())),
        )
    )
