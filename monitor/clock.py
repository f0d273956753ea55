"""How far this machine's clock is off, by the median of at least two time servers."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterable

import ntplib

LEAST_ANSWERS = 2


async def measure_offset(servers: Iterable[str], timeout_seconds: float) -> float | None:
    """Seconds to add to this clock to have the servers' time; None when fewer than two
    answered: "not measured"."""
    asked = [asyncio.to_thread(_ask, server, timeout_seconds) for server in servers]
    offsets = [offset for offset in await asyncio.gather(*asked) if offset is not None]
    return statistics.median(offsets) if len(offsets) >= LEAST_ANSWERS else None


def _ask(server: str, timeout_seconds: float) -> float | None:
    try:
        answer = ntplib.NTPClient().request(server, version=4, timeout=timeout_seconds)
    except (ntplib.NTPException, OSError):
        return None
    return float(answer.offset)
