"""How often one visitor may ask for something dear. Addresses are forgotten, and never written."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

MOST_VISITORS = 20_000
"""Remembered at once; beyond that the oldest are forgotten first."""


class RateLimit:
    """At most ``most`` within ``seconds`` for each address.

    What is remembered is a hash with a key that was drawn at the start and dies with the process;
    an IPv6 address counts by its network of 64 bits, which one visitor has alone.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._key = secrets.token_bytes(32)
        self._seen: dict[bytes, deque[float]] = {}
        self._lock = Lock()

    def allows(self, address: str) -> bool:
        """True when this one may be answered; it then counts."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            times = self._seen.setdefault(self._name(address), deque())
            if len(times) >= self._most:
                return False
            times.append(now)
            return True

    def __len__(self) -> int:
        """How many visitors are remembered."""
        return len(self._seen)

    def _forget(self, now: float) -> None:
        for name, times in list(self._seen.items()):
            while times and now - times[0] >= self._seconds:
                times.popleft()
            if not times:
                del self._seen[name]
        while len(self._seen) >= MOST_VISITORS:
            del self._seen[next(iter(self._seen))]

    def _name(self, address: str) -> bytes:
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
            network = found.packed[:8] if found.version == 6 else found.packed
        except ValueError:
            network = b""
        return hashlib.blake2b(network, key=self._key, digest_size=16).digest()
