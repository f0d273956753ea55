"""How far the ledger has come: what was made from it is good until it goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from monitor.store.state_reader import Place
from monitor.web.pages import Clock
from monitor.web.reader import Reader

EVERY = timedelta(seconds=0.5)
"""The ledger is asked so often at most, however many visitors there are."""


class Position:
    """Called, it gives the place, at most EVERY old. Safe to share between threads. Errors
    are those of the reader."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock
        self._seen: tuple[datetime, Place] | None = None
        self._lock = Lock()

    @property
    def known(self) -> Place | None:
        """The place without asking anyone; None when it is time to ask."""
        if self._seen is None:
            return None
        looked, place = self._seen
        return place if timedelta() <= self._clock() - looked < EVERY else None

    def __call__(self) -> Place:
        """The place."""
        with self._lock:
            found = self.known
            if found is None:
                now = self._clock()
                found = self._reader.place()
                self._seen = now, found
            return found
