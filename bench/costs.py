"""What evidence costs a check in time: the same check with evidence and without, in turn."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.ground import Bench
from bench.shots import Way, measure_ways
from monitor.core.model import Observation


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Median seconds of a whole check of a well site, kept and all, with evidence and without;
    both in turn in the same minutes."""

    component: str
    pictures: int
    off_seconds: float
    on_seconds: float
    recorded_ratio: float
    """Of the durations that the checks recorded, with evidence and without: 1 but for noise."""

    @property
    def ratio(self) -> float:
        """How much longer a check takes with evidence."""
        return self.on_seconds / self.off_seconds


async def measure_cost(bench: Bench, component: str, runs: int) -> Cost:
    """Checks with evidence and without, in turn."""
    on = bench.watch
    off = replace(on, takes_evidence=False)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    seen: dict[bool, list[Observation]] = {True: [], False: []}
    try:
        for _ in range(runs):
            for watch in (off, on):
                bench.watch = watch
                started = time.monotonic()
                seen[watch.takes_evidence].append(await bench.check(component))
                seconds[watch.takes_evidence].append(time.monotonic() - started)
    finally:
        bench.watch = on
    return Cost(
        component=component,
        pictures=sum(1 for step in seen[True][-1].attempts[-1].steps if step.screenshot),
        off_seconds=median(seconds[False]),
        on_seconds=median(seconds[True]),
        recorded_ratio=_recorded(seen[True]) / _recorded(seen[False]),
    )


def _recorded(observations: Iterable[Observation]) -> float:
    return median(one.duration_seconds for one in observations)


async def front_page_ways(bench: Bench, rounds: int) -> tuple[Way, ...]:
    """The front page, pictured in every way."""
    site = bench.watch.site
    async with bench.watch.browser.fresh_page() as page:
        await page.goto(site.pages.home)
        await page.locator(site.selectors.portal_ready).first.wait_for()
        return await measure_ways(page, site, rounds=rounds)


def print_costs(console: Console, costs: Iterable[Cost]) -> None:
    table = Table(box=None, pad_edge=False, title="\nA check with evidence off and on")
    for heading in ("probe", "pictures", "off s", "on s", "ratio", "recorded"):
        table.add_column(heading, justify="left" if heading == "probe" else "right")
    for one in costs:
        seconds = (f"{one.off_seconds:.2f}", f"{one.on_seconds:.2f}", f"{one.ratio:.2f}")
        table.add_row(one.component, str(one.pictures), *seconds, f"{one.recorded_ratio:.2f}")
    console.print(table)


def print_ways(console: Console, ways: Iterable[Way]) -> None:
    table = Table(box=None, pad_edge=False, title="\nOne picture of the front page")
    for heading in ("way", "ms", "ratio"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for one in ways:
        table.add_row(one.name, f"{one.seconds * 1000:.0f}", f"{one.ratio:.2f}")
    console.print(table)
