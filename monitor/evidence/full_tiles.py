"""Full tiles kept in memory from one proof to the next."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from monitor.core.tiles import HEIGHT


class FullTiles:
    """Full tiles with the hashes above them. They never change, so that trees of different moments
    and threads may share them: nine tenths of a proof's time is hashing what lies within a tile."""

    def __init__(self, keep: int = 64) -> None:
        self._keep = keep
        self._kept: OrderedDict[tuple[int, int], list[list[bytes]]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int, int]) -> list[list[bytes]] | None:
        """The rows of a tile; None when it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[int, int], rows: list[list[bytes]]) -> None:
        """Keep a tile if it is full."""
        if len(rows) <= HEIGHT:
            return
        with self._lock:
            self._kept[key] = rows
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
