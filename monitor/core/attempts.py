"""Declared attempts set against what the monitor saw. Pure: nothing is read, nothing is kept.

A person says when they tried. Here each attempt finds the looks nearest before and after it, one
vantage at a time, and the table of ``attempts_table`` says what they are worth together. The
person's words travel with the attempt and are never part of a finding.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from monitor.core import attempts_table as table
from monitor.core.attempts_table import Category, Distance, Finding, Reason, Saw
from monitor.core.incidents import HOLE_INTERVALS
from monitor.core.model import Depth, Incident, Outcome, SlotRecord
from monitor.core.territories import METROPOLE
from monitor.core.timeline import slot_time

BEFORE_ANY_CHOICE = frozenset({"portal", "login", "reset"})
"""Components that come before a category is chosen: any category is comparable there."""


@dataclass(frozen=True, kw_only=True)
class DeclaredAttempt:
    """What a person declares. ``end`` is None for an instant; both are aware and in UTC.

    ``depth`` is how far they went, ``personal`` that the message was about their own file.
    ``words`` never leave the request: not in ``repr``, not in a comparison; what was typed as a
    category can be anything, and is not in ``repr`` either.
    """

    start: datetime
    end: datetime | None = None
    territory: str = METROPOLE
    component: str
    category: str | None = field(default=None, repr=False)
    depth: Depth = Depth.FULL
    personal: bool = False
    words: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises ValueError for a moment without zone, and for a range that ends too early."""
        if self.start.utcoffset() is None or self.until.utcoffset() is None:
            raise ValueError("an attempt needs moments with a zone")
        if self.until < self.start:
            raise ValueError("an attempt ends before it begins")

    @property
    def until(self) -> datetime:
        """The end of the range, or the instant itself."""
        return self.end or self.start


@dataclass(frozen=True, kw_only=True)
class Side:
    """The look nearest on one side. ``distance_seconds`` is from its start to the attempt."""

    record: SlotRecord
    distance_seconds: float

    @property
    def sequence(self) -> int:
        """Its record number."""
        return self.record.sequence


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one vantage saw around an attempt.

    ``within`` are the looks inside a declared range, those at its edges apart. ``incident`` is the
    number of the slot that opened the incident which covers the attempt, if one does.
    """

    vantage: str
    reason: Reason
    before: Side | None = None
    after: Side | None = None
    within: tuple[SlotRecord, ...] = ()
    incident: int | None = None

    @property
    def finding(self) -> Finding:
        """What this vantage says."""
        return table.finding_of(self.reason)

    @property
    def records(self) -> tuple[SlotRecord, ...]:
        """Every look that counted, in order of time."""
        before = (self.before.record,) if self.before else ()
        after = (self.after.record,) if self.after else ()
        return (*before, *self.within, *after)


@dataclass(frozen=True, kw_only=True)
class Corroboration:
    """One attempt with its finding. ``announced`` is true when a look that counts saw announced
    maintenance: such an attempt is also counted apart."""

    attempt: DeclaredAttempt
    reason: Reason
    seen: tuple[Seen, ...] = ()

    @property
    def finding(self) -> Finding:
        """The one finding."""
        return table.finding_of(self.reason)

    @property
    def announced(self) -> bool:
        """Announced maintenance was seen around it."""
        saying = (one for one in self.seen if one.finding is self.finding)
        return any(
            record.outcome is Outcome.MAINTENANCE for one in saying for record in one.records
        )


def set_against(
    attempt: DeclaredAttempt,
    records: Iterable[SlotRecord],
    incidents: Iterable[Incident],
    *,
    now: datetime,
    first_slot_at: datetime | None,
) -> Corroboration:
    """The attempt beside what was seen.

    ``records`` hold at least the slots around the attempt, ``incidents`` all that touch it;
    ``first_slot_at`` is when the component's ledger begins, None when it was never watched.
    """
    settled = _settled(attempt, now, first_slot_at)
    if settled is not None:
        return Corroboration(attempt=attempt, reason=settled)
    own = [record for record in records if record.slot.component == attempt.component]
    open_or_closed = [one for one in incidents if one.component == attempt.component]
    seen = tuple(
        _seen(attempt, vantage, looks, open_or_closed) for vantage, looks in _by_vantage(own)
    )
    reason = Reason.PERSONAL_MESSAGE if attempt.personal else _agreed(seen)
    return Corroboration(attempt=attempt, reason=reason, seen=seen)


def _settled(
    attempt: DeclaredAttempt, now: datetime, first_slot_at: datetime | None
) -> Reason | None:
    """What can be said without looking."""
    if first_slot_at is None:
        return Reason.NEVER_WATCHED
    if attempt.until > now:
        return Reason.FUTURE
    return Reason.BEFORE_THE_MONITOR if attempt.start < first_slot_at else None


def _by_vantage(records: Iterable[SlotRecord]) -> list[tuple[str, list[SlotRecord]]]:
    """The looks that know something, of each vantage in order of time."""
    known: dict[str, list[SlotRecord]] = {}
    for record in sorted(records, key=lambda one: (slot_time(one), one.sequence)):
        looks = known.setdefault(record.slot.vantage, [])
        if record.outcome.is_known:
            looks.append(record)
    return sorted(known.items())


def _seen(
    attempt: DeclaredAttempt,
    vantage: str,
    looks: Sequence[SlotRecord],
    incidents: Iterable[Incident],
) -> Seen:
    first = bisect_right(looks, attempt.start, key=slot_time) - 1
    last = bisect_right(looks, attempt.until, key=slot_time)
    line = [looks[first] if first >= 0 else None, *looks[first + 1 : last]]
    line.append(looks[last] if last < len(looks) else None)
    own = [one for one in incidents if one.vantage == vantage]
    cells = [_cell(attempt, low, high, own) for low, high in pairwise(line)]
    return Seen(
        vantage=vantage,
        reason=_over_range(cells),
        before=_side(line[0], attempt.start),
        after=_side(line[-1], attempt.until),
        within=tuple(record for record in line[1:-1] if record),
        incident=_covering(line[0], line[-1], own),
    )


def _side(record: SlotRecord | None, moment: datetime) -> Side | None:
    if record is None:
        return None
    distance = abs((slot_time(record) - moment).total_seconds())
    return Side(record=record, distance_seconds=distance)


def _cell(
    attempt: DeclaredAttempt,
    before: SlotRecord | None,
    after: SlotRecord | None,
    incidents: Iterable[Incident],
) -> Reason:
    """The table's cell for two looks that follow each other."""
    sides = [one for one in (before, after) if one]
    return table.reason_for(
        _saw(before),
        _saw(after),
        _distance(attempt, before, after, incidents),
        _depth(attempt, sides),
        _category(attempt, sides),
    )


def _saw(record: SlotRecord | None) -> Saw:
    if record is None:
        return Saw.NOTHING
    return Saw.FAILING if record.outcome.is_failing else Saw.WORKING


def _distance(
    attempt: DeclaredAttempt,
    before: SlotRecord | None,
    after: SlotRecord | None,
    incidents: Iterable[Incident],
) -> Distance:
    """Near when each look lies within its own interval of the attempt and, where both lie inside
    a declared range, there is no hole between them."""
    if before is None or after is None:
        return Distance.FAR
    from_start = attempt.start - slot_time(before)
    to_end = slot_time(after) - attempt.until
    edges = from_start <= _interval(before) and to_end <= _interval(after)
    if edges and not _is_hole(before, after):
        return Distance.NEAR
    return Distance.FAR if _covering(before, after, incidents) is None else Distance.CONTINUOUS


def _interval(record: SlotRecord) -> timedelta:
    return timedelta(seconds=record.slot.interval_seconds)


def _is_hole(before: SlotRecord, after: SlotRecord) -> bool:
    return slot_time(after) - slot_time(before) > HOLE_INTERVALS * _interval(before)


def _covering(
    before: SlotRecord | None, after: SlotRecord | None, incidents: Iterable[Incident]
) -> int | None:
    """The incident that both looks belong to, with no hole and no good look between them."""
    if before is None or after is None:
        return None
    low, high = slot_time(before), slot_time(after)
    for one in incidents:
        members = range(one.first_failing_sequence, one.last_failing_sequence + 1)
        inside = before.sequence in members and after.sequence in members
        failing = before.outcome.is_failing and after.outcome.is_failing
        broken = any(a < high and low < b for a, b in (*one.holes, *one.respites))
        if inside and failing and not broken:
            return one.opened_sequence
    return None


def _depth(attempt: DeclaredAttempt, sides: Iterable[SlotRecord]) -> table.Depth:
    """A look at the form that worked says nothing of what lies behind the form."""
    short = any(
        record.outcome.is_available and record.depth is Depth.FORM and attempt.depth is Depth.FULL
        for record in sides
    )
    return table.Depth.SHORT if short else table.Depth.REACHED


def _category(attempt: DeclaredAttempt, sides: Iterable[SlotRecord]) -> Category:
    if attempt.category is None or attempt.component in BEFORE_ANY_CHOICE:
        return Category.SAME
    wanted = folded(attempt.category)
    other = any(
        not _before_choice(record) and folded(record.category or "") != wanted for record in sides
    )
    return Category.OTHER if other else Category.SAME


def _before_choice(record: SlotRecord) -> bool:
    """True for a failure that no choice of category could have changed."""
    return record.outcome.is_failing and (
        record.category is None or record.via in BEFORE_ANY_CHOICE
    )


def folded(name: str) -> str:
    """A category's name without case, accents or spare spaces."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _over_range(cells: Sequence[Reason]) -> Reason:
    """One reason for a whole range: what nobody saw weighs more than what was seen, since the
    attempt may lie there."""
    findings = {table.finding_of(cell) for cell in cells}
    for first in (Finding.NOT_OBSERVED, Finding.NOT_COMPARABLE):
        if first in findings:
            return next(cell for cell in cells if table.finding_of(cell) is first)
    if len(findings) == 1:
        return Reason.INSIDE_INCIDENT if Reason.INSIDE_INCIDENT in cells else cells[0]
    return Reason.CHANGED_WITHIN


def _agreed(seen: Sequence[Seen]) -> Reason:
    """All vantages that can say something must say the same."""
    saying = [one for one in seen if one.finding not in _SILENT]
    if not saying:
        mute = sorted(seen, key=lambda one: _SILENT.index(one.finding))
        return mute[0].reason if mute else Reason.NOTHING_AT_ALL
    if len({one.finding for one in saying}) > 1:
        return Reason.VANTAGES_DISAGREE
    return saying[0].reason


_SILENT = (Finding.NOT_COMPARABLE, Finding.NOT_OBSERVED)
