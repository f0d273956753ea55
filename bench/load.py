# ruff: noqa: T201  the output of a benchmark
"""What visitors cost: first bytes, the rate that holds, and whether slots run on time meanwhile.

    python -m bench.load [--seconds 5] [--connections 1,16,64] [--only /,/badge.svg] [--steps]

The real monitor watches the rehearsal site every two seconds over a ledger of ninety days, and
`wrk` asks for one public address after the other with more and more connections. Printed for each:
milliseconds to the first byte for the one visitor who comes first after a new slot (all is made
anew) and for those who follow, the highest rate at which every answer was good and 99 of 100 came
within a second, and how late slots started meanwhile: the time between plan and start. Here new
slots end what is kept every two seconds; a real ledger gets one every minute or two. Needs `wrk`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bench.ground import BenchError, standin_process
from bench.ledger import fill_ninety_days
from monitor.app import utc_now
from monitor.core.model import Incident, SlotRecord
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from probes.site import SITES

INTERVAL_SECONDS = 2.0
WARM_REQUESTS = 200
FIRST_ROUNDS = 10
QUIET_SECONDS = 20.0
HOLDS_MS = 1000.0

REPORT = """
done = function(summary, latency, requests)
  local e = summary.errors
  local bad = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("REPORT %d %d %d %f\\n", summary.requests, summary.duration, bad,
    latency:percentile(99)))
end
"""
"""wrk runs it at the end: requests, microseconds, errors, and the 99th percentile."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What wrk saw with so many connections."""

    connections: int
    rate: float
    errors: int
    p99_ms: float

    @property
    def holds(self) -> bool:
        """True when visitors got what they asked for, in time."""
        return not self.errors and self.p99_ms <= HOLDS_MS

    def __str__(self) -> str:
        said = f"{self.rate:.0f}/s, 99 % {self.p99_ms:.0f} ms, {self.errors} errors"
        return f"{self.connections:>60} connections: {said}"


@dataclass(frozen=True, kw_only=True)
class Slots:
    """How slots did in a span: milliseconds between plan and start, and how they ended."""

    late_ms: tuple[float, ...]
    seconds: tuple[float, ...]
    up: int
    others: tuple[str, ...]

    def __str__(self) -> str:
        shown = (statistics.median(self.late_ms), max(self.late_ms)) if self.late_ms else ()
        late = [f"{value:4.0f}" for value in shown] or ["-", "-"]
        ran = f"{statistics.median(self.seconds):5.2f}" if self.seconds else "    -"
        others = " ".join(self.others)
        return (
            f"{self.up + len(self.others):5} {late[0]:>6} {late[1]:>6} {ran}   {others or 'all up'}"
        )


def addresses(incidents: Sequence[Incident]) -> tuple[str, ...]:
    """What people, messengers and machines ask for."""
    one = incidents[0]
    return (
        "/",
        "/statistiques",
        "/statistiques/login",
        "/incidents",
        f"/incidents/{one.component}-{one.opened_sequence}",
        "/badge.svg",
        "/incidents.atom",
        "/api/v1/components",
        "/api/v1/figures?component=login",
        "/api/v1/observations?component=portal",
    )


def _connected(url: str) -> http.client.HTTPConnection:
    found = urlsplit(url)
    connection = http.client.HTTPConnection(found.hostname or "", found.port, timeout=60)
    connection.connect()
    return connection


def _first_byte(connection: http.client.HTTPConnection, path: str) -> float:
    """Milliseconds until the answer begins. Raises BenchError unless it is a good one."""
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    milliseconds = (time.perf_counter() - begun) * 1000
    answer.read()
    if answer.status != http.client.OK:
        raise BenchError(f"{path} answered {answer.status}")
    return milliseconds


def first_bytes(url: str, path: str) -> tuple[float, float]:
    """Median and 99th percentile of milliseconds to the first byte, over one connection."""
    connection = _connected(url)
    warm = sorted(_first_byte(connection, path) for _ in range(WARM_REQUESTS))
    connection.close()
    return statistics.median(warm), warm[int(len(warm) * 0.99)]


def first_visitors(url: str, paths: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Median and worst of milliseconds to the first byte where nothing kept is good any more: a
    slot came in since the address was last asked for."""
    times: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(FIRST_ROUNDS):
        time.sleep(INTERVAL_SECONDS)
        for path in paths:
            times[path].append(_asked(url, path))
    return {path: (statistics.median(found), max(found)) for path, found in times.items()}


def _asked(url: str, path: str) -> float:
    connection = _connected(url)
    milliseconds = _first_byte(connection, path)
    connection.close()
    return milliseconds


def press(url: str, path: str, connections: int, seconds: float, script: Path) -> Step:
    """One step of wrk."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(script), url + path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(one for one in done.stdout.splitlines() if one.startswith("REPORT"))
    requests, lasted, errors, p99 = map(float, line.split()[1:])
    return Step(
        connections=connections,
        rate=requests / lasted * 1e6,
        errors=round(errors),
        p99_ms=p99 / 1000,
    )


def slots_since(store: Store, since: datetime, until: datetime) -> Slots:
    """The slots that were due in a span, once the last of them can have ended."""
    time.sleep(INTERVAL_SECONDS * 2)  # the last of them have ended, and are recorded
    found: list[SlotRecord] = list(store.slots(since=since, until=until))
    late = [one.started_at - one.slot.scheduled_at for one in found if one.started_at]
    return Slots(
        late_ms=tuple(one / timedelta(milliseconds=1) for one in late),
        seconds=tuple(one.duration_seconds for one in found if one.duration_seconds is not None),
        up=sum(one.outcome == "up" for one in found),
        others=tuple(f"{one.outcome.value}:{one.rule}" for one in found if one.outcome != "up"),
    )


def settings_file(folder: Path, origins: dict[str, str]) -> Path:
    """A monitor that looks at the rehearsal site every two seconds."""
    file = folder / "monitor.toml"
    file.write_text(
        f"""state_dir = "state"
[site]
file = "{SITES / "standin.toml"}"
origins = {{ portal = "{origins["portal"]}", sso = "{origins["sso"]}" }}
[web]
port = 0
[metrics]
port = 0
[schedule]
probes = ["portal"]
intervals = {{ portal = {INTERVAL_SECONDS} }}
"""
    )
    return file


@contextmanager
def monitor(folder: Path, file: Path) -> Iterator[str]:
    """``anef-monitor run`` in a process of its own; where its pages are."""
    command = [sys.executable, "-u", "-m", "monitor", "run", "--config", str(file)]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env=environment
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line.strip():
            raise BenchError(f"the monitor did not start: {(folder / 'run.log').read_text()}")
        yield line.split()[-1].rstrip("/")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def measure(
    store: Store, url: str, paths: Sequence[str], chosen: argparse.Namespace, folder: Path
) -> None:
    """Print the table."""
    script = folder / "report.lua"
    script.write_text(REPORT)
    for path in paths:
        _asked(url, path)
    begun = utc_now()
    time.sleep(QUIET_SECONDS)
    print(f"{'':>38} {'first visitor':>15} {'followers':>15} {'':>13} {'slots late ms':>20}")
    print(
        f"{'address':>38} {'median':>7} {'worst':>7} {'median':>7} {'99 %':>7} {'holds/s':>8}"
        f" {'at':>4} {'slots':>5} {'median':>6} {'worst':>6} {'ran s':>5}"
    )
    print(f"{'(nobody asks)':>38} {'':>45} {slots_since(store, begun, utc_now())}", flush=True)
    made = first_visitors(url, paths)
    for path in paths:
        print(_line(store, url, path, made[path], chosen, script), flush=True)


def _line(
    store: Store,
    url: str,
    path: str,
    made: tuple[float, float],
    chosen: argparse.Namespace,
    script: Path,
) -> str:
    times = (*made, *first_bytes(url, path))
    begun = utc_now()
    steps = [
        press(url, path, many, chosen.seconds, script)
        for many in map(int, chosen.connections.split(","))
    ]
    slots = slots_since(store, begun, utc_now())
    held = max((one for one in steps if one.holds), key=lambda one: one.rate, default=None)
    rate = f"{held.rate:8.0f} {held.connections:4}" if held else f"{'none':>8} {'':>4}"
    shown = " ".join(f"{one:7.1f}" for one in times)
    return "\n".join(
        [f"{path:>38} {shown} {rate} {slots}", *(str(one) for one in steps if chosen.steps)]
    )


def main() -> None:
    """Fill, start, measure, print."""
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each step")
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--only", default="", help="addresses, separated by commas")
    parser.add_argument("--steps", action="store_true", help="print every step, too")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended, too
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: on Debian and Ubuntu, apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="anef-load-") as place, standin_process() as ground:
        folder = Path(place)
        (folder / "state").mkdir()
        with open_store(sqlite_url(folder / "state" / "monitor.sqlite3")) as store:
            many = fill_ninety_days(store, until=utc_now())
            store.refresh_rollups()
            incidents = [one for one in store.incidents() if not one.is_open]
            paths = chosen.only.split(",") if chosen.only else addresses(incidents)
            print(f"{many:,} slots, {len(incidents)} incidents; load {os.getloadavg()[0]:.1f}")
            with monitor(folder, settings_file(folder, ground.origins)) as url:
                measure(store, url, paths, chosen, folder)
        print(json.dumps({"submissions": ground.submissions()}))


if __name__ == "__main__":
    main()
