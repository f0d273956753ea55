"""The queue of stamps: which checkpoint wants one of which authority, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from monitor.core.checkpoint import (
    AT_ONCE,
    Checkpoint,
    QueuedStamp,
    StampState,
    StampSummary,
    next_try,
)
from monitor.store.engine import reading, writing
from monitor.store.errors import StampSettled
from monitor.store.schema import checkpoint, stamp

WAITING, DONE, GIVEN_UP = (one.value for one in StampState)

Due = tuple[QueuedStamp, Checkpoint]


class Stamps:
    """The part of the store that keeps trusted time."""

    _engine: Engine

    def queue_stamps(
        self, made: Checkpoint, authorities: Iterable[str], *, every: timedelta, now: datetime
    ) -> int:
        """Queue a checkpoint with every authority whose last one is older than ``every``. Returns
        with how many."""
        with writing(self._engine) as connection:
            return queue(connection, made, authorities, reason=made.reason, every=every, now=now)

    def due_stamps(self, now: datetime) -> tuple[Due, ...]:
        """Stamps to ask for now with their checkpoints, oldest first."""
        query = (
            select(stamp)
            .where(stamp.c.state == WAITING, stamp.c.next_try_at <= now)
            .order_by(stamp.c.number)
        )
        with reading(self._engine) as connection:
            waiting = [_stamp(row) for row in connection.execute(query)]
            return tuple((one, _checkpoint(connection, one.checkpoint)) for one in waiting)

    def keep_stamp(
        self, number: int, *, request: bytes, response: bytes, generated_at: datetime, now: datetime
    ) -> None:
        """Keep what an authority answered. Raises StampSettled when nothing waits for it: a
        stamp is never replaced."""
        self._settle(
            number,
            state=DONE,
            request=request,
            response=response,
            generated_at=generated_at,
            asked_at=now,
            tries=stamp.c.tries + 1,
            problem=None,
        )

    def defer_stamp(self, one: QueuedStamp, problem: str, *, now: datetime) -> StampState:
        """Note a failed try; the stamp is asked for again later, or given up after many."""
        tries = one.tries + 1
        later = next_try(tries, now)
        state = WAITING if later else GIVEN_UP
        self._settle(
            one.number,
            state=state,
            next_try_at=later or now,
            asked_at=now,
            tries=tries,
            problem=problem,
        )
        return StampState(state)

    def _settle(self, number: int, **values: Any) -> None:  # noqa: ANN401  columns of a row
        change = update(stamp).where(stamp.c.number == number, stamp.c.state == WAITING)
        with writing(self._engine) as connection:
            if connection.execute(change.values(**values)).rowcount != 1:
                raise StampSettled(f"no stamp waits under number {number}")

    def stamps_of(self, made: Checkpoint) -> tuple[QueuedStamp, ...]:
        """Every stamp over a checkpoint, whatever its state."""
        query = select(stamp).where(stamp.c.checkpoint == made.number).order_by(stamp.c.number)
        with reading(self._engine) as connection:
            return tuple(_stamp(row) for row in connection.execute(query))

    def stamp_summary(self) -> StampSummary:
        """How the queue stands."""
        with reading(self._engine) as connection:
            counted = {
                row[0]: row[1]
                for row in connection.execute(
                    select(stamp.c.state, func.count()).group_by(stamp.c.state)
                )
            }
            oldest = connection.execute(_oldest_waiting()).scalar_one()
            last = connection.execute(_last_done()).first()
            problem = connection.execute(_last_problem()).scalar_one_or_none()
        return StampSummary(
            waiting=counted.get(WAITING, 0),
            given_up=counted.get(GIVEN_UP, 0),
            oldest_waiting=oldest,
            last_at=last.generated_at if last else None,
            last_delay_seconds=_delay_seconds(last.generated_at, last.made_at) if last else None,
            problem=problem,
        )


def queue(
    connection: Connection,
    made: Checkpoint,
    authorities: Iterable[str],
    *,
    reason: str,
    every: timedelta,
    now: datetime,
) -> int:
    """Queue a checkpoint in the caller's transaction: at once for what cannot wait, else with
    every authority whose last checkpoint is older than ``every``. Returns with how many."""
    added = 0
    for authority in authorities:
        if not _is_wanted(connection, made, authority, reason, now - every):
            continue
        values = {
            "number": (connection.execute(select(func.max(stamp.c.number))).scalar_one() or 0) + 1,
            "checkpoint": made.number,
            "authority": authority,
            "state": WAITING,
            "next_try_at": now,
            "tries": 0,
        }
        connection.execute(insert(stamp), values)
        added += 1
    return added


def _is_wanted(
    connection: Connection, made: Checkpoint, authority: str, reason: str, before: datetime
) -> bool:
    theirs = select(stamp.c.number).where(stamp.c.authority == authority)
    same = theirs.where(stamp.c.checkpoint == made.number)
    if connection.execute(same).first() is not None:
        return False
    recent = theirs.join(checkpoint).where(checkpoint.c.made_at > before).limit(1)
    return reason in AT_ONCE or connection.execute(recent).first() is None


def _delay_seconds(generated_at: datetime, made_at: datetime) -> float:
    """Never negative: two clocks differ a little, and some authorities count whole seconds."""
    return max(0.0, (generated_at - made_at).total_seconds())


def _stamp(row: Any) -> QueuedStamp:  # noqa: ANN401  a whole row
    return QueuedStamp(**{**row._mapping, "state": StampState(row.state)})


def _checkpoint(connection: Connection, number: int) -> Checkpoint:
    query = select(checkpoint).where(checkpoint.c.number == number)
    return Checkpoint(**connection.execute(query).one()._mapping)


def _oldest_waiting() -> Any:  # noqa: ANN401  a query
    return (
        select(func.min(checkpoint.c.made_at))
        .join(stamp, stamp.c.checkpoint == checkpoint.c.number)
        .where(stamp.c.state == WAITING)
    )


def _last_done() -> Any:  # noqa: ANN401  a query
    return (
        select(stamp.c.generated_at, checkpoint.c.made_at)
        .join(checkpoint, stamp.c.checkpoint == checkpoint.c.number)
        .where(stamp.c.state == DONE)
        .order_by(stamp.c.generated_at.desc())
        .limit(1)
    )


def _last_problem() -> Any:  # noqa: ANN401  a query
    return (
        select(stamp.c.problem)
        .where(stamp.c.state != DONE, stamp.c.problem.is_not(None))
        .order_by(stamp.c.asked_at.desc())
        .limit(1)
    )
