"""How far the ledger has come: what was made from it is good until it goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from monitor.web.pages import Clock
from monitor.web.reader import Reader

EVERY = timedelta(seconds=0.5)
"""The ledger is asked so often at most, however many visitors there are."""

Place = tuple[int, int, int]
"""The last slot's sequence, and how many reviews and statements there are."""


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
                found = self._look(self._seen[1] if self._seen else None)
                self._seen = now, found
            return found

    def _look(self, before: Place | None) -> Place:
        reader = self._reader
        if before is None:
            last = max((one.sequence for one in reader.latest().values()), default=0)
        else:
            last = before[0]
        new = (one.sequence for one in reader.slots(after_sequence=last))
        return max(new, default=last), len(reader.reviews()), len(reader.statements())
