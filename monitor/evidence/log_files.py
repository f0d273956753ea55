"""The log as files, for whoever wants to read or verify it: served under ``/log/``, or exported.

The layout is C2SP tlog-tiles (``checkpoint``, ``tile/…``), and beside it every checkpoint ever
published with its stamps. Only what a checkpoint has covered is here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitor.core.checkpoint import Checkpoint, QueuedStamp, StampState
from monitor.core.leaf import rfc3339
from monitor.core.merkle import HASH_BYTES
from monitor.core.tiles import WIDTH, entries, tile_path, tiles_of
from monitor.errors import EvidenceError
from monitor.evidence.log import LogStore, TransparencyLog

_TILE = re.compile(r"tile/(entries|[0-9]|[1-5][0-9])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
_NOTE = re.compile(r"checkpoints/([1-9]\d{0,8})-([1-9]\d{0,17})")
_STAMP = re.compile(r"stamps/([1-9]\d{0,8})-([1-9]\d{0,17})/([a-z0-9][a-z0-9-]*)\.(tsq|tsr)")

TEXT, JSON, LINES, BYTES = (
    "text/plain; charset=utf-8",
    "application/json",
    "application/jsonl",
    "application/octet-stream",
)
_STAMP_TYPES = {"tsq": "application/timestamp-query", "tsr": "application/timestamp-reply"}


class FilesStore(LogStore, Protocol):
    """What the files need of the store besides."""

    def checkpoints(self) -> Iterator[Checkpoint]: ...
    def checkpoint_at(self, epoch: int, size: int) -> Checkpoint | None: ...


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """One file. ``is_fixed`` is True when its content never changes."""

    data: bytes
    media_type: str
    is_fixed: bool


class LogFiles:
    """The files of a log by their names."""

    def __init__(self, log: TransparencyLog, store: FilesStore) -> None:
        """Read from ``store``, which is that of the log."""
        self._log = log
        self._store = store
        self._makers: dict[str, tuple[str, Callable[[], bytes | None]]] = {
            "checkpoint": (TEXT, self._checkpoint),
            "checkpoints.jsonl": (LINES, self._lines),
            "keys.json": (JSON, lambda: log.ring.to_json()),
        }

    def find(self, name: str) -> LogFile | None:
        """The file; None when there is none. Raises StoreError."""
        if name in self._makers:
            media_type, make = self._makers[name]
            return _file(make(), media_type, is_fixed=False)
        if found := _TILE.fullmatch(name):
            number = int(found[2].replace("x", "").replace("/", ""))
            level: int | str = "entries" if found[1] == "entries" else int(found[1])
            width = int(found[3] or WIDTH)
            if name == tile_path(level, number, width):
                return _file(self._tile(level, number, width), BYTES)
        if found := _NOTE.fullmatch(name):
            return _file(_note(self._store.checkpoint_at(int(found[1]), int(found[2]))), TEXT)
        if found := _STAMP.fullmatch(name):
            return self._stamp(int(found[1]), int(found[2]), found[3], found[4])
        return None

    def names(self) -> Iterator[str]:
        """Every file of the log, as it stands at its last checkpoint."""
        yield from ("keys.json",)
        last = self._store.last_checkpoint()
        if last is None:
            return
        yield "checkpoints.jsonl"
        for made in self._store.checkpoints():
            yield f"checkpoints/{made.label}"
            for one in self._done(made):
                yield f"stamps/{made.label}/{one.authority}.tsq"
                yield f"stamps/{made.label}/{one.authority}.tsr"
        for level, number, width in tiles_of(last.size):
            yield tile_path(level, number, width)
            if level == 0:
                yield tile_path("entries", number, width)
        yield "checkpoint"

    def export(self, folder: Path) -> int:
        """Write every file below ``folder``; those that never change and are there stay. Returns
        how many files the log has. Raises EvidenceError, StoreError."""
        count = 0
        for name in self.names():
            target = folder / name
            found = None if _is_kept(target, name) else self.find(name)
            if found is not None:
                _write(target, found.data)
            count += 1
        return count

    def _checkpoint(self) -> bytes | None:
        return _note(self._store.last_checkpoint())

    def _lines(self) -> bytes:
        return b"".join(self._line(made) for made in self._store.checkpoints())

    def _line(self, made: Checkpoint) -> bytes:
        stamps = [
            {"authority": one.authority, "generated_at": rfc3339(one.generated_at)}
            for one in self._done(made)
            if one.generated_at
        ]
        line = {
            "epoch": made.epoch,
            "size": made.size,
            "root": made.root,
            "made_at": rfc3339(made.made_at),
            "stamps": stamps,
        }
        return json.dumps(line, separators=(",", ":")).encode() + b"\n"

    def _done(self, made: Checkpoint) -> Iterator[QueuedStamp]:
        return (one for one in self._store.stamps_of(made) if one.state is StampState.DONE)

    def _stamp(self, epoch: int, size: int, authority: str, kind: str) -> LogFile | None:
        made = self._store.checkpoint_at(epoch, size)
        for one in self._done(made) if made else ():
            data = one.request if kind == "tsq" else one.response
            if one.authority == authority:
                return _file(data, _STAMP_TYPES[kind])
        return None

    def _tile(self, level: int | str, number: int, width: int) -> bytes | None:
        """A tile of so many hashes or leaves; None when no checkpoint has covered them."""
        first, end = number * WIDTH, number * WIDTH + width
        if isinstance(level, int):
            hashes = self._store.tile(level, number)
            return hashes[: width * HASH_BYTES] if len(hashes) >= width * HASH_BYTES else None
        last = self._store.last_checkpoint()
        if last is None or end > last.size:
            return None
        return entries([text.encode() for text in self._store.leaf_texts(first, end)])


def _file(data: bytes | None, media_type: str, *, is_fixed: bool = True) -> LogFile | None:
    return None if data is None else LogFile(data=data, media_type=media_type, is_fixed=is_fixed)


def _note(made: Checkpoint | None) -> bytes | None:
    return None if made is None else made.note.encode()


def _is_kept(target: Path, name: str) -> bool:
    """True for a complete tile or an old checkpoint that an earlier export has written."""
    return target.is_file() and name.startswith(("tile/", "checkpoints/", "stamps/"))


def _write(target: Path, data: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        raise EvidenceError(f"cannot write {target}: {error.strerror}") from error
