"""Later verdicts of newer rules, appended beside the first ones; nothing is ever replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, insert, select, true

from monitor.core.model import Outcome, SlotRecord, Verdict
from monitor.core.reclassify import AttemptRecord, Change, Reclassification
from monitor.store import rows
from monitor.store.engine import reading, writing
from monitor.store.leaves import append_reclassification
from monitor.store.schema import attempt, reclassification, slot

_BATCH = 1000

Judged = tuple[SlotRecord, tuple[AttemptRecord, ...]]
"""A slot as it was recorded, and what the rules read of it."""


def reclassifications_where(
    connection: Connection, wanted: ColumnElement[bool]
) -> tuple[Reclassification, ...]:
    """Later verdicts that match, in the order of recording."""
    query = select(reclassification).where(wanted).order_by(reclassification.c.number)
    return tuple(
        Reclassification(**{**row._asdict(), "outcome": Outcome(row.outcome)})
        for row in connection.execute(query)
    )


class Reclassifications:
    """The part of the store that keeps what newer rules say."""

    _engine: Engine

    def judged(self, *, since: datetime | None = None) -> Iterator[Judged]:
        """Every slot that has attempts, scheduled at ``since`` or later, by sequence.

        They are read as they are asked for; the connection is held until the iterator is used up
        or closed.
        """
        query = _judged_query(since).execution_options(yield_per=_BATCH)
        width = len(rows.SLOT_COLUMNS)
        with reading(self._engine) as connection, connection.execute(query) as found:
            for _, lines in groupby(found, key=lambda line: line[0]):
                group = list(lines)
                attempts = tuple(_attempt_record(line[width:]) for line in group)
                yield rows.slot_record(group[0][:width]), attempts

    def reclassifications(self, *, sequence: int | None = None) -> tuple[Reclassification, ...]:
        """Every later verdict in the order of recording; with ``sequence`` those of one slot."""
        wanted = true() if sequence is None else reclassification.c.sequence == sequence
        with reading(self._engine) as connection:
            return reclassifications_where(connection, wanted)

    def add_reclassifications(self, changes: Iterable[Change], *, now: datetime) -> int:
        """Keep later verdicts, all of them or none. Returns how many were added.

        A change that is the latest verdict on its slot already is not kept twice. Raises
        StoreError for a slot that has no observation, NaiveDatetime.
        """
        with writing(self._engine) as connection:
            number = first = _next_number(connection)
            for change in changes:
                if _is_latest(connection, change):
                    continue
                kept = _later(number, change, now)
                values = {**vars(kept), "outcome": kept.outcome.value}
                connection.execute(insert(reclassification), values)
                append_reclassification(connection, kept)
                number += 1
        return number - first


def _judged_query(since: datetime | None) -> Select[Any]:
    query = (
        select(
            *rows.SLOT_COLUMNS,
            attempt.c.signals,
            attempt.c.outcome,
            attempt.c.rule,
            attempt.c.ruleset,
            attempt.c.flags,
            attempt.c.via,
        )
        .join(attempt, attempt.c.sequence == slot.c.sequence)
        .order_by(slot.c.sequence, attempt.c.number)
    )
    return query if since is None else query.where(slot.c.scheduled_at >= since)


def _attempt_record(columns: Sequence[Any]) -> AttemptRecord:
    signals, outcome, rule, ruleset, flags, via = columns
    return AttemptRecord(
        signals=rows.signals(signals),
        verdict=Verdict(outcome=Outcome(outcome), rule=rule, ruleset=ruleset, flags=flags, via=via),
    )


def _next_number(connection: Connection) -> int:
    last = connection.execute(select(func.max(reclassification.c.number))).scalar_one()
    return (last or 0) + 1


def _is_latest(connection: Connection, change: Change) -> bool:
    """True when the last verdict kept for the slot, or else its first one, says the same."""
    query = (
        select(reclassification)
        .where(reclassification.c.sequence == change.before.sequence)
        .order_by(reclassification.c.number.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        query_first = select(slot).where(slot.c.sequence == change.before.sequence)
        row = connection.execute(query_first).first()
    verdict = change.verdict
    said = (verdict.outcome.value, verdict.rule, verdict.flags, verdict.via)
    return row is not None and (row.outcome, row.rule, row.flags, row.via) == said


def _later(number: int, change: Change, now: datetime) -> Reclassification:
    verdict = change.verdict
    return Reclassification(
        number=number,
        sequence=change.before.sequence,
        outcome=verdict.outcome,
        rule=verdict.rule,
        ruleset=verdict.ruleset,
        flags=verdict.flags,
        via=verdict.via,
        decided_at=now,
    )
