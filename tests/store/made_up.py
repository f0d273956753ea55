"""Ledgers made up by chance around a change of clocks, and ways to get them into a store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from monitor.core.model import Depth, Outcome, Slot, SlotRecord, Vantage
from monitor.store import writes
from monitor.store.engine import writing
from monitor.store.schema import metadata
from monitor.store.store import Store
from tests.core.ledgers import LETTERS

SPRING = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
"""The morning before the day on which clocks change."""

VANTAGES = ("local", "other")
COMPONENTS = ("login", "category")


def made_up(
    chance: random.Random, component: str, vantage: str, days: float
) -> Iterator[SlotRecord]:
    moment = SPRING + timedelta(seconds=chance.uniform(0, 40_000))
    end = SPRING + timedelta(days=days)
    interval, letter, depth = 1800.0, "U", Depth.FULL
    while moment < end:
        if chance.random() < 0.05:
            interval = chance.choice((900.0, 1800.0, 7200.0, 20_000.0))
        if chance.random() < 0.04:
            moment += timedelta(seconds=chance.uniform(0, 90_000))
        if chance.random() < 0.3:
            letter = chance.choice("UUUSDDDM?.L")
        if chance.random() < 0.1:
            depth = chance.choice((Depth.FULL, Depth.FORM))
        yield made_up_record(component, vantage, moment, interval, LETTERS[letter], depth, chance)
        moment += timedelta(seconds=interval)


def made_up_record(
    component: str,
    vantage: str,
    moment: datetime,
    interval: float,
    outcome: Outcome,
    depth: Depth,
    chance: random.Random,
) -> SlotRecord:
    ran = outcome is not Outcome.MISSED
    begun = moment + timedelta(seconds=round(chance.uniform(0, 60), 3))
    return SlotRecord(
        sequence=0,
        slot=Slot(
            component=component,
            vantage=vantage,
            scheduled_at=moment,
            interval_seconds=interval,
        ),
        outcome=outcome,
        rule="rule",
        ruleset=chance.choice(("1", "2")) if ran else "",
        depth=depth,
        via="login" if component == "category" and chance.random() < 0.3 else None,
        started_at=begun if ran else None,
        finished_at=begun + timedelta(seconds=9) if ran else None,
        first_finished_at=begun + timedelta(seconds=4) if ran else None,
        last_started_at=begun + timedelta(seconds=5) if ran else None,
        duration_seconds=9.0 if ran else None,
        category=chance.choice((None, "etudiant", "visiteur")) if ran else None,
    )


def fill(store: Store, records: list[SlotRecord]) -> list[SlotRecord]:
    """Take records into the ledger in this order; as they are then."""
    kept = []
    with writing(store._engine) as connection:
        for record in records:
            sequence = writes.next_sequence(connection)
            kept.append(SlotRecord(**{**vars(record), "sequence": sequence}))
            writes.enter(connection, kept[-1])
    return kept


def empty(store: Store) -> None:
    with writing(store._engine) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    for name in VANTAGES:
        store.register_vantage(Vantage(id=name, label=name))
