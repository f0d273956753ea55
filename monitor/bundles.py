"""Finding a kept bundle, saying what is left of it, and taking it out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from monitor.core.model import Observation
from monitor.core.retention import Retirement
from monitor.errors import ConfigurationError, MonitorError
from monitor.evidence.manifest import READABLE
from monitor.store.archive import is_safe_name
from monitor.store.blobs import BlobStore
from monitor.store.errors import BlobDamaged, BlobMissing
from monitor.store.store import Store

SEQUENCE = re.compile(r"[0-9]{1,15}")
HASH = re.compile(r"[0-9a-f]{8,64}")
RETIRED_SCHEMA = "retired/1"

ProofOf = Callable[[int], Mapping[str, Any] | None]


class NoBundle(MonitorError):
    """The slot is there, but nothing ran, or no evidence of it was kept."""


class State(StrEnum):
    """What became of a file."""

    PRESENT = "present"
    RETIRED = "retired"  # by the rules of retention
    MISSING = "missing"  # nobody took it away, and yet it is not there
    ALTERED = "altered"


@dataclass(frozen=True, kw_only=True)
class HeldFile:
    """One file that a manifest names."""

    name: str
    media_type: str
    size: int
    sha256: str
    state: State


@dataclass(frozen=True, kw_only=True)
class HeldBundle:
    """A bundle as it is kept now. ``manifest`` is its JSON, ``data`` its exact bytes."""

    sequence: int
    attempt: int
    attempts: int
    sha256: str
    data: bytes
    manifest: Mapping[str, Any]
    files: tuple[HeldFile, ...]
    retirement: Retirement | None

    @property
    def is_whole(self) -> bool:
        """True when every file is there as it was, or went by the rules."""
        return all(file.state in (State.PRESENT, State.RETIRED) for file in self.files)


def find_bundle(
    store: Store, blobs: BlobStore, name: str, *, attempt: int | None = None
) -> HeldBundle:
    """The bundle of a slot's number, or of a manifest's hash or its beginning. Without ``attempt``
    a slot's deciding one, the last.

    Raises ConfigurationError for a name that names none, NoBundle, and StoreError when the
    manifest itself is lost or altered.
    """
    sequence, number = _place(store, name.strip().lower(), attempt)
    observation = store.observation(sequence)
    if observation is None:
        raise NoBundle(_nothing_ran(store, sequence))
    sha256, number = _manifest_of(observation, sequence, number)
    data = blobs.get(sha256)
    manifest = _parsed(data, sha256)
    retirement = store.retirement(sequence)
    return HeldBundle(
        sequence=sequence,
        attempt=number,
        attempts=len(observation.attempts),
        sha256=sha256,
        data=data,
        manifest=manifest,
        files=tuple(_held(blobs, line, retirement) for line in manifest["files"]),
        retirement=retirement,
    )


def _place(store: Store, name: str, attempt: int | None) -> tuple[int, int | None]:
    """Sequence and attempt of a name."""
    if SEQUENCE.fullmatch(name) and (len(name) < 8 or store.slot(int(name))):
        if store.slot(int(name)) is None:
            raise ConfigurationError(f"there is no slot {name}")
        return int(name), attempt
    if not HASH.fullmatch(name):
        raise ConfigurationError(
            f"{name}: give the number of a slot, or 8 or more digits of a manifest's SHA-256"
        )
    found = store.manifests_named(name)
    if not found:
        raise ConfigurationError(f"no bundle has a manifest {name}")
    if len(found) > 1 and found[0][2] != found[1][2]:
        raise ConfigurationError(f"{name} begins more than one manifest: give more of it")
    return found[0][0], found[0][1] if attempt is None else attempt


def _nothing_ran(store: Store, sequence: int) -> str:
    record = store.slot(sequence)
    how = f"{record.outcome.value} ({record.rule})" if record else "not recorded"
    return f"slot {sequence} has no bundle: it did not run, {how}"


def _manifest_of(observation: Observation, sequence: int, number: int | None) -> tuple[str, int]:
    attempts = observation.attempts
    chosen = len(attempts) if number is None else number
    if attempts and not 1 <= chosen <= len(attempts):
        raise ConfigurationError(f"slot {sequence} has {len(attempts)} attempts, no {chosen}")
    manifest = attempts[chosen - 1].manifest if attempts else None
    if manifest is None:
        raise NoBundle(f"slot {sequence} has no bundle: its evidence could not be kept")
    return manifest.sha256, chosen


def _parsed(data: bytes, sha256: str) -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = json.loads(data)
    if manifest.get("schema") not in READABLE:
        raise ConfigurationError(
            f"the manifest {sha256[:12]} is of another kind, {manifest.get('schema')}: "
            "a newer version of anef-monitor can read it"
        )
    return manifest


def _held(blobs: BlobStore, line: Mapping[str, Any], retirement: Retirement | None) -> HeldFile:
    return HeldFile(
        name=line["name"],
        media_type=line["media_type"],
        size=line["size"],
        sha256=line["sha256"],
        state=_state(blobs, line["sha256"], retirement),
    )


def _state(blobs: BlobStore, sha256: str, retirement: Retirement | None) -> State:
    try:
        blobs.get(sha256)
    except BlobMissing:
        return State.RETIRED if retirement else State.MISSING
    except BlobDamaged:
        return State.ALTERED
    return State.PRESENT


def extract(bundle: HeldBundle, blobs: BlobStore, folder: Path, proof_of: ProofOf) -> list[str]:
    """Write a bundle's files into a new or empty folder, with what explains those that are not
    there and the proof of its record. Returns the names written.

    Raises ConfigurationError when the folder holds something or cannot be written.
    """
    written = {"manifest.json": bundle.data, **_present(bundle, blobs)}
    gone = [file for file in bundle.files if file.state is State.RETIRED]
    if gone and bundle.retirement:
        written["retired.json"] = _json(_retired(gone, bundle.retirement))
    if (proof := proof_of(bundle.sequence)) is not None:
        written["proof.json"] = _json(proof)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigurationError(f"{folder} is not empty: nothing is ever overwritten")
        for name, data in written.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise ConfigurationError(f"cannot write in {folder}: {error.strerror}") from error
    return list(written)


def _present(bundle: HeldBundle, blobs: BlobStore) -> dict[str, bytes]:
    files = {}
    for file in bundle.files:
        if file.state is State.PRESENT:
            if not is_safe_name(file.name) or "/" in file.name:
                raise ConfigurationError(f"the manifest names a file {file.name!r}: not written")
            files[file.name] = blobs.get(file.sha256)
    return files


def _retired(gone: list[HeldFile], retirement: Retirement) -> dict[str, Any]:
    at = retirement.retired_at.isoformat()
    return {
        "schema": RETIRED_SCHEMA,
        "rule": retirement.rule.value,
        "kept_days": retirement.days,
        "files": [{"name": f.name, "sha256": f.sha256, "retired_at": at} for f in gone],
    }


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
