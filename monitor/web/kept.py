"""Answers that are made once in some seconds however many ask: the machine is also measuring."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Remembers what was made last, by name, for ``seconds``, and no more than ``most`` of them.
    One maker at a time."""

    def __init__(self, seconds: float, most: int = 64) -> None:
        self._span = timedelta(seconds=seconds)
        self._most = most
        self._made: dict[Hashable, tuple[datetime, T]] = {}
        self._lock = Lock()

    def get(self, name: Hashable, now: datetime, make: Callable[[], T]) -> T:
        """What was made under this name, made now when it is older or of the future."""
        with self._lock:
            found = self._made.get(name)
            if found is None or not timedelta() <= now - found[0] < self._span:
                made = (now, make())
                self._made.pop(name, None)
                while len(self._made) >= self._most:
                    del self._made[next(iter(self._made))]  # the one made longest ago
                found = self._made[name] = made
            return found[1]
