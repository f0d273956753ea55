"""Rehearsals made by hand, in seconds from a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.accuracy.record import PlayedPhase, Rehearsal, SeenIncident, SeenSlot
from bench.accuracy.scenario import Truth

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment, in seconds from the beginning."""
    return START + timedelta(seconds=seconds)


def phase(
    begins: float,
    ends: float,
    truth: Truth,
    *do: str,
    accept: tuple[str, ...] = (),
    disguised: bool = False,
) -> PlayedPhase:
    """A phase whose faults are set and lifted within a tenth of a second."""
    return PlayedPhase(
        truth=truth,
        do=do,
        accept=accept,
        disguised=disguised,
        set_from=at(begins),
        set_by=at(begins + 0.1),
        lifted_from=at(ends - 0.1),
        lifted_by=at(ends),
    )


def slot(
    seconds: float, outcome: str, *, lasts: float = 0.5, flags: tuple[str, ...] = ()
) -> SeenSlot:
    """A slot of the portal that ran, or one that did not when it is missed or skipped."""
    ran = outcome not in ("missed", "skipped")
    return SeenSlot(
        sequence=int(seconds * 10) + 1,
        component="portal",
        outcome=outcome,
        rule=outcome,
        flags=flags,
        scheduled_at=at(seconds),
        interval_seconds=2.0,
        started_at=at(seconds) if ran else None,
        finished_at=at(seconds + lasts) if ran else None,
    )


def incident(
    started: tuple[float | None, float], ended: tuple[float, float] | None, opened: float
) -> SeenIncident:
    """An incident with its two stated intervals."""
    after, before = started
    return SeenIncident(
        component="portal",
        kind="down",
        rule="http_5xx",
        opened_at=at(opened),
        started_after=None if after is None else at(after),
        started_before=at(before),
        ended_after=at(ended[0]) if ended else None,
        ended_before=at(ended[1]) if ended else None,
    )


def rehearsal(
    phases: tuple[PlayedPhase, ...],
    slots: tuple[SeenSlot, ...],
    incidents: tuple[SeenIncident, ...] = (),
) -> Rehearsal:
    """One rehearsal of a scenario without a name of its own."""
    return Rehearsal(scenario="made_up", seed=1, phases=phases, slots=slots, incidents=incidents)


UP_DOWN_UP = (
    phase(0, 4, Truth.UP),
    phase(4, 10, Truth.DOWN, "edge:dead_backend"),
    phase(10, 16, Truth.UP),
)
