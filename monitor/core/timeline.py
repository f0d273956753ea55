"""What is known of a component at each moment: slots laid out in time, vantages combined.

An observation holds from its start to the next ledger slot of any outcome, at most 2.5 of the
intervals stored on its slot; the rest is not known. Time is in whole microseconds, so that sums
over parts of a window are exactly the sum over the whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from monitor.core.incidents import HOLE_INTERVALS, Folded, FoldState, fold_all
from monitor.core.model import Depth, Incident, Outcome, SlotRecord

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Status(StrEnum):
    """What is known of a component for a while."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    PARTIAL = "partial"  # vantages disagree: not known
    ISOLATED = "isolated"  # a failing slot that joined no incident: not known
    NOT_KNOWN = "not_known"

    @property
    def is_available(self) -> bool:
        """True for time that counts as available."""
        return self in _AVAILABLE

    @property
    def is_known(self) -> bool:
        """True for time that counts at all."""
        return self in _KNOWN


_AVAILABLE = frozenset((Status.UP, Status.DEGRADED))
_UNAVAILABLE = frozenset((Status.DOWN, Status.MAINTENANCE))
_KNOWN = _AVAILABLE | _UNAVAILABLE

_OF_OUTCOME: Mapping[Outcome, Status] = {
    Outcome.UP: Status.UP,
    Outcome.DEGRADED: Status.DEGRADED,
    Outcome.DOWN: Status.DOWN,
    Outcome.MAINTENANCE: Status.MAINTENANCE,
}


class Piece(NamedTuple):
    """A span with one status; microseconds since the Unix epoch, the end not included."""

    start: int
    end: int
    status: Status


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A component's whole known history up to a moment.

    ``pieces`` are in order and do not overlap; what lies between them is not known. The last ones
    may hold beyond ``now``. ``records`` are the slots that were looked at, in order of time,
    ``incidents`` in order of opening, for each vantage apart. ``begins`` is the first slot of all,
    of whatever depth; None without any. While no slot is added, the timeline of a later moment is
    this one with another ``now``.
    """

    pieces: tuple[Piece, ...]
    records: tuple[SlotRecord, ...]
    incidents: tuple[Incident, ...]
    joined: frozenset[int]
    now: datetime
    begins: datetime | None = None

    def within(self, start: int, end: int) -> Iterator[Piece]:
        """The pieces of [start, end), cut at its edges, gaps filled as not known."""
        first = max(bisect_right(self.pieces, start, key=lambda piece: piece.start) - 1, 0)
        stop = bisect_left(self.pieces, end, key=lambda piece: piece.start)
        return filled(self.pieces[first:stop], start, end)

    def slots_within(self, start: datetime, end: datetime) -> tuple[SlotRecord, ...]:
        """The slots that began in [start, end), run or not."""
        first = bisect_left(self.records, start, key=slot_time)
        return self.records[first : bisect_left(self.records, end, key=slot_time)]


def filled(pieces: Iterable[Piece], start: int, end: int) -> Iterator[Piece]:
    """Pieces in order, cut at the edges of [start, end), gaps filled as not known."""
    reached = start
    for piece in pieces:
        low, high = max(piece.start, start), min(piece.end, end)
        if high <= low:
            continue
        if low > reached:
            yield Piece(reached, low, Status.NOT_KNOWN)
        yield piece if (low, high) == (piece.start, piece.end) else Piece(low, high, piece.status)
        reached = high
    if reached < end:
        yield Piece(reached, end, Status.NOT_KNOWN)


def microseconds(moment: datetime) -> int:
    """Since the Unix epoch, exact."""
    return (moment - EPOCH) // MICROSECOND


def slot_time(record: SlotRecord) -> datetime:
    """When the slot really began, or should have when nothing ran."""
    return record.started_at or record.slot.scheduled_at


def timeline(
    records: Iterable[SlotRecord],
    *,
    now: datetime,
    depth: Depth | None = None,
    vantage: str | None = None,
    category: str | None = None,
    states: Mapping[tuple[str, str], FoldState] | None = None,
) -> Timeline:
    """Lay out one component's slots as they were known at ``now``.

    With a depth or a category, runs of another one know nothing; with None every run counts. With
    a vantage only its slots count. ``states`` are where folding stood before the first of the
    records. Raises ValueError when the records are of several components.
    """
    begun = sorted(
        (r for r in records if slot_time(r) <= now and vantage in (None, r.slot.vantage)),
        key=in_order,
    )
    if len({record.slot.component for record in begun}) > 1:
        raise ValueError("a timeline is of one component")
    laid = [seen_by(record, depth, category) for record in begun]
    return layers(laid, fold_all(laid, states), now=now, depth=depth, category=category).whole


class Layers(NamedTuple):
    """One component's timelines: all vantages together, and each one apart."""

    whole: Timeline
    by_vantage: Mapping[str, Timeline]


def layers(
    seen: Sequence[SlotRecord],
    folded: Folded,
    *,
    now: datetime,
    depth: Depth | None = None,
    category: str | None = None,
) -> Layers:
    """Lay out slots that count already as they do for the depth and the category (``seen_by``),
    in order of time, with what their folding gave."""
    by_vantage: dict[str, list[SlotRecord]] = {}
    for record in seen:
        by_vantage.setdefault(record.slot.vantage, []).append(record)
    parts = {name: _pieces(rows, folded) for name, rows in by_vantage.items()}

    def line(pieces: Iterable[Piece], rows: Sequence[SlotRecord], vantage: str | None) -> Timeline:
        return Timeline(
            pieces=tuple(pieces),
            records=tuple(r for r in rows if _admits(r, depth, category)),
            incidents=tuple(o for o in folded.incidents if vantage in (None, o.vantage)),
            joined=folded.joined,
            now=now,
            begins=slot_time(rows[0]) if rows else None,
        )

    apart = {name: line(parts[name], rows, name) for name, rows in by_vantage.items()}
    pieces = _combined(list(parts.values())) if len(parts) != 1 else next(iter(parts.values()))
    return Layers(whole=line(pieces, seen, None), by_vantage=apart)


def in_order(record: SlotRecord) -> tuple[datetime, int]:
    """The key that sorts slots by time."""
    return slot_time(record), record.sequence


def seen_by(record: SlotRecord, depth: Depth | None, category: str | None) -> SlotRecord:
    """The slot as it counts for a depth and a category; None is any."""
    if not record.outcome.is_known or _admits(record, depth, category):
        return record
    return replace(record, outcome=Outcome.UNKNOWN)


def _admits(record: SlotRecord, depth: Depth | None, category: str | None) -> bool:
    """True for runs that looked as asked, and for slots that did not run at all."""
    if record.outcome in (Outcome.MISSED, Outcome.SKIPPED):
        return True
    return depth in (None, record.depth) and category in (None, record.category)


def _pieces(rows: Sequence[SlotRecord], folded: Folded) -> list[Piece]:
    """One vantage's time, each slot holding until the next one takes over."""
    starts = [microseconds(slot_time(record)) for record in rows]
    pieces: list[Piece] = []
    for record, start, following in zip_longest(rows, starts, starts[1:]):
        status = _status(record, folded)
        longest = start + int(HOLE_INTERVALS * record.slot.interval_seconds * 1_000_000)
        end = longest if following is None else min(following, longest)
        if status is Status.NOT_KNOWN or end <= start:
            continue
        if pieces and pieces[-1].end == start and pieces[-1].status is status:
            start = pieces.pop().start
        pieces.append(Piece(start, end, status))
    return pieces


def _status(record: SlotRecord, folded: Folded) -> Status:
    if record.outcome.is_failing and record.sequence not in folded.joined:
        return Status.ISOLATED
    return _OF_OUTCOME.get(record.outcome, Status.NOT_KNOWN)


def _combined(parts: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    """Several vantages swept together."""
    edges = sorted(
        (moment, begins, vantage, piece.status)
        for vantage, pieces in enumerate(parts)
        for piece in pieces
        for moment, begins in ((piece.start, True), (piece.end, False))
    )
    saying: dict[int, Status] = {}
    reached = 0
    for moment, begins, vantage, status in edges:
        if saying and moment > reached:
            yield Piece(reached, moment, _agreed(saying.values()))
        reached = moment
        if begins:
            saying[vantage] = status
        else:
            saying.pop(vantage, None)


def _agreed(statuses: Iterable[Status]) -> Status:
    """Failing when all that know are failing, available when all are, else partial.

    What only some of them say against the site is not said of it: slow, or down without an
    announcement (maintenance goes before down when signals conflict: design, section 3).
    """
    said = frozenset(statuses)
    knowing = said & _KNOWN
    if not knowing:
        return Status.ISOLATED
    if knowing <= _AVAILABLE:
        return Status.UP if Status.UP in knowing else Status.DEGRADED
    if knowing <= _UNAVAILABLE:
        return Status.MAINTENANCE if Status.MAINTENANCE in knowing else Status.DOWN
    return Status.PARTIAL


def together(
    lines: Iterable[Timeline], *, since: Mapping[str, datetime], now: datetime
) -> Timeline:
    """Several components as one way that a user must go from end to end.

    Unavailable while any of them is, available while all are, else not known. ``since`` is from
    when on each component belongs to the way; a line is recognised by its first slot. An incident
    that a component inherited from another one (``via``) is counted with that other one.
    """
    begun = {r.slot.component: line for line in lines for r in line.records[:1]}
    known = {name: begun[name].pieces if name in begun else () for name in since}
    own = [one for line in begun.values() for one in line.incidents if one.via is None]
    records = [r for name, line in begun.items() if name in since for r in line.records]
    return Timeline(
        pieces=tuple(_along(known, since)),
        records=tuple(sorted(records, key=in_order)),
        incidents=tuple(sorted(own, key=lambda one: one.opened_sequence)),
        joined=frozenset().union(*(line.joined for line in begun.values())),
        now=now,
        begins=min(since.values(), default=None),
    )


def _along(known: Mapping[str, Sequence[Piece]], since: Mapping[str, datetime]) -> Iterator[Piece]:
    """The components' pieces swept together."""
    edges = [(microseconds(moment), 0, name, Status.NOT_KNOWN) for name, moment in since.items()]
    for name, pieces in known.items():
        for piece in pieces:
            edges.append((piece.start, 2, name, piece.status))
            edges.append((piece.end, 1, name, Status.NOT_KNOWN))
    saying: dict[str, Status] = {}
    reached = 0
    for moment, _, name, status in sorted(edges):
        whole = _whole(saying.values())
        if moment > reached and whole is not Status.NOT_KNOWN:
            yield Piece(reached, moment, whole)
        reached = moment
        saying[name] = status


def _whole(statuses: Iterable[Status]) -> Status:
    said = frozenset(statuses)
    if said & _UNAVAILABLE:
        return Status.DOWN if Status.DOWN in said else Status.MAINTENANCE
    if said and said <= _AVAILABLE:
        return Status.DEGRADED if Status.DEGRADED in said else Status.UP
    return next((one for one in (Status.PARTIAL, Status.ISOLATED) if one in said), Status.NOT_KNOWN)
