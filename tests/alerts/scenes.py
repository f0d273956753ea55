"""A store with an incident in it, and a clock that is turned by hand."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from PIL import Image

from monitor.core.model import BlobRef, Observation, Outcome
from monitor.store.blobs import FolderBlobs
from monitor.store.store import Store
from tests.store.samples import NOON, observation, slot

__all__ = ["NOON", "Clock", "failing_incident", "picture", "plain"]

LATER = timedelta(minutes=16)


@dataclass(kw_only=True)
class Clock:
    """Begins when the incident of ``failing_incident`` is known."""

    now: datetime = NOON + LATER

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.now


def plain(text: str) -> str:
    """With ordinary spaces: a mail program keeps no others in a subject."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _webp() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 40), "white").save(out, "WEBP", lossless=True)
    return out.getvalue()


def picture(blobs: FolderBlobs) -> BlobRef:
    """The picture of the failing page, kept."""
    return blobs.put(_webp(), "image/webp")


def failing_incident(store: Store) -> None:
    """One good slot, and two that fail: an incident is open."""
    store.record(observation(slot(0), Outcome.UP))
    for index in (1, 2):
        store.record(_shown(observation(slot(index), Outcome.DOWN)))


def _shown(seen: Observation) -> Observation:
    """With the failing picture in the failing step, as a probe leaves it."""
    data = _webp()
    shot = BlobRef(sha256=hashlib.sha256(data).hexdigest(), media_type="image/webp", size=len(data))
    attempts = tuple(
        replace(
            attempt,
            steps=tuple(replace(one, outcome="failed", screenshot=shot) for one in attempt.steps),
        )
        for attempt in seen.attempts
    )
    return replace(seen, attempts=attempts)
