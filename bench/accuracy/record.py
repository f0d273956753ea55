"""What a rehearsal left: the moments that the harness knows, and what the monitor stored."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from bench.accuracy.scenario import Truth


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlayedPhase(_Value):
    """A phase as it was played. Its faults began at some moment of ``[set_from, set_by]`` and
    ended at some moment of ``[lifted_from, lifted_by]``; those that the next phase has too stayed.

    ``witness_status`` is what a visitor from another address met in the middle of it: an HTTP
    status, 0 for no answer, None when nobody looked.
    """

    truth: Truth
    do: tuple[str, ...]
    accept: tuple[str, ...]
    disguised: bool
    set_from: datetime
    set_by: datetime
    lifted_from: datetime
    lifted_by: datetime
    witness_status: int | None = None


class SeenSlot(_Value):
    """A slot of the monitor's ledger. ``signals`` are kept for failing and unclear ones."""

    sequence: int
    component: str
    outcome: str
    rule: str
    flags: tuple[str, ...]
    scheduled_at: datetime
    interval_seconds: float
    started_at: datetime | None
    finished_at: datetime | None
    signals: tuple[str, ...] = ()


class SeenIncident(_Value):
    """An incident as the monitor states it. ``opened_at`` is the end of the slot that opened it."""

    component: str
    kind: str
    rule: str
    opened_at: datetime
    started_after: datetime | None
    started_before: datetime
    ended_after: datetime | None
    ended_before: datetime | None


class Rehearsal(_Value):
    """One scenario, played with one seed. ``skipped`` says what this machine did not permit."""

    scenario: str
    seed: int
    skipped: str | None = None
    failed: str | None = None
    seconds: float = 0.0
    phases: tuple[PlayedPhase, ...] = ()
    slots: tuple[SeenSlot, ...] = ()
    incidents: tuple[SeenIncident, ...] = ()
    submissions: int = 0
    complaints: str = ""
