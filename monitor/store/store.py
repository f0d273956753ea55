"""The store: where every slot ends up, in one transaction, exactly once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import select

from monitor.core.incidents import FoldState, fold
from monitor.core.model import Incident, Observation, Outcome, Slot, SlotRecord, Vantage
from monitor.errors import ConfigurationError, StoreError
from monitor.store import rows, writes
from monitor.store.certificates import Certificates
from monitor.store.checkpoints import Checkpoints
from monitor.store.citations import Citations
from monitor.store.engine import open_engine, parse_url, require_writable, shown, writing
from monitor.store.errors import NewerDatabase, SlotTaken
from monitor.store.leaves import Leaves
from monitor.store.migrate import SchemaStatus, check_url, upgrade
from monitor.store.outbox import Outbox
from monitor.store.readers import StoreReader
from monitor.store.reclassifications import Reclassifications
from monitor.store.retirements import Retirements
from monitor.store.reviews import Reviews
from monitor.store.rollups import Rollups
from monitor.store.schema import slot as slot_table
from monitor.store.schema import vantage as vantage_table
from monitor.store.stamps import Stamps
from monitor.store.statements import Statements
from monitor.store.upsert import upsert

__all__ = ["Recorded", "SlotTaken", "Store", "StoreReader", "open_store"]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What recording a slot did: its line in the ledger, and the incident that this slot opened,
    changed or closed; None when it did none of these."""

    record: SlotRecord
    incident: Incident | None


class Store(
    StoreReader,
    Reclassifications,
    Reviews,
    Certificates,
    Statements,
    Citations,
    Retirements,
    Leaves,
    Checkpoints,
    Stamps,
    Outbox,
    Rollups,
):
    """The ledger of slots with all that hangs on it. Safe to share between threads; any number of
    processes may have the same database open. Every method raises StoreError when the database
    fails, and then nothing was changed."""

    def register_vantage(self, vantage: Vantage) -> None:
        """Make a vantage known, or bring its description up to date."""
        with writing(self._engine) as connection:
            upsert(connection, vantage_table, vars(vantage))

    def record(self, observation: Observation) -> Recorded:
        """Keep an observation, whole or not at all.

        Raises SlotTaken when its slot is already recorded, UnknownVantage, NaiveDatetime.
        """
        with writing(self._engine) as connection:
            writes.require_free(connection, observation.slot)
            record = rows.ran(observation, writes.next_sequence(connection))
            incident = writes.enter(connection, record, rows.manifests(observation))
            writes.enter_details(connection, record.sequence, observation)
        return Recorded(record=record, incident=incident)

    def record_unrun(self, slot: Slot, outcome: Outcome, rule: str) -> Recorded:
        """Keep a slot that did not run: ``missed`` or ``skipped``, and the rule that says why.

        Raises SlotTaken when it is already recorded, UnknownVantage, NaiveDatetime.
        """
        _require_unrun(outcome)
        with writing(self._engine) as connection:
            writes.require_free(connection, slot)
            sequence = writes.next_sequence(connection)
            record = SlotRecord(sequence=sequence, slot=slot, outcome=outcome, rule=rule)
            incident = writes.enter(connection, record)
        return Recorded(record=record, incident=incident)

    def backfill(
        self, slots: Iterable[Slot], outcome: Outcome = Outcome.MISSED, rule: str = "off"
    ) -> int:
        """Keep any number of slots that did not run, in one transaction and in the order given.

        Those already recorded stay as they are. Returns how many were added.
        Raises UnknownVantage, NaiveDatetime.
        """
        _require_unrun(outcome)
        with writing(self._engine) as connection:
            first = following = writes.next_sequence(connection)
            for slot in slots:
                if writes.is_taken(connection, slot):
                    continue
                writes.require_free(connection, slot)
                record = SlotRecord(sequence=following, slot=slot, outcome=outcome, rule=rule)
                writes.enter(connection, record)
                following += 1
        return following - first

    def rebuild_incidents(self) -> int:
        """Fold every slot again from nothing. Returns how many incidents there are.

        Readers see the old incidents until the new ones are complete; writers wait.
        """
        states: dict[writes.Key, FoldState] = {}
        found: dict[tuple[str, str, int], Incident] = {}
        query = select(*rows.SLOT_COLUMNS).order_by(slot_table.c.sequence)
        with writing(self._engine) as connection:
            lines = connection.execute(query.execution_options(yield_per=2000))
            for record in map(rows.slot_record, lines):
                key = (record.slot.component, record.slot.vantage)
                states[key], incident = fold(states.get(key, FoldState()), record)
                if incident is not None:
                    found[(*key, incident.opened_sequence)] = incident
            writes.forget_incidents(connection)
            for key, state in states.items():
                writes.save_state(connection, key, state)
            for incident in found.values():
                writes.save_incident(connection, incident)
        return len(found)

    def close(self) -> None:
        """Give the connections back. A SQLite file is then alone, without files beside it."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Open already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()


def open_store(url: str, *, migrate: bool = True) -> Store:
    """The store at this address, at the schema of this program.

    With ``migrate`` an empty or older database is brought up to date first; without it such a
    database is refused. Raises ConfigurationError for an address or a folder that cannot be used
    and for a database of a newer version (nothing is changed), StoreError for a server that
    cannot be reached.
    """
    parsed = parse_url(url)
    status = check_url(parsed)
    if status is SchemaStatus.NEWER:
        raise NewerDatabase(shown(parsed))
    require_writable(parsed)
    if status is not SchemaStatus.CURRENT:
        if not migrate:
            raise ConfigurationError(
                f"{shown(parsed)} is {status.value}: run anef-monitor db upgrade first"
            )
        upgrade(url)
    return Store(open_engine(parsed))


def _require_unrun(outcome: Outcome) -> None:
    if outcome not in (Outcome.MISSED, Outcome.SKIPPED):
        raise StoreError(f"a slot that did not run cannot be {outcome.value}")
