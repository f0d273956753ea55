"""What the monitor does for its readers between two looks: sums of figures, months of open data."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

from monitor.app import utc_now
from monitor.errors import MonitorError
from monitor.exports.publish import complete_months, log_month, month_period, publish
from monitor.store.figures import Figures
from monitor.store.store import Store

log = logging.getLogger(__name__)

SUMS_SECONDS = 60.0
MONTHS_SECONDS = 3600.0
"""A month is complete three days after its end: an hour more or less is nothing."""


class Upkeep:
    """Works in a thread, beside the probes. What goes wrong is logged and tried again."""

    def __init__(self, store: Store, folder: Path, *, publisher: str) -> None:
        self._store, self._folder, self._publisher = store, folder, publisher
        self._months_due = time.monotonic() + SUMS_SECONDS

    async def look(self) -> None:
        """Sum up what is new, so that no reader waits for it; publish months that are complete."""
        try:
            await asyncio.to_thread(self._store.refresh_rollups)
            if time.monotonic() >= self._months_due:
                await asyncio.to_thread(self.publish_months)
                self._months_due = time.monotonic() + MONTHS_SECONDS
        except MonitorError as error:
            log.warning("upkeep: %s", error)

    def publish_months(self) -> list[str]:
        """Write the months that are complete and not yet there, their hashes into the log. Returns
        their names. Raises ConfigurationError, StoreError."""
        figures, now, made = Figures(self._store), utc_now(), []
        for name in complete_months(figures, now=now):
            if (self._folder / name).exists():
                continue
            period = month_period(name, now=now)
            done = publish(figures, period, self._folder, publisher=self._publisher)
            log_month(self._store, done)
            made.append(name)
            log.info("published the open data of %s", name)
        return made
