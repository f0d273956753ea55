"""What was made of the ledger up to a moment, kept in memory while it is right.

A rolling window moves with every second, but its edges stay in the same two days, and all that lies
between two changes of clocks stays as it is. What is kept is right until a slot comes in that can
tell of it, or something is judged again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from monitor.core.scopes import component_of
from monitor.store.rollup_rows import Cursor
from monitor.store.schema import slot

MOST = 512
"""Things kept; the largest, a day of a component looked at every few minutes, takes a megabyte."""

T = TypeVar("T")

_Made = tuple[tuple[Cursor, ...], Any]


class Remembered:
    """Safe to share between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, _Made] = OrderedDict()
        self._lock = Lock()

    def get(
        self,
        connection: Connection,
        name: Hashable,
        cursors: Sequence[Cursor],
        until: datetime,
        make: Callable[[], T],
    ) -> T:
        """What ``make`` gives of these books up to ``until``, made now unless it is still right.
        What it gives must be all that the name says, whatever the moment."""
        key = (name, tuple(one.component for one in cursors))
        with self._lock:
            found = self._kept.get(key)
        if found is None or not _is_right(connection, found[0], tuple(cursors), until):
            found = tuple(cursors), make()
        elif found[0] == tuple(cursors):
            return found[1]  # type: ignore[no-any-return]  # what make gave under this name
        with self._lock:
            self._kept[key] = tuple(cursors), found[1]
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found[1]


def _is_right(
    connection: Connection, made: tuple[Cursor, ...], now: tuple[Cursor, ...], until: datetime
) -> bool:
    """True when what was made as far as the sums went then would be made the same now."""
    return len(made) == len(now) and all(
        _tells_nothing(connection, *pair, until) for pair in zip(made, now, strict=True)
    )


def _tells_nothing(connection: Connection, made: Cursor, now: Cursor, until: datetime) -> bool:
    """True when nothing that came in between tells of the time up to ``until``."""
    if made == now:
        return True
    if made.sequence > now.sequence or _rest(made) != _rest(now):
        return False
    first = _first_between(connection, made, now)
    return first is None or first - 2 * now.margin >= until


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
