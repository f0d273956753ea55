"""One attempt: a fresh page, a probe, a hard deadline, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from playwright.async_api import Error

from monitor.core.model import Signal, SignalKind, Step
from monitor.errors import BrowserError
from probes.base import AttemptOver, Means, Probe, Run
from probes.browser import WarmBrowser
from probes.capture import Capture
from probes.connections import Connection
from probes.network import Exchange
from probes.site import Site
from probes.starvation import late_limit_seconds, watch_lateness

GRACE_SECONDS = 8.0
"""Time past the attempt's limit for the last picture; then the browser is killed."""


@dataclass(frozen=True, kw_only=True)
class RawAttempt:
    """What an attempt left, before any rule has read it. Times are UTC; durations monotonic."""

    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    signals: tuple[Signal, ...]
    steps: tuple[Step, ...]
    captures: tuple[Capture, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    console: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    aborted: tuple[str, ...] = ()
    category: str | None = None
    account_state: str = "none"
    repeatable: bool = True
    user_agent: str = ""
    late_seconds: float = 0.0
    """Worst lateness of our event loop during the attempt."""

    @property
    def failed_via(self) -> str | None:
        """The component of the failed step when it is a prerequisite, else None."""
        return next((step.via for step in self.steps if step.outcome == "failed"), None)


async def attempt(
    probe: Probe,
    *,
    browser: WarmBrowser,
    site: Site,
    means: Means,
    clock: Callable[[], datetime],
    evidence: bool = True,
) -> RawAttempt:
    """Run a probe once. What the site does wrong comes back as signals; a browser that is lost
    comes back as ``browser_gone``. Exceptions are bugs. Without ``evidence`` no picture is taken:
    that is how its cost is measured."""
    tried = _Tried(started_at=clock(), started=time.monotonic())
    limit = site.limits.attempt_seconds + GRACE_SECONDS
    async with watch_lateness() as lateness:
        try:
            async with browser.hard_deadline(limit) as deadline, browser.fresh_page() as page:
                tried = _Tried(started_at=clock(), started=time.monotonic())
                slow_seconds = site.probes[probe.component].slow_seconds
                tried.run = Run(
                    page=page,
                    site=site,
                    means=means,
                    slow_seconds=slow_seconds,
                    clock=clock,
                    on_long_wait=deadline.extend,
                    evidence=evidence,
                )
                if evidence:
                    await tried.run.connections.begin()
                if not await _drives(probe, tried.run) and not await browser.answers():
                    tried.lost = "the browser no longer answers"
                    browser.kill()
        except (BrowserError, Error) as error:
            tried.lost = str(error).splitlines()[0]
    if deadline.has_struck:
        tried.lost = "killed at the hard deadline"
    if tried.lost is not None:
        await browser.close()
    if lateness.worst_seconds > late_limit_seconds(site.limits.action_seconds):
        tried.add(SignalKind.STARVED, "event loop", round(lateness.worst_seconds, 3))
    return _gather(tried, browser, clock, lateness.worst_seconds)


@dataclass(kw_only=True)
class _Tried:
    """An attempt under way: its page once there is one, and why the browser was lost."""

    started_at: datetime
    started: float
    run: Run | None = None
    lost: str | None = None
    more: list[Signal] = field(default_factory=list)

    def add(self, kind: SignalKind, text: str, number: float | None = None) -> None:
        """Note what concerns the whole attempt."""
        self.more.append(Signal(kind=kind, text=text[:300], number=number))


async def _drives(probe: Probe, run: Run) -> bool:
    """True when the probe came to its end."""
    try:
        await probe.run(run)
    except AttemptOver:
        return False
    run.signals.append(Signal(kind=SignalKind.COMPLETED))
    return True


def _gather(
    tried: _Tried, browser: WarmBrowser, clock: Callable[[], datetime], late_seconds: float
) -> RawAttempt:
    run, aborted = tried.run, browser.guard.take()
    if tried.lost is not None:
        tried.add(SignalKind.BROWSER_GONE, tried.lost)
    for request in aborted:
        tried.add(SignalKind.GUARD_ABORTED, request)
    signals = (*(run.signals if run else ()), *tried.more)
    return RawAttempt(
        started_at=tried.started_at,
        finished_at=clock(),
        duration_seconds=time.monotonic() - tried.started,
        signals=tuple(dict.fromkeys(signals)),
        steps=tuple(run.steps) if run else (),
        captures=tuple(run.captures) if run else (),
        exchanges=tuple(run.network.exchanges) if run else (),
        console=tuple(run.network.console) if run else (),
        connections=run.connections.seen if run else (),
        aborted=aborted,
        category=run.category if run else None,
        account_state=run.account_state if run else "none",
        repeatable=run.repeatable if run else True,
        user_agent=browser.user_agent,
        late_seconds=late_seconds,
    )
