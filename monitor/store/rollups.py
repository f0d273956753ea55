"""Sums by hour and by day, kept so that a figure over five years takes no longer than one of a day.

They are derived: made lazily, some thousand slots in a transaction, and again from any day on when
a slot comes late or is judged again. ``rebuild_rollups`` makes them from nothing; a test compares.
"""

from __future__ import annotations

from sqlalchemy import Engine, delete, func, select

from monitor.core.scopes import PATH, Scope, is_judged, judged_book
from monitor.store.engine import reading, writing
from monitor.store.rollup_judged import judged_step, judgements
from monitor.store.rollup_path import path_step
from monitor.store.rollup_reads import cursors
from monitor.store.rollup_step import news, take_in
from monitor.store.schema import ROLLUPS, fold_state, rollup_cursor, slot

STEP_SLOTS = 5_000
"""At most so many new slots in one transaction: probes wait for it, about half a second."""


_PATH = (
    select(rollup_cursor.c[name]).where(rollup_cursor.c.component == PATH).scalar_subquery()
    for name in ("sequence", "reviews", "reclassifications")
)
_REACHED = select(func.coalesce(func.max(slot.c.sequence), 0), *_PATH)


class Rollups:
    """The part of the store that keeps sums."""

    _engine: Engine

    def refresh_rollups(self, *, step_slots: int = STEP_SLOTS) -> bool:
        """Take all new slots and judgements into the sums. True when there were any."""
        behind = self._behind()
        for component in behind:
            for book in (component, judged_book(component)):
                while self._refresh_step(book, step_slots):
                    pass
                if book == component:
                    self._take_judgements_in(component)
        for judged in (False, True) if behind else ():
            while self._refresh_path(judged=judged):
                pass
        return bool(behind)

    def rebuild_rollups(self) -> None:
        """Make all sums again from nothing."""
        with writing(self._engine) as connection:
            for one in ROLLUPS:
                connection.execute(delete(one))
        self.refresh_rollups()

    def _behind(self) -> list[str]:
        """Components with slots or judgements that are not in the sums yet."""
        with reading(self._engine) as connection:
            last, *path = connection.execute(_REACHED).one()
            if tuple(path) == (last, *judgements(connection)):
                return []
            return sorted(connection.execute(select(fold_state.c.component).distinct()).scalars())

    def _refresh_step(self, book: str, step_slots: int) -> bool:
        with writing(self._engine) as connection:
            cursor = cursors(connection).get(book)
            if cursor is None and is_judged(book):
                return False
            new = news(connection, book, cursor, step_slots)
            if new is None:
                return False
            take_in(connection, book, cursor, new)
            return new.many == step_slots

    def _take_judgements_in(self, component: str) -> None:
        with writing(self._engine) as connection:
            progress = judged_step(connection, component)
        while progress is not None:  # probes can write between two places
            with writing(self._engine) as connection:
                progress = judged_step(connection, component, progress)

    def _refresh_path(self, *, judged: bool) -> bool:
        with writing(self._engine) as connection:
            return path_step(connection, Scope(component=PATH, judged=judged))
