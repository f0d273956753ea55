"""The recent ledger kept in memory for readers, so that a page does not read 90 days again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from monitor.core.model import SlotRecord
from monitor.core.timeline import Timeline, timeline

KEPT_DAYS = 100
"""More than the longest window shown (90 days), so that slots from before hold into it."""


class SlotReader(Protocol):
    """What reads the ledger: the store, or a list in tests."""

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


class History:
    """Timelines of the last 100 days at any depth; each slot is read once. Safe to share between
    threads."""

    def __init__(self, reader: SlotReader) -> None:
        self._reader = reader
        self._records: dict[str, list[SlotRecord]] = {}
        self._lines: dict[str, Timeline] = {}
        self._reached = 0
        self._lock = Lock()

    def timeline(self, component: str, *, now: datetime) -> Timeline:
        """The component's timeline at ``now``, with all that is stored by then.

        It is laid out again only when a slot was added. Errors are those of the reader.
        """
        with self._lock:
            self._read(now)
            records = self._records.get(component, [])
            line = self._lines.get(component)
            if line is None or now < line.now or len(line.records) < len(records):
                line = self._lines[component] = timeline(records, now=now)
            return replace(line, now=now)

    def _read(self, now: datetime) -> None:
        oldest = now - timedelta(days=KEPT_DAYS)
        for record in list(self._reader.slots(since=oldest, after_sequence=self._reached)):
            component = record.slot.component
            self._records.setdefault(component, []).append(record)
            self._lines.pop(component, None)
            self._reached = max(self._reached, record.sequence)
        for component, records in self._records.items():
            if records and records[0].slot.scheduled_at < oldest - timedelta(days=1):
                self._records[component] = [r for r in records if r.slot.scheduled_at >= oldest]
                self._lines.pop(component, None)
