"""Files under the hash of their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from monitor.core.model import BlobRef
from monitor.errors import ConfigurationError
from monitor.store.blobs import BlobStore, FolderBlobs, open_blobs
from monitor.store.errors import BlobDamaged, BlobMissing

DATA = "Écran".encode()
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


def test_content_comes_back(blobs: BlobStore) -> None:
    ref = blobs.put(DATA, "image/webp")

    assert ref == BlobRef(sha256=SHA256, media_type="image/webp", size=len(DATA))
    assert blobs.get(SHA256) == DATA
    assert blobs.has(SHA256)


def test_a_file_lies_under_its_hash(blobs: FolderBlobs) -> None:
    blobs.put(DATA, "image/webp")

    assert (blobs.path / SHA256[:2] / SHA256[2:]).read_bytes() == DATA


def test_nothing_else_lies_there(blobs: FolderBlobs) -> None:
    blobs.put(DATA, "image/webp")

    assert [path.name for path in blobs.path.rglob("*") if path.is_file()] == [SHA256[2:]]


def test_keeping_twice_writes_once(blobs: FolderBlobs) -> None:
    blobs.put(DATA, "image/webp")
    file = blobs.path / SHA256[:2] / SHA256[2:]
    before = file.stat()

    blobs.put(DATA, "image/webp")

    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_cut_short_is_written_again(blobs: FolderBlobs) -> None:
    blobs.put(DATA, "image/webp")
    (blobs.path / SHA256[:2] / SHA256[2:]).write_bytes(DATA[:2])

    blobs.put(DATA, "image/webp")

    assert blobs.get(SHA256) == DATA


def test_what_is_not_there_is_missing(blobs: BlobStore) -> None:
    assert not blobs.has(SHA256)
    with pytest.raises(BlobMissing):
        blobs.get(SHA256)


def test_altered_content_is_not_given_out(blobs: FolderBlobs) -> None:
    blobs.put(DATA, "image/webp")
    (blobs.path / SHA256[:2] / SHA256[2:]).write_bytes(DATA[::-1])

    with pytest.raises(BlobDamaged):
        blobs.get(SHA256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "0" * 63, SHA256 + "\n"])
def test_a_name_that_is_no_hash_reaches_no_file(blobs: BlobStore, name: str) -> None:
    assert not blobs.has(name)
    with pytest.raises(BlobMissing):
        blobs.get(name)


def test_deleting_drops_the_content(blobs: BlobStore) -> None:
    blobs.put(DATA, "image/webp")

    blobs.delete(SHA256)
    blobs.delete(SHA256)

    assert not blobs.has(SHA256)


def test_iterating_gives_every_hash_in_order(blobs: BlobStore) -> None:
    names = [blobs.put(str(n).encode(), "text/plain").sha256 for n in range(20)]

    assert list(blobs) == sorted(names)


def test_a_write_that_was_killed_is_not_a_blob(blobs: FolderBlobs) -> None:
    blobs.put(DATA, "image/webp")
    (blobs.path / SHA256[:2] / ".incoming-x").write_bytes(b"half")

    assert list(blobs) == [SHA256]


def test_total_bytes_adds_every_content_once(blobs: BlobStore) -> None:
    blobs.put(b"1234", "text/plain")
    blobs.put(b"1234", "text/plain")
    blobs.put(b"123456", "text/plain")

    assert blobs.total_bytes() == 10


def test_a_folder_and_a_file_url_open_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "é tat"

    ref = open_blobs(str(folder)).put(DATA, "image/webp")

    assert open_blobs(folder.as_uri()).get(ref.sha256) == DATA


def test_another_scheme_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="begins with s3"):
        open_blobs("s3://bucket/prefix")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot make the folder"):
        open_blobs(str(tmp_path / "file" / "blobs"))
