"""Alerts that wait to be sent, and those that were: a row each, unique for target and event.

A row says ``sending`` before anything goes out. Who finds it so after a while knows that the
sender died or lost the database in between, and sends again: at least once, never silently not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, func, or_, select, update

from monitor.core.alerts import Message, State, Told
from monitor.store import rows
from monitor.store.engine import reading, writing
from monitor.store.schema import outbox
from monitor.store.upsert import insert_new

SUBSCRIPTION = "subscription"

_GOES_ON = (State.PENDING.value, State.SENDING.value)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A message as it stands. ``title`` and ``body`` are None until it was first tried."""

    number: int
    target: str
    event: str
    topic: str
    kind: str
    facts: Mapping[str, str | int | float]
    state: State
    created_at: datetime
    not_before: datetime
    attempts: int
    attempted_at: datetime | None = None
    done_at: datetime | None = None
    title: str | None = None
    body: str | None = None
    error: str | None = None

    @property
    def told(self) -> Told:
        """What the rules care about."""
        return Told(
            number=self.number,
            event=self.event,
            topic=self.topic,
            state=self.state,
            attempts=self.attempts,
            created_at=self.created_at,
            facts=self.facts,
        )


class Outbox:
    """The part of the store that remembers what was told to whom."""

    _engine: Engine

    def subscribe(self, target: str, now: datetime) -> datetime:
        """Since when this target is told things: now, when it is new."""
        row = _row(1, target, SUBSCRIPTION, SUBSCRIPTION, SUBSCRIPTION, {}, now, now)
        with writing(self._engine) as connection:
            row |= {"number": _next(connection), "state": State.SUBSCRIBED.value, "done_at": now}
            insert_new(connection, outbox, row)
            query = select(outbox.c.created_at).where(
                outbox.c.target == target, outbox.c.event == SUBSCRIPTION
            )
            since: datetime = connection.execute(query).scalar_one()
        return since

    def enqueue(
        self, messages: Iterable[Message], *, now: datetime, drop: Iterable[int] = ()
    ) -> int:
        """Write messages down, those already there left as they are, and drop held ones in the
        same transaction. Returns how many were new."""
        added = 0
        with writing(self._engine) as connection:
            for number in drop:
                connection.execute(
                    update(outbox)
                    .where(outbox.c.number == number, outbox.c.state == State.PENDING.value)
                    .values(state=State.DROPPED.value, done_at=now)
                )
            for one in messages:
                row = _row(
                    _next(connection),
                    one.target,
                    one.event,
                    one.topic,
                    one.kind.value,
                    one.facts,
                    now,
                    one.not_before,
                )
                added += insert_new(connection, outbox, row)
        return added

    def told(self, target: str, *, since: datetime) -> tuple[Entry, ...]:
        """What this target was told since then, or still waits for, in the order of writing."""
        wanted = or_(outbox.c.created_at >= since, outbox.c.state.in_(_GOES_ON))
        query = select(outbox).where(outbox.c.target == target, wanted)
        return self._entries(query.order_by(outbox.c.number))

    def outbox(self, *, limit: int | None = None) -> tuple[Entry, ...]:
        """Every message, the latest first; subscriptions are none."""
        query = select(outbox).where(outbox.c.event != SUBSCRIPTION)
        return self._entries(query.order_by(outbox.c.number.desc()).limit(limit))

    def due(self, now: datetime, *, lease_seconds: float) -> tuple[Entry, ...]:
        """Messages to be tried now, in the order of writing: those whose time has come, and those
        that someone began to send more than ``lease_seconds`` ago and never finished."""
        lost = now - timedelta(seconds=lease_seconds)
        ready = or_(
            and_(outbox.c.state == State.PENDING.value, outbox.c.not_before <= now),
            and_(outbox.c.state == State.SENDING.value, outbox.c.attempted_at <= lost),
        )
        return self._entries(select(outbox).where(ready).order_by(outbox.c.number))

    def is_waiting_before(self, entry: Entry) -> bool:
        """True while an earlier message of the same topic has not got through to its target."""
        query = select(outbox.c.number).where(
            outbox.c.target == entry.target,
            outbox.c.topic == entry.topic,
            outbox.c.number < entry.number,
            outbox.c.state.in_(_GOES_ON),
        )
        with reading(self._engine) as connection:
            return connection.execute(query.limit(1)).first() is not None

    def begin_sending(
        self,
        entry: Entry,
        *,
        title: str,
        body: str,
        facts: Mapping[str, str | int | float],
        now: datetime,
    ) -> bool:
        """Write down that this message goes out now, with its words, which stay the same when it
        is tried again. False when someone else began since ``entry`` was read."""
        change = (
            update(outbox)
            .where(
                outbox.c.number == entry.number,
                outbox.c.attempts == entry.attempts,
                outbox.c.state.in_(_GOES_ON),
            )
            .values(
                state=State.SENDING.value,
                attempts=entry.attempts + 1,
                attempted_at=now,
                title=title,
                body=body,
                facts=_facts(facts),
            )
        )
        with writing(self._engine) as connection:
            return connection.execute(change).rowcount == 1

    def end_sending(
        self,
        number: int,
        state: State,
        *,
        now: datetime,
        error: str | None = None,
        not_before: datetime | None = None,
    ) -> None:
        """Write down how an attempt ended; with ``pending``, when to try again."""
        values: dict[str, object] = {"state": state.value, "error": error}
        values |= {"not_before": not_before} if not_before else {"done_at": now}
        with writing(self._engine) as connection:
            connection.execute(update(outbox).where(outbox.c.number == number).values(values))

    def _entries(self, query: Select[*tuple[Any, ...]]) -> tuple[Entry, ...]:
        with reading(self._engine) as connection:
            return tuple(_entry(row) for row in connection.execute(query))


def _next(connection: Connection) -> int:
    return (connection.execute(select(func.max(outbox.c.number))).scalar_one() or 0) + 1


def _facts(facts: Mapping[str, str | int | float]) -> str:
    return json.dumps(dict(facts), sort_keys=True)


def _row(
    number: int,
    target: str,
    event: str,
    topic: str,
    kind: str,
    facts: Mapping[str, str | int | float],
    created_at: datetime,
    not_before: datetime,
) -> dict[str, object]:
    return {
        "number": number,
        "target": target,
        "event": event,
        "topic": topic,
        "kind": kind,
        "facts": _facts(facts),
        "state": State.PENDING.value,
        "created_at": created_at,
        "not_before": not_before,
        "attempts": 0,
    }


def _entry(row: rows.AnyRow) -> Entry:
    values = {**row._asdict(), "facts": json.loads(row.facts), "state": State(row.state)}
    return Entry(**values)
