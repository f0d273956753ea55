"""Ledgers written as words, for tests: ``"UDD.U"`` is good, two failing, nothing run, good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.core.model import Depth, Outcome, Slot, SlotRecord

BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
INTERVAL_SECONDS = 300.0

LETTERS = {
    "U": Outcome.UP,
    "S": Outcome.DEGRADED,
    "D": Outcome.DOWN,
    "M": Outcome.MAINTENANCE,
    "B": Outcome.BLOCKED,
    "L": Outcome.LAYOUT_CHANGED,
    "F": Outcome.MONITOR_FAULT,
    "?": Outcome.UNKNOWN,
    ".": Outcome.MISSED,
    "-": Outcome.SKIPPED,
}
"""A space is time without any slot in the ledger."""


def at(slots: float, seconds: float = 0.0) -> datetime:
    """The moment that many intervals (and seconds) after the beginning."""
    return BEGIN + timedelta(seconds=slots * INTERVAL_SECONDS + seconds)


def slot_record(
    letter: str,
    when: datetime,
    *,
    sequence: int = 1,
    component: str = "login",
    vantage: str = "local",
    interval_seconds: float = INTERVAL_SECONDS,
    depth: Depth = Depth.FULL,
    rule: str = "",
    duration_seconds: float = 10.0,
) -> SlotRecord:
    """One record; a failing run has a second attempt that starts at half of its duration."""
    outcome = LETTERS[letter]
    ran = outcome not in (Outcome.MISSED, Outcome.SKIPPED)
    half, whole = timedelta(seconds=duration_seconds / 2), timedelta(seconds=duration_seconds)
    twice = outcome.is_failing
    return SlotRecord(
        sequence=sequence,
        slot=Slot(
            component=component,
            vantage=vantage,
            scheduled_at=when,
            interval_seconds=interval_seconds,
        ),
        outcome=outcome,
        rule=rule or f"rule_{outcome.value}",
        depth=depth,
        started_at=when if ran else None,
        finished_at=when + whole if ran else None,
        first_finished_at=when + (half if twice else whole) if ran else None,
        last_started_at=when + (half if twice else timedelta()) if ran else None,
        duration_seconds=duration_seconds if ran else None,
    )


def ledger(
    word: str,
    *,
    component: str = "login",
    vantage: str = "local",
    first_sequence: int = 1,
    depth: Depth = Depth.FULL,
    begin: datetime = BEGIN,
) -> list[SlotRecord]:
    """One record for each letter, one interval apart."""
    records: list[SlotRecord] = []
    for index, letter in enumerate(word):
        if letter == " ":
            continue
        records.append(
            slot_record(
                letter,
                begin + timedelta(seconds=index * INTERVAL_SECONDS),
                sequence=first_sequence + len(records),
                component=component,
                vantage=vantage,
                depth=depth,
            )
        )
    return records
