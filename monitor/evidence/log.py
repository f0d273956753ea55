"""The transparency log: signed checkpoints over the leaves of the store, and proofs.

A checkpoint that was once published binds us. The last one is also kept as a file beside the
database: when the database no longer holds what that file says, a backup was restored (or someone
rewrote history), and nothing is signed any more until a new epoch is declared, openly.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from monitor.core.checkpoint import (
    EPOCH,
    PERIODIC,
    Checkpoint,
    QueuedStamp,
    StampState,
    epoch_of,
    origin_of,
)
from monitor.core.leaf import Leaf, epoch_leaf
from monitor.core.merkle import Node, RangePath, consistency_path, inclusion_path, range_path
from monitor.core.tiles import TileTree
from monitor.errors import EvidenceError, StoreError
from monitor.evidence.files import write_private
from monitor.evidence.full_tiles import FullTiles
from monitor.evidence.keys import KeyRing, load_keys
from monitor.evidence.note import BadNote, Statement, open_note, parse_note

PROOF = "proof/1"
CHECKPOINT_FILE = "checkpoint"
NEAR_LEAVES = 2
"""Leaves between two of a row: about as many bytes as the hashes of a row's own path."""

Proof = dict[str, Any]


class HistoryDiffers(EvidenceError):
    """What was published last is not in the database: nothing is signed until that is settled."""


class NotCovered(EvidenceError):
    """No checkpoint covers these leaves yet."""


class LogStore(Protocol):
    """What the log needs of the store. Every method raises StoreError."""

    def log_size(self) -> int: ...
    def begin_log(self, first: Leaf) -> bool: ...
    def append_leaf(self, kind: str, subject: int | None, leaf: Leaf) -> int: ...
    def leaf_number(self, kind: str, subject: int) -> int | None: ...
    def leaf_texts(self, first: int, end: int) -> Iterator[str]: ...
    def last_leaf_of(self, kind: str) -> tuple[int, str] | None: ...
    def last_checkpoint(self) -> Checkpoint | None: ...
    def covering(self, end: int) -> Checkpoint | None: ...
    def root_at(self, size: int) -> bytes: ...
    def tile(self, level: int, number: int) -> bytes: ...
    def stamps_of(self, made: Checkpoint) -> Sequence[QueuedStamp]: ...
    def make_checkpoint(
        self,
        sign: Callable[[int, int, bytes], str],
        *,
        now: datetime,
        reason: str,
        authorities: Iterable[str],
        stamp_every: timedelta,
    ) -> Checkpoint: ...


class TransparencyLog:
    """The log of one monitor. Safe to share between threads, and between processes."""

    def __init__(
        self,
        store: LogStore,
        ring: KeyRing,
        *,
        site: str,
        folder: Path,
        clock: Callable[[], datetime],
        authorities: Iterable[str] = (),
        stamp_every: timedelta = timedelta(hours=1),
    ) -> None:
        """``site`` is the watched site's id, ``folder`` keeps the last published checkpoint,
        ``authorities`` are the ids of those that stamp."""
        self.store = store
        self.ring = ring
        self.published_file = folder / CHECKPOINT_FILE
        self._site = site
        self._clock = clock
        self._authorities = tuple(authorities)
        self._stamp_every = stamp_every
        self._full = FullTiles()

    def begin(self) -> bool:
        """Put the first leaf into an empty log. Returns False when it has begun."""
        if self.store.log_size():
            return False
        return self.store.begin_log(self._epoch_leaf(1, None, "first start"))

    def checkpoint(self, reason: str = PERIODIC) -> Checkpoint:
        """Sign and publish all that the log holds; the last checkpoint when nothing is new.

        Raises HistoryDiffers, StoreError, or ConfigurationError for a key that is missing.
        """
        self.begin()
        self.require_continuity()
        self.ring = load_keys(self.ring.folder) or self.ring  # it may have been rotated
        signer = self.ring.signer()

        def sign(epoch: int, size: int, root: bytes) -> str:
            origin = origin_of(self.ring.name, epoch)
            return signer.sign(Statement(origin=origin, size=size, root=root).text)

        made = self.store.make_checkpoint(
            sign,
            now=self._clock(),
            reason=reason,
            authorities=self._authorities,
            stamp_every=self._stamp_every,
        )
        self._publish()
        return made

    def require_continuity(self) -> None:
        """Raises HistoryDiffers unless the database holds what was published last."""
        published = self.published()
        last = self.store.last_checkpoint()
        if published is None or (last is not None and last.note == published):
            return
        _, current = self._epoch()
        if current.get("previous") == published or self._holds(parse_note(published)):
            return
        raise HistoryDiffers(
            "the database does not hold what was published last: was a backup restored? Nothing "
            'is signed until you run `anef-monitor log epoch --reason "…"`'
        )

    def published(self) -> str | None:
        """The note that was published last, from its file; None when there is none."""
        try:
            return self.published_file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise EvidenceError(f"cannot read {self.published_file}") from error

    def declare_epoch(self, reason: str, previous: str | None = None) -> Checkpoint:
        """Go on after a restored backup, openly: a leaf names the last published checkpoint and
        the reason, and the next checkpoint has an origin of its own. Without ``previous`` it is
        the one that was published from here.

        Raises EvidenceError when there is nothing to declare, BadNote when ``previous`` is not
        a checkpoint of this log.
        """
        self.begin()
        note = previous or self.published()
        if note is None:
            raise EvidenceError(
                f"{self.published_file} is missing: name the last published checkpoint with "
                "--last FILE (a witness keeps it, and so does the page /log/checkpoint)"
            )
        number = max(self._epoch()[0], self._epoch_of(note)) + 1
        if self._holds(parse_note(note)):
            raise EvidenceError(
                "the database holds what was published last: there is no epoch to declare"
            )
        self.append(EPOCH, number, self._epoch_leaf(number, note, reason))
        if note != self.published():
            self._write(note)
        return self.checkpoint(EPOCH)

    def append(self, kind: str, subject: int | None, payload: Leaf) -> int:
        """Append a leaf of ``certificate``, ``export`` or another kind; returns its number."""
        self.begin()
        return self.store.append_leaf(kind, subject, {**payload, "kind": kind})

    def leaves(self, first: int, end: int) -> Iterator[str]:
        """The leaves from ``first`` up to ``end``, as their exact text."""
        return self.store.leaf_texts(first, end)

    def proof_of_slot(self, sequence: int) -> Proof | None:
        """A proof of one slot's leaf; None when no checkpoint covers it yet."""
        index = self.store.leaf_number("slot", sequence)
        covering = None if index is None else self.store.covering(index + 1)
        if index is None or covering is None:
            return None
        path = inclusion_path(index, covering.size, self._node())
        return self._proof(covering, index, index + 1, {"inclusion": _texts(path)})

    def proof_of_range(self, first_sequence: int, last_sequence: int) -> Proof:
        """A proof of every leaf from one slot's to another's, whatever kinds lie between.

        Raises NotCovered when no checkpoint covers them yet, or there is no such slot.
        """
        first = self.store.leaf_number("slot", first_sequence)
        last = self.store.leaf_number("slot", last_sequence)
        covering = None if last is None else self.store.covering(last + 1)
        if first is None or last is None or covering is None or first > last:
            raise NotCovered(
                f"no checkpoint covers the slots from {first_sequence} to {last_sequence} yet"
            )
        path = range_path(first, last + 1, covering.size, self._node())
        return self._proof(covering, first, last + 1, _hashes(path))

    def proof_of_month(self, number: int) -> Proof | None:
        """A proof that a month of open data (202605 for May 2026) is in the log, as a range of
        one leaf; None while no checkpoint covers it."""
        index = self.store.leaf_number("export", number)
        covering = None if index is None else self.store.covering(index + 1)
        if index is None or covering is None:
            return None
        path = range_path(index, index + 1, covering.size, self._node())
        return self._proof(covering, index, index + 1, _hashes(path))

    def proof_of_leaves(self, numbers: Iterable[int]) -> Proof | None:
        """A proof of leaves that lie apart: rows of them (``ranges``) under one checkpoint. None
        without any. Leaves between near ones come along: they cost less than another path.

        Raises NotCovered when no checkpoint covers them yet.
        """
        rows = _rows(numbers)
        covering = self.store.covering(rows[-1][1]) if rows else None
        if not rows:
            return None
        if covering is None:
            raise NotCovered(f"no checkpoint covers {rows[-1][1]} leaves yet")
        node = self._node()
        proven = [
            self._proof(covering, first, end, _hashes(range_path(first, end, covering.size, node)))
            for first, end in rows
        ]
        common = {name: proven[0][name] for name in ("origin", "size", "checkpoint", "stamps")}
        ranges = [{name: one[name] for name in ("first", "leaves", "path")} for one in proven]
        return {**common, "ranges": ranges}

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """What shows that the log of ``new`` leaves begins with that of ``old``. Raises
        NotCovered when no checkpoint reaches so far, BadProof."""
        last = self.store.last_checkpoint()
        if last is None or new > last.size:
            raise NotCovered(f"no checkpoint covers {new} leaves yet")
        return consistency_path(old, new, self._node())

    def _node(self) -> Node:
        """Finds nodes of the tree as its tiles are now."""
        return TileTree(self.store.tile, shared=self._full).node

    def _proof(self, covering: Checkpoint, first: int, end: int, path: dict[str, Any]) -> Proof:
        return {
            "schema": PROOF,
            "origin": origin_of(self.ring.name, covering.epoch),
            "first": first,
            "leaves": list(self.store.leaf_texts(first, end)),
            "size": covering.size,
            "path": path,
            "checkpoint": covering.note,
            "stamps": [
                {
                    "authority": one.authority,
                    "request": _base64(one.request or b""),
                    "response": _base64(one.response or b""),
                }
                for one in self.store.stamps_of(covering)
                if one.state is StampState.DONE
            ],
        }

    def _publish(self) -> None:
        """Write the last checkpoint as a file: that of the database, which another process may
        have made meanwhile."""
        last = self.store.last_checkpoint()
        if last is not None and last.note != self.published():
            self._write(last.note)

    def _write(self, note: str) -> None:
        try:
            write_private(self.published_file, note.encode())
            self.published_file.chmod(0o644)
        except OSError as error:
            raise EvidenceError(f"cannot write {self.published_file}: {error.strerror}") from error

    def _epoch(self) -> tuple[int, dict[str, Any]]:
        """The number of the current epoch, and its leaf."""
        found = self.store.last_leaf_of(EPOCH)
        if found is None:
            return 1, {}
        leaf: dict[str, Any] = json.loads(found[1])
        return int(leaf["number"]), leaf

    def _epoch_of(self, note: str) -> int:
        """The epoch that a checkpoint of ours names. Raises BadNote when it is not ours."""
        statement, _ = open_note(note, self.ring.verifiers)
        found = epoch_of(self.ring.name, statement.origin)
        if found is None:
            raise BadNote(f"the checkpoint is of another log, {statement.origin}")
        return found

    def _holds(self, said: Statement) -> bool:
        """True when the database begins with what a checkpoint says."""
        try:
            return self.store.root_at(said.size) == said.root
        except StoreError:
            if said.size > self.store.log_size():
                return False
            raise

    def _epoch_leaf(self, number: int, previous: str | None, reason: str) -> Leaf:
        return epoch_leaf(
            number=number,
            previous=previous,
            reason=reason,
            declared_at=self._clock(),
            name=self.ring.name,
            site=self._site,
        )


def _rows(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Rows of leaves from ``first`` up to ``end`` that hold all of these."""
    rows: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if rows and number - rows[-1][1] <= NEAR_LEAVES:
            rows[-1] = (rows[-1][0], number + 1)
        else:
            rows.append((number, number + 1))
    return rows


def _hashes(path: RangePath) -> dict[str, list[str]]:
    return {"left": _texts(path.left), "right": _texts(path.right)}


def _texts(hashes: Iterable[bytes]) -> list[str]:
    return [_base64(one) for one in hashes]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
