"""The one file of a backup: a tar with a manifest as its last member.

The manifest names every other member with its size and SHA-256. It comes last, so that a file
that was cut short has none. It guards against damage, not against someone who rewrites it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from monitor.errors import StoreError
from monitor.store.blobs import sync_folder
from monitor.store.dump import Shape
from monitor.store.errors import BackupDamaged

SCHEMA = "backup/1"
MANIFEST = "manifest.json"

_DATABASE = re.compile(r"database/[a-z_]+\.jsonl\.gz")
_BLOB = re.compile(r"blobs/[0-9a-f]{2}/[0-9a-f]{62}")
_FILE = re.compile(r"files/.+")
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file within a backup; ``size`` in bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup holds. ``revision`` is the migration that its database stood at."""

    revision: str
    tables: tuple[Shape, ...]
    members: tuple[Member, ...]

    @property
    def blobs(self) -> tuple[str, ...]:
        """SHA-256 of every blob."""
        found = (member.path for member in self.members if _BLOB.fullmatch(member.path))
        return tuple(path.removeprefix("blobs/").replace("/", "") for path in found)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the settings and site files."""
        found = (member.path for member in self.members if _FILE.fullmatch(member.path))
        return tuple(path.removeprefix("files/") for path in found)


class ArchiveWriter:
    """Adds members one by one and remembers them for the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        """Write into an open tar."""
        self._tar = tar
        self._members: list[Member] = []

    def add(self, path: str, content: IO[bytes]) -> None:
        """Add a member from a file that can be read twice."""
        digest = _digest(content)
        size = content.tell()
        content.seek(0)
        self._tar.addfile(_info(path, size), content)
        self._members.append(Member(path=path, size=size, sha256=digest))

    def finish(self, revision: str, tables: tuple[Shape, ...]) -> Manifest:
        """Add the manifest: the backup is complete."""
        manifest = Manifest(revision=revision, tables=tables, members=tuple(self._members))
        data = _to_json(manifest)
        self._tar.addfile(_info(MANIFEST, len(data)), BytesIO(data))
        return manifest


@contextmanager
def writing_archive(target: Path) -> Iterator[ArchiveWriter]:
    """A new backup, which gets its name only once it is complete.

    Only its owner may read it: settings can hold secrets. Raises StoreError.
    """
    if target.exists():
        raise StoreError(f"{target} is already there: a backup never replaces a file")
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                yield ArchiveWriter(tar)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StoreError(f"cannot write the backup {target}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def reading_archive(source: Path) -> Iterator[tarfile.TarFile]:
    """An existing backup. Raises StoreError, or BackupDamaged when it is none."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            yield tar
    except OSError as error:
        raise StoreError(f"cannot read the backup {source}: {error.strerror}") from error
    except (tarfile.TarError, EOFError) as error:
        raise damaged(source, str(error)) from error


def verify(source: Path) -> Manifest:
    """Read the whole backup and see that nothing of it is missing, added or altered.

    Raises BackupDamaged, or StoreError when it cannot be read.
    """
    with reading_archive(source) as tar:
        found: dict[str, Member] = {}
        manifest: Manifest | None = None
        for info in tar:
            if manifest is not None:
                raise damaged(source, "something follows its manifest")
            if info.name == MANIFEST:
                manifest = _parse(source, content_of(tar, info).read())
                continue
            if info.name in found or not info.isreg() or not _is_safe(info.name):
                raise damaged(source, f"it holds {info.name!r}, which no backup of ours does")
            digest = _digest(content_of(tar, info))
            found[info.name] = Member(path=info.name, size=info.size, sha256=digest)
    if manifest is None:
        raise damaged(source, "it has no manifest, so it was cut short")
    if manifest.members != tuple(found.values()):
        raise damaged(source, "its content is not what its manifest says")
    return manifest


def content_of(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    """The content of a member. Raises TarError for what is no file."""
    content = tar.extractfile(info)
    if content is None:
        raise tarfile.ReadError(f"{info.name} is not a file")
    return content


def is_safe_name(name: str) -> bool:
    """True for a relative name that stays in its folder."""
    parts = PurePosixPath(name).parts
    plain = bool(parts) and str(PurePosixPath(name)) == name and not name.startswith("/")
    return plain and ".." not in parts and "\\" not in name and "\0" not in name


def _is_safe(path: str) -> bool:
    known = any(pattern.fullmatch(path) for pattern in (_DATABASE, _BLOB, _FILE))
    return known and is_safe_name(path)


def _info(path: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.size = size
    info.mode = 0o600
    return info


def _digest(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _to_json(manifest: Manifest) -> bytes:
    content = {
        "schema": SCHEMA,
        "revision": manifest.revision,
        "tables": [vars(shape) for shape in manifest.tables],
        "members": [vars(member) for member in manifest.members],
    }
    return json.dumps(content, indent=1).encode()


def _parse(source: Path, data: bytes) -> Manifest:
    try:
        content: dict[str, Any] = json.loads(data)
        if content["schema"] != SCHEMA:
            raise damaged(source, f"it is of another kind, {content['schema']}")
        return Manifest(
            revision=content["revision"],
            tables=tuple(_shape(values) for values in content["tables"]),
            members=tuple(Member(**values) for values in content["members"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(source, "its manifest cannot be read") from error


def _shape(values: dict[str, Any]) -> Shape:
    columns = tuple((name, kind) for name, kind in values["columns"])
    return Shape(name=values["name"], columns=columns, rows=values["rows"])


def damaged(source: Path, why: str) -> BackupDamaged:
    """The exception to raise for this backup."""
    return BackupDamaged(
        f"the backup {source} is truncated or altered, nothing was restored: {why}"
    )
