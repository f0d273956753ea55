"""What a warm check costs beside bare Playwright: ``python -m bench.warm``.

Both do the same journey on browsers that are already running, in turn, so that whatever else the
machine does meets both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
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

COMPONENT = "category"
WARM_UP_RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of one run: seconds on the clock, and seconds of processor in all processes."""

    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Medians over the pairs; ratios are ours to bare. ``per_minute`` is by number at once."""

    pairs: int
    load_before: float
    check: Cost
    bare: Cost
    wall_ratio: float
    cpu_ratio: float
    per_minute: dict[int, float]


async def cost_of(run: Callable[[], Awaitable[object]]) -> Cost:
    """Run once and see what it took."""
    cpu, started = cpu_seconds(tree()), time.monotonic()
    await run()
    wall = time.monotonic() - started
    return Cost(wall_seconds=wall, cpu_seconds=cpu_seconds(tree()) - cpu)


async def good_check(bench: Bench) -> None:
    """One check that must be good. Raises BenchError when it is not."""
    observation = await bench.check(COMPONENT)
    if observation.verdict.outcome not in (Outcome.UP, Outcome.DEGRADED):
        raise BenchError(f"the check was {observation.verdict.outcome}: nothing to compare")


async def compare(ground: Ground, folder: Path, *, pairs: int, seconds: float) -> Comparison:
    """Pairs in turn, then checks as fast as they go for ``seconds`` at one and at two at once."""
    async with AsyncExitStack() as stack:
        settings = bench_settings(folder / "0", ground.origins)
        bench = await stack.enter_async_context(open_bench(settings))
        account = bench.watch.means.account
        assert account is not None
        bare = await stack.enter_async_context(bare_browser(bench.watch.browser.plan))
        journey = BareCategory(bare, bench.watch.site, account, folder)
        load = wait_for_quiet(0)
        ours, theirs = await in_turn(lambda: good_check(bench), journey.run, pairs)
    per_minute = {n: await throughput(ground, folder, at_once=n, seconds=seconds) for n in (1, 2)}
    return compared(ours, theirs, load, per_minute)


async def in_turn(
    ours: Callable[[], Awaitable[object]], theirs: Callable[[], Awaitable[object]], pairs: int
) -> tuple[list[Cost], list[Cost]]:
    """A B A B …, after some runs that warm both up. Which of a pair is first alternates."""
    for _ in range(WARM_UP_RUNS):
        await ours()
        await theirs()
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for number in range(pairs):
        order = ((0, ours), (1, theirs)) if number % 2 == 0 else ((1, theirs), (0, ours))
        for which, run in order:
            costs[which].append(await cost_of(run))
    return costs


def compared(
    ours: Sequence[Cost], theirs: Sequence[Cost], load: float, per_minute: dict[int, float]
) -> Comparison:
    """The figures of the pairs. A ratio is the median of the pairs' ratios for wall time, and
    that of the sums for processor time, which the system counts in hundredths of a second."""
    check, bare = _typical(ours), _typical(theirs)
    return Comparison(
        pairs=len(ours),
        load_before=load,
        check=check,
        bare=bare,
        wall_ratio=median(
            a.wall_seconds / b.wall_seconds for a, b in zip(ours, theirs, strict=True)
        ),
        cpu_ratio=sum(c.cpu_seconds for c in ours) / sum(c.cpu_seconds for c in theirs),
        per_minute=per_minute,
    )


def _typical(costs: Sequence[Cost]) -> Cost:
    return Cost(
        wall_seconds=median(cost.wall_seconds for cost in costs),
        cpu_seconds=median(cost.cpu_seconds for cost in costs),
    )


async def throughput(ground: Ground, folder: Path, *, at_once: int, seconds: float) -> float:
    """Good checks per minute with so many warm browsers, each with its own store."""
    async with AsyncExitStack() as stack:
        benches = []
        for number in range(at_once):
            settings = bench_settings(folder / f"{at_once}-{number}", ground.origins)
            benches.append(await stack.enter_async_context(open_bench(settings)))
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
    for heading in ("", "check", "bare Playwright", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, ours, theirs, ratio in (
        ("wall", found.check.wall_seconds, found.bare.wall_seconds, found.wall_ratio),
        ("processor", found.check.cpu_seconds, found.bare.cpu_seconds, found.cpu_ratio),
    ):
        table.add_row(name, f"{ours:.3f} s", f"{theirs:.3f} s", f"{ratio:.2f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"medians of {found.pairs} pairs; load before: {found.load_before:.2f}")
    for number, rate in found.per_minute.items():
        console.print(f"checks per minute, {number} at once: {rate:.0f}")


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="bench.warm", description=__doc__)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20, help="for checks per minute")
    parser.add_argument("--quiet", type=float, default=0, help="seconds to wait for a low load")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    wait_for_quiet(asked.quiet)
    with standin_process() as ground, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(compare(ground, Path(folder), pairs=asked.pairs, seconds=asked.seconds))
    if asked.json:
        print(json.dumps(asdict(found), indent=2))  # noqa: T201  the command's output
    else:
        print_comparison(found)


if __name__ == "__main__":
    main()
