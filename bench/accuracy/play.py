"""Playing one rehearsal, and reading what the monitor stored of it."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.accuracy.own import may_limit_cpu, may_mount
from bench.accuracy.pki import can_be_trusted
from bench.accuracy.program import running
from bench.accuracy.record import PlayedPhase, Rehearsal, SeenIncident, SeenSlot
from bench.accuracy.scenario import Phase, Scenario, durations
from bench.accuracy.scenery import open_stage
from bench.accuracy.stage import Stage
from bench.accuracy.wire import may_make_namespaces
from monitor.core.model import Incident, Observation, SlotRecord
from monitor.errors import MonitorError
from monitor.store.store import Store, open_store

START_LIMIT_SECONDS = 40.0
MID_RUN_SECONDS = 0.12
"""How long after a run's first request a fault of the middle of a run begins."""

GOOD = ("up", "degraded")


def rehearse(scenario: Scenario, seed: int, lane: int, folder: Path) -> Rehearsal:
    """Play a scenario once. A rehearsal that could not be played says why, and claims nothing."""
    started = time.monotonic()
    if (lack := not_permitted(scenario, folder.parent)) is not None:
        return Rehearsal(scenario=scenario.name, seed=seed, skipped=lack)
    try:
        played = _play(scenario, seed, lane, folder)
    except (OSError, subprocess.SubprocessError, RuntimeError, MonitorError) as error:
        return Rehearsal(
            scenario=scenario.name, seed=seed, failed=f"{type(error).__name__}: {error}"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return played.model_copy(update={"seconds": round(time.monotonic() - started, 2)})


def not_permitted(scenario: Scenario, folder: Path) -> str | None:
    """What this machine does not permit and the scenario needs, or None."""
    faults = {fault for phase in scenario.phases for fault in phase.do}
    if scenario.layer == "netns" and not may_make_namespaces():
        return "no network namespaces here"
    if scenario.tls and not can_be_trusted():
        return "certutil (libnss3-tools) is not installed"
    if "own:disk_full" in faults and not may_mount(folder):
        return "no small disk can be mounted here"
    if "own:machine_starved" in faults and not may_limit_cpu():
        return "no control group for processor time here"
    return None


def _play(scenario: Scenario, seed: int, lane: int, folder: Path) -> Rehearsal:
    with open_stage(scenario, seed, lane, folder) as stage, running(stage.program) as program:
        _wait_for_requests(stage, more_than=0)
        time.sleep(scenario.interval_seconds / 2)
        phases = tuple(_play_phases(stage, scenario, seed))
        program.stop()
        with open_store(f"sqlite:///{program.state / 'monitor.sqlite3'}") as store:
            slots = tuple(_slot(store, record) for record in store.slots())
            incidents = tuple(_incident(one, slots) for one in store.incidents())
        return Rehearsal(
            scenario=scenario.name,
            seed=seed,
            phases=phases,
            slots=slots,
            incidents=incidents,
            submissions=stage.standin.submissions,
            complaints=program.complaints(),
        )


class _Faults:
    """The faults that are set now, each with what lifts it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._lifts: dict[str, Callable[[], None]] = {}

    def set(self, wanted: Iterable[str]) -> None:
        """Set those that are not set yet."""
        for fault in wanted:
            if fault not in self._lifts:
                self._lifts[fault] = self._stage.apply(fault)

    def lift_all_but(self, kept: Iterable[str]) -> None:
        """Lift the others, the last one first."""
        for fault in [fault for fault in reversed(self._lifts) if fault not in tuple(kept)]:
            self._lifts.pop(fault)()


def _play_phases(stage: Stage, scenario: Scenario, seed: int) -> Iterator[PlayedPhase]:
    faults = _Faults(stage)
    following = [*scenario.phases[1:], None]
    try:
        for phase, after, seconds in zip(
            scenario.phases, following, durations(scenario, seed), strict=True
        ):
            yield _play_phase(stage, faults, phase, after.do if after else (), seconds)
    finally:
        faults.lift_all_but(())


def _play_phase(
    stage: Stage, faults: _Faults, phase: Phase, kept: tuple[str, ...], seconds: float
) -> PlayedPhase:
    if phase.mid_run:
        _wait_for_requests(stage, more_than=stage.standin.requests)
        time.sleep(MID_RUN_SECONDS)
    set_from = _now()
    faults.set(phase.do)
    set_by = _now()
    seen: list[int] = []
    timer = threading.Timer(seconds / 2, lambda: seen.append(stage.witness()))
    timer.start()
    time.sleep(seconds)
    timer.join()
    lifted_from = _now()
    faults.lift_all_but(kept)
    return PlayedPhase(
        truth=phase.truth,
        do=phase.do,
        accept=phase.accept,
        disguised=phase.disguised,
        set_from=set_from,
        set_by=set_by,
        lifted_from=lifted_from,
        lifted_by=_now(),
        witness_status=seen[0] if seen else None,
    )


def _wait_for_requests(stage: Stage, *, more_than: int) -> None:
    """Until the site was asked something more. Raises RuntimeError when it never is."""
    until = time.monotonic() + START_LIMIT_SECONDS
    while stage.standin.requests <= more_than:
        if time.monotonic() > until or not stage.program.is_alive:
            raise RuntimeError(f"the monitor asked nothing: {stage.program.complaints()}")
        time.sleep(0.01)


def _now() -> datetime:
    return datetime.now(UTC)


def _slot(store: Store, record: SlotRecord) -> SeenSlot:
    observation = None if record.outcome in GOOD else store.observation(record.sequence)
    return SeenSlot(
        sequence=record.sequence,
        component=record.slot.component,
        outcome=record.outcome.value,
        rule=record.rule,
        flags=record.flags,
        scheduled_at=record.slot.scheduled_at,
        interval_seconds=record.slot.interval_seconds,
        started_at=record.started_at,
        finished_at=record.finished_at,
        signals=_signals(observation) if observation else (),
    )


def _signals(observation: Observation) -> tuple[str, ...]:
    return tuple(
        f"{number}: {signal.kind.value} {signal.step or ''} {signal.text} {signal.number or ''}"
        for number, attempt in enumerate(observation.attempts, start=1)
        for signal in attempt.signals
    )


def _incident(incident: Incident, slots: tuple[SeenSlot, ...]) -> SeenIncident:
    opening = next(slot for slot in slots if slot.sequence == incident.opened_sequence)
    return SeenIncident(
        component=incident.component,
        kind=incident.kind,
        rule=incident.rule,
        opened_at=opening.finished_at or opening.scheduled_at,
        started_after=incident.started_after,
        started_before=incident.started_before,
        ended_after=incident.ended_after,
        ended_before=incident.ended_before,
    )
