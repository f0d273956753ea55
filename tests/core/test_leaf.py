"""A slot's leaf: what a stranger needs to fold and to compute, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import rfc8785
from hypothesis import given

from monitor.core.incidents import fold_all
from monitor.core.leaf import network_of, record_of, review_leaf, slot_leaf
from monitor.core.model import SlotRecord
from monitor.core.reviewed import Decision, Review
from monitor.store.rows import ran
from tests.core.ledgers import at, ledger
from tests.store.samples import NOON, VANTAGE, observation, observations, slot


def again(record: SlotRecord) -> SlotRecord:
    """Through canonical JSON and back."""
    leaf = slot_leaf(record, (), network_of(VANTAGE))
    return record_of(json.loads(rfc8785.dumps(leaf)))


@given(observations)
def test_a_slot_comes_back_from_its_leaf(seen: object) -> None:
    record = ran(seen, 7)  # type: ignore[arg-type]  # Hypothesis builds an Observation
    flags = tuple(flag.encode("utf-8", "backslashreplace").decode() for flag in record.flags)
    assert again(record) == replace(record, flags=flags, retry_after_seconds=None)


def test_incidents_fold_the_same_from_leaves_alone() -> None:
    records = ledger("UUDDD.MMUU DDUU--DUD")
    assert fold_all([again(record) for record in records]) == fold_all(records)
    assert any(incident.kind == "down" for incident in fold_all(records).incidents)


def test_a_leaf_names_manifests_and_network_and_no_address() -> None:
    record = ran(observation(slot(0)), 1)
    leaf = slot_leaf(record, ["a" * 64, "b" * 64], network_of(VANTAGE))
    assert leaf["manifests"] == ["a" * 64, "b" * 64]
    assert leaf["network"] == {"operator": "Aucun", "asn": 64496, "country": "FR"}
    assert b"127.0.0.1" not in rfc8785.dumps(leaf)
    assert leaf["scheduled_at"] == "2026-05-05T12:00:00+00:00"


def test_a_note_is_in_the_leaf_as_its_hash_only() -> None:
    review = Review(
        number=1,
        sequence=4,
        decision=Decision.OUR_FAULT,
        by="A. Nom",
        note="Vu avec M. Untel",
        decided_at=NOON,
    )
    text = rfc8785.dumps(review_leaf(review)).decode()
    assert "Untel" not in text
    assert "Nom" not in text
    assert '"decision":"our_fault"' in text


def test_an_unrun_slot_has_no_times() -> None:
    record = ledger(".")[0]
    assert again(record) == record
    assert record.slot.scheduled_at == at(0)
