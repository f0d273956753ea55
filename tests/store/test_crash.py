"""A kill at any point leaves a whole observation or none; writers never share a number."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable

import pytest

from monitor.core.model import Outcome
from monitor.store.store import Store, open_store
from tests.store import crashing
from tests.store.samples import VANTAGE, observation, slot

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.store.crashing", "psycopg"])

LONGEST_SECONDS = 60


@pytest.fixture
def prepared(url: str) -> str:
    """A database with one vantage and one failing slot."""
    with open_store(url) as store:
        store.register_vantage(VANTAGE)
        store.record(observation(slot(0), Outcome.DOWN))
    return url


def run(*works: tuple[Callable[..., None], tuple[object, ...]]) -> list[int | None]:
    """Do the works in processes of their own, at once; their exit codes."""
    processes = [PROCESSES.Process(target=work, args=arguments) for work, arguments in works]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LONGEST_SECONDS)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.close()
    return codes


def is_whole(store: Store) -> bool:
    """Numbers without a gap, every run with all that it saw, incidents as folded again."""
    lines = list(store.slots())
    incidents = store.incidents()
    store.rebuild_incidents()
    return (
        [line.sequence for line in lines] == list(range(1, len(lines) + 1))
        and all(
            store.observation(line.sequence) == observation(line.slot, line.outcome)
            for line in lines
        )
        and store.incidents() == incidents
    )


STATEMENTS = 17
"""Recording the second failing slot, which opens an incident, takes that many at least."""


@pytest.mark.parametrize("statement", range(1, STATEMENTS + 1))
def test_killed_before_any_statement_nothing_is_kept(prepared: str, statement: int) -> None:
    codes = run((crashing.die_at_statement, (prepared, 1, statement)))

    with open_store(prepared) as store:
        assert codes == [-signal.SIGKILL]
        assert [line.sequence for line in store.slots()] == [1]
        assert is_whole(store)


def test_killed_before_the_commit_nothing_is_kept(prepared: str) -> None:
    codes = run((crashing.die_at_commit, (prepared, 1)))

    with open_store(prepared) as store:
        assert codes == [-signal.SIGKILL]
        assert [line.sequence for line in store.slots()] == [1]
        assert store.incidents() == ()


def test_a_killed_slot_can_be_recorded_as_missed(prepared: str) -> None:
    run((crashing.die_at_commit, (prepared, 1)))

    with open_store(prepared) as store:
        assert store.record_unrun(slot(1), Outcome.MISSED, "off").record.sequence == 2


@pytest.mark.parametrize("after_seconds", [0.15, 0.4, 0.777])
def test_killed_at_any_moment_every_observation_is_whole(url: str, after_seconds: float) -> None:
    with open_store(url) as store:
        store.register_vantage(VANTAGE)
    process = PROCESSES.Process(target=crashing.record_for_ever, args=(url,))
    process.start()
    try:
        with open_store(url) as store:
            while not list(store.slots()):
                pass
        time.sleep(after_seconds)  # the kill comes at no chosen point
    finally:
        process.kill()
        process.join()
        process.close()

    with open_store(url) as store:
        assert list(store.slots())
        assert is_whole(store)


def test_two_writers_number_without_gap_nor_double(prepared: str) -> None:
    start = PROCESSES.Barrier(2)

    codes = run(
        (crashing.record_many, (prepared, "login", 40, start)),
        (crashing.record_many, (prepared, "upload", 40, start)),
    )

    with open_store(prepared) as store:
        lines = list(store.slots())
        assert codes == [0, 0]
        assert len(lines) == 81
        assert is_whole(store)


def test_of_two_writers_of_the_same_slot_one_wins(prepared: str) -> None:
    start = PROCESSES.Barrier(2)

    codes = run(
        (crashing.record_same, (prepared, 30, start)),
        (crashing.record_same, (prepared, 30, start)),
    )

    with open_store(prepared) as store:
        assert codes == [0, 0]
        assert [line.slot for line in store.slots()] == [slot(index) for index in range(30)]


def test_two_processes_can_make_the_database_at_once(url: str) -> None:
    start = PROCESSES.Barrier(2)

    codes = run((crashing.open_at_once, (url, start)), (crashing.open_at_once, (url, start)))

    assert codes == [0, 0]
    with open_store(url, migrate=False) as store:
        assert list(store.slots()) == []
