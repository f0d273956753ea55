"""Sums over a span of a timeline that can be joined: the stuff of which every figure is made.

The tally of a window is the same whether it was taken at once or joined of its parts, to the
microsecond: hourly rollups rest on that, and a property test holds it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.core.model import Outcome, SlotRecord
from monitor.core.timeline import (
    EPOCH,
    MICROSECOND,
    Piece,
    Status,
    Timeline,
    filled,
    microseconds,
    slot_time,
)

UNRUN = (Outcome.MISSED, Outcome.SKIPPED)


class Stretch(NamedTuple):
    """Uninterrupted time of one nature inside a span, in microseconds: how much of it touches the
    span's beginning, how much its end, and the longest anywhere."""

    first: int
    last: int
    longest: int


NONE = Stretch(0, 0, 0)


def whole(length: int) -> Stretch:
    """All of a span of this length."""
    return Stretch(length, length, length)


def joined(left: Stretch, left_length: int, right: Stretch, right_length: int) -> Stretch:
    """The stretches of two spans that follow each other."""
    return Stretch(
        left.first + right.first if left.first == left_length else left.first,
        right.last + left.last if right.last == right_length else right.last,
        max(left.longest, right.longest, left.last + right.first),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What a span adds up to; times in microseconds, ``start`` and ``end`` since the Unix epoch.

    ``gap`` is time of which nothing counts, ``outage`` time down without announcement.
    """

    start: int
    end: int
    up: int = 0
    degraded: int = 0
    down: int = 0
    maintenance: int = 0
    partial: int = 0
    isolated: int = 0
    gap: Stretch
    outage: Stretch
    observations: int = 0
    known_observations: int = 0
    isolated_failures: int = 0
    rulesets: frozenset[str] = frozenset()
    intervals_seconds: frozenset[float] = frozenset()
    vantages: frozenset[str] = frozenset()

    @property
    def available(self) -> int:
        """Time that counts as available."""
        return self.up + self.degraded

    @property
    def known(self) -> int:
        """Time that counts at all."""
        return self.up + self.degraded + self.down + self.maintenance

    @property
    def is_empty(self) -> bool:
        """True when nothing was seen or tried in the span."""
        return self.gap.longest == self.end - self.start and not (
            self.observations or self.partial or self.isolated
        )

    def then(self, other: Tally) -> Tally:
        """Both together; ``other`` begins where this one ends."""
        mine, its = self.end - self.start, other.end - other.start
        return Tally(
            start=self.start,
            end=other.end,
            up=self.up + other.up,
            degraded=self.degraded + other.degraded,
            down=self.down + other.down,
            maintenance=self.maintenance + other.maintenance,
            partial=self.partial + other.partial,
            isolated=self.isolated + other.isolated,
            gap=joined(self.gap, mine, other.gap, its),
            outage=joined(self.outage, mine, other.outage, its),
            observations=self.observations + other.observations,
            known_observations=self.known_observations + other.known_observations,
            isolated_failures=self.isolated_failures + other.isolated_failures,
            rulesets=self.rulesets | other.rulesets,
            intervals_seconds=self.intervals_seconds | other.intervals_seconds,
            vantages=self.vantages | other.vantages,
        )


def nothing(start: int, end: int) -> Tally:
    """The tally of a span without any slot."""
    return Tally(start=start, end=end, gap=whole(end - start), outage=NONE)


def tally(line: Timeline, start: int, end: int) -> Tally:
    """The tally of [start, end) of a timeline, microseconds since the Unix epoch."""
    low, high = EPOCH + start * MICROSECOND, EPOCH + end * MICROSECOND
    slots = line.slots_within(low, high)
    return _summed(tuple(line.within(start, end)), slots, line.joined, start, end)


def _summed(
    pieces: Sequence[Piece],
    slots: Sequence[SlotRecord],
    joined_slots: frozenset[int],
    start: int,
    end: int,
) -> Tally:
    """The tally of pieces that fill [start, end) and of the slots that began in it."""
    spent = dict.fromkeys(Status, 0)
    for piece in pieces:
        spent[piece.status] += piece.end - piece.start
    runs = [one for one in slots if one.outcome not in UNRUN]
    known = [one.outcome for one in runs if one.outcome.is_known]
    isolated = sum(one.outcome.is_failing and one.sequence not in joined_slots for one in runs)
    return Tally(
        start=start,
        end=end,
        up=spent[Status.UP],
        degraded=spent[Status.DEGRADED],
        down=spent[Status.DOWN],
        maintenance=spent[Status.MAINTENANCE],
        partial=spent[Status.PARTIAL],
        isolated=spent[Status.ISOLATED],
        gap=_stretch(pieces, lambda status: not status.is_known),
        outage=_stretch(pieces, lambda status: status is Status.DOWN),
        observations=len(runs),
        known_observations=len(known) - isolated,
        isolated_failures=isolated,
        rulesets=frozenset(one.ruleset for one in runs if one.ruleset),
        intervals_seconds=frozenset(one.slot.interval_seconds for one in runs),
        vantages=frozenset(one.slot.vantage for one in runs),
    )


def _stretch(pieces: Sequence[Piece], belongs: Callable[[Status], bool]) -> Stretch:
    """The stretches of pieces that fill a span, from which statuses belong to them."""
    if len(pieces) == 1:  # most hours
        lasted = pieces[0].end - pieces[0].start
        return whole(lasted) if belongs(pieces[0].status) else NONE
    found, length = NONE, 0
    for piece in pieces:
        lasted = piece.end - piece.start
        found = joined(found, length, whole(lasted) if belongs(piece.status) else NONE, lasted)
        length += lasted
    return found


HOUR = 3_600_000_000
"""Microseconds. Europe/Paris lies whole hours from UTC: its hours begin with those of UTC."""


def hourly(line: Timeline, start: int, end: int) -> Iterator[tuple[int, Tally]]:
    """The tallies of [start, end) cut where an hour begins, with the hour since the Unix epoch."""
    begun = [microseconds(slot_time(one)) for one in line.records]
    piece = record = 0
    while start < end:
        hour = start // HOUR
        until = min(end, (hour + 1) * HOUR)
        while piece < len(line.pieces) and line.pieces[piece].end <= start:
            piece += 1
        behind = piece
        while behind < len(line.pieces) and line.pieces[behind].start < until:
            behind += 1
        record = bisect_left(begun, start, lo=record)
        later = bisect_left(begun, until, lo=record)
        if piece == behind and record == later:
            yield hour, nothing(start, until)
        else:
            pieces = tuple(filled(line.pieces[piece:behind], start, until))
            yield hour, _summed(pieces, line.records[record:later], line.joined, start, until)
        start = until
