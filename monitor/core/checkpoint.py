"""What the log publishes, as values: signed checkpoints, and the stamps asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CERTIFICATE = "certificate"
INCIDENT = "incident"
PERIODIC = "periodic"
EPOCH = "epoch"

AT_ONCE = frozenset({CERTIFICATE, INCIDENT, EPOCH})
"""Reasons for which a checkpoint is stamped without waiting for the hour."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A signed statement about the first ``size`` leaves. ``root`` is hexadecimal, ``note`` the
    exact text that was published."""

    number: int
    epoch: int
    size: int
    root: str
    note: str
    made_at: datetime
    reason: str

    @property
    def label(self) -> str:
        """Its name among the files of the log."""
        return f"{self.epoch}-{self.size}"


class StampState(StrEnum):
    """Where a stamp is."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, kw_only=True)
class QueuedStamp:
    """A stamp that is wanted, was given, or was given up. ``checkpoint`` is a number."""

    number: int
    checkpoint: int
    authority: str
    state: StampState
    request: bytes | None = None
    response: bytes | None = None
    asked_at: datetime | None = None
    next_try_at: datetime
    tries: int = 0
    problem: str | None = None
    generated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StampSummary:
    """How the queue stands. ``last_at`` is the latest stamped time, ``last_delay_seconds`` how
    long after its checkpoint it came; ``problem`` is what the last failed try said."""

    waiting: int
    given_up: int
    oldest_waiting: datetime | None = None
    last_at: datetime | None = None
    last_delay_seconds: float | None = None
    problem: str | None = None


def origin_of(name: str, epoch: int) -> str:
    """The first line of a checkpoint: the log's name, and after a restored backup its epoch."""
    return name if epoch == 1 else f"{name}/epoch-{epoch}"


def epoch_of(name: str, origin: str) -> int | None:
    """The epoch that an origin names; None when it is another log's."""
    if origin == name:
        return 1
    prefix, _, number = origin.partition("/epoch-")
    return int(number) if prefix == name and number.isdecimal() else None


FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_TRIES = 36
"""About a day and a half; later checkpoints, which are stamped too, cover the same leaves."""


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to ask again after so many failed tries; None to give up."""
    if tries >= MOST_TRIES:
        return None
    return now + min(FIRST_WAIT * (1 << min(tries - 1, 10)), LONGEST_WAIT)
