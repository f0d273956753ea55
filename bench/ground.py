"""What every measurement stands on: the rehearsal site in a process of its own, and a monitor
with its store and its folder of files, as ``anef-monitor run`` has them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from monitor.app import open_watch, site_of, utc_now, vantage_of
from monitor.core.model import Observation, Slot
from monitor.cycle import Observed, Watch, observe_slot
from monitor.errors import MonitorError
from monitor.keeper import Keeper, Kept
from monitor.settings import Settings
from monitor.store.blobs import FolderBlobs
from monitor.store.store import Store, open_store
from probes.site import SITES, Limits, Site

QUIET_LOAD = 0.7
"""One-minute load of the machine under which a measurement begins at once."""


class BenchError(MonitorError):
    """A measurement could not be taken."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The rehearsal site that runs in another process."""

    origins: dict[str, str]
    pid: int

    def set_fault(self, name: str) -> None:
        """Switch a fault on; ``none`` restores health."""
        self._post("fault", {"fault": name})

    def forget(self) -> None:
        """Drop every session and the draft of the account."""
        self._post("forget", {})

    def submissions(self) -> int:
        """Requests that were submitted: 0, or a probe did harm."""
        answer = httpx.get(f"{self.origins['portal']}/_standin/status", trust_env=False)
        return int(answer.json()["submissions"])

    def _post(self, what: str, body: dict[str, str]) -> None:
        url = f"{self.origins['portal']}/_standin/{what}"
        httpx.post(url, json=body, trust_env=False).raise_for_status()


@contextmanager
def standin_process() -> Iterator[Ground]:
    """The rehearsal site on free ports, ended on leaving. Raises BenchError."""
    command = [sys.executable, "-u", "-m", "monitor", "standin", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Ground(origins=_origins(process), pid=process.pid)
        finally:
            process.terminate()


def _origins(process: subprocess.Popen[str]) -> dict[str, str]:
    """The two addresses that the command prints first."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    addresses = [line.split()[-1].rstrip("/") for line in lines if line.strip()]
    if len(addresses) < len(lines):
        raise BenchError("the rehearsal site did not open")
    return dict(zip(("portal", "sso"), addresses, strict=True))


def bench_settings(folder: Path, origins: dict[str, str], **browser: object) -> Settings:
    """The program's defaults on the rehearsal site, with its data in ``folder``."""
    return Settings.model_validate(
        {
            "state_dir": folder.absolute(),
            "site": {"file": SITES / "standin.toml", "origins": origins},
            "browser": browser,
        }
    )


def with_limits(site: Site, action_seconds: float) -> Site:
    """The site with other limits, for measurements in which no time is judged."""
    limits = Limits(
        action_seconds=action_seconds,
        step_seconds=action_seconds * 2,
        attempt_seconds=max(site.limits.attempt_seconds, action_seconds * 10),
        confirm_after_seconds=0,
    )
    return site.model_copy(update={"limits": limits})


class Bench:
    """A monitor without a schedule: a slot is run when it is asked for."""

    def __init__(self, watch: Watch, store: Store, blobs: FolderBlobs) -> None:
        self.watch = watch
        self.store = store
        self.blobs = blobs
        self._keeper = Keeper(store, blobs, lambda _kept: None)

    async def observe(self, component: str) -> Observed:
        """One slot, not stored."""
        slot = Slot(
            component=component,
            vantage=self.watch.vantage.id,
            scheduled_at=utc_now(),
            interval_seconds=self.watch.site.probes[component].interval_seconds,
        )
        return await observe_slot(slot, self.watch)

    async def keep(self, observed: Observed) -> Kept:
        """Store what a slot brought. Raises BenchError when its slot was taken."""
        kept = await self._keeper.keep(observed)
        if kept is None:
            raise BenchError("two slots of one moment")
        return kept

    async def check(self, component: str) -> Observation:
        """One slot from top to bottom, as the schedule runs it."""
        return (await self.keep(await self.observe(component))).observation


@asynccontextmanager
async def open_bench(
    settings: Settings, *, action_seconds: float | None = None
) -> AsyncIterator[Bench]:
    """A monitor in the settings' folder, with a browser that is ended on leaving."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    site = site_of(settings)
    if action_seconds is not None:
        site = with_limits(site, action_seconds)
    with open_store(settings.store_url) as store:
        store.register_vantage(vantage_of(settings))
        blobs = FolderBlobs(settings.state_dir / "blobs")
        async with open_watch(settings, site) as watch:
            yield Bench(watch, store, blobs)


def wait_for_quiet(limit_seconds: float) -> float:
    """Wait until the machine is quiet or the limit is over. Returns its one-minute load."""
    until = time.monotonic() + limit_seconds
    while (load := os.getloadavg()[0]) > QUIET_LOAD and time.monotonic() < until:
        time.sleep(2)
    return load
