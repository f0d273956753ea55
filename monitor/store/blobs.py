"""Files kept by their content: screenshots, manifests, everything too large for a row."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from monitor.core.model import BlobRef
from monitor.errors import ConfigurationError, StoreError
from monitor.store.errors import BlobDamaged, BlobMissing

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobStore(Protocol):
    """Where files are kept under the SHA-256 of their content, in hexadecimal."""

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Keep this content; keeping it twice is keeping it once. Raises StoreError."""
        ...

    def get(self, sha256: str) -> bytes:
        """The content. Raises BlobMissing, or BlobDamaged when it is not what the name says."""
        ...

    def has(self, sha256: str) -> bool:
        """True when the content is kept."""
        ...

    def delete(self, sha256: str) -> None:
        """Drop the content; dropping what is not there does nothing. Raises StoreError."""
        ...

    def __iter__(self) -> Iterator[str]:
        """The name of every content, in ascending order."""
        ...

    def total_bytes(self) -> int:
        """What all contents take together, in bytes. Looks at every one."""
        ...


class FolderBlobs:
    """Blobs as files of a folder: ``ab/cdef…``, readable by anyone who may read the folder."""

    def __init__(self, path: Path) -> None:
        """Keep blobs under ``path``, which is made. Raises ConfigurationError."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"cannot make the folder {path} for evidence: {error.strerror}"
            ) from error
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise ConfigurationError(f"cannot write to {path}: evidence needs it writable")

    def put(self, data: bytes, media_type: str) -> BlobRef:
        """Keep this content. It is on the disk, under its name and whole, before this returns."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._file(sha256)
        try:
            # Another length is what a full or a dying disk left behind: written again.
            if not target.exists() or target.stat().st_size != len(data):
                self._make_shard(target.parent)
                write_atomically(target, data)
        except OSError as error:
            raise StoreError(f"cannot keep a file in {self.path}: {error.strerror}") from error
        return BlobRef(sha256=sha256, media_type=media_type, size=len(data))

    def get(self, sha256: str) -> bytes:
        """The content, checked against its name."""
        if not self.has(sha256):
            raise BlobMissing(f"no file {sha256} is kept in {self.path}")
        try:
            data = self._file(sha256).read_bytes()
        except OSError as error:
            raise StoreError(f"cannot read the file {sha256}: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobDamaged(f"the file {sha256} in {self.path} was altered")
        return data

    def has(self, sha256: str) -> bool:
        """True when the content is kept; False for what is no SHA-256 at all."""
        return _NAME.fullmatch(sha256) is not None and self._file(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """Drop the content."""
        if not self.has(sha256):
            return
        try:
            self._file(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"cannot drop the file {sha256}: {error.strerror}") from error

    def __iter__(self) -> Iterator[str]:
        """The name of every content, in ascending order."""
        for folder in sorted(self.path.iterdir()):
            if folder.is_dir():
                names = sorted(folder.name + file.name for file in folder.iterdir())
                yield from (name for name in names if _NAME.fullmatch(name))

    def total_bytes(self) -> int:
        """What all contents take together, in bytes."""
        return sum(self._file(name).stat().st_size for name in self)

    def _make_shard(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_folder(self.path)

    def _file(self, sha256: str) -> Path:
        return self.path / sha256[:2] / sha256[2:]


def open_blobs(url: str) -> BlobStore:
    """The blob store at this address: a folder's path or a file:// URL.

    Raises ConfigurationError.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FolderBlobs(Path(unquote(parts.path)))
    if "://" in url:
        raise ConfigurationError(
            f"blobs.url begins with {parts.scheme}: only a folder or file:// is supported"
        )
    return FolderBlobs(Path(url))


def write_atomically(target: Path, data: bytes, *, mode: int = 0o644) -> None:
    """A reader, a kill or a power cut sees the whole file under its name or none.

    The folder must be there. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
