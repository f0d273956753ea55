"""The tree as static files (C2SP tlog-tiles): 256 hashes a tile, and what finds a node in them.

Tile (level, number) holds the hashes of the complete subtrees at tree level ``8 * level``, from
``256 * number`` on. Only the last tile of a level can be partial; it is replaced as the tree grows.
A leaf costs one hash and, amortised, one more; all that is kept open is one tile a level.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from monitor.core.merkle import HASH_BYTES, Node, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES

Read = Callable[[int, int], bytes]
"""Gives the hashes of the tile (level, number), one after the other; empty when there is none."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Some hashes of one level. ``hashes`` are 32 to 8,192 bytes."""

    level: int
    number: int
    hashes: bytes

    @property
    def width(self) -> int:
        """How many hashes there are."""
        return len(self.hashes) // HASH_BYTES


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Where a tile is served: ``tile/0/x001/067`` or ``tile/0/x001/067.p/12``. The level of the
    leaves' own bytes is ``entries``."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of every tile of a tree."""
    level = 0
    while size:
        full, rest = divmod(size, WIDTH)
        yield from ((level, number, WIDTH) for number in range(full))
        if rest:
            yield level, full, rest
        level, size = level + 1, full


def entries(leaves: list[bytes]) -> bytes:
    """A bundle of leaves as it is served: every leaf after its length in two bytes."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


class Grower:
    """Adds leaf hashes to a tree and gives back its tiles as they fill."""

    def __init__(self, size: int, read: Read) -> None:
        """Go on behind the first ``size`` leaves, whose tiles ``read`` finds."""
        self.size = size
        self._open: list[bytearray] = []
        self._numbers: list[int] = []
        while size:
            number, width = divmod(size, WIDTH)
            stored = read(len(self._open), number) if width else b""
            self._open.append(bytearray(stored[: width * HASH_BYTES]))
            self._numbers.append(number)
            if len(self._open[-1]) != width * HASH_BYTES:
                raise ValueError(f"tile {len(self._open) - 1}/{number} is not there")
            size = number

    def append(self, leaf: bytes) -> list[Tile]:
        """Add one leaf hash. Returns the tiles that it completes, mostly none."""
        self.size += 1
        full: list[Tile] = []
        level, found = 0, leaf
        while True:
            if level == len(self._open):
                self._open.append(bytearray())
                self._numbers.append(0)
            hashes = self._open[level]
            hashes += found
            if len(hashes) < TILE_BYTES:
                return full
            tile = Tile(level=level, number=self._numbers[level], hashes=bytes(hashes))
            full.append(tile)
            self._open[level] = bytearray()
            self._numbers[level] += 1
            level, found = level + 1, _expanded(tile.hashes)[-1][0]

    def partial(self) -> list[Tile]:
        """The last tile of every level that is not full."""
        return [
            Tile(level=level, number=number, hashes=bytes(hashes))
            for level, (number, hashes) in enumerate(zip(self._numbers, self._open, strict=True))
            if hashes
        ]

    def node(self, stored: Node) -> Node:
        """Finds nodes in the open tiles, and in ``stored`` all that lies in full ones.

        It is good until the next leaf.
        """
        within = TileTree(self._read_open).node

        def find(level: int, index: int) -> bytes:
            tile_level = level // HEIGHT
            number = index << level % HEIGHT >> HEIGHT
            is_open = tile_level < len(self._open) and number == self._numbers[tile_level]
            return within(level, index) if is_open else stored(level, index)

        return find

    def _read_open(self, level: int, number: int) -> bytes:
        del number
        return bytes(self._open[level])


class Kept(Protocol):
    """Keeps tiles with the hashes above them, longer than one tree lives; safe between threads."""

    def get(self, key: tuple[int, int]) -> list[list[bytes]] | None:
        """The rows of a tile; None when it is not kept."""

    def put(self, key: tuple[int, int], rows: list[list[bytes]]) -> None:
        """Keep a tile if it is full: only those never change."""


class TileTree:
    """Finds nodes in tiles. Keeps the hashes of the last few tiles; its memory does not grow."""

    def __init__(self, read: Read, *, keep: int = 64, shared: Kept | None = None) -> None:
        """``read`` gives tiles; 16 KB for each one kept. ``shared`` outlives this tree."""
        self._read = read
        self._shared = shared
        self._keep = keep
        self._kept: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree. Raises KeyError when its tile is not there, or does not
        reach so far."""
        tile_level, within = divmod(level, HEIGHT)
        number = index << within >> HEIGHT
        rows = self._rows(tile_level, number)
        place = index - (number << HEIGHT >> within)
        if within >= len(rows) or place >= len(rows[within]):
            raise KeyError((level, index))
        return rows[within][place]

    def _rows(self, level: int, number: int) -> list[list[bytes]]:
        key = level, number
        if key not in self._kept:
            rows = None if self._shared is None else self._shared.get(key)
            if rows is None:
                rows = _expanded(self._read(level, number))
                if self._shared is not None:
                    self._shared.put(key, rows)
            self._kept[key] = rows
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _expanded(hashes: bytes) -> list[list[bytes]]:
    """The hashes of a tile, and above them those of every complete subtree within it; the last of
    the nine rows of a full one is the hash of the whole."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    rows = [row]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        rows.append(row)
    return rows
