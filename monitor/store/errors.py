"""What can go wrong with the store. Every message is one sentence for the operator."""

from __future__ import annotations

from sqlalchemy.exc import DontWrapMixin

from monitor.core.model import Slot
from monitor.errors import ConfigurationError, StoreError


class SlotTaken(StoreError):
    """The slot is already in the ledger; nothing was changed."""

    def __init__(self, slot: Slot) -> None:
        """Name the slot."""
        when = slot.scheduled_at.isoformat()
        super().__init__(
            f"the slot of {slot.component} from {slot.vantage} at {when} is already recorded"
        )


class UnknownVantage(StoreError):
    """A slot names a vantage that was never registered; nothing was changed."""

    def __init__(self, vantage: str) -> None:
        """Name the vantage."""
        super().__init__(f"the vantage {vantage!r} is not registered in the database")


class NaiveDatetime(StoreError, DontWrapMixin):
    """A datetime without a timezone reached the store; nothing was changed."""


class StampSettled(StoreError):
    """Nothing waits for this stamp: it was kept or given up meanwhile; nothing was changed."""


class NewerDatabase(ConfigurationError):
    """A newer version of the program made the database or the backup; nothing was changed."""

    def __init__(self, where: str) -> None:
        """Name the database or the backup."""
        super().__init__(
            f"{where} was made by a newer version of anef-monitor, nothing was changed: "
            "install that version to use it"
        )


class BlobMissing(StoreError):
    """No file with this content is stored."""


class BlobDamaged(StoreError):
    """A stored file no longer has the content that its name promises."""


class BackupDamaged(StoreError):
    """A backup is truncated, altered, or not one of ours; nothing was restored."""


class TargetNotEmpty(StoreError):
    """A restore would mix with what is already there; nothing was restored."""
