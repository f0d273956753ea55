"""What the public pages read: the reading half of the store, and the blobs."""

from __future__ import annotations

from typing import Protocol

from monitor.core.model import Observation
from monitor.metrics import StateReader
from monitor.store.history import SlotReader


class Reader(SlotReader, StateReader, Protocol):
    """Slots, incidents and observations."""

    def observation(self, sequence: int) -> Observation | None:
        """What the run of this slot saw; None when nothing ran or there is no such slot."""


class Blobs(Protocol):
    """Stored files by their SHA-256."""

    def has(self, sha256: str) -> bool:
        """True while the file is kept."""

    def get(self, sha256: str) -> bytes:
        """Its content."""
