"""The log in the store: a leaf with every row, tiles with every checkpoint, a queue of stamps."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.core.checkpoint import MOST_TRIES, StampState, next_try
from monitor.core.leaf import record_of
from monitor.core.merkle import leaf_hash, root_hash
from monitor.core.model import Outcome, Verdict
from monitor.core.reclassify import Change
from monitor.core.reviewed import Decision
from monitor.core.tiles import Grower, TileTree
from monitor.errors import StoreError
from monitor.evidence.log import TransparencyLog
from monitor.store.engine import reading
from monitor.store.schema import log_tile
from monitor.store.store import Store, open_store
from tests.evidence.logs import open_log, record
from tests.store.samples import NOON, VANTAGE, observation, slot

HOUR = timedelta(hours=1)


@pytest.fixture
def log(store: Store, tmp_path: Path) -> TransparencyLog:
    """A log that has begun."""
    opened = open_log(store, tmp_path / "state")
    opened.begin()
    return opened


def leaves(store: Store) -> list[dict[str, object]]:
    return [json.loads(text) for text in store.leaf_texts(0, store.log_size())]


def everything(store: Store) -> None:
    """A row of every kind that has a leaf."""
    record(store, 0, 2, Outcome.DOWN)
    store.record_unrun(slot(2), Outcome.SKIPPED, "kill_switch")
    store.backfill([slot(3), slot(4)])
    store.add_reviews([1, 2], decision=Decision.OUR_FAULT, by="A", note="vu", now=NOON)
    verdict = Verdict(outcome=Outcome.UP, rule="other", ruleset="9", flags=("reviewed",))
    before = next(iter(store.slots()))
    store.add_reclassifications([Change(before=before, verdict=verdict)], now=NOON)


KINDS = ["epoch"] + ["slot"] * 5 + ["review"] * 2 + ["reclassification"]


def test_every_row_has_its_leaf_as_soon_as_it_is_there(store: Store, log: TransparencyLog) -> None:
    everything(store)
    found = leaves(store)
    assert [leaf["kind"] for leaf in found] == KINDS
    assert found[0]["previous"] is None
    assert [record_of(leaf) for leaf in found[1:6]] == list(store.slots())
    assert found[1]["manifests"] == _manifests(store, 1)
    assert len(_manifests(store, 1)) == 2
    assert found[4]["manifests"] == []
    assert found[6]["sequence"] == 1
    assert log.store.leaf_number("review", 2) == 7


def _manifests(store: Store, sequence: int) -> list[str]:
    seen = store.observation(sequence)
    assert seen is not None
    return [one.manifest.sha256 for one in seen.attempts if one.manifest]


def test_a_database_of_an_older_version_gets_its_leaves_when_the_log_begins(
    store: Store, tmp_path: Path
) -> None:
    everything(store)
    assert store.log_size() == 0
    before = _begun(store, tmp_path)
    assert [leaf["kind"] for leaf in before] == KINDS
    record(store, 5, 6)
    assert [leaf.get("sequence") for leaf in leaves(store) if leaf["kind"] == "slot"] == [
        *range(1, 7)
    ]


def _begun(store: Store, folder: Path) -> list[dict[str, object]]:
    assert open_log(store, folder).begin()
    assert not open_log(store, folder).begin()
    return leaves(store)


def test_leaves_are_the_same_whether_appended_or_caught_up(
    store: Store, tmp_path: Path, log: TransparencyLog
) -> None:
    everything(store)
    at_once = list(log.leaves(1, store.log_size()))
    with open_store(f"sqlite:///{tmp_path / 'other.sqlite3'}") as other:
        other.register_vantage(VANTAGE)
        everything(other)
        later = open_log(other, tmp_path / "other")
        later.begin()
        assert list(later.leaves(1, other.log_size())) == at_once


def test_a_slot_that_is_refused_leaves_no_leaf(store: Store, log: TransparencyLog) -> None:
    record(store, 0, 1)
    with pytest.raises(StoreError):
        record(store, 0, 1)
    assert log.store.log_size() == 2


def test_a_leaf_is_kept_once_and_never_changed(store: Store, log: TransparencyLog) -> None:
    first = log.append("certificate", 1, {"schema": "leaf/1", "serial": "2026-00001"})
    assert log.append("certificate", 1, {"schema": "leaf/1", "serial": "2026-00001"}) == first
    with pytest.raises(StoreError, match="something else of certificate 1"):
        log.append("certificate", 1, {"schema": "leaf/1", "serial": "2026-00002"})
    with pytest.raises(StoreError, match="65535 are possible"):
        log.append("export", 2, {"name": "x" * 70_000})
    assert store.log_size() == 2


def test_nothing_is_appended_before_the_log_has_begun(store: Store) -> None:
    with pytest.raises(StoreError, match="has not begun"):
        store.append_leaf("export", 1, {"kind": "export"})
    with pytest.raises(StoreError, match="has not begun"):
        store.make_checkpoint(lambda _e, _s, _r: "", now=NOON)


def test_tiles_grow_with_checkpoints_and_are_what_the_leaves_make(
    store: Store, log: TransparencyLog
) -> None:
    for end in (1, 3, 256, 300):
        store.backfill([slot(index) for index in range(end)])
        made = log.checkpoint()
        assert made.size == end + 1
        assert made.root == store.root_at(made.size).hex()
    kept = _tiles(store)
    assert kept == _tiles_of_leaves(store)
    assert store.rebuild_tiles() == 301
    assert _tiles(store) == kept


def test_a_root_is_found_where_there_are_no_tiles_yet(store: Store, log: TransparencyLog) -> None:
    store.backfill([slot(index) for index in range(300)])
    log.checkpoint()
    store.backfill([slot(index) for index in range(300, 600)])
    hashes = [leaf_hash(text.encode()) for text in log.leaves(0, 601)]
    grower = Grower(0, lambda _level, _number: b"")
    kept = {}
    for number, found in enumerate(hashes, start=1):
        for tile in grower.append(found):
            kept[tile.level, tile.number] = tile
        if number in (1, 257, 301, 302, 520, 601):
            node = grower.node(TileTree(lambda *place: kept[place].hashes).node)
            assert store.root_at(number) == root_hash(number, node)
    with pytest.raises(StoreError, match="fewer than 602"):
        store.root_at(602)


def _tiles(store: Store) -> dict[tuple[int, int], bytes]:
    with reading(store._engine) as connection:
        return {(row.level, row.number): row.hashes for row in connection.execute(select(log_tile))}


def _tiles_of_leaves(store: Store) -> dict[tuple[int, int], bytes]:
    grower = Grower(0, lambda _level, _number: b"")
    found = []
    for text in store.leaf_texts(0, store.log_size()):
        found += grower.append(leaf_hash(text.encode()))
    return {(one.level, one.number): one.hashes for one in [*found, *grower.partial()]}


def test_nothing_new_is_not_signed_again(store: Store, log: TransparencyLog) -> None:
    record(store, 0, 1)
    first = log.checkpoint()
    assert log.checkpoint() == first
    record(store, 1, 2)
    second = log.checkpoint()
    assert (second.number, second.size) == (2, 3)
    assert list(store.checkpoints()) == [first, second]
    assert store.checkpoint_at(1, 2) == first
    assert store.checkpoint_at(2, 2) is None


def test_stamps_are_queued_hourly_and_at_once_for_what_cannot_wait(
    store: Store, tmp_path: Path
) -> None:
    log = open_log(store, tmp_path / "state", authorities=("a", "b"), minutes=10)
    queued = []
    for index, reason in enumerate(["periodic"] * 8 + ["incident", "periodic", "certificate"]):
        record(store, index, index + 1)
        made = log.checkpoint(reason)
        queued.append(len(store.stamps_of(made)))
    assert queued == [2, 0, 0, 0, 0, 0, 2, 0, 2, 0, 2]


def test_a_certificate_stamps_a_checkpoint_that_was_there_already(
    store: Store, tmp_path: Path
) -> None:
    log = open_log(store, tmp_path / "state", authorities=("a",))
    record(store, 0, 1)
    log.checkpoint()
    record(store, 1, 2)
    made = log.checkpoint()
    assert store.stamps_of(made) == ()
    assert log.checkpoint("certificate") == made
    assert [one.authority for one in store.stamps_of(made)] == ["a"]
    assert log.checkpoint("certificate") == made
    assert len(store.stamps_of(made)) == 1


def test_the_last_checkpoint_of_a_quiet_log_is_stamped_later(store: Store, tmp_path: Path) -> None:
    log = open_log(store, tmp_path / "state", authorities=("a",))
    record(store, 0, 1)
    log.checkpoint()
    record(store, 1, 2)
    made = log.checkpoint()
    now = made.made_at
    assert store.queue_stamps(made, ["a"], every=HOUR, now=now) == 0
    assert store.queue_stamps(made, ["a"], every=HOUR, now=now + HOUR) == 1
    assert store.queue_stamps(made, ["a"], every=HOUR, now=now + HOUR) == 0


def test_a_stamp_waits_is_deferred_and_is_kept_once(store: Store, tmp_path: Path) -> None:
    log = open_log(store, tmp_path / "state", authorities=("a",))
    made = log.checkpoint()
    now = made.made_at
    [(waiting, over)] = store.due_stamps(now)
    assert over == made
    assert store.defer_stamp(waiting, "no answer", now=now) is StampState.WAITING
    assert store.due_stamps(now + timedelta(seconds=59)) == ()
    [(again, _)] = store.due_stamps(now + timedelta(seconds=60))
    assert (again.tries, again.problem) == (1, "no answer")
    assert store.stamp_summary().oldest_waiting == made.made_at
    store.keep_stamp(
        again.number, request=b"q", response=b"r", generated_at=now + 2 * HOUR, now=now + HOUR
    )
    with pytest.raises(StoreError, match="no stamp waits"):
        store.keep_stamp(
            again.number, request=b"x", response=b"y", generated_at=now, now=now + HOUR
        )
    [kept] = store.stamps_of(made)
    assert (kept.request, kept.response, kept.state) == (b"q", b"r", StampState.DONE)
    summary = store.stamp_summary()
    assert (summary.waiting, summary.given_up, summary.problem) == (0, 0, None)
    assert (summary.last_at, summary.last_delay_seconds) == (now + 2 * HOUR, 7200.0)


def test_a_stamp_is_given_up_after_many_tries(store: Store, tmp_path: Path) -> None:
    log = open_log(store, tmp_path / "state", authorities=("a",))
    now = log.checkpoint().made_at
    for _ in range(MOST_TRIES):
        [(one, _)] = store.due_stamps(now)
        store.defer_stamp(one, "refused", now=now)
        now += HOUR
    assert store.due_stamps(now + 9 * HOUR) == ()
    summary = store.stamp_summary()
    assert (summary.waiting, summary.given_up, summary.problem) == (0, 1, "refused")
    waits = [next_try(tries, NOON) for tries in (1, 2, 7, 30)]
    assert waits == [NOON + timedelta(minutes=minutes) for minutes in (1, 2, 60, 60)]


def test_the_earliest_stamped_checkpoint_proves_a_leaf(store: Store, tmp_path: Path) -> None:
    log = open_log(store, tmp_path / "state", authorities=("a",), minutes=70)
    made = []
    for index in range(4):
        record(store, index, index + 1)
        made.append(log.checkpoint())
    assert store.covering(2) == made[3]
    for one, over in store.due_stamps(made[3].made_at):
        if over in made[1:3]:
            store.keep_stamp(one.number, request=b"q", response=b"r", generated_at=NOON, now=NOON)
    assert store.covering(2) == made[1]
    assert store.covering(4) == made[2]
    assert store.covering(5) == made[3]
    assert store.covering(6) is None


def test_recording_goes_on_while_a_log_is_read(store: Store, log: TransparencyLog) -> None:
    record(store, 0, 3)
    reader = log.leaves(0, 4)
    next(reader)
    store.record(observation(slot(9)))
    assert len(list(reader)) == 3
