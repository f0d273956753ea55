"""Arithmetic over thousands of invented histories: does folding date outages rightly?

Nothing is probed here. A history is a site that fails and recovers at random, slots of the real
schedule, and runs that ask it at a few moments; some runs know nothing and some slots are missed.
The real folding then states incidents, whose dates are compared with the invented truth.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.core.incidents import fold_all
from monitor.core.model import Incident, Outcome, Slot, SlotRecord
from monitor.core.plan import EPOCH, slot_times

INTERVAL_SECONDS = 300.0
CONFIRM_AFTER_SECONDS = 30.0
SLOTS = 120
MEAN_UP_SECONDS, MEAN_DOWN_SECONDS = 3600.0, 900.0
NOT_KNOWN_RATIO, MISSED_RATIO = 0.08, 0.05
LONGEST_ATTEMPT_SECONDS, LONGEST_QUEUE_SECONDS, LOOKS = 25.0, 15.0, 5
BEGIN = EPOCH + timedelta(days=20_000)


@dataclass(frozen=True, kw_only=True)
class History:
    """When the site failed, as (start, end) in order, and what a monitor recorded."""

    failures: tuple[tuple[datetime, datetime], ...]
    records: tuple[SlotRecord, ...]


def simulate(histories: int, seed: int = 1) -> dict[str, Any]:
    """Counts over so many histories: incidents, stated dates, and those that were wrong."""
    dice = random.Random(seed)
    counts = {
        "histories": histories,
        "slots": 0,
        "incidents": 0,
        "dates_stated": 0,
        "dates_wrong": 0,
        "false_incidents": 0,
        "failures_seen_twice": 0,
        "failures_missed": 0,
    }
    for number in range(histories):
        history = make_history(dice, number)
        incidents = fold_all(history.records).incidents
        counts["slots"] += len(history.records)
        counts["incidents"] += len(incidents)
        for incident in incidents:
            stated, wrong = _dates(incident, history)
            counts["dates_stated"] += stated
            counts["dates_wrong"] += wrong
            counts["false_incidents"] += not _overlaps(incident, history)
        seen, missed = _seen_twice(history, incidents)
        counts["failures_seen_twice"] += seen
        counts["failures_missed"] += missed
    return counts


def make_history(dice: random.Random, seed: int) -> History:
    """One invented history."""
    span = timedelta(seconds=SLOTS * INTERVAL_SECONDS)
    failures = tuple(_failures(dice, BEGIN, BEGIN + span))
    due = slot_times("portal", INTERVAL_SECONDS, 0.1, seed).slots_between(BEGIN, BEGIN + span)
    records = tuple(
        _run(dice, failures, moment, sequence) for sequence, moment in enumerate(due, start=1)
    )
    return History(failures=failures, records=records)


def _failures(
    dice: random.Random, begin: datetime, end: datetime
) -> Iterable[tuple[datetime, datetime]]:
    moment = begin
    while True:
        start = moment + timedelta(seconds=dice.expovariate(1 / MEAN_UP_SECONDS))
        moment = start + timedelta(seconds=dice.expovariate(1 / MEAN_DOWN_SECONDS))
        if start > end:
            return
        yield start, moment


def _run(
    dice: random.Random,
    failures: tuple[tuple[datetime, datetime], ...],
    due: datetime,
    sequence: int,
) -> SlotRecord:
    slot = Slot(
        component="portal", vantage="one", scheduled_at=due, interval_seconds=INTERVAL_SECONDS
    )
    if dice.random() < MISSED_RATIO:
        return SlotRecord(sequence=sequence, slot=slot, outcome=Outcome.MISSED, rule="off")
    started = due + timedelta(seconds=dice.uniform(0, LONGEST_QUEUE_SECONDS))
    failed, first_end = _attempt(dice, failures, started)
    last_start, end = started, first_end
    if failed:
        last_start = first_end + timedelta(seconds=CONFIRM_AFTER_SECONDS)
        failed, end = _attempt(dice, failures, last_start)
    outcome = Outcome.DOWN if failed else Outcome.UP
    if dice.random() < NOT_KNOWN_RATIO:
        outcome = Outcome.MONITOR_FAULT
    return SlotRecord(
        sequence=sequence,
        slot=slot,
        outcome=outcome,
        rule=outcome.value,
        started_at=started,
        finished_at=end,
        first_finished_at=first_end,
        last_started_at=last_start,
    )


def _attempt(
    dice: random.Random, failures: tuple[tuple[datetime, datetime], ...], started: datetime
) -> tuple[bool, datetime]:
    """Whether any of a few looks met a failure, and when the attempt ended."""
    seconds = dice.uniform(0.3, LONGEST_ATTEMPT_SECONDS)
    looks = sorted(dice.uniform(0, seconds) for _ in range(LOOKS))
    failed = any(_fails_at(failures, started + timedelta(seconds=look)) for look in looks)
    return failed, started + timedelta(seconds=seconds)


def _fails_at(failures: tuple[tuple[datetime, datetime], ...], moment: datetime) -> bool:
    place = bisect.bisect_right(failures, (moment, datetime.max.replace(tzinfo=moment.tzinfo))) - 1
    return place >= 0 and moment < failures[place][1]


def _dates(incident: Incident, history: History) -> tuple[int, int]:
    """(dates stated, dates wrong): a stated start holds a true start, a stated end a true end."""
    stated = (
        (incident.started_after, incident.started_before, [start for start, _ in history.failures]),
        (incident.ended_after, incident.ended_before, [end for _, end in history.failures]),
    )
    known = [(low, high, true) for low, high, true in stated if low and high]
    wrong = sum(not any(low <= one <= high for one in true) for low, high, true in known)
    return len(known), wrong


def _overlaps(incident: Incident, history: History) -> bool:
    begins = incident.started_after or BEGIN
    ends = incident.ended_before
    return any(begins <= end and (ends is None or start <= ends) for start, end in history.failures)


def _seen_twice(history: History, incidents: tuple[Incident, ...]) -> tuple[int, int]:
    """(failures that hold two known runs whole, those of them that no incident covers)."""
    seen = missed = 0
    known = [one for one in history.records if one.outcome.is_known and one.started_at]
    for start, end in history.failures:
        inside = [
            one
            for one in known
            if one.started_at
            and one.finished_at
            and start <= one.started_at
            and one.finished_at <= end
        ]
        if len(inside) < 2 or _has_hole(inside):
            continue
        seen += 1
        missed += not any(
            (one.started_after or BEGIN) <= end and (one.ended_before or end) >= start
            for one in incidents
        )
    return seen, missed


def _has_hole(inside: list[SlotRecord]) -> bool:
    """True when no two neighbours are near enough to confirm one another."""
    gaps = [
        (later.started_at - earlier.started_at).total_seconds()
        for earlier, later in itertools.pairwise(inside)
        if earlier.started_at and later.started_at
    ]
    return min(gaps) > 2.5 * INTERVAL_SECONDS
