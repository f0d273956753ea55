"""Which runs may lose their files, and by which rule. Their results and hashes stay for ever.

A run is *uneventful* when the site worked, and nothing else hangs on it: it lies neither within an
incident nor at its edge (the good runs on both sides bound it in time), nobody decided anything
about it, no issued document covers it, and it is neither the first nor the last of its component.
All others are kept as long as failing ones; what an issued document covers is kept for ever.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core.issued import Issued
from monitor.core.model import Incident, SlotRecord

Key = tuple[str, str]


class Rule(StrEnum):
    """Why a run lost its files."""

    GOOD = "good"  # keep_good_days, for uneventful runs
    FAILING = "failing"  # keep_failing_days, for all others


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long files are kept, in days."""

    good_days: int
    failing_days: int

    def days(self, rule: Rule) -> int:
        """The days of a rule."""
        return self.good_days if rule is Rule.GOOD else self.failing_days


@dataclass(frozen=True, kw_only=True)
class Retirement:
    """A run whose files are gone, or going: ``done_at`` is None until the last is."""

    sequence: int
    rule: Rule
    days: int
    retired_at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ties:
    """What can hang on a run."""

    incidents: tuple[Incident, ...]
    reviewed: frozenset[int]
    edges: frozenset[int]
    """The first and the last run of every (component, vantage)."""
    issued: tuple[Issued, ...]


def to_retire(
    runs: Iterable[SlotRecord], ties: Ties, *, terms: Terms, now: datetime
) -> dict[int, Rule]:
    """The runs that lose their files now, each with its rule. ``runs`` are those that still have
    theirs, in the order of their sequence."""
    known = tuple(runs)
    spans = _spans(known, ties.incidents)
    found = {}
    for run in known:
        rule = Rule.GOOD if _is_uneventful(run, ties, spans) else Rule.FAILING
        if _is_over(run, timedelta(days=terms.days(rule)), now) and not _is_certified(run, ties):
            found[run.sequence] = rule
    return found


def _is_over(run: SlotRecord, kept: timedelta, now: datetime) -> bool:
    return now - (run.finished_at or run.slot.scheduled_at) > kept


def _is_uneventful(
    run: SlotRecord, ties: Ties, spans: Mapping[Key, list[tuple[int, int | None]]]
) -> bool:
    if not run.outcome.is_available or run.sequence in ties.reviewed | ties.edges:
        return False
    return not any(
        low <= run.sequence and (high is None or run.sequence <= high)
        for low, high in spans.get(_key(run), ())
    )


def _is_certified(run: SlotRecord, ties: Ties) -> bool:
    return any(
        one.first_sequence is not None
        and one.last_sequence is not None
        and one.first_sequence <= run.sequence <= one.last_sequence
        and run.slot.component in one.components
        for one in ties.issued
    )


def _key(run: SlotRecord) -> Key:
    return run.slot.component, run.slot.vantage


def _spans(
    runs: tuple[SlotRecord, ...], incidents: Iterable[Incident]
) -> dict[Key, list[tuple[int, int | None]]]:
    """Sequences of each incident, from the last good run before it to the run that closed it."""
    good: dict[Key, list[int]] = {}
    for run in runs:
        if run.outcome.is_available:
            good.setdefault(_key(run), []).append(run.sequence)
    spans: dict[Key, list[tuple[int, int | None]]] = {}
    for one in incidents:
        key = (one.component, one.vantage)
        first = one.first_failing_sequence or one.opened_sequence
        before = good.get(key, [])
        at = bisect_left(before, first)
        low = before[at - 1] if at else first
        spans.setdefault(key, []).append((low, one.closed_sequence))
    return spans
