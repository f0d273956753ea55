"""The checks of a whole log folder: all lines, tiles, every checkpoint ever published, stamps.

The lines are read once and every root is computed from them, so that whatever the operator
published earlier either still fits or shows that history was rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.core.merkle import leaf_hash, node_hash, root_hash
from monitor.core.tiles import HEIGHT, WIDTH, tile_path, tiles_of
from monitor.evidence.epochs import DeclaredEpoch, declared_epoch, undeclared
from monitor.evidence.proof_check import (
    Leaf,
    StampFile,
    check_sequence,
    check_stamps,
    ended_at,
    opened,
    parse_leaf,
    sequence_of,
)
from monitor.evidence.reading import missing, read_file, unreadable
from monitor.evidence.report import Checking, Sound, Unsound, shown, stated
from monitor.evidence.trust import LARGEST_NOTE_BYTES, SignedCheckpoint, Trust

BEHIND = timedelta(hours=1)
"""A record that is older by more than that than a stamp which did not cover it is back-dated."""
LIST_FILE = "checkpoints.jsonl"
LARGEST_ENTRIES_BYTES = WIDTH * (2 + 65_535)


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """What is kept of a line: a log has millions."""

    sequence: int | None
    ended: datetime | None


@dataclass(frozen=True, kw_only=True)
class Lines:
    """All lines of a log with the hashes of its complete subtrees, level by level."""

    briefs: tuple[Brief, ...]
    epochs: tuple[tuple[int, Leaf], ...]
    levels: tuple[Sequence[bytes], ...]

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        return self.levels[level][index]

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` lines."""
        return root_hash(size, self.node)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A trusted time: so many lines were in the log then."""

    size: int
    at: datetime


def check_log(checking: Checking, folder: Path, trust: Trust) -> None:
    """Every check of a log folder."""
    signed = checking.run(
        "signature",
        lambda: opened(trust.open(read_file(folder / "checkpoint", LARGEST_NOTE_BYTES))),
    )
    lines = checking.run("lines", _check_lines, folder, signed.size) if signed else None
    if signed is None or lines is None:
        return
    checking.run("tiles", _check_tiles, folder, signed.size, lines)
    checking.run("sequence", check_sequence, [line.sequence for line in lines.briefs])
    kept = checking.run("history", _check_history, folder, signed, lines, trust)
    marks = checking.run("stamp", _check_stamps, folder, kept, trust) if kept is not None else None
    if marks is not None:
        checking.run("dates", _check_dates, lines.briefs, marks, signed)


def _check_lines(folder: Path, size: int) -> Sound[Lines]:
    briefs: list[Brief] = []
    epochs: list[tuple[int, Leaf]] = []
    hashes: list[bytes] = []
    for line in _read_lines(folder, size):
        leaf = parse_leaf(line)
        if leaf.get("kind") == "epoch":
            epochs.append((len(hashes), leaf))
        briefs.append(Brief(sequence=sequence_of(leaf), ended=ended_at(leaf)))
        hashes.append(leaf_hash(line))
    levels: list[Sequence[bytes]] = [hashes]
    while len(below := levels[-1]) > 1:
        levels.append([node_hash(a, b) for a, b in zip(below[::2], below[1::2], strict=False)])
    return Sound(
        f"{size} lignes lues",
        f"{size} lines read",
        Lines(briefs=tuple(briefs), epochs=tuple(epochs), levels=tuple(levels)),
    )


def _read_lines(folder: Path, size: int) -> Iterator[bytes]:
    count = 0
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH)
        found = split_entries(_tile(folder, "entries", number, width) or b"")
        yield from found[:width]
        count += min(width, len(found))
        if len(found) < width:
            raise Unsound(
                f"le journal signé a {size} lignes, il n’en reste que {count}",
                f"the signed log has {size} lines, only {count} are left",
            )


def split_entries(data: bytes) -> list[bytes]:
    """The lines of an entry bundle; a last one that is cut off is none."""
    found: list[bytes] = []
    at = 0
    while at + 2 <= len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            break
        found.append(data[at + 2 : end])
        at = end
    return found


def _tile(folder: Path, level: int | str, number: int, width: int) -> bytes | None:
    """A tile: the full one where there is one, else the partial one of that width."""
    whole = folder / tile_path(level, number)
    file = whole if whole.is_file() else folder / tile_path(level, number, width)
    return read_file(file, LARGEST_ENTRIES_BYTES) if file.is_file() else None


def _check_tiles(folder: Path, size: int, lines: Lines) -> Sound[None]:
    """The published hashes are those that follow from the lines."""
    count = 0
    for level, number, width in tiles_of(size):
        first = number * WIDTH
        wanted = b"".join(lines.levels[level * HEIGHT][first : first + width])
        found, name = _tile(folder, level, number, width), tile_path(level, number, width)
        if found is None:
            raise missing(name)
        if found[: len(wanted)] != wanted:
            raise Unsound(f"{name} ne correspond pas aux lignes", f"{name} does not fit the lines")
        count += 1
    return Sound(f"{count} tuiles conformes aux lignes", f"{count} tiles fit the lines", None)


def _check_history(
    folder: Path, signed: SignedCheckpoint, lines: Lines, trust: Trust
) -> Sound[tuple[SignedCheckpoint, ...]]:
    """Every checkpoint published still fits the lines; every epoch was declared."""
    epochs = _epochs(lines.epochs, signed.epoch, trust)
    fitting: list[SignedCheckpoint] = []
    lost = 0
    for one in (signed, *_notes(folder, trust)):
        successor = next((epoch for epoch in epochs if epoch.number > one.epoch), None)
        end = signed.size if successor is None else successor.index
        if one.size <= end and lines.root(one.size) == one.root:
            fitting.append(one)
        elif one.size > end and successor is not None and successor.admits(one):
            lost += 1
        else:
            raise Unsound(
                f"le point de contrôle {one.label} ne correspond plus aux lignes : "
                "l’histoire a été réécrite",
                f"checkpoint {one.label} no longer fits the lines: history was rewritten",
            )
    return _told(fitting, len(epochs), lost)


def _told(
    fitting: list[SignedCheckpoint], epochs: int, lost: int
) -> Sound[tuple[SignedCheckpoint, ...]]:
    fr = f"{len(fitting)} points de contrôle, tous conformes ; {epochs} époque{'s' * (epochs > 1)}"
    en = f"{len(fitting)} checkpoints, all fit; {epochs} epoch{'s' * (epochs > 1)}"
    if lost:
        fr += f" ; {lost} points de contrôle d’avant une restauration déclarée"
        en += f"; {lost} checkpoints from before a declared restoration"
    return Sound(fr, en, tuple(fitting))


def _epochs(leaves: Sequence[tuple[int, Leaf]], current: int, trust: Trust) -> list[DeclaredEpoch]:
    """Every declared epoch: the first at line 0, their numbers rising up to the current one."""
    found = [declared_epoch(index, leaf, trust) for index, leaf in leaves]
    numbers = [epoch.number for epoch in found]
    if numbers[:1] != [1] or found[0].index or numbers != sorted({*numbers, current}):
        raise undeclared()
    return found


def _notes(folder: Path, trust: Trust) -> Iterator[SignedCheckpoint]:
    kept = folder / "checkpoints"
    if not kept.is_dir():
        raise missing("checkpoints/")
    for file in sorted(kept.iterdir()):
        signed = trust.open(read_file(file, LARGEST_NOTE_BYTES))
        if signed.label != file.name:
            raise unreadable(f"checkpoints/{file.name}")
        yield signed


def _check_stamps(
    folder: Path, kept: Sequence[SignedCheckpoint], trust: Trust
) -> Sound[tuple[Mark, ...]]:
    """Every stamp that was kept, and that there is one."""
    marks: list[Mark] = []
    for one in {signed.label: signed for signed in kept}.values():
        stamps = [
            StampFile(
                authority=file.stem,
                request=read_file(file.with_suffix(".tsq"), LARGEST_NOTE_BYTES),
                response=read_file(file, LARGEST_NOTE_BYTES),
            )
            for file in sorted((folder / "stamps" / one.label).glob("*.tsr"))
        ]
        if stamps:
            marks.append(Mark(size=one.size, at=check_stamps(one, stamps, trust).value))
    _require_listed(folder)
    if not marks:
        raise Unsound(
            "aucun horodatage : rien ne prouve les dates", "no time stamp: nothing proves the dates"
        )
    marks.sort(key=lambda mark: (mark.size, mark.at))
    last = marks[-1]
    return Sound(
        f"{len(marks)} points de contrôle horodatés, le dernier le {shown(last.at)}",
        f"{len(marks)} checkpoints stamped, the last one at {stated(last.at)}",
        tuple(marks),
    )


def _require_listed(folder: Path) -> None:
    """Every checkpoint and stamp that the log's own list names is there."""
    for text in read_file(folder / LIST_FILE).splitlines():
        try:
            line = json.loads(text)
            label = f"{line['epoch']:d}-{line['size']:d}"
            names = [f"stamps/{label}/{one['authority']}.tsr" for one in line["stamps"]]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise unreadable(LIST_FILE) from error
        for name in (f"checkpoints/{label}", *names):
            if not (folder / name).is_file():
                raise missing(name)


def _check_dates(
    lines: Sequence[Brief], marks: Sequence[Mark], signed: SignedCheckpoint
) -> Sound[None]:
    """No record is much older than the last stamp that did not cover it, nor younger than the key
    that signed it."""
    latest = max((line.ended for line in lines if line.ended), default=None)
    if latest is not None:
        signed.key.require_not_ended(latest)
    waiting = iter((*marks, None))
    following, before = next(waiting), None
    for index, line in enumerate(lines):
        while following is not None and following.size <= index:
            before, following = following.at, next(waiting)
        ended = line.ended
        if before is not None and ended is not None and before - ended > BEHIND:
            raise Unsound(
                f"le relevé {line.sequence} se dit du {shown(ended)}, mais n’était pas au "
                f"journal horodaté le {shown(before)} : antidaté",
                f"record {line.sequence} says {stated(ended)}, but was not in the log stamped "
                f"at {stated(before)}: back-dated",
            )
    return Sound("aucun relevé antidaté", "no record is back-dated", None)
