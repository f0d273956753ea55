"""The stand-in in a thread of its own, and what tests build around it: a site, settings, a real
browser, the real program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from monitor.app import browser_plan
from monitor.installation import find_browser
from monitor.settings import Settings
from probes.browser import WarmBrowser
from probes.guard import compile_allow_list
from probes.site import SITES, Site, load_site
from probes.standin.server import StandIn

ROOT = Path(__file__).parent.parent


def now() -> datetime:
    """The clock that the program is given."""
    return datetime.now(UTC)


def site_of(standin: StandIn, **limits: float) -> Site:
    """The stand-in's site file on its ports, with other time limits where wished. Nothing is
    called slow: the machine may be busy with other tests."""
    site = load_site(SITES / "standin.toml", standin.origins)
    probes = {n: plan.model_copy(update={"slow_seconds": 60.0}) for n, plan in site.probes.items()}
    changed = site.limits.model_copy(update=limits)
    return site.model_copy(update={"limits": changed, "probes": probes})


def settings_of(standin: StandIn, folder: Path, **parts: object) -> Settings:
    """Settings that watch the stand-in, on any free ports."""
    return Settings.model_validate(
        {
            "state_dir": folder,
            "site": {"file": SITES / "standin.toml", "origins": standin.origins},
            "web": {"port": 0},
            "metrics": {"port": 0},
            **parts,
        }
    )


def warm_browser(site: Site) -> WarmBrowser:
    """A real browser behind the guard of a site."""
    plan = browser_plan(Settings(), site, find_browser())
    return WarmBrowser(plan, compile_allow_list(site))


def settings_file(
    standin: StandIn,
    folder: Path,
    *,
    intervals: Mapping[str, float],
    site_file: Path = SITES / "standin.toml",
    more: str = "",
) -> Path:
    """A monitor.toml that watches the stand-in with its state beside it."""
    origins = standin.origins
    probes = json.dumps(list(intervals))
    seconds = ", ".join(f"{name} = {value}" for name, value in intervals.items())
    file = folder / "monitor.toml"
    file.write_text(
        f"""state_dir = "state"
[site]
file = "{site_file}"
origins = {{ portal = "{origins["portal"]}", sso = "{origins["sso"]}" }}
[web]
port = 0
[metrics]
port = 0
[schedule]
probes = {probes}
intervals = {{ {seconds} }}
{more}
"""
    )
    return file


def command(*arguments: str | Path) -> list[str]:
    """The program's command line."""
    return [sys.executable, "-m", "monitor", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """The environment of a program that reads no settings of ours by accident."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANEF_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def run_command(
    *arguments: str | Path, folder: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """The program run to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=folder,
        env=environment(**more),
    )


class Monitor:
    """A real ``anef-monitor run``."""

    def __init__(self, file: Path) -> None:
        self.log = file.parent / "run.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command("run", "--config", file),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=file.parent,
                env=environment(),
            )
        self.mark = f"--anef-monitor-owner={self.process.pid}-"

    def addresses(self) -> tuple[str, str]:
        """Where the status page and the metrics are served, once they are."""
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(2)]
        assert all(lines), self.log.read_text()
        return lines[0].split()[-1], lines[1].split()[-1].removesuffix("/metrics")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the monitor alone."""
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def browsers(self) -> list[psutil.Process]:
        """Browser processes of this monitor that are alive."""
        return marked(self.mark)


@contextmanager
def running(file: Path) -> Iterator[Monitor]:
    """A monitor that is ended on leaving, if it still runs."""
    monitor = Monitor(file)
    try:
        yield monitor
    finally:
        if monitor.process.poll() is None:
            monitor.end(signal.SIGKILL)
        for process in monitor.browsers():
            with suppress(psutil.Error, ProcessLookupError):
                os.killpg(os.getpgid(process.pid), signal.SIGKILL)


def marked(mark: str) -> list[psutil.Process]:
    """Living processes with an argument that begins with ``mark``."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            line = process.cmdline()
            is_alive = process.status() != psutil.STATUS_ZOMBIE
            if is_alive and any(argument.startswith(mark) for argument in line):
                found.append(process)
    return found


def wait_until(holds: Callable[[], Any], *, seconds: float = 30.0) -> None:
    """Wait for something to hold. Raises AssertionError when it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.05)
