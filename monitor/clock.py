"""How far this machine's clock is off: by the median of at least two time servers, and by its
jumps against the time that the machine has been running."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import ntplib

LEAST_ANSWERS = 2
JUMP_SECONDS = 1.0
TRUSTED_SECONDS = 30.0
"""From a jump of this size on, no slot can be given its place in the ledger."""


class ClockWatch:
    """Sees the wall clock jump. The running time counts suspended time too, so that a laptop
    that slept has not jumped; both are slewed alike by NTP."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._anchor = self._gap()
        self._offset_seconds: float | None = None

    def _gap(self) -> float:
        return self._clock().timestamp() - time.clock_gettime(time.CLOCK_BOOTTIME)

    @property
    def jump_seconds(self) -> float:
        """How far the clock has jumped since it was last measured or first seen."""
        jump = self._gap() - self._anchor
        return jump if abs(jump) > JUMP_SECONDS else 0.0

    @property
    def is_trusted(self) -> bool:
        """False after a jump that no time server has explained yet."""
        return abs(self.jump_seconds) <= TRUSTED_SECONDS

    def measured(self, offset_seconds: float | None) -> None:
        """Take in what the time servers say; None, when too few answered, settles nothing."""
        self._offset_seconds = offset_seconds
        if offset_seconds is not None:
            self._anchor = self._gap()

    def offset_seconds(self) -> float | None:
        """Seconds to add to this clock to be right; None when never measured and no jump seen."""
        jump = self.jump_seconds
        return (self._offset_seconds or 0.0) - jump if jump else self._offset_seconds


@dataclass(frozen=True, kw_only=True)
class ClockReading:
    """What the time servers said. ``answers`` are (server, seconds to add to this clock);
    ``offset_seconds`` is their median, None when fewer than two answered: "not measured"."""

    measured_at: datetime
    answers: tuple[tuple[str, float], ...] = ()

    @property
    def offset_seconds(self) -> float | None:
        """Seconds to add to this clock to have the servers' time."""
        offsets = [offset for _, offset in self.answers]
        return statistics.median(offsets) if len(offsets) >= LEAST_ANSWERS else None


async def read_clock(
    servers: Iterable[str], timeout_seconds: float, *, now: datetime
) -> ClockReading:
    """Ask every time server at once."""
    asked = tuple(servers)
    offsets = await asyncio.gather(
        *(asyncio.to_thread(_ask, server, timeout_seconds) for server in asked)
    )
    pairs = zip(asked, offsets, strict=True)
    answers = tuple((server, offset) for server, offset in pairs if offset is not None)
    return ClockReading(measured_at=now, answers=answers)


async def measure_offset(servers: Iterable[str], timeout_seconds: float) -> float | None:
    """Seconds to add to this clock to have the servers' time; None when fewer than two
    answered: "not measured"."""
    now = datetime.now(UTC)
    return (await read_clock(servers, timeout_seconds, now=now)).offset_seconds


def _ask(server: str, timeout_seconds: float) -> float | None:
    try:
        answer = ntplib.NTPClient().request(server, version=4, timeout=timeout_seconds)
    except (ntplib.NTPException, OSError):
        return None
    return float(answer.offset)
