"""Killing the program during an append, a checkpoint or a stamp leaves a log that verifies and
goes on."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.core.merkle import inclusion_path, leaf_hash, root_from_inclusion
from monitor.core.tiles import TileTree
from monitor.evidence.log import TransparencyLog
from monitor.evidence.note import open_note
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.evidence import dying
from tests.evidence.logs import open_log, record
from tests.postgres import postgres_server, postgres_url
from tests.store.samples import VANTAGE

__all__ = ["postgres_server", "postgres_url"]

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.evidence.dying", "psycopg"])
LONGEST_SECONDS = 60

Work = Callable[[str, str, int], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind whose log was signed, and has grown since."""
    if request.param == "sqlite":
        address = sqlite_url(tmp_path / "monitor.sqlite3")
    else:
        address = str(request.getfixturevalue("postgres_url"))
    with open_store(address) as store:
        store.register_vantage(VANTAGE)
        log = open_log(store, tmp_path, authorities=("a",))
        record(store, 0, 3)
        log.checkpoint()
        record(store, 3, 5)
    return address


def killed(work: Work, url: str, folder: Path, statement: int) -> bool:
    """True when the process was killed; False when its work ended before."""
    process = PROCESSES.Process(target=work, args=(url, str(folder), statement))
    process.start()
    process.join(LONGEST_SECONDS)
    code = process.exitcode
    process.close()
    assert code in (-signal.SIGKILL, 7)
    return code != 7


def assert_sound(store: Store, log: TransparencyLog) -> None:
    """Every slot has its leaf, tiles are those of the leaves, and every leaf is proven under every
    checkpoint that covers it."""
    leaves = list(log.leaves(0, store.log_size()))
    slots = [json.loads(leaf)["sequence"] for leaf in leaves if '"kind":"slot"' in leaf]
    assert slots == [record.sequence for record in store.slots()]
    for made in store.checkpoints():
        statement, _ = open_note(made.note, log.ring.verifiers)
        assert (statement.size, statement.root.hex()) == (made.size, made.root)
        for index in range(made.size):
            path = inclusion_path(index, made.size, TileTree(store.tile).node)
            found = root_from_inclusion(index, made.size, leaf_hash(leaves[index].encode()), path)
            assert found == statement.root


@pytest.mark.parametrize(
    ("work", "statements"),
    [
        (dying.append_and_die, (5, 9, 40)),
        (dying.sign_and_die, (5, 12, 15)),
        (dying.sign_and_die_unpublished, (0,)),
        (dying.stamp_and_die, (1, 2)),
    ],
)
def test_a_kill_leaves_a_log_that_verifies_and_goes_on(
    work: Work, statements: tuple[int, ...], url: str, tmp_path: Path
) -> None:
    kills = 0
    for statement in statements:
        kills += killed(work, url, tmp_path, statement)
        with open_store(url) as store:
            log = open_log(store, tmp_path, authorities=("a",))
            assert_sound(store, log)
    assert kills
    with open_store(url) as store:
        log = open_log(store, tmp_path, authorities=("a",))
        record(store, 50, 52)
        made = log.checkpoint()
        assert made.size == store.log_size()
        assert log.published() == made.note
        assert_sound(store, log)
        waiting = store.due_stamps(datetime(2100, 1, 1, tzinfo=UTC))
        assert waiting, "a stamp that was not kept is still asked for"
