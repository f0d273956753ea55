"""Whom a verifier trusts: the published key file, and the checkpoints that its keys signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from monitor.evidence.reading import moment, read_file, read_json, unbase64, unreadable
from monitor.evidence.report import Unsound, shown, stated

SCHEMA = "keys/1"
ED25519 = 1
CLOCKS = timedelta(minutes=2)
"""How far our clock may differ from an authority's, which also leaves out parts of a second."""
LARGEST_KEY_FILE_BYTES = 4 << 20
LARGEST_NOTE_BYTES = 64 << 10
_TEXT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n")


def _not_in_use(at: datetime) -> Unsound:
    return Unsound(
        f"la clé n’était pas en usage le {shown(at)}", f"the key was not in use at {stated(at)}"
    )


@dataclass(frozen=True, kw_only=True)
class TrustedKey:
    """A key of the log, and when it was in use. ``until`` is None for the one in use."""

    name: str
    id: bytes
    public: bytes
    since: datetime
    until: datetime | None

    def require_in_use(self, at: datetime) -> None:
        """Raises Unsound when the key did not sign at that time."""
        if at < self.since - CLOCKS:
            raise _not_in_use(at)
        self.require_not_ended(at)

    def require_not_ended(self, at: datetime) -> None:
        """Raises Unsound when the key had signed its last before that time."""
        if self.until is not None and at > self.until + CLOCKS:
            raise _not_in_use(at)


@dataclass(frozen=True, kw_only=True)
class TrustedAuthority:
    """An authority whose stamps are believed."""

    id: str
    roots_pem: tuple[str, ...]
    qualified: bool


@dataclass(frozen=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint whose signature was right. ``epoch`` follows from the origin."""

    note: bytes
    origin: str
    epoch: int
    size: int
    root: bytes
    key: TrustedKey

    @property
    def label(self) -> str:
        """Its name among the files of a log."""
        return f"{self.epoch}-{self.size}"


@dataclass(frozen=True, kw_only=True)
class Trust:
    """The published key file."""

    name: str
    keys: tuple[TrustedKey, ...]
    authorities: tuple[TrustedAuthority, ...]
    document_signers: tuple[str, ...] = ()
    """Certificates (PEM) that sign documents."""

    @classmethod
    def load(cls, keys_file: Path) -> Trust:
        """Read a key file. Raises Unsound with what is wrong."""
        return cls.parse(read_file(keys_file, LARGEST_KEY_FILE_BYTES), keys_file.name)

    @classmethod
    def parse(cls, data: bytes, name: str = "keys.json") -> Trust:
        """The same from its bytes."""
        value = read_json(data, name, SCHEMA)
        try:
            return cls(
                name=_text(value["name"], name),
                keys=tuple(_key(one, name) for one in value["keys"]),
                authorities=tuple(_authority(one, name) for one in value["authorities"]),
                document_signers=tuple(
                    _text(one["certificate_pem"], name) for one in value["document_signers"]
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise unreadable(name) from error

    def authority(self, identifier: str) -> TrustedAuthority:
        """The authority of that name. Raises Unsound when it is not published."""
        for one in self.authorities:
            if one.id == identifier:
                return one
        raise Unsound(
            f"l’autorité {identifier} n’est pas dans le fichier de clés",
            f"the authority {identifier} is not in the key file",
        )

    def open(self, note: bytes) -> SignedCheckpoint:
        """A checkpoint (C2SP signed note) of this log, signed by one of its keys.

        Signatures of others beside it, such as witnesses', are let pass. Raises Unsound.
        """
        text, lines = _parts(note)
        found = _TEXT.fullmatch(text)
        if found is None:
            raise unreadable_checkpoint()
        origin, size, root = found.groups()
        key = self._signer(lines, text)
        return SignedCheckpoint(
            note=note,
            origin=origin,
            epoch=self._epoch(origin),
            size=int(size),
            root=unbase64(root, "checkpoint"),
            key=key,
        )

    def _epoch(self, origin: str) -> int:
        if origin == self.name:
            return 1
        number = origin.removeprefix(f"{self.name}/epoch-")
        if number == origin or not re.fullmatch(r"[1-9][0-9]{0,8}", number):
            raise Unsound(
                f"point de contrôle d’un autre journal : {origin}",
                f"checkpoint of another log: {origin}",
            )
        return int(number)

    def _signer(self, lines: list[str], text: str) -> TrustedKey:
        for line in lines:
            name, _, value = line.removeprefix("— ").partition(" ")
            raw = unbase64(value, "checkpoint")
            for key in self.keys:
                if (name, raw[:4]) == (key.name, key.id):
                    _require_signature(key, raw[4:], text)
                    return key
        raise Unsound(
            "le point de contrôle n’est signé par aucune clé publiée",
            "the checkpoint is not signed by any published key",
        )


def unreadable_checkpoint() -> Unsound:
    """The note is none."""
    return Unsound("le point de contrôle est illisible", "the checkpoint cannot be read")


def _parts(note: bytes) -> tuple[str, list[str]]:
    """The signed text with its last newline, and the lines of signatures."""
    if len(note) > LARGEST_NOTE_BYTES:
        raise unreadable_checkpoint()
    try:
        body, gap, signatures = note.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise unreadable_checkpoint() from error
    lines = signatures.removesuffix("\n").split("\n")
    if not gap or not signatures.endswith("\n") or not all(line.startswith("— ") for line in lines):
        raise unreadable_checkpoint()
    return f"{body}\n", lines


def _require_signature(key: TrustedKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature as error:
        raise Unsound(
            "la signature du point de contrôle est fausse",
            "the signature of the checkpoint is not right",
        ) from error


def _key(one: Any, name: str) -> TrustedKey:  # noqa: ANN401  what the JSON holds
    key_name, identifier, text = str(one["vkey"]).split("+", 2)
    raw = unbase64(text, name)
    number = sha256(key_name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != ED25519 or number.hex() != identifier:
        raise unreadable(name)
    return TrustedKey(
        name=key_name,
        id=number,
        public=raw[1:],
        since=moment(one["since"], name),
        until=None if one["until"] is None else moment(one["until"], name),
    )


def _authority(one: Any, name: str) -> TrustedAuthority:  # noqa: ANN401
    return TrustedAuthority(
        id=_text(one["id"], name),
        roots_pem=tuple(_text(root, name) for root in one["roots_pem"]),
        qualified=one.get("qualified") is True,
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise unreadable(name)
    return value
