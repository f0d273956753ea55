"""The statements of one transaction of the store, in the order in which they run.

Every function works inside the caller's transaction and leaves no trace when it raises.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from monitor.core.incidents import FoldState, fold
from monitor.core.model import Incident, Observation, Slot, SlotRecord
from monitor.store import leaves, rows
from monitor.store.errors import SlotTaken, UnknownVantage
from monitor.store.schema import (
    artifact,
    attempt,
    fold_state,
    incident,
    observation,
    slot,
    step,
    vantage,
)
from monitor.store.upsert import INSERTS, upsert

Key = tuple[str, str]


def next_sequence(connection: Connection) -> int:
    """The number of the next slot. Sound only while no one else can write."""
    last = connection.execute(select(func.max(slot.c.sequence))).scalar_one()
    return (last or 0) + 1


def is_taken(connection: Connection, planned: Slot) -> bool:
    """True when the slot is already in the ledger."""
    query = select(slot.c.sequence).where(
        slot.c.component == planned.component,
        slot.c.vantage == planned.vantage,
        slot.c.scheduled_at == planned.scheduled_at,
    )
    return connection.execute(query).first() is not None


def require_free(connection: Connection, planned: Slot) -> None:
    """Raises SlotTaken, or UnknownVantage."""
    if is_taken(connection, planned):
        raise SlotTaken(planned)
    known = select(vantage.c.id).where(vantage.c.id == planned.vantage)
    if connection.execute(known).first() is None:
        raise UnknownVantage(planned.vantage)


def enter(
    connection: Connection, record: SlotRecord, manifests: Iterable[str] = ()
) -> Incident | None:
    """Add a slot to the ledger and to the log, and fold it in. ``manifests`` are those of its
    attempts. Returns the incident that it changed, if any."""
    connection.execute(insert(slot), rows.slot_values(record))
    leaves.append_slot(connection, record, manifests)
    key = (record.slot.component, record.slot.vantage)
    state, changed = fold(_folded(connection, key), record)
    save_state(connection, key, state)
    if changed is not None:
        save_incident(connection, changed)
    return changed


def enter_details(connection: Connection, sequence: int, seen: Observation) -> None:
    """Add what the thin line of a slot does not hold."""
    connection.execute(insert(observation), rows.observation_values(sequence, seen))
    for values in rows.artifact_values(seen):
        # The first description of a content stays: the hash is what names it.
        statement = INSERTS[connection.dialect.name](artifact).on_conflict_do_nothing()
        connection.execute(statement, values)
    for table, lines in (
        (attempt, rows.attempt_values(sequence, seen)),
        (step, rows.step_values(sequence, seen)),
    ):
        if lines:
            connection.execute(insert(table), lines)


def _folded(connection: Connection, key: Key) -> FoldState:
    query = select(fold_state.c.state).where(
        fold_state.c.component == key[0], fold_state.c.vantage == key[1]
    )
    text = connection.execute(query).scalar_one_or_none()
    return FoldState() if text is None else FoldState.from_json(text)


def save_state(connection: Connection, key: Key, state: FoldState) -> None:
    """Keep where folding stands for one (component, vantage)."""
    values = {"component": key[0], "vantage": key[1], "state": state.to_json()}
    upsert(connection, fold_state, values)


def save_incident(connection: Connection, changed: Incident) -> None:
    """Keep an incident, new or changed."""
    upsert(connection, incident, rows.incident_values(changed))


def forget_incidents(connection: Connection) -> None:
    """Empty what is derived; the slots are all that it takes to make it again."""
    connection.execute(delete(incident))
    connection.execute(delete(fold_state))
