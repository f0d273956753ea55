"""Decisions of persons, appended; nothing is ever replaced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, true

from monitor.core.reviewed import Decision, Review
from monitor.errors import StoreError
from monitor.store.engine import reading, writing
from monitor.store.leaves import append_review
from monitor.store.schema import review, slot


def reviews_where(connection: Connection, wanted: ColumnElement[bool]) -> tuple[Review, ...]:
    """Decisions that match, in the order of recording."""
    query = select(review).where(wanted).order_by(review.c.number)
    return tuple(
        Review(**{**row._asdict(), "decision": Decision(row.decision)})
        for row in connection.execute(query)
    )


class Reviews:
    """The part of the store that keeps what persons decided."""

    _engine: Engine

    def reviews(self, *, sequence: int | None = None) -> tuple[Review, ...]:
        """Every decision in the order of recording; with ``sequence`` those on one slot."""
        wanted = true() if sequence is None else review.c.sequence == sequence
        with reading(self._engine) as connection:
            return reviews_where(connection, wanted)

    def add_reviews(
        self, sequences: Iterable[int], *, decision: Decision, by: str, note: str, now: datetime
    ) -> tuple[Review, ...]:
        """Keep one decision on each of the slots, on all of them or none.

        Raises StoreError for a slot that is not in the ledger, NaiveDatetime.
        """
        with writing(self._engine) as connection:
            last = connection.execute(select(func.max(review.c.number))).scalar_one()
            added = tuple(
                Review(
                    number=number,
                    sequence=sequence,
                    decision=decision,
                    by=by,
                    note=note,
                    decided_at=now,
                )
                for number, sequence in enumerate(sequences, start=(last or 0) + 1)
            )
            for one in added:
                _require_slot(connection, one.sequence)
                connection.execute(insert(review), {**vars(one), "decision": decision.value})
                append_review(connection, one)
        return added


def _require_slot(connection: Connection, sequence: int) -> None:
    query = select(slot.c.sequence).where(slot.c.sequence == sequence)
    if connection.execute(query).first() is None:
        raise StoreError(f"there is no slot {sequence}")
