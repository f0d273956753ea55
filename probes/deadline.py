"""An end that comes whatever the event loop is doing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

STRIKES_SECONDS = 1.0


class Deadline:
    """Strikes when its time is over, from a thread of its own, and every second from then on until
    it is cancelled: a browser between its fork and its first word is not found by one strike."""

    def __init__(self, seconds: float, strike: Callable[[], None]) -> None:
        self._strike = strike
        self._ends_at = time.monotonic() + seconds
        self._struck, self._cancelled = threading.Event(), threading.Event()
        self._timer = self._start()

    @property
    def has_struck(self) -> bool:
        """True when the time was over."""
        return self._struck.is_set()

    def extend(self, seconds: float) -> None:
        """Give more time: for a step that waits by design."""
        self._timer.cancel()
        self._ends_at += seconds
        self._timer = self._start()

    def cancel(self) -> None:
        """Strike no more."""
        self._cancelled.set()
        self._timer.cancel()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(self._ends_at - time.monotonic(), self._over)
        timer.daemon = True
        timer.start()
        return timer

    def _over(self) -> None:
        while not self._cancelled.is_set():
            self._struck.set()
            self._strike()
            self._cancelled.wait(STRIKES_SECONDS)
