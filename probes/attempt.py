"""One attempt: a fresh page, a probe, a hard deadline, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from playwright.async_api import Error

from monitor.core.model import Signal, SignalKind, Step
from monitor.errors import BrowserError
from probes.base import AttemptOver, Means, Probe, Run
from probes.browser import WarmBrowser
from probes.capture import Capture
from probes.network import Exchange
from probes.site import Site

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
    aborted: tuple[str, ...] = ()
    category: str | None = None
    account_state: str = "none"
    repeatable: bool = True
    user_agent: str = ""

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
) -> RawAttempt:
    """Run a probe once. What the site does wrong comes back as signals; a browser that is lost
    comes back as ``browser_gone``. Exceptions are bugs."""
    started_at, started = clock(), time.monotonic()
    run: Run | None = None
    lost: str | None = None
    with browser.hard_deadline(site.limits.attempt_seconds + GRACE_SECONDS) as struck:
        try:
            async with browser.fresh_page() as page:
                slow_seconds = site.probes[probe.component].slow_seconds
                run = Run(page=page, site=site, means=means, slow_seconds=slow_seconds, clock=clock)
                started_at, started = clock(), time.monotonic()
                await _drive(probe, run)
        except BrowserError as error:
            lost = str(error)
        except Error as error:
            lost = str(error).splitlines()[0]
    if struck.is_set():
        lost = "killed at the hard deadline"
    return _gather(run, browser, clock, started_at, started, lost)


async def _drive(probe: Probe, run: Run) -> None:
    try:
        await probe.run(run)
    except AttemptOver:
        return
    run.signals.append(Signal(kind=SignalKind.COMPLETED))


def _gather(
    run: Run | None,
    browser: WarmBrowser,
    clock: Callable[[], datetime],
    started_at: datetime,
    started: float,
    lost: str | None,
) -> RawAttempt:
    aborted = browser.guard.take()
    signals = list(run.signals) if run else []
    if lost is not None:
        signals.append(Signal(kind=SignalKind.BROWSER_GONE, text=lost[:300]))
    signals.extend(Signal(kind=SignalKind.GUARD_ABORTED, text=text) for text in aborted)
    return RawAttempt(
        started_at=started_at,
        finished_at=clock(),
        duration_seconds=time.monotonic() - started,
        signals=tuple(dict.fromkeys(signals)),
        steps=tuple(run.steps) if run else (),
        captures=tuple(run.captures) if run else (),
        exchanges=tuple(run.network.exchanges) if run else (),
        console=tuple(run.network.console) if run else (),
        aborted=aborted,
        category=run.category if run else None,
        account_state=run.account_state if run else "none",
        repeatable=run.repeatable if run else True,
        user_agent=browser.user_agent,
    )
