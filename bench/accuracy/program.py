"""The monitor under test: the real command, with settings and a site file of the rehearsal."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
import psutil

from bench.accuracy.scenario import Scenario
from bench.accuracy.toml_text import to_toml
from probes.browser import MARK
from probes.site import SITES

STOP_LIMIT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where the monitor runs and what it can reach.

    ``namespace`` is None on loopback. ``home`` is a home folder that trusts the rehearsal's
    authority; ``authority`` that authority's certificate, for the references over TLS.
    """

    folder: Path
    origins: Mapping[str, str]
    references: tuple[str, ...]
    time_servers: tuple[str, ...]
    namespace: str | None = None
    home: Path | None = None
    authority: Path | None = None


class Program:
    """The monitor as a process. It may be started again after it was stopped or killed."""

    def __init__(self, scenario: Scenario, seed: int, around: Surroundings) -> None:
        self.around = around
        self.state = around.folder / "state"
        self.clock_file = around.folder / "clock_shift"
        self._log = around.folder / "monitor.log"
        self._settings = around.folder / "monitor.toml"
        self._process: subprocess.Popen[bytes] | None = None
        site = around.folder / "site.toml"
        site.write_text(to_toml(site_file(scenario, around)), encoding="utf-8")
        settings = settings_file(scenario, seed, around, site, self.state)
        self._settings.write_text(to_toml(settings), encoding="utf-8")

    @property
    def pid(self) -> int:
        """Raises RuntimeError when it does not run."""
        if self._process is None:
            raise RuntimeError("the monitor does not run")
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False when it was not started, or has ended by itself."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the command; returns at once."""
        environment = dict(os.environ)
        if self.around.home is not None:
            environment["HOME"] = str(self.around.home)
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._log.open("ab"),
            env=environment,
            start_new_session=True,
        )

    def stop(self) -> int:
        """Ask it to end as an operator would; its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it as a power cut would; its browser is left behind, as after a real one."""
        return self._end(signal.SIGKILL)

    def complaints(self) -> str:
        """The last lines it logged."""
        if not self._log.exists():
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def browser(self) -> list[psutil.Process]:
        """The processes of its browser, the main one first; [] when there is none."""
        mark = f"{MARK}{self.pid}-"
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = process.cmdline()
                is_main = not any(part.startswith("--type=") for part in line)
                if is_main and any(part.startswith(mark) for part in line):
                    return [process, *process.children(recursive=True)]
        return []

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _command(self) -> list[str]:
        module = "bench.accuracy.shifted_clock"
        run = [sys.executable, "-m", module, str(self.clock_file), "run"]
        run += ["--config", str(self._settings)]
        if self.around.namespace is None:
            return run
        return ["ip", "netns", "exec", self.around.namespace, *self._trusting(), *run]

    def _trusting(self) -> list[str]:
        """In the namespace's own view of the files, the authority is one of the known ones."""
        if self.around.authority is None:
            return []
        known = Path(certifi.where())
        both = self.around.folder / "authorities.pem"
        both.write_bytes(known.read_bytes() + self.around.authority.read_bytes())
        mount = shutil.which("mount") or "mount"
        script = '"$0" --bind "$1" "$2" && shift 2 && exec "$@"'
        return ["sh", "-c", script, mount, str(both), str(known)]


def site_file(scenario: Scenario, around: Surroundings) -> dict[str, Any]:
    """The stand-in's site file, faster and with the scenario's references."""
    raw = tomllib.loads((SITES / "standin.toml").read_text(encoding="utf-8"))
    interval, action = scenario.interval_seconds, scenario.action_seconds
    raw["origins"] = dict(around.origins)
    raw["control"] = {"references": list(around.references)}
    raw["limits"] |= {"action_seconds": action, "step_seconds": action * 1.8}
    raw["politeness"] = {
        "floor_seconds": 0.1,
        "daily_budget": 1_000_000,
        "backoff_seconds": interval / 2,
        "backoff_max_seconds": interval,
    }
    if around.namespace is not None:
        del raw["rehearsal_account"]
    return raw


def settings_file(
    scenario: Scenario, seed: int, around: Surroundings, site: Path, state: Path
) -> dict[str, Any]:
    """What an operator would write. Off loopback the account is in the settings."""
    account = tomllib.loads((SITES / "standin.toml").read_text(encoding="utf-8"))
    lent = account["rehearsal_account"] if around.namespace is not None else {}
    return {
        "state_dir": state,
        "operator": {"name": "Répétition", "contact": "repetition@example.invalid"},
        "site": {"file": site},
        "account": lent,
        "web": {"port": 0},
        "metrics": {"port": 0},
        "control": {"timeout_seconds": 1.0},
        "clock": {"ntp_servers": list(around.time_servers) or None, "timeout_seconds": 0.5},
        "schedule": {
            "probes": list(scenario.probes),
            "intervals": dict.fromkeys(scenario.probes, scenario.interval_seconds),
            "seed": seed,
        },
    }


@contextlib.contextmanager
def running(program: Program) -> Iterator[Program]:
    """Started on entering, killed on leaving if it still runs, its browser too."""
    program.start()
    try:
        yield program
    finally:
        with contextlib.suppress(RuntimeError):
            left = program.browser()
            program.kill()
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
