"""What someone who holds a key can make: notes, proofs, logs, bundles; honest ones and others.

Independent of the program's own log: it shares only the tree's arithmetic with it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.core.merkle import (
    Node,
    inclusion_path,
    leaf_hash,
    node_hash,
    range_path,
    root_hash,
)
from monitor.core.tiles import WIDTH, entries, tile_path, tiles_of
from monitor.evidence.timestamp import Authority, Stamp

NAME = "observatoire.example"
Stamper = Callable[[bytes], Stamp]


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A log's key and name."""

    key: Ed25519PrivateKey
    name: str = NAME
    origin: str = NAME

    @property
    def _public(self) -> bytes:
        return b"\x01" + self.key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        """The four bytes that name the key."""
        return sha256(self.name.encode() + b"\n" + self._public).digest()[:4]

    def keys(
        self,
        authorities: Sequence[Authority],
        since: datetime = datetime(2020, 1, 1, tzinfo=UTC),
        until: datetime | None = None,
    ) -> dict[str, Any]:
        """The published key file."""
        vkey = f"{self.name}+{self.key_id.hex()}+{_b64(self._public)}"
        one = {
            "vkey": vkey,
            "since": since.isoformat(),
            "until": until.isoformat() if until else None,
        }
        published = [
            {"id": a.id, "url": a.url, "roots_pem": list(a.roots_pem), "qualified": a.qualified}
            for a in authorities
        ]
        return {
            "schema": "keys/1",
            "name": self.name,
            "keys": [one],
            "authorities": published,
            "document_signers": [],
        }

    def note(self, lines: Sequence[bytes], size: int | None = None, epoch: int = 1) -> bytes:
        """The signed checkpoint over the first lines."""
        size = len(lines) if size is None else size
        origin = self.origin if epoch == 1 else f"{self.origin}/epoch-{epoch}"
        text = f"{origin}\n{size}\n{_b64(root_hash(size, node_of(lines)))}\n".encode()
        signature = _b64(self.key_id + self.key.sign(text))
        return text + f"\n— {self.name} {signature}\n".encode()

    def proof(
        self,
        lines: Sequence[bytes],
        first: int,
        count: int,
        stamper: Stamper | None,
        size: int | None = None,
    ) -> dict[str, Any]:
        """A proof of some lines."""
        size = len(lines) if size is None else size
        note, node = self.note(lines, size), node_of(lines)
        path: dict[str, list[str]]
        if count == 1:
            path = {"inclusion": [_b64(one) for one in inclusion_path(first, size, node)]}
        else:
            sides = range_path(first, first + count, size, node)
            path = {"left": [*map(_b64, sides.left)], "right": [*map(_b64, sides.right)]}
        stamps = [stamper(note)] if stamper else []
        return {
            "schema": "proof/1",
            "origin": self.origin,
            "first": first,
            "leaves": [line.decode() for line in lines[first : first + count]],
            "size": size,
            "path": path,
            "checkpoint": note.decode(),
            "stamps": [
                {
                    "authority": stamp.authority,
                    "request": _b64(stamp.request),
                    "response": _b64(stamp.response),
                }
                for stamp in stamps
            ],
        }

    def write_log(
        self,
        folder: Path,
        lines: Sequence[bytes],
        sizes: Sequence[int],
        stamper: Stamper | None,
        epoch: int = 1,
    ) -> Path:
        """A log folder with a checkpoint, stamped, at each size; the last one is the current."""
        write_tiles(folder, lines)
        listed = []
        for size in sizes:
            note = self.note(lines, size, epoch)
            names = [{"authority": "repetition"}] if stamper else []
            listed.append(json.dumps({"epoch": epoch, "size": size, "stamps": names}))
            write(folder / "checkpoints" / f"{epoch}-{size}", note)
            write(folder / "checkpoint", note)
            if stamper is not None:
                stamp = stamper(note)
                kept = folder / "stamps" / f"{epoch}-{size}" / stamp.authority
                write(kept.with_suffix(".tsq"), stamp.request)
                write(kept.with_suffix(".tsr"), stamp.response)
        write(folder / "checkpoints.jsonl", "".join(f"{one}\n" for one in listed).encode())
        return folder


def write_tiles(folder: Path, lines: Sequence[bytes]) -> None:
    """Entry bundles and tiles."""
    node = node_of(lines)
    for level, number, width in tiles_of(len(lines)):
        places = range(number * WIDTH, number * WIDTH + width)
        hashes = b"".join(node(8 * level, place) for place in places)
        write(folder / tile_path(level, number, width), hashes)
        if level == 0:
            bundle = entries([*lines[places.start : places.stop]])
            write(folder / tile_path("entries", number, width), bundle)


def read_lines(folder: Path, size: int) -> list[bytes]:
    """The lines of a log folder."""
    found: list[bytes] = []
    for level, number, width in tiles_of(size):
        if level == 0:
            data = (folder / tile_path("entries", number, width)).read_bytes()
            while data:
                length = int.from_bytes(data[:2], "big")
                found.append(data[2 : 2 + length])
                data = data[2 + length :]
    return found


def node_of(lines: Sequence[bytes]) -> Node:
    """The subtrees over some lines."""
    levels = [[leaf_hash(line) for line in lines]]
    while len(below := levels[-1]) > 1:
        levels.append([node_hash(a, b) for a, b in zip(below[::2], below[1::2], strict=False)])
    return lambda level, index: levels[level][index]


def write(file: Path, data: bytes) -> None:
    """Write a file and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def epoch_line(number: int, previous: bytes | None) -> bytes:
    """The declaration of an epoch."""
    return rfc8785.dumps(
        {
            "schema": "leaf/1",
            "kind": "epoch",
            "number": number,
            "previous": previous.decode() if previous else None,
            "reason": "test",
        }
    )


def slot_line(sequence: int, ended: datetime, **other: Any) -> bytes:  # noqa: ANN401
    """The record of a planned look that took five seconds and saw a failure."""
    begun = (ended - timedelta(seconds=5)).isoformat()
    return rfc8785.dumps(
        {
            "schema": "leaf/1",
            "kind": "slot",
            "sequence": sequence,
            "component": "portal",
            "vantage": "home",
            "scheduled_at": begun,
            "started_at": begun,
            "finished_at": ended.isoformat(),
            "outcome": "down",
            "manifests": [],
            **other,
        }
    )


def write_bundle(folder: Path, ended: datetime, files: dict[str, bytes]) -> bytes:
    """The files and the manifest of a bundle. Returns the line of its record."""
    begun = (ended - timedelta(seconds=5)).isoformat()
    named: list[Any] = [
        {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items()
    ]
    manifest = rfc8785.dumps(
        {
            "schema": "manifest/2",
            "component": "portal",
            "vantage": {"id": "home"},
            "scheduled_at": begun,
            "outcome": "down",
            "files": named,
        }
    )
    for name, data in {**files, "manifest.json": manifest}.items():
        write(folder / name, data)
    return slot_line(1, ended, manifests=[sha256(manifest).hexdigest()])


def save(file: Path, value: object) -> Path:
    """A JSON file."""
    write(file, json.dumps(value, ensure_ascii=False).encode())
    return file


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
