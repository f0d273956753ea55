"""Values that identify the operator's machine: fixed now, disclosed later or never.

A manifest holds the SHA-256 of ``salt:name:value``. Value and salt stay in a private file; whoever
is shown both computes the hash again (``printf '%s' "salt:name:value" | sha256sum``), and nobody
finds the value from the hash, for the salt has 128 bits of chance. A value keeps its salt: two
manifests with the same commitment come from the same machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import StoreError
from monitor.evidence.files import write_private

SCHEMA = "commitments/1"
SALT_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A value with the salt that opens its commitment."""

    name: str
    value: str
    salt: str

    @property
    def commitment(self) -> str:
        """What a manifest holds of it: 64 hexadecimal digits."""
        return hashlib.sha256(f"{self.salt}:{self.name}:{self.value}".encode()).hexdigest()


class Commitments:
    """The openings of one monitor; kept in ``path`` (mode 0600), or in memory only without one.

    Safe to share between threads. Raises StoreError when the file cannot be read or written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._openings: dict[tuple[str, str], Opening] = {
            (one.name, one.value): one for one in (read_openings(path) if path else ())
        }

    def commit(self, name: str, value: str) -> str:
        """The commitment to a value, the same every time. A new one is on the disk before this
        returns: a commitment that nobody can open is worth nothing."""
        with self._lock:
            known = self._openings.get((name, value))
            if known is None:
                known = self._new(name, value)
        return known.commitment

    def _new(self, name: str, value: str) -> Opening:
        """A new opening, unless another process has made it meanwhile."""
        with self._alone():
            for one in read_openings(self._path) if self._path else ():
                self._openings[(one.name, one.value)] = one
            if (name, value) not in self._openings:
                salt = secrets.token_hex(SALT_BYTES)
                self._openings[(name, value)] = Opening(name=name, value=value, salt=salt)
                if self._path is not None:
                    write_private(self._path, self.to_json())
        return self._openings[(name, value)]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Among processes too. Raises StoreError for whatever the disk complains about."""
        if self._path is None:
            yield
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._path.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise StoreError(f"cannot write {self._path}: {error.strerror}") from error

    @property
    def openings(self) -> tuple[Opening, ...]:
        """All of them, oldest first."""
        return tuple(self._openings.values())

    def to_json(self) -> bytes:
        """The private file's content."""
        values = [vars(one) for one in self.openings]
        return json.dumps({"schema": SCHEMA, "openings": values}, indent=1).encode()


def read_openings(path: Path) -> tuple[Opening, ...]:
    """The openings of a private file; none when there is no such file. Raises StoreError."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            raise StoreError(f"{path} is of another kind, {content['schema']}")
        return tuple(Opening(**one) for one in content["openings"])
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} holds no openings of commitments") from error


def openings_in(text: str, known: Iterable[Opening]) -> tuple[Opening, ...]:
    """Those openings whose commitment a manifest's text holds."""
    return tuple(one for one in known if one.commitment in text)
