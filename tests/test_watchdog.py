"""What a supervisor is told, over a real datagram socket."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.watchdog import feed, notify, watchdog_seconds
from tests.rehearsal import ROOT


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd listens on."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield listener


def heard(listener: socket.socket) -> list[str]:
    """Every datagram that has come in."""
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(listener.recv(4096).decode())
    return found


def test_a_message_arrives(supervisor: socket.socket) -> None:
    assert notify("READY=1")
    assert heard(supervisor) == ["READY=1"]


def test_an_abstract_socket_is_one_too() -> None:
    name = f"anef-monitor-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.setblocking(False)
        assert notify("READY=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert heard(listener) == ["READY=1"]


def test_without_a_supervisor_nothing_happens(tmp_path: Path) -> None:
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


def test_a_supervisor_that_reads_nothing_holds_nothing_up(supervisor: socket.socket) -> None:
    answers = [notify("WATCHDOG=1") for _ in range(5000)]
    assert answers[0]
    assert not answers[-1], "its buffer has an end, and we do not wait for it"
    assert heard(supervisor)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "1000", "WATCHDOG_PID": str(os.getpid())}, 0.001),
    ],
)
def test_only_a_watched_process_is_watched(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog_seconds(environ) == seconds


async def test_the_watchdog_is_fed_only_while_work_is_done(supervisor: socket.socket) -> None:
    answers = iter([True, True, False, False, True])
    asked = 0

    async def is_alive() -> bool:
        nonlocal asked
        asked += 1
        return next(answers, False)

    task = asyncio.create_task(feed(is_alive, 0.02))
    async with asyncio.timeout(10):
        while asked < 7:
            await asyncio.sleep(0.01)
    task.cancel()
    assert heard(supervisor) == ["WATCHDOG=1"] * 3


UNIT = ROOT / "systemd" / "anef-monitor.service"


def test_the_unit_is_one_that_systemd_accepts(tmp_path: Path) -> None:
    """The program's path is replaced by one that exists here."""
    verifier = shutil.which("systemd-analyze")
    text = UNIT.read_text(encoding="utf-8")
    assert {"Type=notify", "NotifyAccess=main", "WatchdogSec=120"} <= set(text.splitlines())
    if verifier is None:  # not every machine has systemd: what it says of itself stays checked
        return
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/opt/anef-monitor/.venv/bin/anef-monitor", "/bin/true"))
    found = subprocess.run(
        [verifier, "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stderr) == (0, "")
