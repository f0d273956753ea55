"""The typed leaves of the log as values, before they become canonical JSON.

A slot's leaf holds all that folding and figures need, so that a stranger can compute them again
from the log alone. It holds no address, no text of a page, nothing of a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from monitor.core.corrected import PublicStatement
from monitor.core.issued import Issued
from monitor.core.model import Depth, Outcome, Slot, SlotRecord, Vantage
from monitor.core.reclassify import Reclassification
from monitor.core.reviewed import Decision, Review

SCHEMA = "leaf/1"
MAX_LEAF_BYTES = 65_535
"""An entry bundle gives a leaf's length in two bytes."""

Leaf = dict[str, Any]


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, exact to the microsecond."""
    return moment.astimezone(UTC).isoformat()


def slot_leaf(record: SlotRecord, manifests: Iterable[str], network: Mapping[str, Any]) -> Leaf:
    """A slot, with the SHA-256 of every attempt's manifest in order; missed and skipped ones have
    none. ``network`` is ``network_of`` the vantage."""
    return {
        "schema": SCHEMA,
        "kind": "slot",
        "sequence": record.sequence,
        "component": record.slot.component,
        "vantage": record.slot.vantage,
        "network": dict(network),
        "scheduled_at": rfc3339(record.slot.scheduled_at),
        "interval_seconds": record.slot.interval_seconds,
        "outcome": record.outcome.value,
        "rule": record.rule,
        "ruleset": record.ruleset,
        "depth": record.depth.value,
        "flags": [_text(flag) for flag in record.flags],
        "via": record.via,
        "started_at": _moment(record.started_at),
        "finished_at": _moment(record.finished_at),
        "first_finished_at": _moment(record.first_finished_at),
        "last_started_at": _moment(record.last_started_at),
        "duration_seconds": record.duration_seconds,
        "category": record.category,
        "manifests": list(manifests),
    }


def record_of(leaf: Mapping[str, Any]) -> SlotRecord:
    """The slot again. What the site asked us to wait is not in the leaf and is None here.

    Raises KeyError, TypeError or ValueError for what is not a slot's leaf.
    """
    if leaf["kind"] != "slot":
        raise ValueError(f"a leaf of kind {leaf['kind']} is no slot")
    duration = leaf["duration_seconds"]
    return SlotRecord(
        sequence=leaf["sequence"],
        slot=Slot(
            component=leaf["component"],
            vantage=leaf["vantage"],
            scheduled_at=datetime.fromisoformat(leaf["scheduled_at"]),
            interval_seconds=float(leaf["interval_seconds"]),
        ),
        outcome=Outcome(leaf["outcome"]),
        rule=leaf["rule"],
        ruleset=leaf["ruleset"],
        depth=Depth(leaf["depth"]),
        flags=tuple(leaf["flags"]),
        via=leaf["via"],
        started_at=_read(leaf["started_at"]),
        finished_at=_read(leaf["finished_at"]),
        first_finished_at=_read(leaf["first_finished_at"]),
        last_started_at=_read(leaf["last_started_at"]),
        duration_seconds=None if duration is None else float(duration),
        category=leaf["category"],
    )


def network_of(vantage: Vantage) -> Leaf:
    """What is public of the network that a vantage looks from."""
    return {
        "operator": vantage.operator,
        "asn": vantage.asn,
        "country": vantage.country,
    }


def review_leaf(review: Review) -> Leaf:
    """A person's decision; of the note its hash only, since it may name someone."""
    return {
        "schema": SCHEMA,
        "kind": "review",
        "number": review.number,
        "sequence": review.sequence,
        "decision": review.decision.value,
        "decided_at": rfc3339(review.decided_at),
        "note_sha256": sha256(_text(review.note).encode()).hexdigest(),
    }


def reclassification_leaf(change: Reclassification) -> Leaf:
    """A later verdict of newer rules."""
    return {
        "schema": SCHEMA,
        "kind": "reclassification",
        "number": change.number,
        "sequence": change.sequence,
        "outcome": change.outcome.value,
        "rule": change.rule,
        "ruleset": change.ruleset,
        "flags": [_text(flag) for flag in change.flags],
        "via": change.via,
        "decided_at": rfc3339(change.decided_at),
    }


def review_of(leaf: Mapping[str, Any]) -> Review:
    """The decision again, without its note and without who took it: they are not in the leaf.

    Raises KeyError, TypeError or ValueError for what is not a review's leaf.
    """
    return Review(
        number=leaf["number"],
        sequence=leaf["sequence"],
        decision=Decision(leaf["decision"]),
        by="",
        note="",
        decided_at=datetime.fromisoformat(leaf["decided_at"]),
    )


def reclassification_of(leaf: Mapping[str, Any]) -> Reclassification:
    """The later verdict again. Raises KeyError, TypeError or ValueError for another leaf."""
    return Reclassification(
        number=leaf["number"],
        sequence=leaf["sequence"],
        outcome=Outcome(leaf["outcome"]),
        rule=leaf["rule"],
        ruleset=leaf["ruleset"],
        flags=tuple(leaf["flags"]),
        via=leaf["via"],
        decided_at=datetime.fromisoformat(leaf["decided_at"]),
    )


def certificate_leaf(issued: Issued) -> Leaf:
    """A document that was issued: what it is about, and the hash of its bytes. Nothing of whom it
    serves."""
    return {
        "schema": SCHEMA,
        "kind": "certificate",
        "serial": issued.serial,
        "code": issued.code,
        "certificate_kind": issued.kind,
        "components": list(issued.components),
        "category": issued.category,
        "period": [rfc3339(issued.period_start), rfc3339(issued.period_end)],
        "first_sequence": issued.first_sequence,
        "last_sequence": issued.last_sequence,
        "specimen": issued.specimen,
        "made_at": rfc3339(issued.made_at),
        "sha256": issued.sha256,
    }


def statement_leaf(added: PublicStatement) -> Leaf:
    """A correction or an answer: its number, and the hash of all that it says."""
    return {
        "schema": SCHEMA,
        "kind": "correction",
        "number": added.number,
        "about": added.about,
        "made_at": rfc3339(added.made_at),
        "sha256": sha256(statement_text(added)).hexdigest(),
    }


def statement_text(added: PublicStatement) -> bytes:
    """The bytes whose hash stands in the log: JSON with sorted keys and without spaces."""
    said = {
        "number": added.number,
        "kind": added.kind.value,
        "about": added.about,
        "text": added.text,
        "published": added.published,
        "wrong_since": rfc3339(added.wrong_since) if added.wrong_since else None,
        "source": added.source,
        "made_at": rfc3339(added.made_at),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def epoch_leaf(
    *, number: int, previous: str | None, reason: str, declared_at: datetime, name: str, site: str
) -> Leaf:
    """The beginning of a log, or its going on after a restored backup. ``previous`` is the last
    published checkpoint, whole, and None for the first epoch."""
    return {
        "schema": SCHEMA,
        "kind": "epoch",
        "number": number,
        "previous": previous,
        "reason": reason,
        "declared_at": rfc3339(declared_at),
        "log": name,
        "site": site,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(text: str) -> str:
    """A text that UTF-8 can hold: half a surrogate pair is written out as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
