"""A witness: anyone who remembers a log's last checkpoint and asks whether the next one goes on.

It needs nothing of the operator but the public log (C2SP tlog-tiles over HTTP). From the tiles it
makes the consistency proof itself; lies in the tiles cannot make a false proof hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from monitor.core.merkle import (
    BadProof,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    root_from_inclusion,
    root_hash,
)
from monitor.core.tiles import TILE_BYTES, WIDTH, TileTree, tile_path
from monitor.errors import EvidenceError
from monitor.evidence.epochs import DeclaredEpoch, declared_epoch
from monitor.evidence.log_check import LARGEST_ENTRIES_BYTES, split_entries
from monitor.evidence.log_source import Source, Unreachable
from monitor.evidence.proof_check import parse_leaf
from monitor.evidence.report import Unsound
from monitor.evidence.trust import (
    LARGEST_KEY_FILE_BYTES,
    LARGEST_NOTE_BYTES,
    SignedCheckpoint,
    Trust,
)

LARGEST_LIST_BYTES = 64 << 20
TIMEOUT_SECONDS = 20.0
SEARCHED_BUNDLES = 8
"""How many bundles of 256 lines are searched for the declaration of an epoch."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a witness keeps: whose keys it pinned, and the last checkpoint of every origin."""

    trust: Trust
    keys: bytes
    """The key file as it was pinned."""
    origins: dict[str, str] = field(default_factory=dict)

    def latest(self) -> SignedCheckpoint | None:
        """The checkpoint of the latest epoch that was seen."""
        held = [self.trust.open(note.encode()) for note in self.origins.values()]
        return max(held, key=lambda one: (one.epoch, one.size), default=None)

    def with_note(self, seen: SignedCheckpoint) -> Memory:
        """The same with a newer checkpoint."""
        return replace(self, origins={**self.origins, seen.origin: seen.note.decode()})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a visit found: a sentence in French and in English, and what to remember now."""

    memory: Memory
    checkpoint: SignedCheckpoint
    fr: str
    en: str
    noteworthy: bool = False
    """To be told also to who only wants to hear of trouble."""


class Alarm(EvidenceError):
    """History was rewritten, or two histories are shown. Both notes are the proof of it."""

    def __init__(self, fr: str, en: str, *, held: str | None, shown: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en
        self.held = held
        self.shown = shown

    def as_json(self, *, log: str, at: datetime) -> dict[str, Any]:
        """The proof to keep and to publish."""
        return {
            "schema": "alarm/1",
            "log": log,
            "at": at.isoformat(),
            "fr": self.fr,
            "en": self.en,
            "held": self.held,
            "shown": self.shown,
        }


def pin(source: Source) -> Memory:
    """Trust on first use: the keys that the log itself publishes. Raises Unreachable, Unsound."""
    keys = source.get("keys.json", LARGEST_KEY_FILE_BYTES)
    return Memory(trust=Trust.parse(keys), keys=keys)


def fingerprints(trust: Trust) -> list[str]:
    """SHA-256 of every public key in hexadecimal digits, for a person to compare."""
    return [sha256(key.public).hexdigest() for key in trust.keys]


def visit(source: Source, memory: Memory) -> Seen:
    """Look whether the log goes on from what is remembered.

    Raises Alarm when it does not, Unreachable when it cannot be asked, Unsound for a damaged
    memory.
    """
    note = source.get("checkpoint", LARGEST_NOTE_BYTES)
    held = memory.latest()
    shown = _opened(note, memory.trust, held)
    if held is None:
        return _first(memory, shown)
    if held.note == note:
        return _same(memory, shown)
    tree = _tree(source, shown.size)
    if held.epoch == shown.epoch:
        return _grown(memory, held, shown, tree)
    return _next_epoch(memory, held, shown, tree, source)


def _opened(note: bytes, trust: Trust, held: SignedCheckpoint | None) -> SignedCheckpoint:
    try:
        return trust.open(note)
    except Unsound as error:
        raise Alarm(
            f"{error.fr}. Si l’observatoire a changé de clé, comparez l’empreinte qu’il annonce, "
            "puis recommencez avec --keys.",
            f"{error.en}. If the observatory changed its key, compare the fingerprint that it "
            "announces, then run again with --keys.",
            held=_text(held),
            shown=note.decode("utf-8", "replace"),
        ) from error


def _text(held: SignedCheckpoint | None) -> str | None:
    return None if held is None else held.note.decode()


def _tree(source: Source, size: int) -> TileTree:
    """The tiles of a log of that size."""

    def read(level: int, number: int) -> bytes:
        width = min(WIDTH, (size >> 8 * level) - number * WIDTH)
        return source.get(tile_path(level, number, width), TILE_BYTES)

    return TileTree(read)


def _first(memory: Memory, shown: SignedCheckpoint) -> Seen:
    return Seen(
        memory=memory.with_note(shown),
        checkpoint=shown,
        fr=f"première visite : {shown.size} lignes, retenues",
        en=f"first visit: {shown.size} lines, remembered",
    )


def _same(memory: Memory, shown: SignedCheckpoint) -> Seen:
    return Seen(
        memory=memory,
        checkpoint=shown,
        fr=f"rien de nouveau : {shown.size} lignes",
        en=f"nothing new: {shown.size} lines",
    )


def _grown(memory: Memory, held: SignedCheckpoint, shown: SignedCheckpoint, tree: TileTree) -> Seen:
    if shown.size < held.size:
        raise _alarm(
            f"le journal a été tronqué : {held.size} lignes à la dernière visite, {shown.size} "
            "aujourd’hui",
            f"the log was truncated: {held.size} lines at the last visit, {shown.size} today",
            held,
            shown,
        )
    _require_whole(held, shown, tree)
    if not _goes_on(held, shown, tree):
        raise _alarm(
            "deux histoires signées par la même clé : les lignes d’aujourd’hui ne prolongent pas "
            "celles de la dernière visite",
            "two histories signed by the same key: today's lines do not go on from those of the "
            "last visit",
            held,
            shown,
        )
    more = shown.size - held.size
    return Seen(
        memory=memory.with_note(shown),
        checkpoint=shown,
        fr=f"rien n’a été réécrit : {held.size} lignes inchangées, {more} nouvelles",
        en=f"nothing was rewritten: {held.size} lines unchanged, {more} new ones",
    )


def _require_whole(held: SignedCheckpoint, shown: SignedCheckpoint, tree: TileTree) -> None:
    """The tiles give the root that is signed. Otherwise nothing can be shown either way, and a log
    that stays so hides something."""
    try:
        root = root_hash(shown.size, tree.node)
    except KeyError:
        root = b""
    if root != shown.root:
        raise _alarm(
            "les fichiers du journal ne donnent pas le point de contrôle signé ; si cela dure "
            "plus d’une heure, quelque chose est caché",
            "the files of the log do not give the signed checkpoint; if that lasts longer than an "
            "hour, something is being hidden",
            held,
            shown,
        )


def _goes_on(held: SignedCheckpoint, shown: SignedCheckpoint, tree: TileTree) -> bool:
    """True when the tree that is shown begins with the one that is remembered."""
    try:
        path = consistency_path(held.size, shown.size, tree.node)
        return is_consistent(held.size, held.root, shown.size, shown.root, path)
    except (BadProof, KeyError):
        return False


def _alarm(fr: str, en: str, held: SignedCheckpoint, shown: SignedCheckpoint) -> Alarm:
    return Alarm(fr, en, held=held.note.decode(), shown=shown.note.decode())


def _next_epoch(
    memory: Memory,
    held: SignedCheckpoint,
    shown: SignedCheckpoint,
    tree: TileTree,
    source: Source,
) -> Seen:
    """A later epoch: it has to declare what was lost, in a line proven to be in its log."""
    declared = _declaration(memory.trust, held, shown, tree, source)
    if declared is None or not declared.admits(held):
        raise _alarm(
            "le journal repart sous un autre nom sans déclarer le point de contrôle de la "
            "dernière visite",
            "the log goes on under another name without declaring the checkpoint of the last visit",
            held,
            shown,
        )
    if held.size <= declared.index and not _goes_on(held, shown, tree):
        raise _alarm(
            "le journal repart après une restauration, mais des lignes d’avant ont changé",
            "the log goes on after a restoration, but lines from before it have changed",
            held,
            shown,
        )
    gone = max(0, held.size - declared.index)
    return Seen(
        memory=memory.with_note(shown),
        checkpoint=shown,
        fr=f"nouvelle époque déclarée après une restauration : {declared.lost} lignes publiées "
        f"ont été perdues, dont {gone} vues à la dernière visite ; {shown.size} lignes",
        en=f"new epoch declared after a restoration: {declared.lost} published lines were lost, "
        f"{gone} of them seen at the last visit; {shown.size} lines",
        noteworthy=True,
    )


def _declaration(
    trust: Trust,
    held: SignedCheckpoint,
    shown: SignedCheckpoint,
    tree: TileTree,
    source: Source,
) -> DeclaredEpoch | None:
    """The first declaration of an epoch later than the one remembered."""
    for notes in _first_checkpoints(trust, held, source):
        for index, line in _lines_before(notes.size, shown.size, source):
            leaf = parse_leaf(line)
            if leaf.get("kind") == "epoch" and leaf.get("number") == notes.epoch:
                _require_included(index, line, shown, tree, held)
                return declared_epoch(index, leaf, trust)
    return None


def _first_checkpoints(
    trust: Trust, held: SignedCheckpoint, source: Source
) -> Iterator[SignedCheckpoint]:
    """The first checkpoint of every later epoch, earliest epoch first: what the log lists."""
    first: dict[int, int] = {}
    for epoch, size in _listed(source):
        if epoch > held.epoch:
            first[epoch] = min(size, first.get(epoch, size))
    for epoch, size in sorted(first.items()):
        yield trust.open(source.get(f"checkpoints/{epoch}-{size}", LARGEST_NOTE_BYTES))


def _listed(source: Source) -> Iterator[tuple[int, int]]:
    for line in source.get("checkpoints.jsonl", LARGEST_LIST_BYTES).splitlines():
        try:
            value = json.loads(line)
            yield int(value["epoch"]), int(value["size"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise Unreachable("checkpoints.jsonl cannot be read") from error


def _lines_before(end: int, size: int, source: Source) -> Iterator[tuple[int, bytes]]:
    """The lines before ``end``, latest first, from a few bundles."""
    last = (min(end, size) - 1) // WIDTH
    for number in range(last, max(-1, last - SEARCHED_BUNDLES), -1):
        width = min(WIDTH, size - number * WIDTH)
        data = source.get(tile_path("entries", number, width), LARGEST_ENTRIES_BYTES)
        lines = split_entries(data)[: min(width, end - number * WIDTH)]
        yield from reversed([*enumerate(lines, start=number * WIDTH)])


def _require_included(
    index: int, line: bytes, shown: SignedCheckpoint, tree: TileTree, held: SignedCheckpoint
) -> None:
    try:
        path = inclusion_path(index, shown.size, tree.node)
        root = root_from_inclusion(index, shown.size, leaf_hash(line), path)
    except (BadProof, KeyError):
        root = b""
    if root != shown.root:
        raise _alarm(
            "la déclaration d’époque n’est pas dans le journal signé",
            "the declaration of the epoch is not in the signed log",
            held,
            shown,
        )
