"""Reading what strangers hand in. Whatever cannot be read is a failed check, never a crash.

Limits keep a hostile file from filling the memory; names never lead out of a folder.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from monitor.evidence.report import Unsound

LARGEST_FILE_BYTES = 64 << 20
LARGEST_BUNDLE_BYTES = 256 << 20
MOST_FILES = 2000
PLAIN_NAME = re.compile(r"\w[\w.-]{0,200}")
"""Names of files in a bundle: no folder, no way out of it."""
DAMAGED_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What a damaged, encrypted or unknown archive raises."""

Files = dict[str, bytes]


def missing(name: str) -> Unsound:
    """The file is not there."""
    return Unsound(f"{name} manque", f"{name} is missing")


def unreadable(name: str) -> Unsound:
    """The file, or a part of it, does not have its form."""
    return Unsound(f"{name} est illisible", f"{name} cannot be read")


def _too_large(name: str) -> Unsound:
    return Unsound(f"{name} est trop grand", f"{name} is too large")


def read_file(file: Path, limit: int = LARGEST_FILE_BYTES) -> bytes:
    """The bytes of a regular file. Raises Unsound: missing, a link, too large."""
    try:
        if file.is_symlink() or not file.is_file():
            raise missing(file.name)
        with file.open("rb") as opened:
            data = opened.read(limit + 1)
    except (OSError, ValueError) as error:
        raise missing(file.name) from error
    if len(data) > limit:
        raise _too_large(file.name)
    return data


def read_folder(folder: Path) -> Files:
    """All files of a bundle's folder, by name. A folder or link in it is not one of a bundle."""
    files: Files = {}
    total = 0
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            raise Unsound(
                f"{entry.name} n’est pas dans le manifeste", f"{entry.name} is not in the manifest"
            )
        files[entry.name] = read_file(entry)
        total = _counted(total, files[entry.name], len(files), folder.name)
    return files


def read_zip(file: Path) -> Files:
    """All files of a zipped bundle, by name; one folder around them is left out."""
    files: Files = {}
    total = 0
    try:
        with zipfile.ZipFile(file) as archive:
            for name, info in _plain_entries(archive):
                if name in files:
                    raise Unsound(f"{name} est là deux fois", f"{name} is there twice")
                with archive.open(info) as opened:
                    files[name] = opened.read(LARGEST_FILE_BYTES + 1)
                if len(files[name]) > LARGEST_FILE_BYTES:
                    raise _too_large(name)
                total = _counted(total, files[name], len(files), file.name)
    except DAMAGED_ZIP as error:
        raise unreadable(file.name) from error
    return files


def _plain_entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    entries = [info for info in archive.infolist() if not info.is_dir()]
    around = {"".join(info.filename.partition("/")[:2]) for info in entries}
    prefix = around.pop() if len(around) == 1 else ""
    prefix = prefix if prefix.endswith("/") else ""
    for info in entries:
        name = info.filename.removeprefix(prefix)
        require_plain(name)
        yield name, info


def _counted(total: int, data: bytes, files: int, name: str) -> int:
    if total + len(data) > LARGEST_BUNDLE_BYTES or files > MOST_FILES:
        raise _too_large(name)
    return total + len(data)


def require_plain(name: object) -> str:
    """The name of a file that stays in its folder. Raises Unsound for any other."""
    if not isinstance(name, str) or not PLAIN_NAME.fullmatch(name):
        said = str(name)[:80]
        raise Unsound(f"nom de fichier interdit : {said}", f"forbidden file name: {said}")
    return name


def read_json(data: bytes | str, name: str, *schemas: str) -> dict[str, Any]:
    """A JSON object of one of the schemas. Raises Unsound."""
    try:
        value = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise unreadable(name) from error
    if not isinstance(value, dict) or value.get("schema") not in schemas:
        raise unreadable(name)
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def unbase64(text: object, name: str) -> bytes:
    """Bytes of base64. Raises Unsound."""
    if not isinstance(text, str):
        raise unreadable(name)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise unreadable(name) from error


def moment(text: object, name: str) -> datetime:
    """A moment with its offset, in UTC. Raises Unsound."""
    try:
        read = datetime.fromisoformat(text) if isinstance(text, str) else None
        if read is None or read.tzinfo is None:
            raise unreadable(name)
        return read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise unreadable(name) from error
