"""Files first, then the observation in one transaction; an outage that cannot be shown is not
claimed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.model import BlobRef, Outcome, SignalKind
from monitor.cycle import Observed
from monitor.errors import StoreError
from monitor.evidence.bundle import BundleFile
from monitor.keeper import Keeper, Kept, without_evidence
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.store.samples import VANTAGE, observation, slot


class FullBlobs(FolderBlobs):
    """A disk that is full after ``room`` files; how a real one says it is up to the store."""

    def __init__(self, path: Path, error: Exception, room: int = 0) -> None:
        super().__init__(path)
        self.error, self.room = error, room

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """As long as there is room."""
        if self.room == 0:
            raise self.error
        self.room -= 1
        return super().put(data, media_type)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as opened:
        opened.register_vantage(VANTAGE)
        yield opened


def file(text: str) -> BundleFile:
    return BundleFile(name=f"{text}.txt", media_type="text/plain", data=text.encode())


DOWN = Observed(
    observation=observation(slot(0), Outcome.DOWN),
    files=(file("one"), file("two")),
    withheld=("01-open.txt",),
)


async def test_what_was_seen_is_stored_with_its_files(store: Store, tmp_path: Path) -> None:
    told: list[Kept] = []
    blobs = FolderBlobs(tmp_path / "blobs")
    kept = await Keeper(store, blobs, told.append).keep(DOWN)
    assert kept is not None
    assert told == [kept]
    assert store.observation(kept.recorded.record.sequence) == DOWN.observation
    assert sorted(blobs) == sorted(hashlib.sha256(f.data).hexdigest() for f in DOWN.files)
    assert (kept.evidence_bytes, kept.withheld) == (6, ("01-open.txt",))


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), StoreError("cannot keep a file")]
)
@pytest.mark.parametrize("room", [0, 1])
async def test_a_full_disk_is_our_fault_and_never_an_outage(
    error: Exception,
    room: int,
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    blobs = FullBlobs(tmp_path / "blobs", error, room)
    kept = await Keeper(store, blobs, lambda _: None).keep(DOWN)
    assert kept is not None
    found = store.observation(kept.recorded.record.sequence)
    assert found is not None
    assert (found.verdict.outcome, found.verdict.rule) == (Outcome.MONITOR_FAULT, "internal_error")
    assert found.manifest_sha256 is None
    assert all(s.screenshot is None for a in found.attempts for s in a.steps)
    assert {a.verdict.outcome for a in found.attempts} == {Outcome.MONITOR_FAULT}
    assert kept.evidence_bytes == 0
    assert "evidence could not be written" in caplog.text


async def test_a_slot_that_is_taken_is_left_as_it_is(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Kept] = []
    keeper = Keeper(store, FolderBlobs(tmp_path / "blobs"), told.append)
    store.record(observation(slot(0), Outcome.UP))
    assert await keeper.keep(DOWN) is None
    assert told == []
    assert [record.outcome for record in store.slots()] == [Outcome.UP]
    assert "already recorded" in caplog.text


async def test_a_store_that_fails_says_so(store: Store, tmp_path: Path) -> None:
    elsewhere = replace(DOWN.observation, slot=slot(0, vantage="nowhere"))
    keeper = Keeper(store, FolderBlobs(tmp_path / "blobs"), lambda _: None)
    with pytest.raises(StoreError, match="nowhere"):
        await keeper.keep(replace(DOWN, observation=elsewhere))
    assert list(store.slots()) == []


def test_an_observation_without_evidence_keeps_its_steps_and_says_why() -> None:
    before = DOWN.observation
    after = without_evidence(before, OSError("full"))
    assert [s.name for a in after.attempts for s in a.steps] == [
        s.name for a in before.attempts for s in a.steps
    ]
    assert all(
        (s.kind, s.text) == (SignalKind.INTERNAL_ERROR, "OSError")
        for s in (a.signals[-1] for a in after.attempts)
    )
