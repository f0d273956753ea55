"""When slots run, and the ledger that none is ever missing from.

APScheduler wakes each slot up by a job of its own that carries the slot, so that a late or
doubled wake-up is seen for what it is. Its events are not relied on: before a slot is recorded,
every planned slot since the last recorded one is entered as ``missed``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from monitor.core.model import Outcome, Slot, SlotRecord
from monitor.core.plan import SlotTimes
from monitor.store.errors import SlotTaken
from monitor.store.store import Recorded

log = logging.getLogger(__name__)

LATEST_START_RATIO = 0.4
"""A slot that cannot start within this part of its interval is missed, not run late: its result
would crowd the next slot's."""


AWAKE_SECONDS = 5.0

STOP_LIMIT_SECONDS = 5.0
"""Time that a slot in progress has to end when the program is told to stop: less than a
supervisor waits before it kills."""


class SlotLedger(Protocol):
    """What the schedule asks of the store."""

    def last_slot(
        self, component: str, vantage: str, *, before: datetime | None = None
    ) -> SlotRecord | None:
        """The slot scheduled last."""

    def record_unrun(self, slot: Slot, outcome: Outcome, rule: str) -> Recorded:
        """Enter a slot that did not run."""

    def backfill(
        self, slots: list[Slot], outcome: Outcome = Outcome.MISSED, rule: str = "off"
    ) -> int:
        """Enter slots that did not run; those already there stay."""


class Schedule:
    """The slots of one vantage: wakes them, one at a time, and keeps the ledger whole.

    ``run`` carries out a slot and stores it. ``reason_to_skip`` says why nothing may run now.
    """

    def __init__(
        self,
        *,
        plans: Mapping[str, SlotTimes],
        vantage: str,
        ledger: SlotLedger,
        run: Callable[[Slot], Awaitable[None]],
        reason_to_skip: Callable[[datetime], str | None],
        clock: Callable[[], datetime],
        is_clock_trusted: Callable[[], bool] = lambda: True,
        on_missed: Callable[[int], object] = lambda _: None,
        on_unrun: Callable[[SlotRecord], object] = lambda _: None,
    ) -> None:
        self._plans = plans
        self._vantage = vantage
        self._ledger = ledger
        self._run = run
        self._reason_to_skip = reason_to_skip
        self._clock = clock
        self._is_clock_trusted = is_clock_trusted
        self._on_missed = on_missed
        self._on_unrun = on_unrun
        self._session = asyncio.Lock()
        self._is_stopping = False
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    async def start(self) -> None:
        """Enter what was missed while the program was off, and plan every probe's next slot."""
        for component in self._plans:
            await self._backfill(component, self._clock())
        self._scheduler.start()
        self._waker = asyncio.create_task(self._keep_awake())
        for component in self._plans:
            self._plan_after(component, self._clock())

    async def _keep_awake(self) -> None:
        """Have the scheduler look at the clock again and again: it sleeps until the next job by
        the clock of the moment, and would sleep on when the clock is set."""
        while True:
            await asyncio.sleep(AWAKE_SECONDS)
            self._scheduler.wakeup()

    async def pause(self) -> None:
        """Wake no further slot, and let the one in progress end."""
        self._waker.cancel()
        self._scheduler.pause()
        async with self._session:
            pass

    async def stop(self) -> None:
        """Run nothing more. The slot in progress has a few seconds to end; else it is given up,
        and the next start enters it as missed."""
        self._is_stopping = True
        self._waker.cancel()
        self._scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_LIMIT_SECONDS), self._session:
                pass
        self._scheduler.shutdown(wait=False)
        async with self._session:
            pass

    def slot(self, component: str, scheduled_at: datetime) -> Slot:
        """The slot of a component at one of its planned moments."""
        return Slot(
            component=component,
            vantage=self._vantage,
            scheduled_at=scheduled_at,
            interval_seconds=self._plans[component].interval_seconds,
        )

    def _plan_after(self, component: str, moment: datetime) -> None:
        due = self._plans[component].next_slot(moment)
        self._scheduler.add_job(
            self._wake,
            DateTrigger(run_date=due),
            args=[self.slot(component, due)],
            id=f"{component} {due.isoformat()}",
            misfire_grace_time=None,  # always called: being late is judged and recorded below
        )

    async def _wake(self, slot: Slot) -> None:
        self._plan_after(slot.component, max(slot.scheduled_at, self._clock()))
        async with self._session:
            if not self._is_stopping:
                await self._carry_out(slot)

    async def _carry_out(self, slot: Slot) -> None:
        if not self._is_clock_trusted():
            log.error("the clock jumped: %s is left to be entered as missed", slot.component)
            return
        now = self._clock()
        await self._backfill(slot.component, slot.scheduled_at - timedelta(microseconds=1))
        late = (now - slot.scheduled_at).total_seconds()
        if late > slot.interval_seconds * LATEST_START_RATIO:
            await self._leave_out(slot, Outcome.MISSED, "overrun")
        elif reason := await asyncio.to_thread(self._reason_to_skip, now):
            await self._leave_out(slot, Outcome.SKIPPED, reason)
        else:
            await self._run(slot)

    async def _leave_out(self, slot: Slot, outcome: Outcome, rule: str) -> None:
        try:
            kept = await asyncio.to_thread(self._ledger.record_unrun, slot, outcome, rule)
        except SlotTaken as error:
            log.warning("%s", error)
        else:
            self._on_unrun(kept.record)

    async def _backfill(self, component: str, until: datetime) -> None:
        """Enter as missed every planned slot after the last recorded one, up to a moment."""
        last = await asyncio.to_thread(self._ledger.last_slot, component, self._vantage)
        if last is None:
            return
        due = self._plans[component].slots_between(last.slot.scheduled_at, until)
        slots = [self.slot(component, moment) for moment in due]
        if slots:
            added = await asyncio.to_thread(self._ledger.backfill, slots, Outcome.MISSED, "off")
            log.warning("%s: %d slots were missed", component, added)
            self._on_missed(added)
