"""The slots around a period that decide at its edges what counts within it.

With them whoever has the files can tell which failures belong to an incident, from nothing: back to
the last two good runs in a row, which leave no incident open, and on to the next run that knows
something, which may join the last failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.core.model import Depth, SlotRecord
from monitor.core.scopes import Scope
from monitor.core.timeline import Timeline, slot_time
from monitor.core.windows import BEGINNING
from monitor.store.figures import Figures

HOLDS = timedelta(days=3)
"""No slot reaches further (2.5 x 24 hours)."""

BACK = (HOLDS, timedelta(days=40), timedelta(days=400))


@dataclass(frozen=True, kw_only=True)
class Period:
    """[start, end), as known at ``known_at``: the same period makes the same tables later on."""

    name: str
    start: datetime
    end: datetime
    known_at: datetime


Slots = tuple[Timeline, Sequence[SlotRecord]]
"""Some records, and the timeline that says which of them belong to incidents."""


@dataclass(frozen=True, kw_only=True)
class Edges:
    """The slots before and after a period."""

    before: Slots
    after: Slots


def line_of(
    figures: Figures, component: str, period: Period, start: datetime, end: datetime
) -> Timeline:
    """A component's timeline, right within [start, end), as known for the period."""
    return figures.line(Scope(component=component), start, end, now=period.known_at)


def full_since(figures: Figures, period: Period) -> dict[str, datetime]:
    """The components that had a full run before the end of the period, and when the first one."""
    return {name: at for name, at in figures.full_since().items() if at < period.end}


def edges_of(
    figures: Figures, component: str, period: Period, full_begins: datetime | None
) -> Edges:
    """The slots of a component around a period. ``full_begins`` is when its full runs began."""
    depths: tuple[Depth | None, ...] = (None, Depth.FULL) if full_begins else (None,)
    near = line_of(figures, component, period, period.start - HOLDS, period.end)
    inside = near.slots_within(period.start - HOLDS, period.end)
    scope = Scope(component=component)
    lasting = figures.figure(scope, period.start, period.end, now=period.known_at).incidents
    vantages = sorted({one.slot.vantage for one in inside} | {one.vantage for one in lasting})
    wanted = [(vantage, depth) for vantage in vantages for depth in depths]
    later = line_of(figures, component, period, period.end, period.known_at)
    following = later.slots_within(period.end, period.known_at)
    after = _chosen(following, (_until_known(following, *one) for one in wanted))
    return Edges(before=_before(figures, component, period, wanted), after=(later, after))


def _before(
    figures: Figures,
    component: str,
    period: Period,
    wanted: Sequence[tuple[str, Depth | None]],
) -> Slots:
    for back in BACK:
        start = period.start - back
        line = line_of(figures, component, period, start, period.start)
        records = line.slots_within(start, period.start)
        found = [_since_settled(records, *one) for one in wanted]
        if all(one is not None for one in found) or (line.begins and start <= line.begins):
            break
    else:
        line = line_of(figures, component, period, BEGINNING, period.start)
        records = line.slots_within(BEGINNING, period.start)
        found = [_since_settled(records, *one) for one in wanted]
    of = [
        [r for r in records if r.slot.vantage == vantage] if one is None else one
        for (vantage, _depth), one in zip(wanted, found, strict=True)
    ]
    return line, _chosen(records, of)


def _knows(record: SlotRecord, vantage: str, depth: Depth | None) -> bool:
    return (
        record.slot.vantage == vantage and record.outcome.is_known and depth in (None, record.depth)
    )


def _since_settled(
    records: Sequence[SlotRecord], vantage: str, depth: Depth | None
) -> list[SlotRecord] | None:
    """A vantage's slots from the last two good runs in a row on; None when there are none such."""
    known = [one for one in reversed(records) if _knows(one, vantage, depth)]
    for later, earlier in pairwise(known):
        if later.outcome.is_available and earlier.outcome.is_available:
            since = slot_time(earlier)
            mine = (one for one in records if one.slot.vantage == vantage)
            return [one for one in mine if slot_time(one) >= since]
    return None


def _until_known(
    records: Sequence[SlotRecord], vantage: str, depth: Depth | None
) -> list[SlotRecord]:
    """A vantage's slots up to the first that knows something."""
    found = []
    for one in records:
        if one.slot.vantage == vantage:
            found.append(one)
            if _knows(one, vantage, depth):
                break
    return found


def _chosen(
    records: Sequence[SlotRecord], groups: Iterable[Iterable[SlotRecord]]
) -> list[SlotRecord]:
    """The records that are in any of the groups, each once."""
    wanted = {one.sequence for group in groups for one in group}
    return [one for one in records if one.sequence in wanted]
