"""The whole campaign: scenarios times seeds, on a few lanes at once, kept line by line."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from bench.accuracy.play import rehearse
from bench.accuracy.record import Rehearsal
from bench.accuracy.scenario import Scenario
from bench.accuracy.wire import LANES


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to play. ``pace`` stretches every interval and every limit, for a slow machine."""

    scenarios: tuple[Scenario, ...]
    seeds: int
    lanes: int
    pace: float = 1.0
    kept: Path | None = None
    resume: bool = False


def paced(scenario: Scenario, pace: float) -> Scenario:
    """The same scenario, slower by a factor."""
    if pace == 1.0:
        return scenario
    return scenario.model_copy(
        update={
            "interval_seconds": scenario.interval_seconds * pace,
            "action_seconds": scenario.action_seconds * pace,
        }
    )


def play_all(plan: Plan, say: Callable[[Rehearsal, int, int], None]) -> tuple[Rehearsal, ...]:
    """Play everything that is not kept already; ``say`` is told of each as it ends.

    With ``kept``, every rehearsal is appended to that file when it ends, so that a campaign that
    was broken off goes on where it stopped (``resume``).
    """
    scenarios = tuple(paced(scenario, plan.pace) for scenario in plan.scenarios)
    done = _kept(plan, scenarios)
    wanted = [
        (scenario, seed)
        for seed in range(1, plan.seeds + 1)
        for scenario in scenarios
        if (scenario.name, seed) not in done
    ]
    total = len(wanted) + len(done)
    for rehearsal in _played(wanted, plan.lanes):
        done[(rehearsal.scenario, rehearsal.seed)] = rehearsal
        _keep(plan, scenarios, rehearsal)
        say(rehearsal, len(done), total)
    order = [scenario.name for scenario in scenarios]
    return tuple(sorted(done.values(), key=lambda one: (order.index(one.scenario), one.seed)))


def _played(wanted: Sequence[tuple[Scenario, int]], lanes: int) -> Iterator[Rehearsal]:
    """Rehearsals as they end, so many at once."""
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="anef-accuracy-") as folder,
        ProcessPoolExecutor(lanes, mp_context=context) as pool,
    ):
        futures = [pool.submit(_in_lane, *one, Path(folder)) for one in wanted]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _in_lane(scenario: Scenario, seed: int, folder: Path) -> Rehearsal:
    place = folder / f"{scenario.name}-{seed}"
    try:
        with own_lane() as lane:
            return rehearse(scenario, seed, lane, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def own_lane() -> Iterator[int]:
    """A lane that no other rehearsal of this machine has: its addresses and devices are ours."""
    folder = Path(tempfile.gettempdir()) / "anef-accuracy-lanes"
    folder.mkdir(exist_ok=True)
    for lane in itertools.cycle(range(LANES)):
        with (folder / str(lane)).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)
                continue
            yield lane
            return


def fingerprint(scenario: Scenario) -> str:
    """Changes whenever the scenario does."""
    return hashlib.sha256(scenario.model_dump_json().encode()).hexdigest()[:16]


def _keep(plan: Plan, scenarios: Iterable[Scenario], rehearsal: Rehearsal) -> None:
    if plan.kept is None:
        return
    scenario = next(one for one in scenarios if one.name == rehearsal.scenario)
    line = json.dumps({"of": fingerprint(scenario), "rehearsal": rehearsal.model_dump(mode="json")})
    plan.kept.parent.mkdir(parents=True, exist_ok=True)
    with plan.kept.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def _kept(plan: Plan, scenarios: Iterable[Scenario]) -> dict[tuple[str, int], Rehearsal]:
    """Rehearsals of an earlier, broken-off campaign that still fit the scenarios. Those that
    failed are played again."""
    if plan.kept is None or not plan.kept.exists():
        return {}
    if not plan.resume:
        plan.kept.unlink()
        return {}
    known = {(one.name, fingerprint(one)) for one in scenarios}
    found: dict[tuple[str, int], Rehearsal] = {}
    for line in plan.kept.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        one = Rehearsal.model_validate(raw["rehearsal"])
        if (one.scenario, raw["of"]) in known and one.failed is None and one.seed <= plan.seeds:
            found[(one.scenario, one.seed)] = one
    return found
