"""One honest bundle, proof and log for all tests of verification, and the attackers' tools."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.evidence.timestamp import Stamp, ask
from tests.authority import RehearsalAuthority, rehearsal_authority, utc_now
from tests.evidence.workshop import (
    Stamper,
    Workshop,
    epoch_line,
    save,
    slot_line,
    write_bundle,
)

SIZES = (1, 300, 600)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What an honest operator published. ``workshop`` holds the operator's own key."""

    folder: Path
    workshop: Workshop
    authority: RehearsalAuthority
    stamp: Stamper
    lines: tuple[bytes, ...]
    now: datetime

    @property
    def keys(self) -> Path:
        """The published key file."""
        return self.folder / "keys.json"

    def copy(self, name: str, target: Path) -> Path:
        """A copy to spoil of ``bundle``, ``log``, ``proof.json`` or ``range.json``."""
        source = self.folder / name
        if source.is_dir():
            return shutil.copytree(source, target / name, copy_function=os.link)
        return Path(shutil.copy(source, target / name))

    def stranger(self) -> Workshop:
        """Another key under the same name."""
        return replace(self.workshop, key=Ed25519PrivateKey.generate())


@contextmanager
def honest_ground(folder: Path) -> Iterator[Ground]:
    """Make everything, with stamps of a real authority."""
    now = utc_now()
    workshop = Workshop(key=Ed25519PrivateKey.generate())
    record = write_bundle(
        folder / "bundle",
        now - timedelta(minutes=30),
        {"01-open.webp": bytes(range(200)), "01-open.txt": "indisponible é".encode()},
    )
    later = [slot_line(n, now - timedelta(minutes=30 - n / 60)) for n in range(2, 600)]
    lines = (epoch_line(1, None), record, *later)
    with rehearsal_authority(folder / "tsa") as authority, httpx.Client() as client:

        def stamp(data: bytes) -> Stamp:
            return ask(authority.authority(), data, client, utc_now)

        save(folder / "keys.json", workshop.keys([authority.authority()]))
        save(folder / "bundle" / "proof.json", workshop.proof(lines, 1, 1, stamp))
        save(folder / "proof.json", workshop.proof(lines, 1, 1, stamp))
        save(folder / "range.json", workshop.proof(lines, 5, 400, stamp))
        workshop.write_log(folder / "log", lines, SIZES, stamp)
        yield Ground(
            folder=folder,
            workshop=workshop,
            authority=authority,
            stamp=stamp,
            lines=lines,
            now=now,
        )


def overwrite(file: Path, data: bytes) -> None:
    """Other bytes under this name. The honest file may be linked to it: it stays."""
    file.unlink(missing_ok=True)
    file.write_bytes(data)


def change(file: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Edit a JSON file."""
    value = json.loads(file.read_bytes())
    edit(value)
    overwrite(file, json.dumps(value, ensure_ascii=False).encode())


def flip(file: Path, place: int = 0) -> None:
    """Turn over one bit of one byte."""
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    overwrite(file, bytes(data))
