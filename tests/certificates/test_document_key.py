"""The key that signs documents, as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from monitor.certificates.document_key import (
    KEY_BITS,
    KEY_FILE,
    DocumentKey,
    load_document_key,
    load_pkcs12,
    make_document_key,
)
from monitor.errors import ConfigurationError

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def key(folder: Path) -> DocumentKey:
    return make_document_key(folder, "Association d’exemple", NOW)


def test_it_names_the_operator_and_only_its_owner_reads_it(key: DocumentKey, folder: Path) -> None:
    assert key.name == "Association d’exemple"
    assert key.private.key_size == KEY_BITS
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    again = load_document_key(folder)
    assert again is not None
    assert again.published == key.published


def test_a_key_is_never_written_over(key: DocumentKey, folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="not replaced"):
        make_document_key(folder, "Une autre", NOW)
    again = load_document_key(folder)
    assert again is not None
    assert again.fingerprint == key.fingerprint


def test_a_folder_without_a_key_has_none(tmp_path: Path) -> None:
    assert load_document_key(tmp_path) is None


def test_documents_are_signed_in_somebodys_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"operator\.name"):
        make_document_key(tmp_path, "  ", NOW)


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [(b"not a key", 0o600, "no key"), (b"", 0o600, "no key"), (b"x", 0o644, "read by others")],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, content: bytes, mode: int, said: str) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(ConfigurationError, match=said):
        load_document_key(tmp_path)


def _pkcs12(key: DocumentKey, path: Path, private: pkcs12.PKCS12PrivateKeyTypes) -> Path:
    protection = serialization.BestAvailableEncryption(b"secret")
    data = pkcs12.serialize_key_and_certificates(
        b"releves", private, key.certificate if private is key.private else None, None, protection
    )
    path.write_bytes(data)
    return path


def test_the_operator_may_bring_its_own_key(key: DocumentKey, tmp_path: Path) -> None:
    file = _pkcs12(key, tmp_path / "own.p12", key.private)
    assert load_pkcs12(file, "secret").fingerprint == key.fingerprint
    with pytest.raises(ConfigurationError, match="another password"):
        load_pkcs12(file, "wrong")
    with pytest.raises(ConfigurationError, match="cannot read"):
        load_pkcs12(tmp_path / "absent.p12", None)


def test_an_own_key_without_certificate_is_refused(key: DocumentKey, tmp_path: Path) -> None:
    file = _pkcs12(key, tmp_path / "bare.p12", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ConfigurationError, match="no certificate"):
        load_pkcs12(file, "secret")
