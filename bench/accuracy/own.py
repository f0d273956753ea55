"""Faults of the monitor's own side: its browser, its machine, its disk, its clock."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil

from bench.accuracy.program import Program

STARVED_SHARE = 0.06
"""Part of the time that a starved browser runs."""
STARVED_PERIOD_SECONDS = 0.5
CPU_GROUPS = Path("/sys/fs/cgroup/cpu")
CPU_PERIOD_US, CPU_QUOTA_US = 100_000, 8_000
DISK_BYTES = 24 * 1024 * 1024
LEFT_BYTES = 16 * 1024

Lift = Callable[[], None]


def kill_browser(program: Program) -> Lift:
    """Kill the browser again and again, as a lack of memory does."""
    return _repeat(lambda: _signal(program.browser(), signal.SIGKILL), every_seconds=0.7)


def kill_browser_once(program: Program) -> Lift:
    """Kill the browser one time."""
    _signal(program.browser(), signal.SIGKILL)
    return lambda: None


def stop_browser(program: Program) -> Lift:
    """Stop every process of the browser; it stays there and answers nothing."""
    lift = _repeat(lambda: _signal(program.browser(), signal.SIGSTOP), every_seconds=0.3)

    def go_on() -> None:
        lift()
        _signal(program.browser(), signal.SIGCONT)

    return go_on


def starve_browser(program: Program) -> Lift:
    """Let the browser run for a small part of the time only."""

    def duty(stop: threading.Event) -> None:
        processes: list[psutil.Process] = []
        while not stop.is_set():
            processes = program.browser()
            _signal(processes, signal.SIGSTOP)
            stop.wait(STARVED_PERIOD_SECONDS * (1 - STARVED_SHARE))
            _signal(processes, signal.SIGCONT)
            stop.wait(STARVED_PERIOD_SECONDS * STARVED_SHARE)

    return _thread(duty)


def starve_machine(program: Program) -> Lift:
    """Give the monitor and its browser a small quota of processor time (a control group)."""
    group = CPU_GROUPS / f"anef-accuracy-{os.getpid()}-{program.pid}"
    group.mkdir()
    (group / "cpu.cfs_period_us").write_text(str(CPU_PERIOD_US))
    (group / "cpu.cfs_quota_us").write_text(str(CPU_QUOTA_US))

    def join(where: Path) -> None:
        with contextlib.suppress(psutil.Error, OSError, RuntimeError):
            monitor = psutil.Process(program.pid)
            for process in [monitor, *monitor.children(recursive=True), *program.browser()]:
                with contextlib.suppress(OSError):
                    (where / "cgroup.procs").write_text(str(process.pid))

    lift = _repeat(lambda: join(group), every_seconds=0.3)

    def leave() -> None:
        lift()
        for _ in range(20):
            join(CPU_GROUPS)
            with contextlib.suppress(OSError):
                group.rmdir()
                return

    return leave


def stop_monitor(program: Program) -> Lift:
    """Stop the monitor's own process: its event loop and every deadline stand still."""
    os.kill(program.pid, signal.SIGSTOP)
    return lambda: os.kill(program.pid, signal.SIGCONT)


def cut_power(program: Program) -> Lift:
    """Kill the monitor; it is started again when this is lifted."""
    program.kill()
    return program.start


def fill_disk(program: Program) -> Lift:
    """Leave hardly a byte on the disk of the monitor's state."""
    filler = program.state / "filler"
    free = os.statvfs(program.state)
    with contextlib.suppress(OSError), filler.open("wb") as file:
        for _ in range(max(0, free.f_bavail * free.f_frsize - LEFT_BYTES) // 4096):
            file.write(b"\0" * 4096)
    return lambda: filler.unlink(missing_ok=True)


def clock_jump(seconds: float) -> Callable[[Program], Lift]:
    """Set the monitor's clock wrong by so many seconds."""

    def jump(program: Program) -> Lift:
        fresh = program.clock_file.with_suffix(".new")
        fresh.write_text(str(seconds))
        os.replace(fresh, program.clock_file)  # noqa: PTH105  atomic
        return lambda: program.clock_file.unlink(missing_ok=True)

    return jump


OWN: dict[str, Callable[[Program], Lift]] = {
    "browser_killed": kill_browser,
    "browser_killed_once": kill_browser_once,
    "browser_stopped": stop_browser,
    "browser_starved": starve_browser,
    "machine_starved": starve_machine,
    "monitor_stopped": stop_monitor,
    "power_cut": cut_power,
    "disk_full": fill_disk,
    "clock_forward": clock_jump(+3600),
    "clock_back": clock_jump(-3600),
    "clock_off_a_little": clock_jump(+5),
}


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of a few megabytes for the monitor's state, which ``fill_disk`` can fill."""
    folder.mkdir(parents=True)
    _command("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder))
    try:
        yield
    finally:
        _command("umount", "--lazy", str(folder))


def may_mount(folder: Path) -> bool:
    """True when this machine lets us make a small disk."""
    try:
        with small_disk(folder / "try-disk"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def may_limit_cpu() -> bool:
    """True when this machine lets us make a control group for processor time."""
    group = CPU_GROUPS / f"anef-accuracy-try-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cpu.cfs_quota_us").read_text()
        group.rmdir()
    except OSError:
        return False
    return True


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)


def _repeat(work: Callable[[], object], *, every_seconds: float) -> Lift:
    def loop(stop: threading.Event) -> None:
        while not stop.is_set():
            with contextlib.suppress(RuntimeError):  # the monitor itself is not there
                work()
            stop.wait(every_seconds)

    return _thread(loop)


def _thread(loop: Callable[[threading.Event], None]) -> Lift:
    stop = threading.Event()
    thread = threading.Thread(target=loop, args=(stop,), daemon=True)
    thread.start()

    def lift() -> None:
        stop.set()
        thread.join()

    return lift


def _command(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
