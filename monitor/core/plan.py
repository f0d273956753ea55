"""When slots are due: arithmetic on an index, so that a restart finds the very same times.

Nothing here reads a clock or draws a random number that a second call would not draw again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.core.model import Outcome, SlotRecord

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNRUN = (Outcome.MISSED, Outcome.SKIPPED)


@dataclass(frozen=True, kw_only=True)
class SlotTimes:
    """The slots of one component: slot ``i`` is due ``i`` intervals after the Unix epoch, moved
    by at most ``jitter_ratio`` of the interval either way.

    ``interval_seconds`` must be positive and ``jitter_ratio`` in [0, 0.5), else ValueError: from
    one half on, two slots could change places.
    """

    component: str
    interval_seconds: float
    jitter_ratio: float
    seed: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.interval_seconds) and self.interval_seconds > 0):
            raise ValueError("the interval between slots must be positive")
        if not 0 <= self.jitter_ratio < 0.5:
            raise ValueError("the jitter must be at least 0 and below 0.5")

    def slot_at(self, index: int) -> datetime:
        """The moment of slot ``index``, UTC, exact to the microsecond."""
        return EPOCH + timedelta(seconds=(index + self._shift(index)) * self.interval_seconds)

    def next_slot(self, after: datetime) -> datetime:
        """The first slot strictly after a moment."""
        return self.slot_at(self._index_after(after))

    def slots_between(self, start: datetime, end: datetime) -> list[datetime]:
        """Slots after ``start`` and not after ``end``: neighbouring spans share none."""
        found: list[datetime] = []
        index = self._index_after(start)
        while (moment := self.slot_at(index)) <= end:
            found.append(moment)
            index += 1
        return found

    def _index_after(self, moment: datetime) -> int:
        index = math.floor((moment - EPOCH).total_seconds() / self.interval_seconds) - 1
        while self.slot_at(index) <= moment:
            index += 1
        return index

    def _shift(self, index: int) -> float:
        """Part of an interval, in [-jitter_ratio, +jitter_ratio]."""
        drawn = hashlib.blake2b(f"{self.seed}/{self.component}/{index}".encode(), digest_size=8)
        return (int.from_bytes(drawn.digest()) / 2**64 * 2 - 1) * self.jitter_ratio


def slot_times(
    component: str, interval_seconds: float, jitter_ratio: float, seed: int
) -> SlotTimes:
    """The slots of a component. Raises ValueError on an interval or a jitter out of range."""
    return SlotTimes(
        component=component,
        interval_seconds=interval_seconds,
        jitter_ratio=jitter_ratio,
        seed=seed,
    )


def backoff_until(
    recent: Iterable[SlotRecord], backoff_seconds: float, backoff_max_seconds: float
) -> datetime | None:
    """Until when to leave the site alone, from the latest slots, newest first. No more of them is
    read than it takes.

    Each refusal in a row doubles the pause, up to ``backoff_max_seconds``; a longer Retry-After
    is kept to in full. Slots that did not run are looked through; any other outcome ends the
    row. None when the latest run was not refused.
    """
    refused = _refused_in_a_row(recent)
    if not refused:
        return None
    doublings = min(len(refused) - 1, 64)
    pause = min(backoff_seconds * 2.0**doublings, backoff_max_seconds)
    asked = [_end(record) + _seconds(record.retry_after_seconds) for record in refused]
    return max(_end(refused[0]) + _seconds(pause), *asked)


def _refused_in_a_row(recent: Iterable[SlotRecord]) -> list[SlotRecord]:
    refused: list[SlotRecord] = []
    for record in recent:
        if record.outcome in _UNRUN:
            continue
        if record.outcome is not Outcome.BLOCKED:
            break
        refused.append(record)
    return refused


def _end(record: SlotRecord) -> datetime:
    return record.finished_at or record.started_at or record.slot.scheduled_at


def _seconds(value: float | None) -> timedelta:
    return timedelta(seconds=value or 0.0)
