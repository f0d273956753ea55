"""The log as a whole: checkpoints that bind, proofs that verify, epochs that are declared."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.core.merkle import (
    RangePath,
    is_consistent,
    leaf_hash,
    root_from_inclusion,
    root_from_range,
)
from monitor.errors import EvidenceError
from monitor.evidence.keys import KeyMissing, init_keys, rotate_keys
from monitor.evidence.log import HistoryDiffers, NotCovered, TransparencyLog
from monitor.evidence.note import BadNote, Statement, open_note, parse_note
from monitor.store.backup import backup, restore
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.evidence.logs import NAME, open_log, record
from tests.postgres import postgres_server, postgres_url
from tests.store.samples import NOON, VANTAGE, slot

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store that knows one vantage."""
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as opened:
        opened.register_vantage(VANTAGE)
        yield opened


@pytest.fixture
def log(store: Store, tmp_path: Path) -> TransparencyLog:
    """Its log."""
    return open_log(store, tmp_path / "state", authorities=("a",))


def said(note: str, log: TransparencyLog) -> Statement:
    return open_note(note, log.ring.verifiers)[0]


def hashes(texts: list[str]) -> list[bytes]:
    return [base64.b64decode(text) for text in texts]


def test_a_checkpoint_signs_every_leaf_and_is_published(store: Store, log: TransparencyLog) -> None:
    record(store, 0, 3)
    made = log.checkpoint()
    statement = said(made.note, log)
    assert (statement.origin, statement.size) == (NAME, 4)
    assert statement.root == store.root_at(4)
    assert log.published_file.read_text() == made.note
    assert log.published_file.stat().st_mode & 0o777 == 0o644
    first = json.loads(next(log.leaves(0, 1)))
    assert (first["kind"], first["previous"], first["log"], first["site"]) == (
        ("epoch", None, NAME, "standin")
    )


@pytest.mark.parametrize("slots", [1, 2, 300])
def test_every_slot_can_be_proven(store: Store, log: TransparencyLog, slots: int) -> None:
    store.backfill([slot(index) for index in range(slots)])
    log.checkpoint()
    for sequence in {1, slots // 2 + 1, slots}:
        proof = log.proof_of_slot(sequence)
        assert proof is not None
        assert proof["schema"] == "proof/1"
        [leaf] = proof["leaves"]
        assert json.loads(leaf)["sequence"] == sequence
        statement = said(proof["checkpoint"], log)
        assert (proof["origin"], proof["size"]) == (statement.origin, statement.size)
        path = hashes(proof["path"]["inclusion"])
        found = root_from_inclusion(proof["first"], proof["size"], leaf_hash(leaf.encode()), path)
        assert found == statement.root


def test_a_range_is_proven_with_every_leaf_between(store: Store, log: TransparencyLog) -> None:
    store.backfill([slot(index) for index in range(290)])
    log.append("certificate", 1, {"schema": "leaf/1"})
    store.backfill([slot(index) for index in range(290, 320)])
    log.checkpoint()
    proof = log.proof_of_range(250, 300)
    kinds = [json.loads(leaf)["kind"] for leaf in proof["leaves"]]
    assert (len(kinds), kinds.count("slot"), kinds.count("certificate")) == (52, 51, 1)
    assert _root_of(proof) == said(proof["checkpoint"], log).root


def _root_of(proof: dict[str, Any]) -> bytes:
    path = RangePath(
        left=tuple(hashes(proof["path"]["left"])), right=tuple(hashes(proof["path"]["right"]))
    )
    leaves = [leaf_hash(leaf.encode()) for leaf in proof["leaves"]]
    return root_from_range(proof["first"], proof["size"], leaves, path)


def test_any_two_checkpoints_are_consistent(store: Store, log: TransparencyLog) -> None:
    made = []
    for end in (1, 2, 5, 260, 300):
        store.backfill([slot(index) for index in range(end)])
        made.append(log.checkpoint())
    for index, old in enumerate(made):
        for new in made[index:]:
            path = log.consistency(old.size, new.size)
            roots = bytes.fromhex(old.root), bytes.fromhex(new.root)
            assert is_consistent(old.size, roots[0], new.size, roots[1], path)


def test_what_no_checkpoint_covers_has_no_proof_yet(store: Store, log: TransparencyLog) -> None:
    record(store, 0, 1)
    log.checkpoint()
    record(store, 1, 2)
    assert log.proof_of_slot(1) is not None
    assert log.proof_of_slot(2) is None
    assert log.proof_of_slot(99) is None
    for first, last in ((1, 2), (1, 99), (2, 1), (0, 1)):
        with pytest.raises(NotCovered, match="no checkpoint covers"):
            log.proof_of_range(first, last)
    with pytest.raises(NotCovered):
        log.consistency(1, 3)


def test_the_proof_carries_the_stamps_of_its_checkpoint(store: Store, log: TransparencyLog) -> None:
    record(store, 0, 1)
    made = log.checkpoint()
    [(waiting, _)] = store.due_stamps(made.made_at)
    store.keep_stamp(
        waiting.number, request=b"query", response=b"reply", generated_at=NOON, now=NOON
    )
    record(store, 1, 2)
    log.checkpoint()
    proof = log.proof_of_slot(1)
    assert proof is not None
    assert proof["checkpoint"] == made.note
    assert proof["stamps"] == [{"authority": "a", "request": "cXVlcnk=", "response": "cmVwbHk="}]


def test_a_rotated_key_signs_on_and_both_verify(
    store: Store, log: TransparencyLog, tmp_path: Path
) -> None:
    record(store, 0, 1)
    old = log.checkpoint()
    rotate_keys(tmp_path / "state" / "keys", NOON)
    record(store, 1, 2)
    new = log.checkpoint()
    keys = [open_note(one.note, log.ring.verifiers)[1] for one in (old, new)]
    assert keys == [one.key for one in log.ring.keys]
    with pytest.raises(BadNote):
        open_note(old.note, [log.ring.current.key])


def test_without_its_key_nothing_is_signed_and_recording_goes_on(
    store: Store, log: TransparencyLog
) -> None:
    record(store, 0, 1)
    log.checkpoint()
    log.ring.private_file.unlink()
    record(store, 1, 2)
    with pytest.raises(KeyMissing):
        log.checkpoint()
    assert store.log_size() == 3


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_restored_backup_signs_nothing_until_an_epoch_is_declared(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What was published after the backup is lost, and the log says so itself."""
    url, restored = _urls(database, tmp_path, request)
    with open_store(url) as store:
        store.register_vantage(VANTAGE)
        log = open_log(store, tmp_path / "state", authorities=("a",))
        record(store, 0, 3)
        log.checkpoint()
        backup(url, FolderBlobs(tmp_path / "blobs"), {}, tmp_path / "backup.tar")
        record(store, 3, 6)
        lost = log.checkpoint()

    restore(
        tmp_path / "backup.tar",
        store_url=restored,
        blobs=FolderBlobs(tmp_path / "other"),
        folder=tmp_path / "files",
    )
    with open_store(restored) as store:
        log = open_log(store, tmp_path / "state")
        _refuses(log)
        record(store, 9, 19)  # as many leaves as were published, but others
        _refuses(log)
        made = log.declare_epoch("disk failed, backup of noon")
        statement = said(made.note, log)
        assert statement.origin == f"{NAME}/epoch-2"
        leaf = json.loads(next(log.leaves(made.size - 1, made.size)))
        assert (leaf["kind"], leaf["number"], leaf["previous"]) == ("epoch", 2, lost.note)
        assert leaf["reason"] == "disk failed, backup of noon"
        record(store, 20, 21)
        again = log.checkpoint()
        path = log.consistency(made.size, again.size)
        assert is_consistent(
            made.size, bytes.fromhex(made.root), again.size, bytes.fromhex(again.root), path
        )
        assert [one.label for one in store.checkpoints()] == ["1-4", "2-15", "2-16"]
        with pytest.raises(EvidenceError, match="no epoch to declare"):
            log.declare_epoch("again")


def _urls(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[str, str]:
    """Where the backup is made, and where it is restored: from one kind into the same or other."""
    if database == "sqlite":
        return sqlite_url(tmp_path / "a.sqlite3"), sqlite_url(tmp_path / "b.sqlite3")
    return sqlite_url(tmp_path / "a.sqlite3"), str(request.getfixturevalue("postgres_url"))


def _refuses(log: TransparencyLog) -> None:
    before = log.store.last_checkpoint()
    with pytest.raises(HistoryDiffers, match="anef-monitor log epoch --reason"):
        log.checkpoint()
    assert log.store.last_checkpoint() == before


def test_an_epoch_can_name_the_note_that_a_witness_kept(
    store: Store, log: TransparencyLog, tmp_path: Path
) -> None:
    record(store, 0, 3)
    kept = log.checkpoint().note
    with open_store(sqlite_url(tmp_path / "new.sqlite3")) as other:
        other.register_vantage(VANTAGE)
        elsewhere = open_log(other, tmp_path / "elsewhere")
        stranger = init_keys(tmp_path / "stranger", NAME, NOON)
        with pytest.raises(EvidenceError, match="--last FILE"):
            elsewhere.declare_epoch("new machine")
        with pytest.raises(BadNote, match="not signed by a key of this log"):
            elsewhere.declare_epoch("new machine", kept)
        assert stranger.current.key not in log.ring.verifiers
        same_key = open_log(other, tmp_path / "state")
        same_key.published_file.unlink()
        made = same_key.declare_epoch("new machine", kept)
        assert parse_note(made.note).origin == f"{NAME}/epoch-2"
        assert same_key.published() == made.note


def test_killed_between_the_declaration_and_its_checkpoint_the_epoch_stands(
    store: Store, log: TransparencyLog, tmp_path: Path
) -> None:
    record(store, 0, 3)
    note = log.checkpoint().note
    with open_store(sqlite_url(tmp_path / "new.sqlite3")) as other:
        restored = open_log(other, tmp_path / "state")
        restored.begin()
        leaf = restored._epoch_leaf(2, note, "half-way")
        restored.append("epoch", 2, leaf)
        made = restored.checkpoint()
        assert parse_note(made.note).origin == f"{NAME}/epoch-2"


def test_a_published_file_that_is_behind_is_brought_up_to_date(
    store: Store, log: TransparencyLog
) -> None:
    """A kill between the commit and the file leaves the older note there."""
    record(store, 0, 1)
    old = log.checkpoint()
    record(store, 1, 2)
    new = log.checkpoint()
    log.published_file.write_text(old.note)
    assert log.checkpoint() == new
    assert log.published() == new.note


def test_a_rewritten_leaf_is_noticed_before_anything_is_signed(
    store: Store, log: TransparencyLog
) -> None:
    record(store, 0, 3)
    log.checkpoint()
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log_leaf SET data = '{}' WHERE number = 2")
        connection.exec_driver_sql("DELETE FROM stamp")
        connection.exec_driver_sql("DELETE FROM checkpoint")
        connection.exec_driver_sql("DELETE FROM log_tile")
    record(store, 3, 4)
    with pytest.raises(HistoryDiffers):
        log.checkpoint()
