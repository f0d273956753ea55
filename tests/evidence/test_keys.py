"""Keys: made once, private, rotated with both published, and what to do when one is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.evidence.keys import KeyExposed, KeyMissing, init_keys, load_keys, rotate_keys
from tests.store.samples import NOON

NAME = "journal.example"


def test_a_first_key_is_private_and_published(tmp_path: Path) -> None:
    ring = init_keys(tmp_path / "keys", NAME, NOON)
    assert ring.private_file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    published = tmp_path / "keys" / "keys.json"
    assert published.stat().st_mode & 0o777 == 0o644
    content = json.loads(published.read_bytes())
    assert content == {
        "schema": "keys/1",
        "name": NAME,
        "keys": [
            {"vkey": ring.current.key.vkey, "since": "2026-05-05T11:58:00+00:00", "until": None}
        ],
        "authorities": [],
        "document_signers": [],
    }
    assert "PRIVATE" not in published.read_text()
    assert load_keys(tmp_path / "keys") == ring
    assert ring.signer().verifier == ring.current.key


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    ring = init_keys(tmp_path, NAME, NOON)
    before = ring.private_file.read_bytes()
    with pytest.raises(ConfigurationError, match="not replaced"):
        init_keys(tmp_path, NAME, NOON)
    (tmp_path / "keys.json").unlink()
    with pytest.raises(ConfigurationError, match="not replaced"):
        init_keys(tmp_path, NAME, NOON)
    assert ring.private_file.read_bytes() == before


def test_rotation_publishes_both_keys(tmp_path: Path) -> None:
    first = init_keys(tmp_path, NAME, NOON)
    later = NOON + timedelta(days=1)
    second = rotate_keys(tmp_path, later)
    assert [one.key for one in second.keys] == [first.current.key, second.current.key]
    assert load_keys(tmp_path) == second
    assert [one.until for one in second.keys] == [later + timedelta(days=2), None]
    third = rotate_keys(tmp_path, later, stolen=True)
    assert third.keys[1].until == later
    second = third
    assert second.signer().verifier == second.current.key != first.current.key
    assert first.private_file.exists()
    assert load_keys(tmp_path) == second


def test_a_lost_key_says_what_to_do_and_rotation_goes_on(tmp_path: Path) -> None:
    ring = init_keys(tmp_path, NAME, NOON)
    ring.private_file.unlink()
    with pytest.raises(KeyMissing, match="anef-monitor keys rotate"):
        ring.signer()
    rotated = rotate_keys(tmp_path, NOON + timedelta(days=1))
    assert rotated.signer().verifier == rotated.current.key
    assert rotated.keys[0].key == ring.current.key


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ring = init_keys(tmp_path, NAME, NOON)
    ring.private_file.chmod(0o640)
    with pytest.raises(KeyExposed, match="chmod 600"):
        ring.signer()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"schema": "keys/2"}', b"\xff"])
def test_a_damaged_key_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys.json").write_bytes(content)
    with pytest.raises(ConfigurationError):
        load_keys(tmp_path)


def test_a_private_file_of_another_key_is_refused(tmp_path: Path) -> None:
    ring = init_keys(tmp_path / "a", NAME, NOON)
    other = init_keys(tmp_path / "b", NAME, NOON)
    ring.private_file.write_bytes(other.private_file.read_bytes())
    with pytest.raises(ConfigurationError, match="is not the key"):
        ring.signer()
    ring.private_file.write_text("no key")
    with pytest.raises(ConfigurationError, match="holds no Ed25519 key"):
        ring.signer()


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_a_note_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"evidence\.log_name"):
        init_keys(tmp_path, name, NOON)


def test_authorities_are_published_and_document_signers_stay(tmp_path: Path) -> None:
    init_keys(tmp_path, NAME, NOON)
    path = tmp_path / "keys.json"
    content = json.loads(path.read_bytes())
    content["document_signers"] = [{"certificate_pem": "x", "sha256": "y"}]
    path.write_text(json.dumps(content))
    ring = load_keys(tmp_path)
    assert ring is not None
    authority = {"id": "a", "url": "http://a", "roots_pem": ["r"], "qualified": False}
    ring.with_authorities([authority])
    kept = json.loads(path.read_bytes())
    assert kept["authorities"] == [authority]
    assert kept["document_signers"] == content["document_signers"]
    again = rotate_keys(tmp_path, NOON)
    assert again.published()["authorities"] == [authority]


def test_without_any_key_file_rotation_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="anef-monitor keys init"):
        rotate_keys(tmp_path, NOON)
    assert load_keys(tmp_path) is None
