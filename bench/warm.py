"""What a warm check costs beside bare Playwright: ``python -m bench.warm``.

Both do the same journey on browsers that are already running, in turn, so that whatever else the
machine does meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.bare import BareCategory, bare_browser
from bench.ground import (
    Bench,
    BenchError,
    Ground,
    bench_settings,
    open_bench,
    standin_process,
    wait_for_quiet,
)
from bench.processes import cpu_seconds, tree
from monitor.core.model import Outcome
from monitor.evidence.pictures import webp_of
from monitor.settings import Settings

COMPONENT = "category"
BARE = "bare Playwright"
WARM_UP_RUNS = 3
PATIENT_ACTION_SECONDS = 15.0
"""Limits that a busy machine does not reach: a repeated attempt would be compared with one."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one run: seconds on the clock, and seconds of processor in all processes."""

    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class Against:
    """Of one way to run the journey: medians, and how often that is of bare Playwright."""

    cost: Cost
    wall_ratio: float
    cpu_ratio: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """``ways`` by name, bare Playwright the last. ``per_minute`` is by number at once."""

    rounds: int
    load_before: float
    load_after: float
    ways: dict[str, Against]
    per_minute: dict[int, float]


Run = Callable[[], Awaitable[object]]


async def cost_of(run: Run) -> Cost:
    """Run once and see what it took."""
    cpu, started = cpu_seconds(tree()), time.monotonic()
    await run()
    wall = time.monotonic() - started
    return Cost(wall_seconds=wall, cpu_seconds=cpu_seconds(tree()) - cpu)


def patient_bench(settings: Settings) -> AbstractAsyncContextManager[Bench]:
    """A monitor that waits long before it calls a page silent."""
    return open_bench(settings, action_seconds=PATIENT_ACTION_SECONDS)


async def good_check(bench: Bench) -> None:
    """One check that must be good. Raises BenchError when it is not."""
    observation = await bench.check(COMPONENT)
    if observation.verdict.outcome not in (Outcome.UP, Outcome.DEGRADED):
        raise BenchError(f"the check was {observation.verdict.outcome}: nothing to compare")


async def compare(ground: Ground, folder: Path, *, rounds: int, seconds: float) -> Comparison:
    """Rounds in turn, then checks as fast as they go for ``seconds`` at one and at two at once."""
    load_before = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        settings = bench_settings(folder / "0", ground.origins)
        bench = await stack.enter_async_context(patient_bench(settings))
        account = bench.watch.means.account
        assert account is not None
        bare = await stack.enter_async_context(bare_browser(bench.watch.browser.plan))
        journey = BareCategory(bare, bench.watch.site, account, folder)

        async def unseen() -> None:
            webp_of.cache_clear()
            await good_check(bench)

        ways: dict[str, Run] = {
            "check": lambda: good_check(bench),
            "check, every picture new": unseen,
            BARE: journey.run,
        }
        costs = await in_turn(ways, rounds)
    per_minute = {n: await throughput(ground, folder, at_once=n, seconds=seconds) for n in (1, 2)}
    return Comparison(
        rounds=rounds,
        load_before=load_before,
        load_after=os.getloadavg()[0],
        ways={name: against(costs[name], costs[BARE]) for name in ways},
        per_minute=per_minute,
    )


async def in_turn(ways: Mapping[str, Run], rounds: int) -> dict[str, list[Cost]]:
    """A B C, then C B A, and so on, after some rounds that warm all up."""
    names = list(ways)
    for _ in range(WARM_UP_RUNS):
        for name in names:
            await ways[name]()
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            costs[name].append(await cost_of(ways[name]))
    return costs


def against(ours: Sequence[Cost], bare: Sequence[Cost]) -> Against:
    """The figures of one way. A ratio is the median of the rounds' ratios for wall time, and that
    of the sums for processor time, which the system counts in hundredths of a second."""
    typical = Cost(
        wall_seconds=median(cost.wall_seconds for cost in ours),
        cpu_seconds=median(cost.cpu_seconds for cost in ours),
    )
    return Against(
        cost=typical,
        wall_ratio=median(a.wall_seconds / b.wall_seconds for a, b in zip(ours, bare, strict=True)),
        cpu_ratio=sum(c.cpu_seconds for c in ours) / sum(c.cpu_seconds for c in bare),
    )


async def throughput(ground: Ground, folder: Path, *, at_once: int, seconds: float) -> float:
    """Good checks per minute with so many warm browsers, each with its own store."""
    async with AsyncExitStack() as stack:
        benches = []
        for number in range(at_once):
            settings = bench_settings(folder / f"{at_once}-{number}", ground.origins)
            benches.append(await stack.enter_async_context(patient_bench(settings)))
        for bench in benches:
            await good_check(bench)
        started = time.monotonic()
        done = await asyncio.gather(*(_until(bench, started + seconds) for bench in benches))
        return sum(done) / (time.monotonic() - started) * 60


async def _until(bench: Bench, moment: float) -> int:
    done = 0
    while time.monotonic() < moment:
        await good_check(bench)
        done += 1
    return done


def print_comparison(found: Comparison) -> None:
    """For a person."""
    table = Table(box=None, pad_edge=False)
    for heading in ("", "wall", "ratio", "processor", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, way in found.ways.items():
        table.add_row(
            name,
            f"{way.cost.wall_seconds:.3f} s",
            f"{way.wall_ratio:.2f}",
            f"{way.cost.cpu_seconds:.3f} s",
            f"{way.cpu_ratio:.2f}",
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"medians of {found.rounds} rounds; load of the machine {found.load_before:.1f} before, "
        f"{found.load_after:.1f} after"
    )
    for number, rate in found.per_minute.items():
        console.print(f"checks per minute, {number} at once: {rate:.0f}")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="bench.warm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=20, help="for checks per minute")
    parser.add_argument("--quiet", type=float, default=0, help="seconds to wait for a low load")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    wait_for_quiet(asked.quiet)
    with standin_process() as ground, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(
            compare(ground, Path(folder), rounds=asked.rounds, seconds=asked.seconds)
        )
    if asked.json:
        print(json.dumps(asdict(found), indent=2))  # noqa: T201  the command's output
    else:
        print_comparison(found)


if __name__ == "__main__":
    main()
