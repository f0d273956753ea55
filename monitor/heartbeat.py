"""A sign of life to a dead-man's switch elsewhere: sent after rounds, never in their way."""

from __future__ import annotations

import asyncio
import logging
import time
from types import TracebackType
from typing import Self

import httpx

from monitor.core.model import Outcome, SlotRecord
from monitor.settings_alerts import HeartbeatSettings

log = logging.getLogger(__name__)

TRIES = 3
RETRY_SECONDS = 2.0


def is_sign_of_life(record: SlotRecord) -> bool:
    """True for a round that did what it should: a run whose outcome is not our own fault, or one
    that was left out on purpose. A monitor that only meets its own faults falls silent."""
    return record.outcome not in (Outcome.MONITOR_FAULT, Outcome.MISSED)


class Heartbeat:
    """Asks for the switch's address. Without an address it does nothing."""

    def __init__(self, settings: HeartbeatSettings) -> None:
        self._url = settings.url.get_secret_value() if settings.url else None
        self._every_seconds = settings.every_seconds
        self._client = httpx.AsyncClient(timeout=settings.timeout_seconds)
        self._task: asyncio.Task[None] | None = None
        self._last: float | None = None

    async def __aenter__(self) -> Self:
        """Nothing is sent before the first round."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What is under way is given up."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.aclose()

    def round_ended(self, record: SlotRecord) -> None:
        """Send a sign of life for this round, if it is one and none went out just now."""
        if self._url is None or not is_sign_of_life(record) or self._is_busy():
            return
        self._last = time.monotonic()
        self._task = asyncio.create_task(self._send(self._url))

    def _is_busy(self) -> bool:
        if self._task and not self._task.done():
            return True
        return self._last is not None and time.monotonic() - self._last < self._every_seconds

    async def _send(self, url: str) -> None:
        """Try a few times. The address is a secret: it is in no log."""
        for attempt in range(1, TRIES + 1):
            try:
                (await self._client.get(url)).raise_for_status()
            except httpx.HTTPStatusError as error:
                log.warning("sign of life: HTTP %d", error.response.status_code)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                log.warning("sign of life: %s", type(error).__name__)
            else:
                return
            if attempt < TRIES:
                await asyncio.sleep(RETRY_SECONDS * attempt)
        self._last = None  # the next round tries again at once
