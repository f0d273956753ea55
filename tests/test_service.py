"""The whole monitor: in this process, and as a process that is killed, stopped and started."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor import app
from monitor.app import plans_of
from monitor.core.model import Outcome
from monitor.core.statistics import figure
from monitor.metrics import WINDOWS
from monitor.service import Service
from monitor.settings import Settings, load_settings
from monitor.store.blobs import open_blobs
from monitor.store.store import Store, StoreReader, open_store
from probes.standin.server import StandIn
from tests.rehearsal import marked, now, running, settings_file, settings_of, site_of, wait_until

FAST = {"portal": 2.0, "login": 3.0, "category": 5.0}


def service_of(standin: StandIn, folder: Path, interval_seconds: float = 1.0) -> Service:
    schedule = {"probes": ("portal",), "intervals": {"portal": interval_seconds}}
    return Service(settings_of(standin, folder, schedule=schedule), site_of(standin))


async def until(holds: Callable[[], object], *, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.05)


def outcomes(store: StoreReader) -> list[Outcome]:
    return [record.outcome for record in store.slots()]


def assert_whole(store: StoreReader, settings: Settings) -> None:
    """Contiguous sequences, every planned slot there once, every observation whole with every
    file that it names."""
    records = list(store.slots())
    assert [record.sequence for record in records] == list(range(1, len(records) + 1))
    for component, plan in plans_of(settings, app.site_of(settings)).items():
        moments = sorted(r.slot.scheduled_at for r in records if r.slot.component == component)
        if moments:
            before = moments[0] - timedelta(microseconds=1)
            assert moments == plan.slots_between(before, moments[-1]), component
    blobs = open_blobs(settings.blobs_url)
    for record in records:
        found = store.observation(record.sequence)
        assert (found is None) == (record.outcome in (Outcome.MISSED, Outcome.SKIPPED))
        for attempt in found.attempts if found else ():
            assert attempt.manifest is not None
            assert blobs.get(attempt.manifest.sha256)
            assert attempt.steps or attempt.verdict.outcome is Outcome.MONITOR_FAULT
            for shot in [step.screenshot for step in attempt.steps if step.screenshot]:
                assert blobs.get(shot.sha256)


# as a process


def _stop_browsers(mark: str) -> None:
    for process in marked(mark):
        with suppress(ProcessLookupError):
            os.killpg(os.getpgid(process.pid), signal.SIGSTOP)


def test_a_monitor_killed_at_any_moment_leaves_a_whole_ledger_and_no_browser(
    standin: StandIn, tmp_path: Path
) -> None:
    file = settings_file(standin, tmp_path, intervals=FAST)
    settings = load_settings(file, {})
    moments = [random.uniform(0, 2.5) for _ in range(3)]
    marks: list[str] = []
    for round_number, seconds in enumerate(moments):
        with running(file) as monitor:
            marks.append(monitor.mark)
            monitor.addresses()
            assert [p for mark in marks[:-1] for p in marked(mark)] == [], "an orphan was left"
            if round_number == 0:
                _wait_for_slots(settings, "portal")
            if round_number == 2:
                wait_until(monitor.browsers)
                time.sleep(seconds)
                _stop_browsers(monitor.mark)
                monitor.end(signal.SIGKILL)
                assert monitor.browsers(), "a stopped browser outlives its monitor"
                # started again while the orphan is there, before the fixture ends it
                _assert_swept(file, settings, marks)
            else:
                time.sleep(seconds)
                monitor.end(signal.SIGKILL)
        with open_store(settings.store_url) as store:
            assert_whole(store, settings)
    print("killed after", [round(seconds, 2) for seconds in moments])  # noqa: T201  which they were


def _wait_for_slots(settings: Settings, *components: str) -> None:
    with open_store(settings.store_url) as store:
        wait_until(lambda: {c for c, _ in store.latest()} >= set(components))


def _assert_swept(file: Path, settings: Settings, marks: list[str]) -> None:
    time.sleep(2)  # time off, to be entered
    began = now()
    with running(file) as monitor, open_store(settings.store_url) as store:
        monitor.addresses()
        assert [p for mark in marks for p in marked(mark)] == [], "an orphan was left"
        wait_until(
            lambda: any(r.started_at and r.started_at > began for r in store.latest().values()),
            seconds=60,
        )
        assert monitor.end(signal.SIGTERM) == 0
        assert monitor.browsers() == []
        assert_whole(store, settings)
        off = [r for r in store.slots() if r.outcome is Outcome.MISSED and r.rule == "off"]
        assert {r.slot.component for r in off} >= {"portal"}


def test_a_monitor_that_was_stopped_for_a_while_has_every_slot(
    standin: StandIn, tmp_path: Path
) -> None:
    file = settings_file(standin, tmp_path, intervals={"portal": 1.0})
    settings = load_settings(file, {})
    with running(file) as monitor:
        monitor.addresses()
        with open_store(settings.store_url) as store:
            wait_until(lambda: outcomes(store))
            monitor.send(signal.SIGSTOP)
            time.sleep(4)
            before = len(outcomes(store))
            monitor.send(signal.SIGCONT)
            wait_until(lambda: len(outcomes(store)) >= before + 5)
            assert monitor.end() == 0
            assert_whole(store, settings)
            assert outcomes(store).count(Outcome.MISSED) >= 3


# in this process


async def test_metrics_health_and_pages_are_served_and_agree_with_the_store(
    standin: StandIn, tmp_path: Path
) -> None:
    service = service_of(standin, tmp_path)
    async with service, httpx.AsyncClient() as client:
        await until(lambda: len(outcomes(service.store)) >= 3)
        assert (await client.get(f"{service.metrics_url}/healthz")).status_code == 200
        await service.schedule.pause()
        before = now()
        text = (await client.get(f"{service.metrics_url}/metrics")).text
        after = now()
        assert (await client.get(service.web_url)).status_code == 200
        assert_agrees(text, service.store)
        assert_figures_agree(text, service.store, before, after)
        if shutil.which("promtool"):
            checked = await asyncio.to_thread(_promtool, text)
            assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")

        async def unhealthy() -> bool:
            return (await client.get(f"{service.metrics_url}/healthz")).status_code == 503

        async with asyncio.timeout(20):
            while not await unhealthy():
                await asyncio.sleep(0.2)


def _promtool(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def samples(text: str, name: str) -> dict[tuple[str, ...], float]:
    """Samples of one metric by the values of its labels, in the order of the labels' names."""
    return {
        tuple(value for _, value in sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == name
    }


def assert_agrees(text: str, store: Store) -> None:
    counted = {key[1]: n for key, n in samples(text, "anef_probe_runs_total").items() if n}
    assert counted == Counter(outcome.value for outcome in outcomes(store))
    last = [record for record in store.slots() if record.finished_at][-1]
    assert last.finished_at is not None
    told = samples(text, "anef_probe_last_run_timestamp_seconds")[("portal",)]
    assert told == pytest.approx(last.finished_at.timestamp())
    kept = evidence_bytes_of(store)
    assert samples(text, "anef_evidence_bytes_total")[()] >= kept > 0


def evidence_bytes_of(store: Store) -> int:
    """Bytes of every file that the observations name."""
    found = [store.observation(record.sequence) for record in store.slots()]
    steps = [s for o in found if o for a in o.attempts for s in a.steps]
    return sum(step.screenshot.size for step in steps if step.screenshot)


def assert_figures_agree(text: str, store: Store, before: datetime, after: datetime) -> None:
    availability = samples(text, "anef_availability_ratio")
    coverage = samples(text, "anef_coverage_ratio")
    for window, length in WINDOWS.items():
        bounds = [
            figure(store.slots(component="portal"), start=at - length, end=at, now=at)
            for at in (before, after)
        ]
        low, high = sorted(one.coverage for one in bounds)
        assert low - 1e-9 <= coverage[("portal", window)] <= high + 1e-9
        if all(one.availability is not None for one in bounds):
            assert availability[("portal", window)] == pytest.approx(bounds[0].availability)


async def test_a_refusal_with_retry_after_makes_the_monitor_wait(
    standin: StandIn, tmp_path: Path
) -> None:
    standin.set_fault("too_many_429")
    service = service_of(standin, tmp_path)
    async with service:
        await until(lambda: Outcome.SKIPPED in outcomes(service.store))
        asked = standin.requests
        await until(lambda: outcomes(service.store).count(Outcome.SKIPPED) >= 3)
        assert standin.requests == asked, "the site was asked during its pause"
        ran = [record for record in service.store.slots() if record.started_at]
        rules = {r.rule for r in service.store.slots() if r.outcome is Outcome.SKIPPED}
    assert [(r.outcome, r.retry_after_seconds) for r in ran] == [(Outcome.BLOCKED, 120)]
    assert rules == {"backoff"}


async def test_a_disk_that_cannot_keep_evidence_makes_no_outage(
    standin: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    standin.set_fault("http_503")
    service = service_of(standin, tmp_path)
    async with service:
        (tmp_path / "blobs").rmdir()
        (tmp_path / "blobs").write_text("a file where the folder was")
        await until(lambda: outcomes(service.store))
        found = service.store.observation(1)
    assert found is not None
    assert (found.verdict.outcome, found.manifest_sha256) == (Outcome.MONITOR_FAULT, None)
    assert "evidence could not be written" in caplog.text


async def test_a_service_leaves_nothing_running(standin: StandIn, tmp_path: Path) -> None:
    mark = f"--anef-monitor-owner={os.getpid()}-"
    others = marked(mark)  # another test of this process may keep a browser warm
    service = service_of(standin, tmp_path)
    async with service:
        await until(lambda: outcomes(service.store))
    async with httpx.AsyncClient() as client:
        for url in (service.web_url, service.metrics_url):
            with pytest.raises(httpx.ConnectError):
                await client.get(url)
    assert marked(mark) == others
    left = {task.get_name() for task in asyncio.all_tasks()} - {asyncio.current_task().get_name()}  # type: ignore[union-attr]
    assert left == set()


async def test_the_kill_switch_of_the_settings_stops_every_run(
    standin: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "STOP").touch()
    service = service_of(standin, tmp_path, 0.5)
    before = standin.requests
    async with service:
        await until(lambda: len(outcomes(service.store)) >= 2)
        assert {record.rule for record in service.store.slots()} == {"kill_switch"}
    assert standin.requests == before
