"""Everything in one file, and back: database, blobs, settings and site files.

The rows travel as text (``dump.py``), so that a backup of SQLite can be restored into PostgreSQL
and the other way round, also by a later version of the program.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO

from sqlalchemy import URL, Connection, Table, inspect, select

from monitor.errors import ConfigurationError, StoreError
from monitor.store.archive import (
    ArchiveWriter,
    Manifest,
    content_of,
    damaged,
    is_safe_name,
    reading_archive,
    verify,
    writing_archive,
)
from monitor.store.blobs import BlobStore, write_atomically
from monitor.store.dump import KINDS, Shape, dump, load, shape_of
from monitor.store.engine import (
    engine_for,
    parse_url,
    reading,
    require_writable,
    shown,
    writing,
)
from monitor.store.errors import BlobMissing, NewerDatabase, TargetNotEmpty
from monitor.store.migrate import (
    SchemaStatus,
    check_url,
    head_revision,
    is_known,
    status_of,
    upgrade_connection,
)
from monitor.store.schema import ROLLUPS, artifact, metadata


def backup(store_url: str, blobs: BlobStore, files: Mapping[str, Path], target: Path) -> Manifest:
    """Write one file that holds everything as it is at this moment; monitoring may go on.

    ``files`` are settings and site files under the relative names that they get back. Returns
    what the backup holds. Raises ConfigurationError for a database that is not current,
    BlobDamaged for evidence that no longer is what its name says, StoreError. Nothing is left
    behind then.
    """
    url = parse_url(store_url)
    status = check_url(url)
    if status is SchemaStatus.NEWER:
        raise NewerDatabase(shown(url))
    if status is not SchemaStatus.CURRENT:
        raise ConfigurationError(f"{shown(url)} is {status.value}: there is nothing to back up yet")
    with writing_archive(target) as archive:
        tables = _add_database(archive, url)
        # Blobs after rows: a blob is kept before its row, so every row finds its blob.
        for sha256 in blobs:
            _add_blob(archive, blobs, sha256)
        for name, path in sorted(files.items()):
            _add_file(archive, name, path)
        return archive.finish(head_revision(), tables)


def restore(source: Path, *, store_url: str, blobs: BlobStore, folder: Path) -> Manifest:
    """Give everything back: rows to ``store_url``, blobs to ``blobs``, files into ``folder``.

    The whole backup is checked before anything is written, and the database becomes visible last:
    a restore that was interrupted is simply started again. Returns what was restored.

    Raises BackupDamaged, NewerDatabase for a backup of a newer version, TargetNotEmpty,
    ConfigurationError, StoreError.
    """
    url = parse_url(store_url)
    manifest = verify(source)
    if not is_known(manifest.revision):
        raise NewerDatabase(f"the backup {source}")
    _require_empty(source, manifest, url, blobs, folder)
    require_writable(url)
    with (
        reading_archive(source) as tar,
        engine_for(url) as engine,
        writing(engine) as connection,
    ):
        if status_of(connection) is not SchemaStatus.EMPTY:
            raise TargetNotEmpty(f"{shown(url)} is not empty, nothing was restored")
        upgrade_connection(connection, manifest.revision)
        for member in tar:
            content = content_of(tar, member)
            kind, _, name = member.name.partition("/")
            if kind == "database":
                _restore_table(source, connection, _shape(source, manifest, name), content)
            elif kind == "blobs":
                _restore_blob(connection, blobs, content.read(), name.replace("/", ""))
            elif kind == "files":
                _restore_file(folder / name, content.read())
        upgrade_connection(connection)
    return manifest


def _add_database(archive: ArchiveWriter, url: URL) -> tuple[Shape, ...]:
    with engine_for(url) as engine, reading(engine, snapshot=True) as connection:
        kept = (one for one in metadata.sorted_tables if one not in ROLLUPS)
        return tuple(_add_table(archive, connection, one) for one in kept)


def _add_table(archive: ArchiveWriter, connection: Connection, described: Table) -> Shape:
    count = 0
    with tempfile.TemporaryFile() as content:
        with gzip.GzipFile(fileobj=content, mode="wb", compresslevel=3, mtime=0) as packed:
            for line in dump(connection, described):
                packed.write(line)
                count += 1
        content.seek(0)
        archive.add(f"database/{described.name}.jsonl.gz", content)
    return replace(shape_of(described), rows=count)


def _add_blob(archive: ArchiveWriter, blobs: BlobStore, sha256: str) -> None:
    try:
        data = blobs.get(sha256)
    except BlobMissing:
        return  # retention dropped it since the names were read
    archive.add(f"blobs/{sha256[:2]}/{sha256[2:]}", BytesIO(data))


def _add_file(archive: ArchiveWriter, name: str, path: Path) -> None:
    if not is_safe_name(name):
        raise StoreError(f"{name!r} cannot be the name of a file in a backup")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {path} for the backup: {error.strerror}") from error
    archive.add(f"files/{name}", BytesIO(data))


def _require_empty(
    source: Path, manifest: Manifest, url: URL, blobs: BlobStore, folder: Path
) -> None:
    """What an interrupted restore of the same backup left there does not count."""
    if check_url(url) is not SchemaStatus.EMPTY:
        raise TargetNotEmpty(f"{shown(url)} is not empty, nothing was restored")
    if not set(blobs) <= set(manifest.blobs):
        raise TargetNotEmpty("the folder for evidence is not empty, nothing was restored")
    expected = {member.path: member.sha256 for member in manifest.members}
    for name in manifest.files:
        there = folder / name
        if there.exists() and _sha256(there) != expected[f"files/{name}"]:
            raise TargetNotEmpty(f"{there} is not the one of {source}, nothing was restored")


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _shape(source: Path, manifest: Manifest, name: str) -> Shape:
    table_name = name.removesuffix(".jsonl.gz")
    for shape in manifest.tables:
        if shape.name == table_name:
            return shape
    raise damaged(source, f"its manifest does not describe the table {table_name}")


def _restore_table(source: Path, connection: Connection, shape: Shape, packed: IO[bytes]) -> None:
    there = {column["name"] for column in inspect(connection).get_columns(shape.name)}
    known = all(kind in KINDS for _, kind in shape.columns)
    if not known or {name for name, _ in shape.columns} != there:
        raise damaged(source, f"its manifest does not describe the table {shape.name} as it was")
    with gzip.GzipFile(fileobj=packed, mode="rb") as lines:
        count = load(connection, shape, lines)
    if count != shape.rows:
        raise damaged(source, f"the table {shape.name} has {count} rows instead of {shape.rows}")


def _restore_blob(connection: Connection, blobs: BlobStore, data: bytes, sha256: str) -> None:
    query = select(artifact.c.media_type).where(artifact.c.sha256 == sha256)
    media_type = connection.execute(query).scalar_one_or_none()
    if blobs.put(data, media_type or "application/octet-stream").sha256 != sha256:
        raise StoreError(f"the blob {sha256} of the backup has another content than its name says")


def _restore_file(target: Path, data: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, data, mode=0o600)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}") from error
