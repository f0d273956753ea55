"""The whole monitor: schedule and metrics in this process, the public pages in one beside it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from monitor.alerting import Alerting
from monitor.app import (
    build_of,
    commitments_file,
    intervals_of,
    means_of,
    open_data_of,
    open_watch,
    plans_of,
    require_folder,
    require_runnable,
    site_of,
    terms_of,
    utc_now,
    vantage_of,
)
from monitor.clock import ClockReading, ClockWatch, read_clock
from monitor.core.model import Slot, SlotRecord
from monitor.core.networks import networks_seeing
from monitor.core.rules.ours import CLOCK_LIMIT_SECONDS
from monitor.cycle import observe_slot
from monitor.errors import MonitorError, StoreError
from monitor.evidence.commitments import Commitments
from monitor.front import Front
from monitor.heartbeat import Heartbeat
from monitor.keeper import Keeper, Kept
from monitor.logkeeping import LogKeeper, open_log
from monitor.metrics import Metrics
from monitor.politeness import Politeness, require_polite_intervals
from monitor.retention import retire
from monitor.schedule import Schedule
from monitor.serving import listening, serving, url_of
from monitor.settings import Settings
from monitor.store.blobs import open_blobs
from monitor.store.figures import Figures
from monitor.store.store import open_store
from monitor.upkeep import SUMS_SECONDS, Upkeep
from monitor.watchdog import feed, notify, watchdog_seconds
from monitor.web.private import Freshness, create_private_app, freshness
from probes.browser import sweep_orphans
from probes.site import Site

CLOCK_PERIOD_SECONDS = 15.0
LOG_LOOK_SECONDS = 2.0
CLOCK_MEASURE_SECONDS = 3600.0
RETENTION_LOOK_SECONDS = 600.0
RETENTION_PERIOD_SECONDS = 86400.0
RETENTION_FIRST_SECONDS = 900.0
"""After the start: the first runs have been recorded by then, and show what the clock says."""

log = logging.getLogger(__name__)


class Service:
    """Everything that ``run`` starts, and ends in the reverse order.

    ``on_kept`` is told of every recorded observation: the demo draws them.
    """

    def __init__(
        self, settings: Settings, site: Site, *, on_kept: Callable[[Kept], None] = lambda _: None
    ) -> None:
        self.settings = settings
        self.site = site
        self._on_kept = on_kept
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._clock = ClockWatch(utc_now)
        self._clock_due = 0.0
        self._retention_due = time.monotonic() + RETENTION_FIRST_SECONDS
        self._reading: ClockReading | None = None
        self.web_url = self.metrics_url = ""

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        settings, site = self.settings, self.site
        means = means_of(settings, site)
        intervals = intervals_of(settings, site)
        require_runnable(settings.schedule.probes, site, means)
        require_polite_intervals(site, intervals)
        # What may be missing is asked for first: a start that fails changes nothing.
        web = self._stack.enter_context(listening(settings.web.host, settings.web.port, "web.port"))
        private = self._stack.enter_context(
            listening(settings.metrics.host, settings.metrics.port, "metrics.port")
        )
        self.front = await self._stack.enter_async_context(Front(settings, site, web))
        self.web_url = url_of(web)
        require_folder(settings.state_dir)
        commitments = Commitments(commitments_file(settings))
        watch = await self._stack.enter_async_context(open_watch(settings, site, commitments))
        sweep_orphans()
        self.blobs = open_blobs(settings.blobs_url)
        self.store = self._stack.enter_context(open_store(settings.store_url))
        self.store.register_vantage(vantage_of(settings))
        self.watch = replace(
            watch,
            clock_offset=self._clock.offset_seconds,
            clock_reading=lambda: self._reading,
            networks=self._networks,
        )
        self.watch.browser.on_restart = lambda: self.metrics.browser_restarted()
        self.metrics = Metrics(
            components=settings.schedule.probes,
            vantages=[settings.vantage.id],
            build=build_of(watch),
        )
        self.metrics.planned(intervals)
        self.metrics.watch_machine(settings.state_dir, self.watch.browser.memory_bytes)
        self._open_log()
        await self._start_pages(private, intervals)
        self._keeper = Keeper(self.store, self.blobs, self._kept)
        self._heartbeat = await self._stack.enter_async_context(Heartbeat(settings.heartbeat))
        self._alerting = self._stack.enter_context(
            Alerting(
                settings,
                site,
                store=self.store,
                blobs=self.blobs,
                clock=utc_now,
                clock_offset=self._clock.offset_seconds,
                base_url=self.web_url,
            )
        )
        await self._start_schedule(site)
        self._every(CLOCK_PERIOD_SECONDS, self._watch_clock)
        self._every(RETENTION_LOOK_SECONDS, self._let_go)
        upkeep = Upkeep(self.store, open_data_of(settings), publisher=settings.operator.name)
        self._every(SUMS_SECONDS, upkeep.look)
        self._every(LOG_LOOK_SECONDS, self._log_keeper.sign)
        self._every(LOG_LOOK_SECONDS, self._log_keeper.stamp)
        self._tell_supervisor()

    def _open_log(self) -> None:
        """Before any slot is recorded; a key that is missing stops the start."""
        self.log = open_log(self.settings, self.site, self.store, clock=utc_now)
        self.log.ring.signer()
        self.log.begin()
        self._log_keeper = LogKeeper.of(self.settings, self.log, self.store, self.metrics, utc_now)
        self._stack.callback(self._log_keeper.close)

    async def _start_pages(self, private: socket.socket, intervals: Mapping[str, float]) -> None:
        self._figures = Figures(self.store)
        started_at = utc_now()

        def fresh() -> tuple[Freshness, ...]:
            latest = self.store.latest()
            return freshness(latest, intervals, started_at=started_at, now=utc_now())

        self._fresh = fresh
        private_app = create_private_app(self.metrics, fresh, refresh=self._refresh)
        self.metrics_url = await self._stack.enter_async_context(serving(private_app, private))
        await self.front.serve()

    async def _start_schedule(self, site: Site) -> None:
        vantage = self.settings.vantage.id
        politeness = Politeness(
            site=site,
            ledger=self.store,
            components=self.settings.schedule.probes,
            vantage=vantage,
            kill_switch=self.settings.kill_switch,
        )
        self.schedule = Schedule(
            plans=plans_of(self.settings, site),
            vantage=vantage,
            ledger=self.store,
            run=self._run_slot,
            reason_to_skip=politeness.reason_to_skip,
            clock=utc_now,
            is_clock_trusted=lambda: self._clock.is_trusted,
            on_missed=self.metrics.missed,
            on_unrun=self._unrun,
        )
        await self.schedule.start()
        self._stack.push_async_callback(self.schedule.stop)

    def _networks(self, component: str) -> int:
        return networks_seeing(
            component,
            own=vantage_of(self.settings),
            latest=self.store.latest().values(),
            vantages=self.store.vantages(),
            now=utc_now(),
        )

    async def _run_slot(self, slot: Slot) -> None:
        await self._keeper.keep(await observe_slot(slot, self.watch))

    def _kept(self, kept: Kept) -> None:
        self._log_keeper.recorded(kept.recorded)
        self.metrics.observe(kept.recorded.record, kept.observation)
        self.metrics.stored(kept.store_seconds)
        self.metrics.evidence_kept(kept.evidence_bytes)
        for _ in kept.withheld:
            self.metrics.secret_caught()
        self._alerting.kept(kept)
        self._heartbeat.round_ended(kept.recorded.record)
        self._on_kept(kept)

    def _unrun(self, record: SlotRecord) -> None:
        self.metrics.observe(record)
        self._heartbeat.round_ended(record)

    def _tell_supervisor(self) -> None:
        """systemd waits for this, and restarts a monitor that does no work any more."""
        self._stack.callback(notify, "STOPPING=1")
        notify("READY=1")
        if (seconds := watchdog_seconds()) is not None:
            self._background(feed(self._is_alive, seconds))

    async def _is_alive(self) -> bool:
        """True while slots of every probe come in, alerts go out, and no work beside them ended."""
        try:
            found = await asyncio.to_thread(self._fresh)
        except StoreError:
            return False
        ended = any(task.done() for task in self._tasks)
        return self._alerting.is_well and not ended and all(one.is_fresh for one in found)

    def _refresh(self) -> None:
        self.metrics.refresh(self.store, self._figures, now=utc_now())
        self._log_keeper.refresh()

    async def _watch_clock(self) -> None:
        """Ask the time servers every hour, and at once when the clock has jumped. A rehearsal on
        this machine asks nobody."""
        due = time.monotonic() >= self._clock_due or self._clock.jump_seconds
        if due and not self.site.is_loopback:
            clock = self.settings.clock
            self._reading = await read_clock(
                clock.ntp_servers, clock.timeout_seconds, now=utc_now()
            )
            self._clock.measured(self._reading.offset_seconds)
            self._clock_due = time.monotonic() + CLOCK_MEASURE_SECONDS
        self.metrics.clock_measured(self._clock.offset_seconds())

    async def _let_go(self) -> None:
        """Once a day remove files whose time is over, beside everything else; never by a clock
        that is in doubt. What goes wrong is tried again, and stops nothing."""
        measured = self.site.is_loopback or self._is_clock_right()
        if time.monotonic() < self._retention_due or not (measured and self._clock.is_trusted):
            return
        try:
            kept = await asyncio.to_thread(
                retire, self.store, self.blobs, terms=terms_of(self.settings), now=utc_now()
            )
        except MonitorError as error:
            log.warning("retention: %s", error)
            return
        self._retention_due = time.monotonic() + RETENTION_PERIOD_SECONDS
        if kept.files:
            log.info("retention: %d files, %d bytes removed", kept.files, kept.size_bytes)

    def _is_clock_right(self) -> bool:
        offset = self._clock.offset_seconds()
        return offset is not None and abs(offset) <= CLOCK_LIMIT_SECONDS

    def _every(self, seconds: float, work: Callable[[], Any]) -> None:
        async def repeat() -> None:
            while True:
                await work()
                await asyncio.sleep(seconds)

        self._background(repeat())

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(_tell_of_bug)
        self._tasks.add(task)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)


def _tell_of_bug(task: asyncio.Task[Any]) -> None:
    """Nobody waits for work that goes on for ever: what ended it would be known to nobody."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("work beside the probes ended", exc_info=error)


async def run_service(settings: Settings, *, say: Callable[[str], object]) -> int:
    """Watch until SIGINT or SIGTERM. Returns the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Service(settings, site_of(settings)) as service:
        say(f"status page  {service.web_url}")
        say(f"metrics      {service.metrics_url}/metrics")
        await stop.wait()
    return 0
