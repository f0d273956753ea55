"""What a process of its own does to a store: die in the middle, or write beside another one."""

from __future__ import annotations

import os
from multiprocessing.synchronize import Barrier

from sqlalchemy import Engine, event

from monitor.core.model import Outcome
from monitor.store.store import SlotTaken, open_store
from tests.killing import kill, kill_before
from tests.store.samples import observation, slot


def die_at_statement(url: str, index: int, statement: int) -> None:
    """Record slot ``index`` and be killed just before the n-th statement of its transaction."""
    with open_store(url) as store:
        kill_before(statement)
        store.record(observation(slot(index), Outcome.DOWN))
    os._exit(7)  # the transaction has fewer statements than that


def die_at_commit(url: str, index: int) -> None:
    """Record slot ``index`` and be killed with every statement done, just before the commit."""
    with open_store(url) as store:
        event.listen(Engine, "commit", lambda _connection: kill())
        store.record(observation(slot(index), Outcome.DOWN))


def record_for_ever(url: str) -> None:
    """Record one observation after the other until someone else ends this process."""
    with open_store(url) as store:
        index = 0
        while True:
            store.record(observation(slot(index), Outcome.DOWN if index % 3 else Outcome.UP))
            index += 1


def record_many(url: str, component: str, count: int, start: Barrier) -> None:
    """Record ``count`` slots of one component, beginning together with the others."""
    with open_store(url) as store:
        start.wait()
        for index in range(count):
            store.record(observation(slot(index, component=component)))


def record_same(url: str, count: int, start: Barrier) -> None:
    """Record the same slots as the others; whoever comes second lets go."""
    with open_store(url) as store:
        start.wait()
        for index in range(count):
            try:
                store.record(observation(slot(index)))
            except SlotTaken:
                continue


def open_at_once(url: str, start: Barrier) -> None:
    """Open an empty database at the same moment as the others."""
    start.wait()
    open_store(url).close()
