"""Timelines of single days, kept in memory: the edges of windows are cut out of them.

A rolling window moves with every second, but its edges stay in the same two days. A day that is
kept is right until a slot comes in that can tell of it, or something is judged again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection, func, select

from monitor.core.scopes import Scope, component_of
from monitor.core.timeline import EPOCH, Timeline
from monitor.store.rollup_reads import DAY, line_of
from monitor.store.rollup_rows import Cursor
from monitor.store.schema import slot

MOST = 256
"""Days kept, about a megabyte each where a component is looked at every few minutes."""

_Key = tuple[str, Scope, int]
"""The book, the scope, the day since the Unix epoch."""


class Edges:
    """Safe to share between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[_Key, tuple[Cursor, Timeline]] = OrderedDict()
        self._lock = Lock()

    def line(
        self,
        connection: Connection,
        scope: Scope,
        cursor: Cursor,
        low: datetime,
        high: datetime,
        *,
        now: datetime,
    ) -> Timeline:
        """The timeline of one component's scope, right within [low, high)."""
        day = (low - EPOCH) // DAY
        begin, end = EPOCH + day * DAY, EPOCH + (day + 1) * DAY
        if high > end or now < cursor.last_slot_at:
            return line_of(connection, scope, cursor, low, high, now=now)
        key = (cursor.component, scope, day)
        line = self._still_right(connection, key, cursor)
        if line is None:
            line = line_of(connection, scope, cursor, begin, end, now=now)
            self._keep(key, cursor, line)
        return replace(line, now=now)

    def _still_right(self, connection: Connection, key: _Key, cursor: Cursor) -> Timeline | None:
        """What is kept under the key, if it is what would be made of the sums that go so far."""
        with self._lock:
            before, line = self._kept.get(key, (None, None))
        if before is None or line is None or before == cursor:
            return line
        if before.sequence > cursor.sequence or _rest(before) != _rest(cursor):
            return None
        first = _first_between(connection, before, cursor)
        if first is not None and first - 2 * cursor.margin < EPOCH + (key[-1] + 1) * DAY:
            return None
        self._keep(key, cursor, line)
        return line

    def _keep(self, key: _Key, cursor: Cursor, line: Timeline) -> None:
        with self._lock:
            self._kept[key] = cursor, line
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _rest(cursor: Cursor) -> tuple[float, int, int]:
    """What a new slot of the usual kind leaves as it is."""
    return cursor.longest_interval_seconds, cursor.reviews, cursor.reclassifications


def _first_between(connection: Connection, before: Cursor, now: Cursor) -> datetime | None:
    """When the first of the slots began, or should have, that came in between."""
    begun = func.coalesce(slot.c.started_at, slot.c.scheduled_at)
    query = select(func.min(begun)).where(
        slot.c.component == component_of(now.component),
        slot.c.sequence > before.sequence,
        slot.c.sequence <= now.sequence,
    )
    found: datetime | None = connection.execute(query).scalar_one()
    return found
