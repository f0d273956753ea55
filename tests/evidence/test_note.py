"""Signed notes: the form of C2SP, and what is refused."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from monitor.evidence.note import BadNote, Signer, Statement, VerifierKey, open_note, parse_note

SIGNER = Signer(name="journal.example", private=Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
KEY = SIGNER.verifier
STATEMENT = Statement(origin="journal.example", size=5, root=b"\x01" * 32)
NOTE = SIGNER.sign(STATEMENT.text)

GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The key of the package ``note`` of Go's ``sumdb``, from its documentation."""

GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""  # noqa: E501  the note of that documentation, byte by byte


def test_a_note_has_the_form_that_the_specification_gives() -> None:
    text, _, last = NOTE.rpartition("\n\n")
    assert text == "journal.example\n5\n" + base64.b64encode(b"\x01" * 32).decode()
    mark, name, encoded = last.removesuffix("\n").split(" ")
    assert (mark, name) == ("—", "journal.example")
    raw = base64.b64decode(encoded)
    named = b"journal.example\n\x01" + KEY.public
    assert raw[:4] == hashlib.sha256(named).digest()[:4]
    Ed25519PublicKey.from_public_bytes(KEY.public).verify(raw[4:], f"{text}\n".encode())


def test_a_note_of_another_program_verifies() -> None:
    key = VerifierKey.parse(GO_VKEY)
    assert key.vkey == GO_VKEY
    raw = base64.b64decode(GO_NOTE.rstrip("\n").rpartition(" ")[2])
    text = GO_NOTE.rpartition("\n\n")[0] + "\n"
    assert raw[:4] == key.id
    Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text.encode())


def test_a_checkpoint_says_what_was_signed() -> None:
    assert open_note(NOTE, [KEY]) == (STATEMENT, KEY)
    assert parse_note(NOTE) == STATEMENT
    assert VerifierKey.parse(KEY.vkey) == KEY


def test_signatures_of_others_beside_ours_do_not_disturb() -> None:
    other = Signer(name="temoin.example", private=Ed25519PrivateKey.generate())
    both = NOTE + other.sign(STATEMENT.text).rpartition("\n\n")[2]
    assert open_note(both, [KEY])[1] == KEY
    assert open_note(both, [other.verifier])[1] == other.verifier


@pytest.mark.parametrize("at", range(len(NOTE)))
def test_no_character_can_be_changed(at: int) -> None:
    changed = NOTE[:at] + ("A" if NOTE[at] != "A" else "B") + NOTE[at + 1 :]
    with pytest.raises(BadNote):
        open_note(changed, [KEY])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "journal.example\n5\n",
        NOTE.replace("\n5\n", "\n05\n"),
        NOTE.replace("\n5\n", "\n-5\n"),
        NOTE.replace("\n\n", "\n"),
        "\n" + NOTE,
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        open_note(note, [KEY])


def test_the_same_key_under_another_name_is_another_signer() -> None:
    other = Signer(name="autre.example", private=SIGNER.private)
    with pytest.raises(BadNote, match="not signed by a key of this log"):
        open_note(other.sign(STATEMENT.text), [KEY])


@pytest.mark.parametrize(
    "vkey", ["", "name", "a+b+c", KEY.vkey[:-4], KEY.vkey.replace("journal", "autre")]
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(vkey)
