"""What many checks with mixed faults leave behind: ``python -m bench.soak``.

Faults that answer at once, so that many checks fit into minutes; the browser is lost now and then
too. Time is not judged here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.ground import Bench, Ground, bench_settings, open_bench, standin_process
from bench.processes import MIB, Use, use_by_part

ACTION_SECONDS = 1.0
SETTLING_CHECKS = 20
"""Checks after which the first measure is taken: imports and caches are then in place."""
LOST_BROWSER = "(browser killed)"

ROUNDS: tuple[tuple[str, str], ...] = (
    ("none", "category"),
    ("http_503", "portal"),
    ("none", "upload"),
    ("connection_reset", "portal"),
    ("news_words", "login"),
    ("maintenance_page", "portal"),
    ("categories_empty", "category"),
    ("none", "portal"),
    ("redirect_loop", "portal"),
    ("third_party_request", "portal"),
    ("session_dropped", "login"),
    ("none", "login"),
    ("upload_413", "upload"),
    ("cookies_banner", "portal"),
    ("script_crash", "portal"),
    ("too_many_429", "login"),
    ("web_socket", "portal"),
    (LOST_BROWSER, "category"),
    ("hang_before_answer", "portal"),
    ("captcha", "portal"),
)
"""(fault, component), in turn."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What monitor, driver and browser hold after so many checks."""

    checks: int
    use: dict[str, Use]

    @property
    def total(self) -> Use:
        """All parts together."""
        return sum(self.use.values(), Use())


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """The readings in order, what the checks said, and what was left when all was closed."""

    seconds: float
    readings: tuple[Reading, ...]
    outcomes: dict[str, int]
    submissions: int
    browser_starts: int
    after_closing: Use


async def soak(
    ground: Ground,
    folder: Path,
    *,
    checks: int,
    every: int,
    say: Callable[[Reading], None] = lambda _reading: None,
) -> Soaked:
    """Run so many checks and look at the processes each ``every`` checks."""
    started = time.monotonic()
    outcomes: Counter[str] = Counter()
    readings: list[Reading] = []
    starts = [1]
    async with open_bench(
        bench_settings(folder, ground.origins), action_seconds=ACTION_SECONDS
    ) as bench:
        bench.watch.browser.on_restart = lambda: starts.append(1)
        settling = min(SETTLING_CHECKS, checks // 2)
        for number, (fault, component) in enumerate(islice(cycle(ROUNDS), checks), start=1):
            outcomes[await _one(bench, ground, fault, component)] += 1
            if number == settling or (number > settling and number % every == 0):
                readings.append(await _reading(bench, ground, number))
                say(readings[-1])
        if readings[-1].checks < checks:
            readings.append(await _reading(bench, ground, checks))
            say(readings[-1])
    return Soaked(
        seconds=time.monotonic() - started,
        readings=tuple(readings),
        outcomes=dict(outcomes),
        submissions=ground.submissions(),
        browser_starts=len(starts),
        after_closing=sum(use_by_part().values(), Use()),
    )


async def _one(bench: Bench, ground: Ground, fault: str, component: str) -> str:
    """One check under a fault. Returns its outcome."""
    if fault != LOST_BROWSER:
        ground.set_fault(fault)
        return (await bench.check(component)).verdict.outcome.value
    ground.set_fault("none")
    killing = asyncio.get_running_loop().call_later(0.4, bench.watch.browser.kill)
    try:
        return (await bench.check(component)).verdict.outcome.value
    finally:
        killing.cancel()


async def _reading(bench: Bench, ground: Ground, checks: int) -> Reading:
    """Look while a browser runs and is at rest: a good check first, in case it was just lost."""
    ground.set_fault("none")
    await bench.check("portal")
    await _at_rest()
    return Reading(checks=checks, use=use_by_part())


async def _at_rest(limit_seconds: float = 5.0) -> None:
    """Renderers of a closed context end a moment later: wait until their number stays."""
    until, before, same = time.monotonic() + limit_seconds, -1, 0
    while time.monotonic() < until and same < 4:
        now = sum(use.processes for use in use_by_part().values())
        before, same = now, same + 1 if now == before else 0
        await asyncio.sleep(0.15)


def table_of(readings: tuple[Reading, ...]) -> Table:
    """Processes, proportional memory in MiB and open files, by part."""
    table = Table(box=None, pad_edge=False)
    for heading in ("checks", "processes", "monitor", "driver", "browser", "all MiB", "files"):
        table.add_column(heading, justify="right")
    for reading in readings:
        parts = [
            f"{reading.use[part].pss_bytes / MIB:.0f}" for part in ("monitor", "driver", "browser")
        ]
        total = reading.total
        row = (f"{total.pss_bytes / MIB:.0f}", str(total.open_files))
        table.add_row(str(reading.checks), str(total.processes), *parts, *row)
    return table


def print_soaked(soaked: Soaked) -> None:
    """For a person."""
    console = Console(highlight=False)
    console.print(table_of(soaked.readings))
    said = ", ".join(f"{count} {name}" for name, count in sorted(soaked.outcomes.items()))
    console.print(f"{said}; {soaked.seconds:.0f} s, {soaked.browser_starts} browsers started")
    console.print(
        f"after closing: {soaked.after_closing.processes} process, "
        f"{soaked.after_closing.open_files} files open; {soaked.submissions} submitted"
    )


def main() -> None:
    """Parse, soak, print."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("--checks", type=int, default=500)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    progress = Console(stderr=True, highlight=False)
    with standin_process() as ground, tempfile.TemporaryDirectory() as folder:
        soaked = asyncio.run(
            soak(
                ground,
                Path(folder),
                checks=asked.checks,
                every=asked.every,
                say=lambda reading: progress.print(f"{reading.checks} of {asked.checks} checks"),
            )
        )
    if asked.json:
        print(json.dumps(asdict(soaked), indent=2))  # noqa: T201  the command's output
    else:
        print_soaked(soaked)


if __name__ == "__main__":
    main()
