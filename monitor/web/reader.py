"""What the public pages read: the reading half of the store, and the blobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from monitor.core.corrected import PublicStatement
from monitor.core.model import Observation, SlotRecord
from monitor.core.reviewed import Review
from monitor.store.state_reader import StateReader


class SlotReader(Protocol):
    """What reads the ledger itself."""

    def slots(
        self,
        *,
        component: str | None = None,
        vantage: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_sequence: int = 0,
    ) -> Iterable[SlotRecord]:
        """Slots in the order of their sequence."""


class Reader(SlotReader, StateReader, Protocol):
    """Slots, incidents and observations."""

    def observation(self, sequence: int) -> Observation | None:
        """What the run of this slot saw; None when nothing ran or there is no such slot."""

    def reviews(self, *, sequence: int | None = None) -> Sequence[Review]:
        """Persons' decisions in the order of recording; with ``sequence`` those on one slot."""

    def statements(self, *, about: str | None = None) -> Sequence[PublicStatement]:
        """Corrections and answers in the order of recording; with ``about`` those on one thing."""


class Blobs(Protocol):
    """Stored files by their SHA-256."""

    def has(self, sha256: str) -> bool:
        """True while the file is kept."""

    def get(self, sha256: str) -> bytes:
        """Its content."""
