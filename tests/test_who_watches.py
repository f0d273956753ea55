"""Every outage of the monitor itself is noticed by someone: the table of docs/who-watches.md, row
by row, with the limits made short."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.clock import ClockWatch
from monitor.core.model import Outcome
from monitor.service import Service
from probes import attempt, browser, starvation
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.receivers import Webhook, webhook
from tests.rehearsal import marked, now, running, settings_file, settings_of, site_of, wait_until
from tests.test_watchdog import heard


@pytest.fixture
def grounds() -> Iterator[tuple[StandIn, ExitStack]]:
    """A stand-in, and what ends it: the references of the control end with it."""
    with ExitStack() as stack:
        yield stack.enter_context(standin_thread(StandIn(portal_port=0, sso_port=0))), stack


@pytest.fixture
def switch() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


@asynccontextmanager
async def watching(
    standin: StandIn, switch: Webhook, folder: Path, **limits: float
) -> AsyncIterator[Service]:
    """A monitor whose sign of life has come, twice."""
    settings = settings_of(
        standin,
        folder,
        schedule={"probes": ("portal",), "intervals": {"portal": 2.0}},
        heartbeat={"url": f"http://127.0.0.1:{switch.port}/", "every_seconds": 0.01},
    )
    async with Service(settings, site_of(standin, **limits)) as service:
        await until(lambda: switch.asked >= 2)
        yield service


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(90):
        while not holds():
            await asyncio.sleep(0.05)


async def unhealthy(service: Service) -> None:
    """Wait for /healthz to say that no slots come in."""
    async with httpx.AsyncClient(timeout=30) as client, asyncio.timeout(90):
        while (await client.get(f"{service.metrics_url}/healthz")).status_code != 503:
            await asyncio.sleep(0.2)


async def assert_silent_over_faults(service: Service, switch: Webhook, rule: str) -> None:
    """Two slots more that end in our own fault, and no sign of life for them."""

    def faults() -> int:
        return sum(record.rule == rule for record in service.store.slots())

    await until(lambda: faults() >= 1)
    before, seen = switch.asked, faults()
    await until(lambda: faults() >= seen + 2)
    assert switch.asked == before


async def test_a_network_that_is_gone_silences_the_sign_of_life(
    grounds: tuple[StandIn, ExitStack], switch: Webhook, tmp_path: Path
) -> None:
    standin, ground = grounds
    async with watching(standin, switch, tmp_path) as service:
        await asyncio.to_thread(ground.close)
        await assert_silent_over_faults(service, switch, "own_network")
        assert Outcome.DOWN not in {record.outcome for record in service.store.slots()}


async def test_a_disk_that_takes_nothing_silences_the_sign_of_life(
    grounds: tuple[StandIn, ExitStack], switch: Webhook, tmp_path: Path
) -> None:
    async with watching(grounds[0], switch, tmp_path) as service:
        (tmp_path / "blobs").rename(tmp_path / "gone")
        (tmp_path / "blobs").write_text("a file where the folder was")
        await assert_silent_over_faults(service, switch, "internal_error")


@pytest.mark.alone
async def test_a_wedged_browser_silences_the_sign_of_life(
    grounds: tuple[StandIn, ExitStack],
    switch: Webhook,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attempt, "GRACE_SECONDS", 2.0)
    monkeypatch.setattr(starvation, "SELF_TEST_LIMIT_SECONDS", 2.0)
    monkeypatch.setattr(browser, "LAUNCH_LIMIT_SECONDS", 10.0)
    mark = f"--anef-monitor-owner={os.getpid()}-"
    others = {process.pid for process in marked(mark)}

    async def wedge() -> None:
        while True:
            for process in marked(mark):
                with suppress(ProcessLookupError):
                    if process.pid not in others:
                        os.kill(process.pid, signal.SIGSTOP)
            await asyncio.sleep(0.2)

    limits = {"action_seconds": 0.5, "step_seconds": 1.0, "attempt_seconds": 2.0}
    async with watching(grounds[0], switch, tmp_path, **limits) as service:
        task = asyncio.create_task(wedge())

        def ours() -> list[bool]:
            return [r.outcome is Outcome.MONITOR_FAULT for r in service.store.slots()]

        await until(lambda: any(ours()))
        assert switch.asked <= ours().count(False), "a sign for each run that was well"
        task.cancel()


async def test_a_clock_that_jumped_stops_slots_and_is_seen_by_health_and_switch(
    grounds: tuple[StandIn, ExitStack], switch: Webhook, tmp_path: Path
) -> None:
    shift = timedelta()
    async with watching(grounds[0], switch, tmp_path) as service:
        service._clock = ClockWatch(lambda: now() + shift)
        shift = timedelta(hours=1)
        await unhealthy(service)
        before = switch.asked
        await asyncio.sleep(4)
        assert switch.asked == before
        assert not await service._is_alive(), "nor is the watchdog fed"


async def test_a_bug_in_the_work_beside_the_probes_is_logged_and_ends_the_feeding(
    grounds: tuple[StandIn, ExitStack],
    switch: Webhook,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken() -> None:
        raise KeyError("a bug")

    async with watching(grounds[0], switch, tmp_path) as service:
        assert await service._is_alive()
        service._every(60, broken)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not await service._is_alive()
    assert "work beside the probes ended" in caplog.text
    assert "KeyError: 'a bug'" in caplog.text


async def test_a_database_that_takes_nothing_is_seen_by_health_watchdog_and_switch(
    grounds: tuple[StandIn, ExitStack], switch: Webhook, tmp_path: Path
) -> None:
    async with watching(grounds[0], switch, tmp_path) as service:
        lock = sqlite3.connect(tmp_path / "monitor.sqlite3", isolation_level=None, timeout=30)
        lock.execute("BEGIN IMMEDIATE")
        await unhealthy(service)
        before = switch.asked
        assert not await service._is_alive()
        await asyncio.sleep(2)
        assert switch.asked == before
        lock.execute("ROLLBACK")
        lock.close()
        await until(lambda: switch.asked > before)


def test_a_monitor_that_is_wedged_or_killed_falls_silent_to_supervisor_and_switch(
    grounds: tuple[StandIn, ExitStack],
    switch: Webhook,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    supervisor.bind(str(tmp_path / "notify"))
    supervisor.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    more = f'[heartbeat]\nurl = "http://127.0.0.1:{switch.port}/s3cret"\nevery_seconds = 0.05\n'
    file = settings_file(grounds[0], tmp_path, intervals={"portal": 2.0}, more=more)
    said: list[str] = []

    def hear() -> list[str]:
        said.extend(heard(supervisor))
        return said

    with supervisor, running(file) as monitor:
        _, health = monitor.addresses()
        wait_until(lambda: "READY=1" in hear() and "WATCHDOG=1" in said and switch.asked >= 2)

        monitor.send(signal.SIGSTOP)
        time.sleep(0.5)
        hear()
        quiet = len(said), switch.asked
        time.sleep(2.5)
        assert (len(hear()), switch.asked) == quiet
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{health}/healthz", timeout=0.5)

        monitor.send(signal.SIGCONT)
        wait_until(lambda: len(hear()) > quiet[0] and switch.asked > quiet[1])
        monitor.end(signal.SIGKILL)
        hear()
        killed = len(said), switch.asked
        time.sleep(1)
        assert (len(hear()), switch.asked) == killed
        assert "STOPPING=1" not in said
        assert "s3cret" not in monitor.log.read_text()
