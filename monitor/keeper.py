"""Keeping what a slot brought: files first, then the observation in one transaction."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor.core.classify import classify
from monitor.core.model import Observation, Signal, SignalKind
from monitor.cycle import Observed
from monitor.errors import MonitorError
from monitor.store.blobs import BlobStore
from monitor.store.store import Recorded, SlotTaken, Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An observation as it was recorded, the bytes of evidence that were new with it, and the
    time that the store's transaction took."""

    observation: Observation
    recorded: Recorded
    evidence_bytes: int
    store_seconds: float
    withheld: tuple[str, ...] = ()


class Keeper:
    """Writes observations and their evidence. A kill between the two leaves files without an
    observation, which the next backup or clean-up may drop, and never the other way round."""

    def __init__(self, store: Store, blobs: BlobStore, on_kept: Callable[[Kept], None]) -> None:
        self._store = store
        self._blobs = blobs
        self._on_kept = on_kept

    async def keep(self, observed: Observed) -> Kept | None:
        """Store an observation; None when its slot was already recorded by someone else."""
        try:
            kept = await asyncio.to_thread(self._keep, observed)
        except SlotTaken as error:
            log.warning("%s", error)
            return None
        self._on_kept(kept)
        return kept

    def _keep(self, observed: Observed) -> Kept:
        try:
            size = sum(self._put(file.data, file.media_type) for file in observed.files)
            observation = observed.observation
        except (OSError, MonitorError) as error:
            log.exception("evidence could not be written")
            size, observation = 0, without_evidence(observed.observation, error)
        began = time.monotonic()
        recorded = self._store.record(observation)
        self._put_back(observed, observation)
        return Kept(
            observation=observation,
            recorded=recorded,
            evidence_bytes=size,
            store_seconds=time.monotonic() - began,
            withheld=observed.withheld,
        )

    def _put_back(self, observed: Observed, observation: Observation) -> None:
        """Retention may have dropped a file that an old run shared with this one, between our
        finding it there and our saying that we need it. From now on it knows."""
        if observation is not observed.observation:
            return
        try:
            for file in observed.files:
                if not self._blobs.has(file.sha256):
                    self._put(file.data, file.media_type)
        except (OSError, MonitorError):
            log.exception("a file of evidence could not be put back")

    def _put(self, data: bytes, media_type: str) -> int:
        return self._blobs.put(data, media_type).size


def without_evidence(observation: Observation, error: Exception) -> Observation:
    """The observation when its evidence cannot be kept: our own fault, whatever was seen.
    An outage that cannot be shown is not claimed."""
    signal = Signal(kind=SignalKind.INTERNAL_ERROR, text=type(error).__name__)
    attempts = tuple(
        replace(
            attempt,
            manifest=None,
            steps=tuple(replace(step, screenshot=None) for step in attempt.steps),
            signals=(*attempt.signals, signal),
            verdict=classify((*attempt.signals, signal)),
        )
        for attempt in observation.attempts
    )
    return replace(observation, attempts=attempts, verdict=classify([signal]))
