"""Signed notes and checkpoints as C2SP specifies them (signed-note, tlog-checkpoint), Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from monitor.errors import EvidenceError

ED25519 = b"\x01"
_CHECKPOINT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*")


class BadNote(EvidenceError):
    """The text is no signed checkpoint, or no key that is asked for has signed it."""


@dataclass(frozen=True, kw_only=True)
class VerifierKey:
    """A public key with the name under which it signs."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        named = self.name.encode() + b"\n" + ED25519 + self.public
        return hashlib.sha256(named).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as it is published: ``name+id+key``."""
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.public)}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key: 64 hexadecimal digits, for a person to compare."""
        return hashlib.sha256(self.public).hexdigest()

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read what ``vkey`` gives. Raises BadNote."""
        name, _, rest = vkey.partition("+")
        identifier, _, text = rest.partition("+")
        raw = _bytes(text)
        key = cls(name=name, public=raw[1:])
        if len(raw) != 33 or raw[:1] != ED25519 or key.id.hex() != identifier or not name:
            raise BadNote("the key is not a published Ed25519 key (name+id+key)")
        return key


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A private key with the name under which it signs."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey(name=self.name, public=self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: the text, which ends with a newline, and the signature over its bytes."""
        signature = self.verifier.id + self.private.sign(text.encode())
        return f"{text}\n— {self.name} {_base64(signature)}\n"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What a checkpoint says. ``root`` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def parse_note(note: str) -> Statement:
    """What a checkpoint says, its signature not looked at. Raises BadNote."""
    text, gap, _ = note.rpartition("\n\n")
    found = _CHECKPOINT.fullmatch(f"{text}\n") if gap else None
    if found is None:
        raise BadNote("this is not a signed checkpoint")
    return Statement(origin=found[1], size=int(found[2]), root=_bytes(found[3]))


def open_note(note: str, keys: Iterable[VerifierKey]) -> tuple[Statement, VerifierKey]:
    """What a checkpoint says, and which of the keys signed it. Raises BadNote when none did."""
    statement = parse_note(note)
    text, _, signatures = note.rpartition("\n\n")
    by_id = {(key.name, key.id): key for key in keys}
    for line in signatures.splitlines():
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = _bytes(encoded)
        key = by_id.get((name, raw[:4]))
        if mark == "—" and key is not None and _is_signed(key, raw[4:], f"{text}\n"):
            return statement, key
    raise BadNote("the checkpoint is not signed by a key of this log")


def _is_signed(key: VerifierKey, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote("the checkpoint or key is damaged: this is not base64") from error
