"""The checks of a proof: signed checkpoint, inclusion, stamps, dates, row of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from monitor.core.merkle import (
    BadProof,
    RangePath,
    leaf_hash,
    root_from_inclusion,
    root_from_range,
)
from monitor.evidence.reading import moment, read_json, unbase64, unreadable
from monitor.evidence.report import Checking, Sound, Unsound, shown, stated
from monitor.evidence.stamp_check import BadStamp, check_stamp
from monitor.evidence.trust import CLOCKS, SignedCheckpoint, Trust

PROOF = "proof/1"
LEAF = "leaf/1"
LATE = timedelta(hours=24)
"""A record that was stamped later than that after its end may have been back-dated."""
NOT_LOOKED = ("missed", "skipped")
"""Planned looks that did not take place: they may be written down days later."""

Leaf = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StampFile:
    """A stamp as it is kept."""

    authority: str
    request: bytes
    response: bytes


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A proof file, all of it of the right types."""

    origin: str
    first: int
    size: int
    lines: tuple[bytes, ...]
    leaves: tuple[Leaf, ...]
    path: tuple[bytes, ...] | RangePath
    note: bytes
    stamps: tuple[StampFile, ...]


def check_proof(
    checking: Checking, read: Callable[[], Mapping[str, Any]], trust: Trust
) -> Proof | None:
    """Every check of the proof that ``read`` gives. Returns it, None when it cannot be read."""
    proof = checking.run("proof", lambda: parse_proof(read()))
    if proof is None:
        return None
    signed = checking.run("signature", check_checkpoint, proof, trust)
    if signed is not None:
        checking.run("inclusion", check_inclusion, proof, signed)
        stamped_at = checking.run("stamp", check_stamps, signed, proof.stamps, trust)
        if stamped_at is not None:
            checking.run("dates", _check_dates, proof.leaves, stamped_at)
    checking.run("sequence", check_sequence, [*map(sequence_of, proof.leaves)])
    return proof


def parse_proof(value: Mapping[str, Any]) -> Sound[Proof]:
    """The proof of its JSON. Raises Unsound for a part that is missing or of another type."""
    try:
        lines = tuple(_require(text, str).encode() for text in _require(value["leaves"], list))
        proof = Proof(
            origin=_require(value["origin"], str),
            first=_require(value["first"], int),
            size=_require(value["size"], int),
            lines=lines,
            leaves=tuple(parse_leaf(line) for line in lines),
            path=_path(value["path"]),
            note=_require(value["checkpoint"], str).encode(),
            stamps=tuple(
                StampFile(
                    authority=_require(one["authority"], str),
                    request=unbase64(one["request"], "proof.json"),
                    response=unbase64(one["response"], "proof.json"),
                )
                for one in _require(value["stamps"], list)
            ),
        )
    except (KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise unreadable("proof.json") from error
    count = len(lines)
    return Sound(
        f"lisible, {count} ligne{'s' * (count > 1)} du journal",
        f"readable, {count} line{'s' * (count > 1)} of the log",
        proof,
    )


def _require(value: Any, kind: type) -> Any:  # noqa: ANN401  what the JSON holds
    if not isinstance(value, kind) or isinstance(value, bool):
        raise unreadable("proof.json")
    return value


def _path(value: Mapping[str, Any]) -> tuple[bytes, ...] | RangePath:
    sides = {
        name: tuple(unbase64(one, "proof.json") for one in _require(hashes, list))
        for name, hashes in value.items()
    }
    if set(sides) == {"inclusion"}:
        return sides["inclusion"]
    if set(sides) == {"left", "right"}:
        return RangePath(left=sides["left"], right=sides["right"])
    raise unreadable("proof.json")


def parse_leaf(line: bytes) -> Leaf:
    """A line of the log. Raises Unsound."""
    try:
        leaf = read_json(line, "leaf", LEAF)
    except Unsound as error:
        raise _unreadable_line() from error
    if leaf.get("kind") == "slot" and type(leaf.get("sequence")) is not int:
        raise _unreadable_line()
    return leaf


def _unreadable_line() -> Unsound:
    return Unsound("une ligne du journal est illisible", "a line of the log cannot be read")


def check_checkpoint(proof: Proof, trust: Trust) -> Sound[SignedCheckpoint]:
    """The proof's own checkpoint, its signature right. Raises Unsound."""
    signed = trust.open(proof.note)
    if (signed.origin, signed.size) != (proof.origin, proof.size):
        raise Unsound(
            "la preuve et son point de contrôle ne vont pas ensemble",
            "the proof and its checkpoint do not belong together",
        )
    return opened(signed)


def opened(signed: SignedCheckpoint) -> Sound[SignedCheckpoint]:
    """What is said of a checkpoint whose signature is right."""
    key = signed.key.id.hex()
    return Sound(
        f"journal {signed.origin}, {signed.size} lignes, clé {key}",
        f"log {signed.origin}, {signed.size} lines, key {key}",
        signed,
    )


def check_inclusion(proof: Proof, signed: SignedCheckpoint) -> Sound[None]:
    """The proof's lines are in the tree of this checkpoint. Raises Unsound."""
    hashes = [leaf_hash(line) for line in proof.lines]
    try:
        if isinstance(proof.path, RangePath):
            root = root_from_range(proof.first, signed.size, hashes, proof.path)
        elif len(hashes) == 1:
            root = root_from_inclusion(proof.first, signed.size, hashes[0], proof.path)
        else:
            root = b""
    except BadProof:
        root = b""
    if root != signed.root:
        raise Unsound(
            "ces lignes ne sont pas dans le journal signé",
            "these lines are not in the signed log",
        )
    return Sound(
        f"dans le journal signé, à partir de la ligne {proof.first}",
        f"in the signed log, from line {proof.first} on",
        None,
    )


def check_stamps(
    signed: SignedCheckpoint, stamps: Sequence[StampFile], trust: Trust
) -> Sound[datetime]:
    """The earliest time stamped. Every stamp has to be right, and the key in use then."""
    if not stamps:
        raise Unsound(
            "aucun horodatage : rien ne prouve la date", "no time stamp: nothing proves the date"
        )
    times = {stamp.authority: _stamped_at(signed, stamp, trust) for stamp in stamps}
    first = min(times.values())
    signed.key.require_in_use(first)
    names = ", ".join(
        f"{name}{' (qualifié)' * trust.authority(name).qualified}" for name in sorted(times)
    )
    return Sound(
        f"{shown(first)} par {names}",
        f"{stated(first)} by {names.replace('qualifié', 'qualified')}",
        first,
    )


def _stamped_at(signed: SignedCheckpoint, stamp: StampFile, trust: Trust) -> datetime:
    authority = trust.authority(stamp.authority)
    try:
        return check_stamp(signed.note, stamp.request, stamp.response, authority.roots_pem)
    except BadStamp as error:
        raise Unsound(
            f"l’horodatage de {stamp.authority} est faux : {error.sentence_fr}",
            f"the stamp of {stamp.authority} is not right: {error.sentence_en}",
        ) from error


def ended_at(leaf: Mapping[str, Any]) -> datetime | None:
    """When an observation ended; None for other lines and for looks that did not take place."""
    if leaf.get("kind") != "slot" or leaf.get("outcome") in NOT_LOOKED:
        return None
    try:
        return moment(leaf.get("finished_at"), "leaf")
    except Unsound as error:
        raise _unreadable_line() from error


def _check_dates(leaves: Sequence[Leaf], stamped_at: datetime) -> Sound[None]:
    last = max((time for time in map(ended_at, leaves) if time), default=stamped_at)
    if last > stamped_at + CLOCKS:
        raise Unsound(
            f"le relevé se dit du {shown(last)}, après son horodatage du {shown(stamped_at)}",
            f"the record says {stated(last)}, later than its stamp of {stated(stamped_at)}",
        )
    if stamped_at - last > LATE:
        raise Unsound(
            f"le relevé se dit du {shown(last)}, mais n’est horodaté que le {shown(stamped_at)} : "
            "peut-être antidaté",
            f"the record says {stated(last)}, but was stamped at {stated(stamped_at)} only: "
            "it may be back-dated",
        )
    return Sound(
        f"existait au plus tard le {shown(stamped_at)}",
        f"existed no later than {stated(stamped_at)}",
        None,
    )


def sequence_of(leaf: Mapping[str, Any]) -> int | None:
    """The number of a planned look; None for other lines."""
    return leaf["sequence"] if leaf.get("kind") == "slot" else None


def check_sequence(sequences: Sequence[int | None]) -> Sound[None]:
    """Planned looks are numbered without a hole: none left out, none moved."""
    numbers = [number for number in sequences if number is not None]
    for before, after in pairwise(numbers):
        if after != before + 1:
            raise Unsound(
                f"après le relevé {before} vient le relevé {after} : la suite est rompue",
                f"record {before} is followed by record {after}: the row is broken",
            )
    count = len(numbers)
    return Sound(
        f"{count} relevé{'s' * (count > 1)} sans lacune",
        f"{count} record{'s' * (count != 1)} without a hole",
        None,
    )
