"""A real log over a real store, for tests: its key, its folder, a clock that steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.model import Outcome
from monitor.evidence.keys import init_keys, load_keys
from monitor.evidence.log import TransparencyLog
from monitor.store.store import Store
from tests.store.samples import NOON, observation, slot

NAME = "journal.example"


def stepping(start: datetime = NOON, *, minutes: float = 1) -> Callable[[], datetime]:
    """A clock that goes on by some minutes whenever it is asked."""
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1
        return start + asked * timedelta(minutes=minutes)

    return now


def open_log(
    store: Store, folder: Path, *, authorities: tuple[str, ...] = (), minutes: float = 1
) -> TransparencyLog:
    """The log of a store, with its key in ``folder``, which is made when it is not there."""
    keys = folder / "keys"
    ring = load_keys(keys) or init_keys(keys, NAME, NOON)
    return TransparencyLog(
        store,
        ring,
        site="standin",
        folder=folder / "log",
        clock=stepping(minutes=minutes),
        authorities=authorities,
    )


def record(store: Store, first: int, end: int, outcome: Outcome = Outcome.UP) -> None:
    """Some slots, one after the other."""
    for index in range(first, end):
        store.record(observation(slot(index), outcome))
