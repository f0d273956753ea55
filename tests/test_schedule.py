"""The schedule on a real APScheduler and a real store, with short intervals and the true clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.core.model import Outcome, Slot, SlotRecord
from monitor.core.plan import SlotTimes, slot_times
from monitor.politeness import Politeness
from monitor.schedule import STOP_LIMIT_SECONDS, Schedule
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from probes.site import SITES, load_site
from tests.rehearsal import now
from tests.store.samples import VANTAGE, observation

INTERVAL_SECONDS = 0.4
SITE = load_site(SITES / "standin.toml")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as opened:
        opened.register_vantage(VANTAGE)
        yield opened


def plans(*components: str, interval_seconds: float = INTERVAL_SECONDS) -> dict[str, SlotTimes]:
    return {name: slot_times(name, interval_seconds, 0.1, 0) for name in components}


@dataclass(kw_only=True)
class Runner:
    """Takes a while over each slot, then stores it."""

    store: Store
    seconds: float = 0.0
    outcome: Outcome = Outcome.UP
    spans: list[tuple[float, float]] = field(default_factory=list)

    async def __call__(self, slot: Slot) -> None:
        began = time.monotonic()
        await asyncio.sleep(self.seconds)
        await asyncio.to_thread(self.store.record, observation(slot, self.outcome))
        self.spans.append((began, time.monotonic()))


def let_all_run(_now: datetime) -> str | None:
    return None


@asynccontextmanager
async def scheduled(
    store: Store,
    run: Callable[[Slot], Awaitable[None]],
    planned: Mapping[str, SlotTimes],
    *,
    reason_to_skip: Callable[[datetime], str | None] = let_all_run,
    on_missed: Callable[[int], object] = lambda _: None,
    on_unrun: Callable[[SlotRecord], object] = lambda _: None,
) -> AsyncIterator[Schedule]:
    schedule = Schedule(
        plans=planned,
        vantage="local",
        ledger=store,
        run=run,
        reason_to_skip=reason_to_skip,
        clock=now,
        on_missed=on_missed,
        on_unrun=on_unrun,
    )
    await schedule.start()
    try:
        yield schedule
    finally:
        await schedule.stop()


def ledger(store: Store, component: str = "portal") -> list[SlotRecord]:
    return list(store.slots(component=component))


async def until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


def rules(store: Store, component: str = "portal") -> list[str]:
    return [record.rule for record in ledger(store, component)]


def assert_whole(store: Store, planned: Mapping[str, SlotTimes]) -> None:
    """Every planned slot from the first to the last recorded one is there once, and sequences
    have no gap."""
    sequences = [record.sequence for record in store.slots()]
    assert sequences == list(range(1, len(sequences) + 1))
    for component, plan in planned.items():
        moments = sorted(record.slot.scheduled_at for record in ledger(store, component))
        before = moments[0] - timedelta(microseconds=1)
        assert moments == plan.slots_between(before, moments[-1])


async def test_every_planned_slot_runs_at_its_moment(store: Store) -> None:
    planned, runner = plans("portal"), Runner(store=store)
    began = now()
    async with scheduled(store, runner, planned):
        await until(lambda: len(ledger(store)) >= 4)
    assert_whole(store, planned)
    assert ledger(store)[0].slot.scheduled_at > began


async def test_two_probes_never_run_at_once(store: Store) -> None:
    planned, runner = plans("portal", "login"), Runner(store=store, seconds=0.1)
    async with scheduled(store, runner, planned):
        await until(lambda: len(runner.spans) >= 6)
    assert all(first[1] <= second[0] for first, second in pairwise(runner.spans))
    assert {record.slot.component for record in store.slots()} == {"portal", "login"}
    assert_whole(store, planned)


async def test_slots_that_a_long_run_overran_are_missed(store: Store) -> None:
    planned, seen = plans("portal"), list[SlotRecord]()
    runner = Runner(store=store, seconds=INTERVAL_SECONDS * 2.5)
    async with scheduled(store, runner, planned, on_unrun=seen.append):
        await until(lambda: len(runner.spans) >= 2 and "overrun" in rules(store))
    assert_whole(store, planned)
    overrun = [record for record in ledger(store) if record.rule == "overrun"]
    assert {record.outcome for record in overrun} == {Outcome.MISSED}
    assert [record.sequence for record in seen] == [record.sequence for record in overrun]


async def test_a_start_enters_every_slot_of_the_time_off(store: Store) -> None:
    planned, counted = plans("portal"), list[int]()
    long_ago = planned["portal"].next_slot(now() - timedelta(seconds=30))
    schedule = Schedule(
        plans=planned,
        vantage="local",
        ledger=store,
        run=Runner(store=store),
        reason_to_skip=let_all_run,
        clock=now,
    )
    store.record(observation(schedule.slot("portal", long_ago)))
    async with scheduled(store, Runner(store=store), planned, on_missed=counted.append):
        await until(lambda: Outcome.UP in [record.outcome for record in ledger(store)[1:]])
    off = [record for record in ledger(store) if record.rule == "off"]
    assert len(off) == sum(counted) >= 60
    assert {record.outcome for record in off} == {Outcome.MISSED}
    assert_whole(store, planned)


async def test_a_first_start_invents_no_past(store: Store) -> None:
    async with scheduled(store, Runner(store=store), plans("portal")):
        await until(lambda: bool(ledger(store)))
    assert "off" not in rules(store)


async def test_a_process_that_stood_still_has_every_slot_in_its_ledger(store: Store) -> None:
    planned = plans("portal", "login")
    async with scheduled(store, Runner(store=store), planned):
        await until(lambda: bool(ledger(store)) and bool(ledger(store, "login")))
        time.sleep(INTERVAL_SECONDS * 6)  # noqa: ASYNC251  the whole process stands still
        after = {name: len(ledger(store, name)) for name in planned}
        await until(lambda: all(len(ledger(store, name)) > after[name] + 6 for name in planned))
    assert_whole(store, planned)
    assert "off" in rules(store)


async def test_a_run_that_fails_leaves_a_missed_slot_and_the_next_one_runs(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    planned, runner, failures = plans("portal"), Runner(store=store), list[Slot]()

    async def run(slot: Slot) -> None:
        if ledger(store) and not failures:
            failures.append(slot)
            raise OSError("the disk is full")
        await runner(slot)

    async with scheduled(store, run, planned):
        await until(lambda: len(runner.spans) >= 2)
    assert_whole(store, planned)
    (failed,) = [r for r in ledger(store) if r.slot.scheduled_at == failures[0].scheduled_at]
    assert failed.outcome is Outcome.MISSED
    assert "the disk is full" in caplog.text


async def test_a_slot_that_someone_else_recorded_is_left_as_it_is(store: Store) -> None:
    planned = plans("portal")
    due = planned["portal"].next_slot(now())
    async with scheduled(
        store, Runner(store=store), planned, reason_to_skip=lambda _: "kill_switch"
    ) as schedule:
        store.record(observation(schedule.slot("portal", due)))
        await until(lambda: len(ledger(store)) >= 3)
    assert ledger(store)[0].outcome is Outcome.UP
    assert_whole(store, planned)


async def test_stopping_lets_the_slot_in_progress_end_and_starts_no_other(store: Store) -> None:
    planned, runner = plans("portal"), Runner(store=store, seconds=1.5)
    started: list[Slot] = []

    async def run(slot: Slot) -> None:
        started.append(slot)
        await runner(slot)

    async with scheduled(store, run, planned):
        await until(lambda: bool(started))
        await asyncio.sleep(INTERVAL_SECONDS * 2)  # others are due, and wait
    assert len(started) == len(runner.spans) == 1
    assert len(ledger(store)) == 1


async def test_stopping_gives_a_slot_up_that_does_not_end(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    runner = Runner(store=store, seconds=600)
    started = asyncio.Event()

    async def run(slot: Slot) -> None:
        started.set()
        await runner(slot)

    async with scheduled(store, run, plans("portal")):
        await started.wait()
        began = time.monotonic()
    assert time.monotonic() - began < STOP_LIMIT_SECONDS + 5
    assert ledger(store) == []
    caplog.clear()


# politeness, on the schedule


def politeness(store: Store, tmp_path: Path, **rules: float) -> Politeness:
    polite = SITE.politeness.model_copy(update=rules)
    return Politeness(
        site=SITE.model_copy(update={"politeness": polite}),
        ledger=store,
        components=("portal",),
        vantage="local",
        kill_switch=tmp_path / "STOP",
    )


async def test_the_kill_switch_skips_slots_while_it_is_there(store: Store, tmp_path: Path) -> None:
    planned, switch = plans("portal"), tmp_path / "STOP"
    switch.touch()
    polite = politeness(store, tmp_path).reason_to_skip
    async with scheduled(store, Runner(store=store), planned, reason_to_skip=polite):
        await until(lambda: len(ledger(store)) >= 2)
        switch.unlink()
        await until(lambda: ledger(store)[-1].outcome is Outcome.UP)
    skipped = [r for r in ledger(store) if r.rule == "kill_switch"]
    assert len(skipped) >= 2
    assert {record.outcome for record in skipped} == {Outcome.SKIPPED}
    assert_whole(store, planned)


async def test_the_budget_of_the_day_skips_the_rest_of_it(store: Store, tmp_path: Path) -> None:
    planned = plans("portal")
    polite = politeness(store, tmp_path, daily_budget=2).reason_to_skip
    async with scheduled(store, Runner(store=store), planned, reason_to_skip=polite):
        await until(lambda: len(ledger(store)) >= 4)
    assert [r.outcome for r in ledger(store)[:4]] == [Outcome.UP] * 2 + [Outcome.SKIPPED] * 2
    assert rules(store)[2:4] == ["budget"] * 2
    assert_whole(store, planned)


async def test_a_refusal_makes_the_next_slots_wait(store: Store, tmp_path: Path) -> None:
    planned = plans("portal")
    polite = politeness(store, tmp_path, backoff_seconds=60).reason_to_skip
    runner = Runner(store=store, outcome=Outcome.BLOCKED)
    async with scheduled(store, runner, planned, reason_to_skip=polite):
        await until(lambda: len(ledger(store)) >= 3)
    assert len(runner.spans) == 1
    assert set(rules(store)[1:]) == {"backoff"}
    assert_whole(store, planned)
