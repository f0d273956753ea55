"""What a probe is: named steps over one fresh page, and what is noticed on the way.

A probe never judges. It drives the page, and a step that fails leaves *signals*; the rules in
``monitor.core.rules`` decide what they mean. A failure of the site is data and ends the
attempt; a failure of our own is an exception.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from playwright.async_api import Error, Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.core.model import Depth, Signal, SignalKind, Step
from probes import observe
from probes.capture import NOT_ON_PAGE, Camera, Capture
from probes.connections import ConnectionLog
from probes.mailbox import Mailbox
from probes.network import NetworkLog
from probes.redaction import redact_url
from probes.site import Site


class StepFailed(Exception):
    """The page did not do what the step needs; ``signals`` say what was seen."""

    def __init__(self, *signals: Signal) -> None:
        super().__init__(", ".join(signal.kind for signal in signals))
        self.signals = signals


class AttemptOver(Exception):
    """A step failed and was recorded: the attempt goes no further."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The monitor's own account on the site."""

    number: str
    password: str


@dataclass(frozen=True, kw_only=True)
class Means:
    """What the operator lends to the probes."""

    account: Account | None = None
    mailbox: Mailbox | None = None


class Probe(Protocol):
    """One component's check. Implementations are stateless: one instance serves every run."""

    component: str

    def missing(self, site: Site, means: Means) -> str | None:
        """What the operator must provide before this probe can run, as a sentence; or None."""

    def depth(self, site: Site, means: Means) -> Depth:
        """How far a run would look with these means."""

    async def run(self, run: Run) -> None:
        """Go through the steps. Returns when all of them worked."""


class Run:
    """One attempt as the probe sees it: the page, the steps, and what was noticed."""

    def __init__(
        self,
        *,
        page: Page,
        site: Site,
        means: Means,
        slow_seconds: float,
        clock: Callable[[], datetime],
        on_long_wait: Callable[[float], object] = lambda _: None,
        evidence: bool = True,
    ) -> None:
        self.page = page
        self.clock = clock
        self.site = site
        self.means = means
        self.signals: list[Signal] = []
        self.steps: list[Step] = []
        self.captures: list[Capture] = []
        self.account_state = "not_read" if means.account else "none"
        self.category: str | None = None
        self.repeatable = True
        self.network = NetworkLog(page, site)
        self.connections = ConnectionLog(page)
        self._camera = Camera(page, site) if evidence else None
        self._slow_seconds = slow_seconds
        self._on_long_wait = on_long_wait
        self._via: str | None = None
        self._step = ""

    @property
    def action_ms(self) -> float:
        """Limit of one action, in milliseconds (Playwright's unit)."""
        return self.site.limits.action_seconds * 1000

    def signal(self, kind: SignalKind, text: str = "", number: float | None = None) -> Signal:
        """A signal of the step in progress; not yet noted."""
        return Signal(kind=kind, step=self._step or None, text=text[:300], number=number)

    def note(self, kind: SignalKind, text: str = "", number: float | None = None) -> None:
        """Keep a signal of the step in progress."""
        self.signals.append(self.signal(kind, text, number))

    def fail(self, kind: SignalKind, text: str = "", number: float | None = None) -> StepFailed:
        """The exception that ends the step in progress: ``raise run.fail(…)``."""
        return StepFailed(self.signal(kind, text, number))

    @contextmanager
    def via(self, component: str) -> Iterator[None]:
        """Steps inside belong to a prerequisite component."""
        before, self._via = self._via, component
        try:
            yield
        finally:
            self._via = before

    @asynccontextmanager
    async def step(
        self, name: str, *, limit_seconds: float | None = None, on_page: bool = True
    ) -> AsyncIterator[None]:
        """Time a step, record it, and take its picture when the clock has stopped.

        ``limit_seconds`` replaces the site file's limit for steps that wait by design; such a
        step is not called slow, and the attempt's hard deadline moves back as far. ``on_page`` is
        False for a step that asks the back end or a mailbox and touches nothing on the page: it
        is pictured only when it fails. Raises AttemptOver when the step failed.
        """
        if limit_seconds is not None:
            self._on_long_wait(limit_seconds)
        self._step = name
        self.network.begin_step()
        started_at, started = self.clock(), time.monotonic()
        failure: Exception | None = None
        try:
            async with asyncio.timeout(limit_seconds or self.site.limits.step_seconds):
                yield
        except (StepFailed, Error, TimeoutError) as error:
            failure = error
        duration = time.monotonic() - started
        if failure is None and limit_seconds is None and duration > self._slow_seconds:
            self.note(SignalKind.SLOW, f"{self._slow_seconds:g}", round(duration, 3))
        await self._close_step(name, duration, failure)
        if self._camera is not None:
            is_shown = on_page or failure is not None
            await self._picture(
                self._camera, started_at, failed=failure is not None, shown=is_shown
            )
        if failure is not None:
            raise AttemptOver(name) from failure

    async def _close_step(self, name: str, duration: float, failure: Exception | None) -> None:
        if failure is not None:
            await self._explain(failure)
        self.steps.append(
            Step(
                name=name,
                outcome="failed" if failure else "ok",
                duration_seconds=duration,
                url=redact_url(self.page.url, self.site.redaction.query_keys_kept),
                http_status=self.network.document_status,
                via=self._via,
            )
        )

    async def _picture(
        self, camera: Camera, started_at: datetime, *, failed: bool, shown: bool
    ) -> None:
        if not shown:
            bare = Capture(step=self._step, failed=failed, problem=NOT_ON_PAGE)
            self.captures.append(replace(bare, started_at=started_at))
            return
        taken_at = self.clock()
        capture = await camera.take(self._step, failed=failed)
        self.captures.append(replace(capture, started_at=started_at, taken_at=taken_at))
        await self.connections.look()

    async def _explain(self, failure: Exception) -> None:
        """Turn a failed step into signals: what the probe said, what the page and its network
        show. Evidence that cannot be had is left out, never invented."""
        self.note(SignalKind.STEP_FAILED)
        if isinstance(failure, StepFailed):
            self.signals.extend(failure.signals)
        elif isinstance(failure, Error) and not isinstance(failure, PlaywrightTimeout):
            self.signals.extend(observe.from_error(str(failure), self._step))
        signed_in = self.account_state not in ("none", "not_read")
        self.signals.extend(self.network.signals(self._step, signed_in=signed_in))
        self.signals.extend(await observe.from_page(self.page, self.site, self._step))
        await observe.stop_loading(self.page)
