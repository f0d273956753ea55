"""Files go when their time is over, and nothing else ever does: on both databases, with a kill at
any point, and by no clock that may be wrong."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.bundles import State, find_bundle
from monitor.core.model import BlobRef, Observation, Outcome
from monitor.core.retention import Rule, Terms
from monitor.cycle import Observed
from monitor.errors import StoreError
from monitor.evidence.bundle import BundleFile
from monitor.keeper import Keeper
from monitor.retention import ClockDoubtful, rehearse, retire
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.postgres import postgres_server, postgres_url
from tests.rehearsal import environment
from tests.store.samples import NOON, VANTAGE, observation, slot

__all__ = ["postgres_server", "postgres_url"]

TERMS = Terms(good_days=30, failing_days=3650)


@pytest.fixture(params=("sqlite", "postgresql"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = (
        sqlite_url(tmp_path / "monitor.sqlite3")
        if request.param == "sqlite"
        else str(request.getfixturevalue("postgres_url"))
    )
    with open_store(url) as opened:
        opened.register_vantage(VANTAGE)
        yield opened


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def file(name: str, content: str) -> BundleFile:
    return BundleFile(name=name, media_type="text/plain", data=content.encode())


def observed(index: int, outcome: Outcome, *contents: str, first: datetime = NOON) -> Observed:
    """The run of this day; each attempt's bundle holds these files."""
    planned = replace(slot(0), scheduled_at=first + timedelta(days=index), interval_seconds=86400.0)
    seen = observation(planned, outcome)
    files: list[BundleFile] = []
    attempts = []
    for number, attempt in enumerate(seen.attempts, start=1):
        own = [file(f"{at:02d}.txt", content) for at, content in enumerate(contents, start=1)]
        manifest = _manifest(seen, number, own)
        ref = BlobRef(
            sha256=manifest.sha256, media_type=manifest.media_type, size=len(manifest.data)
        )
        attempts.append(replace(attempt, manifest=ref))
        files += [*own, manifest]
    return Observed(observation=replace(seen, attempts=tuple(attempts)), files=tuple(files))


def _manifest(seen: Observation, number: int, files: list[BundleFile]) -> BundleFile:
    content = {
        "schema": "manifest/2",
        "scheduled_at": seen.slot.scheduled_at.isoformat(),
        "attempt": number,
        "files": [one.describe() for one in files],
    }
    data = json.dumps(content).encode()
    return BundleFile(name="manifest.json", media_type="application/json", data=data)


async def fill(store: Store, blobs: FolderBlobs, *runs: Observed) -> datetime:
    """Keep the runs; the moment of the newest."""
    keeper = Keeper(store, blobs, lambda _kept: None)
    for one in runs:
        assert await keeper.keep(one) is not None
    return runs[-1].observation.finished_at


def history(first: datetime = NOON) -> list[Observed]:
    """Two months: a good run a day, an outage on two of them, and a page that never changes."""
    failing = (20, 21)
    return [
        observed(
            number,
            Outcome.DOWN if number in failing else Outcome.UP,
            f"only of day {number}",
            "the page as ever",
            first=first,
        )
        for number in range(60)
    ]


def states(store: Store, blobs: FolderBlobs, sequence: int) -> list[State]:
    return [one.state for one in find_bundle(store, blobs, str(sequence)).files]


async def test_only_what_is_over_goes_and_the_bundle_says_so(
    store: Store, blobs: FolderBlobs
) -> None:
    now = await fill(store, blobs, *history())
    kept = retire(store, blobs, terms=TERMS, now=now)
    gone = [n for n in range(1, 61) if states(store, blobs, n)[0] is State.RETIRED]
    # day 0 is sequence 1: first and last stay, 20..24 are the outage with both its edges
    assert gone == [n for n in range(2, 30) if n not in range(20, 25)]
    assert (kept.good_runs, kept.failing_runs, kept.files) == (len(gone), 0, len(gone))
    assert kept.shared_files == 1

    held = find_bundle(store, blobs, "2")
    assert held.retirement is not None
    assert (held.retirement.rule, held.retirement.days) == (Rule.GOOD, 30)
    assert held.retirement.retired_at == now
    assert [one.state for one in held.files] == [State.RETIRED, State.PRESENT]
    assert held.is_whole


async def test_a_rehearsal_says_the_same_and_changes_nothing(
    store: Store, blobs: FolderBlobs
) -> None:
    now = await fill(store, blobs, *history())
    before = list(blobs)
    said = rehearse(store, blobs, terms=TERMS, now=now)
    assert list(blobs) == before
    assert store.retirement(2) is None
    assert said == retire(store, blobs, terms=TERMS, now=now)
    assert retire(store, blobs, terms=TERMS, now=now).files == 0, "and then nothing is left"


async def test_a_file_goes_with_the_last_bundle_that_holds_it(
    store: Store, blobs: FolderBlobs
) -> None:
    now = await fill(store, blobs, *history())
    terms = Terms(good_days=30, failing_days=35)
    retire(store, blobs, terms=terms, now=now)
    assert [states(store, blobs, n)[0] for n in (21, 22, 26)] == [State.RETIRED] * 3
    assert states(store, blobs, 21)[1] is State.PRESENT
    later = await fill(
        store, blobs, *(observed(n, Outcome.UP, f"only of day {n}") for n in range(60, 120))
    )
    retire(store, blobs, terms=terms, now=later)
    assert states(store, blobs, 59) == [State.RETIRED, State.RETIRED]
    assert states(store, blobs, 1) == [State.RETIRED, State.RETIRED], "the first run, after years"


async def test_a_run_that_was_recorded_meanwhile_keeps_what_it_shares(
    store: Store, blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = await fill(store, blobs, *history())
    newcomer = observed(60, Outcome.UP, "only of day 5", "new")
    begin = store.begin_retirement

    def and_then_a_run(*arguments: Any) -> None:  # noqa: ANN401
        begin(*arguments)
        recorded = Keeper(store, blobs, lambda _kept: None)._keep(newcomer)
        assert recorded.recorded.record.sequence == 61

    monkeypatch.setattr(store, "begin_retirement", and_then_a_run)
    retire(store, blobs, terms=TERMS, now=now)
    assert states(store, blobs, 61) == [State.PRESENT, State.PRESENT]
    assert states(store, blobs, 6) == [State.PRESENT, State.PRESENT], "the same content"
    assert states(store, blobs, 5)[0] is State.RETIRED


class Forgetful(FolderBlobs):
    """Retention takes a file away between the keeper's finding it and its recording the run."""

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Keep it, and lose one kind of content the first time."""
        kept = super().put(data, media_type)
        if data == b"shared" and not (self.path / "lost").exists():
            (self.path / "lost").touch()
            self.delete(kept.sha256)
        return kept


async def test_a_file_that_was_taken_under_the_keepers_hands_is_put_back(
    store: Store, tmp_path: Path
) -> None:
    forgetful = Forgetful(tmp_path / "blobs")
    await fill(store, forgetful, observed(0, Outcome.UP, "shared", "own"))
    assert states(store, forgetful, 1) == [State.PRESENT, State.PRESENT]


@pytest.mark.parametrize(
    ("shift", "sentence"),
    [
        (timedelta(minutes=-10), "the newest run is of"),
        (timedelta(days=400), r"no run for 400 days"),
    ],
)
async def test_a_clock_that_may_be_wrong_removes_nothing(
    store: Store, blobs: FolderBlobs, shift: timedelta, sentence: str
) -> None:
    now = await fill(store, blobs, *history())
    before = list(blobs)
    with pytest.raises(ClockDoubtful, match=sentence):
        retire(store, blobs, terms=TERMS, now=now + shift)
    assert list(blobs) == before
    assert store.unfinished_retirements() == ()


async def test_a_doubtful_clock_can_be_vouched_for(store: Store, blobs: FolderBlobs) -> None:
    now = await fill(store, blobs, *history())
    later = now + timedelta(days=20)
    kept = retire(store, blobs, terms=TERMS, now=later, clock_vouched=True)
    assert kept.good_runs > 23


async def test_a_disk_that_refuses_leaves_the_runs_for_the_next_time(
    store: Store, blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = await fill(store, blobs, *history())

    def refuse(_self: FolderBlobs, _sha256: str) -> None:
        raise StoreError("the disk refuses")

    with monkeypatch.context() as patch:
        patch.setattr(FolderBlobs, "delete", refuse)
        with pytest.raises(StoreError, match="refuses"):
            retire(store, blobs, terms=TERMS, now=now)
    assert len(store.unfinished_retirements()) == 23
    kept = retire(store, blobs, terms=TERMS, now=now)
    assert (kept.good_runs, kept.unfinished_runs, kept.files) == (0, 23, 23)
    assert store.unfinished_retirements() == ()


def test_an_empty_store_has_nothing_to_let_go(store: Store, blobs: FolderBlobs) -> None:
    assert retire(store, blobs, terms=TERMS, now=observation(slot(0)).finished_at).files == 0


# a kill

DIE = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from monitor.core.retention import Terms
from monitor.retention import retire
from monitor.store.blobs import FolderBlobs
from monitor.store.store import open_store
import monitor.retention

url, folder, now, after = sys.argv[1:]
left = [int(after)]
monitor.retention.CHUNK = 5

class Deadly(FolderBlobs):
    def delete(self, sha256):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        super().delete(sha256)

with open_store(url) as store:
    retire(store, Deadly(Path(folder)), terms=Terms(good_days=30, failing_days=3650),
           now=datetime.fromisoformat(now))
"""


@pytest.mark.parametrize("deletions", [0, 1, 7, 22])
async def test_a_kill_leaves_nothing_unexplained_and_is_made_good(
    deletions: int, blobs: FolderBlobs, tmp_path: Path
) -> None:
    url = sqlite_url(tmp_path / "monitor.sqlite3")
    with open_store(url) as store:
        store.register_vantage(VANTAGE)
        now = await fill(store, blobs, *history())
    command = [sys.executable, "-c", DIE, url, str(blobs.path), now.isoformat(), str(deletions)]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment(), check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    with open_store(url) as store:
        seen = [state for n in range(1, 61) for state in states(store, blobs, n)]
        assert seen.count(State.RETIRED) == deletions
        assert {State.MISSING, State.ALTERED}.isdisjoint(seen)
        kept = retire(store, blobs, terms=TERMS, now=now)
        assert kept.good_runs == 0
        assert kept.unfinished_runs > 0
        assert store.unfinished_retirements() == ()
        after = [state for n in range(1, 61) for state in states(store, blobs, n)]
        assert after.count(State.RETIRED) == 23
