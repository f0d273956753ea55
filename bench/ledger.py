"""A ledger of ninety days as a small installation has it, for what is measured over one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import insert

from monitor.core.incidents import fold_all
from monitor.core.model import Depth, Outcome, Slot, SlotRecord, Vantage
from monitor.store import rows, writes
from monitor.store.engine import writing
from monitor.store.schema import slot
from monitor.store.store import Store

DAYS = 90
PLANS = {"portal": 300.0, "login": 600.0, "category": 900.0, "upload": 1800.0, "reset": 86_400.0}
"""Seconds between two slots: the intervals of the site file."""

OUTAGES = 40
"""Of ninety minutes on average, at moments of their own for each component."""


def ninety_days(vantage: str, until: datetime) -> list[SlotRecord]:
    """Working but for outages, isolated failures, and slots that did not run; the same for the
    same end."""
    chance = random.Random(90)
    found = [one for name in PLANS for one in _slots(chance, name, vantage, until)]
    found.sort(key=lambda one: one.slot.scheduled_at)
    return found


def _slots(
    chance: random.Random, component: str, vantage: str, until: datetime
) -> Iterator[SlotRecord]:
    interval = PLANS[component]
    begin = until - timedelta(days=DAYS)
    outages = [
        (start, start + timedelta(minutes=chance.expovariate(1 / 90)))
        for start in (begin + timedelta(days=chance.uniform(0, DAYS - 1)) for _ in range(OUTAGES))
    ]
    moment = begin + timedelta(seconds=chance.uniform(0, min(interval, 3600)))
    while moment < until:
        broken = any(low <= moment < high for low, high in outages)
        drawn = chance.choices((Outcome.UP, Outcome.DOWN, Outcome.MISSED), (985, 5, 10))[0]
        yield _record(chance, component, vantage, moment, Outcome.DOWN if broken else drawn)
        moment += timedelta(seconds=interval)


def _record(
    chance: random.Random, component: str, vantage: str, moment: datetime, outcome: Outcome
) -> SlotRecord:
    ran = outcome is not Outcome.MISSED
    seconds = round(chance.lognormvariate(1, 0.4), 3)
    ended = moment + timedelta(seconds=seconds)
    return SlotRecord(
        sequence=0,
        slot=Slot(
            component=component,
            vantage=vantage,
            scheduled_at=moment,
            interval_seconds=PLANS[component],
        ),
        outcome=outcome,
        rule={Outcome.UP: "completed", Outcome.DOWN: "http_5xx"}.get(outcome, "off"),
        ruleset="1" if ran else "",
        depth=Depth.FULL,
        started_at=moment if ran else None,
        finished_at=ended if ran else None,
        first_finished_at=ended if ran else None,
        last_started_at=moment if ran else None,
        duration_seconds=seconds if ran else None,
    )


def fill_ninety_days(store: Store, *, until: datetime, vantage: str = "local") -> int:
    """Enter them in one transaction. Returns how many slots there are."""
    store.register_vantage(Vantage(id=vantage, label=vantage))
    made = [
        replace(one, sequence=number)
        for number, one in enumerate(ninety_days(vantage, until), start=1)
    ]
    folded = fold_all(made)
    with writing(store._engine) as connection:
        connection.execute(insert(slot), [rows.slot_values(one) for one in made])
        for key, state in folded.states.items():
            writes.save_state(connection, key, state)
        for one in folded.incidents:
            writes.save_incident(connection, one)
    return len(made)
