"""The public pages beside the monitor: however many ask, slots run and the answer is right."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
import psutil
import pytest

from monitor.errors import ConfigurationError
from monitor.service import Service
from monitor.settings import load_settings
from monitor.store.store import open_store
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.rehearsal import running, settings_file, settings_of, site_of, wait_until

VISITORS = 12


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as started:
        yield started


def service_of(standin: StandIn, folder: Path, **parts: object) -> Service:
    schedule = {"probes": ("portal",), "intervals": {"portal": 1.0}}
    return Service(settings_of(standin, folder, schedule=schedule, **parts), site_of(standin))


@contextmanager
def visitors(url: str) -> Iterator[Counter[int]]:
    """Many who ask again and again until the block ends; how often each status came."""
    over, answers = Event(), Counter[int]()

    def ask() -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            while not over.is_set():
                for path in ("/", "/statistiques/portal", "/api/v1/figures?component=portal"):
                    answers[client.get(path).status_code] += 1

    threads = [Thread(target=ask) for _ in range(VISITORS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_slots_run_and_the_first_line_is_right_while_many_ask(
    standin: StandIn, tmp_path: Path
) -> None:
    file = settings_file(standin, tmp_path, intervals={"portal": 3.0})
    with running(file) as monitor, open_store(load_settings(file, {}).store_url) as store:
        url, _ = monitor.addresses()

        def says(word: str) -> bool:
            _, _, title = httpx.get(url, timeout=60, trust_env=False).text.partition("<title>")
            return title.startswith(word)

        wait_until(lambda: any(one.started_at for one in store.slots()))
        with visitors(url) as answers:
            reached = max(one.sequence for one in store.slots())
            wait_until(
                lambda: sum(bool(s.started_at) for s in store.slots(after_sequence=reached)) >= 2,
                seconds=60,
            )
            wait_until(lambda: says("Non"), seconds=60)
            standin.set_fault("http_503")
            wait_until(lambda: says("Oui"), seconds=90)
            standin.set_fault("none")
        assert set(answers) == {200}
        assert answers[200] > VISITORS
    standin.set_fault("none")


async def test_pages_that_die_are_started_again_and_no_slot_notices(
    standin: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = service_of(standin, tmp_path)
    async with service, httpx.AsyncClient(base_url=service.web_url, timeout=60) as client:
        before = service.front.pid
        os.kill(before, signal.SIGINT)  # a terminal's Ctrl-C is for the monitor to judge
        os.kill(before, signal.SIGTERM)
        assert (await client.get("/")).status_code == 200
        os.kill(before, signal.SIGKILL)
        ran = len(list(service.store.slots()))
        async with asyncio.timeout(60):
            while service.front.pid == before or len(list(service.store.slots())) <= ran:
                await asyncio.sleep(0.1)
        assert (await client.get("/")).status_code == 200
    assert "is started again" in caplog.text


def test_pages_end_with_a_monitor_that_is_killed(standin: StandIn, tmp_path: Path) -> None:
    file = settings_file(standin, tmp_path, intervals={"portal": 60.0})
    with running(file) as monitor:
        monitor.addresses()
        (pages,) = (
            child
            for child in psutil.Process(monitor.process.pid).children()
            if "monitor.front_process" in child.cmdline()
        )
        monitor.end(signal.SIGKILL)
        wait_until(lambda: not pages.is_running() or pages.status() == psutil.STATUS_ZOMBIE)


async def test_what_the_pages_cannot_do_stops_the_start_in_one_sentence(
    standin: StandIn, tmp_path: Path
) -> None:
    documents = {"pkcs12": tmp_path / "nowhere.p12"}
    service = service_of(standin, tmp_path, documents=documents, web={"port": 0})
    with pytest.raises(ConfigurationError, match=r"nowhere\.p12"):
        async with service:
            pass
    with open_store(service.settings.store_url) as store:
        assert list(store.slots()) == []
