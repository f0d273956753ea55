"""The log's arithmetic as it grows: appending, proving, memory; beside ``pymerkle``.

``python -m bench.merkle [LEAVES]`` grows a tree (ten million leaves unless told otherwise) with its
tiles in a SQLite file, as the store keeps them, and stops at powers of ten to make proofs.
pymerkle keeps its tree in memory and gets as many leaves as fit into seconds, not minutes; at that
size both are measured in the same way. At the end: what a leaf adds to recording an observation.
"""

from __future__ import annotations

import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from pymerkle import InmemoryTree

from monitor.core.merkle import (
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    range_path,
    root_from_inclusion,
    root_hash,
)
from monitor.core.tiles import Grower, Tile, TileTree
from monitor.evidence.full_tiles import FullTiles
from monitor.evidence.keys import init_keys
from monitor.evidence.log import TransparencyLog
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from tests.store.samples import VANTAGE, observation, slot

LEAVES = 10_000_000
COMPARED = 100_000
PROOFS = 300
RANGE = 1_000
RECORDED = 200
BATCH = 10_000


def leaf(number: int) -> bytes:
    """A leaf of about the size of a slot's."""
    return b'{"kind":"slot","sequence":%d,' % number + b'"filler":"%s"}' % (b"x" * 400)


def say(text: str) -> None:
    """A line of the report, at once."""
    print(text, flush=True)  # noqa: T201  the command's output


class Tiles:
    """Tiles in a SQLite file, without any cache of ours."""

    def __init__(self, file: Path) -> None:
        """Make the file."""
        self._connection = sqlite3.connect(file)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(
            "CREATE TABLE log_tile (level INTEGER, number INTEGER, hashes BLOB,"
            " PRIMARY KEY (level, number))"
        )

    def put(self, tile: Tile) -> None:
        """Keep a tile."""
        self._connection.execute(
            "INSERT OR REPLACE INTO log_tile VALUES (?, ?, ?)",
            (tile.level, tile.number, tile.hashes),
        )

    def commit(self) -> None:
        """End a batch."""
        self._connection.commit()

    def read(self, level: int, number: int) -> bytes:
        """The hashes of a tile; empty when there is none."""
        query = "SELECT hashes FROM log_tile WHERE level = ? AND number = ?"
        found = self._connection.execute(query, (level, number)).fetchone()
        return found[0] if found else b""


def rss_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def median_ms(work: Callable[[], object], times: int) -> float:
    """Median time of a piece of work."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def stops(leaves: int) -> Iterator[int]:
    """Sizes at which proofs are made."""
    size = 10_000
    while size < leaves:
        yield size
        size *= 10
    yield leaves


def grow(leaves: int, folder: Path) -> None:
    """Our tree, with a line at every stop."""
    tiles = Tiles(folder / "tiles.sqlite3")
    grower = Grower(0, tiles.read)
    took: list[float] = []
    say("| leaves | append | inclusion | full tiles kept | range of 1,000 | consistency | memory |")
    say("| --- | --- | --- | --- | --- | --- | --- |")
    for stop in stops(leaves):
        while grower.size < stop:
            count = min(BATCH, stop - grower.size)
            began = time.perf_counter()
            _append(grower, tiles, count)
            took.append((time.perf_counter() - began) / count)
        for tile in grower.partial():
            tiles.put(tile)
        tiles.commit()
        say(_line(stop, tiles, statistics.median(took[-100:])))


def _append(grower: Grower, tiles: Tiles, count: int) -> None:
    for number in range(grower.size, grower.size + count):
        for tile in grower.append(leaf_hash(leaf(number))):
            tiles.put(tile)
    tiles.commit()


def _line(size: int, tiles: Tiles, append_seconds: float) -> str:
    random = Random(size)

    def tree() -> TileTree:
        return TileTree(tiles.read)  # nothing is remembered from one proof to the next

    root = root_hash(size, tree().node)

    def inclusion() -> None:
        index = random.randrange(size)
        path = inclusion_path(index, size, tree().node)
        assert root_from_inclusion(index, size, leaf_hash(leaf(index)), path) == root  # checked too

    full = FullTiles()

    def inclusion_kept() -> None:
        index = random.randrange(size)
        path = inclusion_path(index, size, TileTree(tiles.read, shared=full).node)
        assert root_from_inclusion(index, size, leaf_hash(leaf(index)), path) == root

    def in_range() -> None:
        first = random.randrange(size - RANGE)
        range_path(first, first + RANGE, size, tree().node)

    def consistency() -> None:
        consistency_path(random.randrange(1, size), size, tree().node)

    old = size // 3
    found = consistency_path(old, size, tree().node)
    assert is_consistent(old, root_hash(old, tree().node), size, root, found)
    made = " | ".join(
        f"{median_ms(work, PROOFS):.2f} ms"
        for work in (inclusion, inclusion_kept, in_range, consistency)
    )
    return f"| {size:,} | {append_seconds * 1e6:.1f} µs | {made} | {rss_mb():.0f} MB |"


def pymerkle() -> None:
    """The independent library, in a process of its own for its memory's sake."""
    before = rss_mb()
    tree = InmemoryTree(algorithm="sha256")
    began = time.perf_counter()
    for number in range(COMPARED):
        tree.append_entry(leaf(number))
    append = (time.perf_counter() - began) / COMPARED
    random = Random(1)
    proof = median_ms(lambda: tree.prove_inclusion(random.randrange(COMPARED) + 1), PROOFS)
    consistency = median_ms(lambda: tree.prove_consistency(random.randrange(1, COMPARED)), PROOFS)
    say(
        f"| pymerkle, {COMPARED:,} in memory | {append * 1e6:.1f} µs | {proof:.2f} ms | – "
        f"| {consistency:.2f} ms | {rss_mb() - before:.0f} MB more |"
    )


@contextmanager
def _store(folder: Path, *, with_log: bool) -> Iterator[Callable[[int], object]]:
    """Records the n-th observation."""
    with open_store(sqlite_url(folder / f"{with_log}.sqlite3")) as store:
        store.register_vantage(VANTAGE)
        if with_log:
            now = datetime.now(UTC)
            ring = init_keys(folder / "keys", "bench.example", now)
            TransparencyLog(
                store, ring, site="standin", folder=folder, clock=lambda: datetime.now(UTC)
            ).begin()
        yield lambda index: store.record(observation(slot(index)))


def recording(folder: Path) -> None:
    """What a leaf adds to recording: with and without, in turn."""
    took: dict[bool, list[float]] = {False: [], True: []}
    with (
        _store(folder, with_log=False) as plain,
        _store(folder, with_log=True) as logged,
    ):
        for index in range(RECORDED):
            for with_log, record in ((False, plain), (True, logged)):
                began = time.perf_counter()
                record(index)
                took[with_log].append(time.perf_counter() - began)
    plain_ms, logged_ms = (statistics.median(took[one]) * 1000 for one in (False, True))
    ratio = logged_ms / plain_ms
    say(f"recording: {plain_ms:.1f} ms without the log, {logged_ms:.1f} ms with ({ratio:.2f})")


def main(arguments: list[str]) -> None:
    """Everything, one after the other."""
    if arguments == ["pymerkle"]:
        pymerkle()
        return
    leaves = int(arguments[0]) if arguments else LEAVES
    with tempfile.TemporaryDirectory() as folder:
        grow(leaves, Path(folder))
        size_mb = (Path(folder) / "tiles.sqlite3").stat().st_size / 1e6
        subprocess.run([sys.executable, "-m", "bench.merkle", "pymerkle"], check=True)
        say(f"tiles of {leaves:,} leaves: {size_mb:.0f} MB")
        recording(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
