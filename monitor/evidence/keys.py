"""The keys of the log: private ones in files of mode 0600, public ones in ``keys.json``.

One key signs at a time. A rotated one stays published with the moment until which it signed, so
that old checkpoints go on verifying. Nothing here ever overwrites a private key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.core.leaf import rfc3339
from monitor.errors import ConfigurationError
from monitor.evidence.files import write_private
from monitor.evidence.note import BadNote, Signer, VerifierKey

SCHEMA = "keys/1"
KEYS_FILE = "keys.json"

CLOCKS_DIFFER = timedelta(minutes=2)
"""A stamp's clock may be so far behind ours: a key is said to be in use since a little earlier."""
STAMPS_WAIT = timedelta(days=2)
"""What a key has signed may be stamped so much later; until then it is said to be in use."""

_EXTRA: Mapping[str, Any] = {"authorities": [], "document_signers": []}

Published = dict[str, Any]


class KeyMissing(ConfigurationError):
    """The log has been signed, and the key that goes on signing is not there."""


class KeyExposed(ConfigurationError):
    """Others than its owner can read the private key."""


@dataclass(frozen=True, kw_only=True)
class PublishedKey:
    """A key and when it was in use; ``until`` is None for the one that signs."""

    key: VerifierKey
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """All keys of a log, oldest first, under the name that the log keeps for ever."""

    folder: Path
    name: str
    keys: tuple[PublishedKey, ...]
    extra: Mapping[str, Any]
    """What else the file publishes: authorities, document signers."""

    @property
    def current(self) -> PublishedKey:
        """The key that signs."""
        return self.keys[-1]

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """Every public key."""
        return tuple(one.key for one in self.keys)

    @property
    def private_file(self) -> Path:
        """Where the private half of the current key lies."""
        return self.folder / f"log-{self.current.key.id.hex()}.pem"

    def signer(self) -> Signer:
        """The key that signs. Raises KeyMissing, or KeyExposed when others can read its file."""
        path = self.private_file
        try:
            if path.stat().st_mode & 0o077:
                raise KeyExposed(f"{path} can be read by others: chmod 600 {path}")
            loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError as error:
            raise lost(path) from error
        except OSError as error:
            raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"{path} holds no Ed25519 key: put it back") from error
        if not isinstance(loaded, Ed25519PrivateKey):
            raise ConfigurationError(f"{path} holds no Ed25519 key: put it back")
        signer = Signer(name=self.name, private=loaded)
        if signer.verifier != self.current.key:
            raise ConfigurationError(f"{path} is not the key that {KEYS_FILE} publishes")
        return signer

    def published(self) -> Published:
        """The content of the published key file."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "keys": [
                {
                    "vkey": one.key.vkey,
                    "since": rfc3339(one.since),
                    "until": None if one.until is None else rfc3339(one.until),
                }
                for one in self.keys
            ],
            "authorities": self.extra["authorities"],
            "document_signers": self.extra["document_signers"],
        }

    def to_json(self) -> bytes:
        """The same as bytes."""
        return json.dumps(self.published(), ensure_ascii=False, indent=1).encode() + b"\n"

    def with_authorities(self, authorities: Iterable[Mapping[str, Any]]) -> KeyRing:
        """The same ring that publishes these authorities, written when that changes the file."""
        wanted = [dict(one) for one in authorities]
        if wanted == self.extra["authorities"]:
            return self
        changed = replace(self, extra={**self.extra, "authorities": wanted})
        changed.save()
        return changed

    def with_document_signer(self, signer: Mapping[str, Any]) -> KeyRing:
        """The same ring that also publishes this certificate of a signer of documents; earlier
        ones stay, so that old documents go on verifying. Written when that changes the file."""
        known = self.extra["document_signers"]
        if any(one["sha256"] == signer["sha256"] for one in known):
            return self
        changed = replace(self, extra={**self.extra, "document_signers": [*known, dict(signer)]})
        changed.save()
        return changed

    def save(self) -> None:
        """Write the public file, atomically. Raises ConfigurationError."""
        try:
            write_private(self.folder / KEYS_FILE, self.to_json())
            (self.folder / KEYS_FILE).chmod(0o644)
        except OSError as error:
            raise ConfigurationError(f"cannot write in {self.folder}: {error.strerror}") from error


def lost(path: Path) -> KeyMissing:
    """What to do when the private key is not there."""
    return KeyMissing(
        f"the log's private key {path} is missing: put your copy of it back, or, if it is lost, "
        "run `anef-monitor keys rotate`, which publishes a new key beside the old one"
    )


def load_keys(folder: Path) -> KeyRing | None:
    """The ring of a folder; None when it has no key file. Raises ConfigurationError."""
    path = folder / KEYS_FILE
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            raise ConfigurationError(f"{path} is of another kind, {content['schema']}")
        keys = tuple(_key(one) for one in content["keys"])
        extra = {name: content.get(name, []) for name in _EXTRA}
        return KeyRing(folder=folder, name=content["name"], keys=keys, extra=extra)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, BadNote) as error:
        raise ConfigurationError(f"{path} is no key file: put your copy of it back") from error


def init_keys(folder: Path, name: str, now: datetime) -> KeyRing:
    """Make the first key. Raises ConfigurationError when there is one already."""
    require_log_name(name)
    if load_keys(folder) is not None or any(folder.glob("log-*.pem")):
        raise ConfigurationError(f"{folder} holds a key already, it is not replaced")
    return _with_new_key(KeyRing(folder=folder, name=name, keys=(), extra=_EXTRA), now)


def rotate_keys(folder: Path, now: datetime, *, stolen: bool = False) -> KeyRing:
    """Make the next key, also when the private half of the one before is lost. That one stays
    published, and good for what is stamped in the next two days, since stamps may be waiting;
    ``stolen``: for nothing from now on. Raises ConfigurationError without any key file."""
    ring = load_keys(folder)
    if ring is None or not ring.keys:
        raise ConfigurationError(
            f"{folder / KEYS_FILE} is missing: put your copy back (it is published as "
            "/keys.json), or run `anef-monitor keys init` for a log that was never signed"
        )
    before = replace(ring.current, until=now if stolen else now + STAMPS_WAIT)
    return _with_new_key(replace(ring, keys=(*ring.keys[:-1], before)), now)


def require_log_name(name: str) -> None:
    """Raises ConfigurationError for what cannot name a log in a signed note."""
    if not name or "+" in name or any(one.isspace() for one in name) or not name.isprintable():
        raise ConfigurationError(f"evidence.log_name {name!r} holds a space or a plus sign")


def _with_new_key(ring: KeyRing, now: datetime) -> KeyRing:
    """The private file first: a public key without it would be an error at once."""
    signer = Signer(name=ring.name, private=Ed25519PrivateKey.generate())
    key = PublishedKey(key=signer.verifier, since=now - CLOCKS_DIFFER)
    made = replace(ring, keys=(*ring.keys, key))
    pem = signer.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        ring.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(made.private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(f"cannot write in {ring.folder}: {error.strerror}") from error
    made.save()
    return made


def _key(one: Mapping[str, Any]) -> PublishedKey:
    until = one["until"]
    return PublishedKey(
        key=VerifierKey.parse(one["vkey"]),
        since=datetime.fromisoformat(one["since"]),
        until=None if until is None else datetime.fromisoformat(until),
    )
