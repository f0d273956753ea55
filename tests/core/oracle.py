"""The figures a second time, by brute force: every minute of a ledger is painted and counted.

Written from the definitions alone (the method page), by someone who had not read
``monitor.core``, and sharing no code with it: what both say is likely to be what is meant. It is
slow and knows whole minutes only: ``records`` start on minutes, and 2.5 intervals are minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

from monitor.core.model import SlotRecord

MINUTE = timedelta(minutes=1)
GOOD = ("up", "degraded")
BAD = ("down", "maintenance")
GAP = "unknown"
Span = tuple[datetime, datetime]
Minutes = dict[datetime, str]


def start_of(record: SlotRecord) -> datetime:
    """When it looked; when it should have, for a slot that did not run."""
    return record.started_at or record.slot.scheduled_at


@dataclass
class Outage:
    """Failing runs that belong together, and the good runs on both sides."""

    before: SlotRecord | None
    bad: list[SlotRecord]
    after: SlotRecord | None = None
    closed: bool = False
    unseen: list[Span] = field(default_factory=list)  # holes, and what lies around a good run

    @property
    def kind(self) -> str:
        return "maintenance" if {r.outcome.value for r in self.bad} == {"maintenance"} else "down"

    @property
    def started(self) -> tuple[datetime | None, datetime | None]:
        return self.before.started_at if self.before else None, _first_end(self.bad[0])

    @property
    def ended(self) -> tuple[datetime | None, datetime | None]:
        """Both None while it is open."""
        if not self.closed or self.after is None:
            return None, None
        good = _end(self.after)  # where runs overlap it can be over first
        return min(_last_try(self.bad[-1]), good), good

    def shortest(self) -> float:
        """Seconds it surely lasted: first to last sight of it, without what nobody saw."""
        moment, seen = _first_end(self.bad[0]), 0
        while moment < (self.ended[0] or _last_try(self.bad[-1])):
            seen += not any(a <= moment < b for a, b in self.unseen)
            moment += MINUTE
        return seen * 60.0

    def longest(self) -> float | None:
        """Seconds it can have lasted; None where no good run bounds it."""
        first, last = self.started[0], self.ended[1]
        return (last - first).total_seconds() if first and last else None


def outages(runs: Iterable[SlotRecord]) -> list[Outage]:
    """The outages that one vantage saw, from all its slots in order of time."""
    found: list[Outage] = []
    streak: list[SlotRecord] = []  # failing runs that are no outage yet
    good: SlotRecord | None = None  # the last good run outside an outage
    goods: list[SlotRecord] = []  # good runs in a row inside an open outage
    last: SlotRecord | None = None
    for run in sorted(runs, key=lambda r: (start_of(r), r.sequence)):
        bad = run.outcome.value in BAD
        if not bad and run.outcome.value not in GOOD:
            continue
        hole = last is not None and start_of(run) - start_of(last) > _holds(last)
        outage = found[-1] if found and not found[-1].closed else None
        if outage is None:
            streak = ([] if hole else streak) + [run] if bad else []
            if len(streak) == 2:
                found.append(Outage(before=good, bad=streak))
                streak, goods = [], []
            good = good if bad else run
        else:
            if hole and last is not None:
                outage.unseen.append((_end(last), start_of(run)))
            if bad:
                if goods:  # from the last sight of failure to the next
                    outage.unseen.append((_last_try(outage.bad[-1]), _first_end(run)))
                outage.bad.append(run)
                goods = []
            else:
                goods.append(run)
                outage.after = goods[0]
                outage.closed = len(goods) == 2
                good = run
        last = run
    return found


def _end(run: SlotRecord) -> datetime:
    return run.finished_at or start_of(run)


def _first_end(run: SlotRecord) -> datetime:
    return run.first_finished_at or _end(run)


def _last_try(run: SlotRecord) -> datetime:
    return run.last_started_at or start_of(run)


def _holds(run: SlotRecord) -> timedelta:
    return timedelta(seconds=2.5 * run.slot.interval_seconds)


def seen_at(
    record: SlotRecord, *, depth: str | None = None, category: str | None = None
) -> SlotRecord | None:
    """The run when it looked so deep and at this category, else None."""
    if depth is not None and record.depth.value != depth:
        return None
    return record if category is None or record.category == category else None


@dataclass
class Sight:
    """One component over all its minutes until ``now``."""

    said: Minutes
    outages: list[Outage]
    lonely: list[SlotRecord]
    runs: list[SlotRecord]
    begins: datetime | None


def watch(
    records: Sequence[SlotRecord],
    *,
    now: datetime,
    depth: str | None = None,
    category: str | None = None,
    vantage: str | None = None,
) -> Sight:
    """What can be said of every minute, of one component."""
    known = [r for r in records if start_of(r) <= now and vantage in (None, r.slot.vantage)]
    by_vantage: dict[str, list[SlotRecord]] = defaultdict(list)
    for record in known:
        by_vantage[record.slot.vantage].append(record)
    painted: list[Minutes] = []
    all_outages: list[Outage] = []
    lonely: list[SlotRecord] = []
    for slots in by_vantage.values():
        counted = [r for r in slots if seen_at(r, depth=depth, category=category)]
        found = outages(counted)
        joined = {r.sequence for one in found for r in one.bad}
        lonely += [r for r in counted if r.outcome.value in BAD and r.sequence not in joined]
        painted.append(_paint(slots, counted, joined, now))
        all_outages += found
    said = {t: _agree([one.get(t, GAP) for one in painted]) for one in painted for t in one}
    runs = [
        r
        for r in known
        if r.outcome.value not in ("missed", "skipped")
        and seen_at(r, depth=depth, category=category)
    ]
    begins = min((start_of(r) for r in known), default=None)
    return Sight(said, all_outages, lonely, runs, begins)


def _paint(
    slots: Iterable[SlotRecord], counted: list[SlotRecord], joined: set[int], now: datetime
) -> Minutes:
    """Each minute as the latest slot before it says, while that holds."""
    order = sorted(slots, key=lambda r: (start_of(r), r.sequence))
    said: Minutes = {}
    for run, following in zip(order, [*order[1:], None], strict=True):
        word = run.outcome.value if run in counted else GAP
        if word in BAD and run.sequence not in joined:
            word = "isolated"
        until = min(start_of(following) if following else now, start_of(run) + _holds(run), now)
        moment = start_of(run)
        while moment < until:
            said[moment] = word if word in (*GOOD, *BAD, "isolated") else GAP
            moment += MINUTE
    return said


def _agree(words: Sequence[str]) -> str:
    """All vantages at one minute: those that know must agree. What only some say against the site
    (that it was slow, or down without announcement) is not said of it."""
    sure = {word for word in words if word in (*GOOD, *BAD)}
    if sure & set(GOOD) and sure & set(BAD):
        return "partial"
    for word in ("maintenance", "down", "up", "degraded"):
        if word in sure:
            return word
    return "isolated" if "isolated" in words else GAP


def path(sights: Mapping[str, Sight], now: datetime) -> Minutes:
    """The way through all components: every one that is watched by then must work."""
    began = {name: one.begins for name, one in sights.items() if one.begins}
    said: Minutes = {}
    moment = min(began.values(), default=now)
    while moment < now:
        words = [sights[name].said.get(moment, GAP) for name in began if began[name] <= moment]
        said[moment] = _through(words)
        moment += MINUTE
    return said


def _through(words: Sequence[str]) -> str:
    for word in ("down", "maintenance"):
        if word in words:
            return word
    if all(word in GOOD for word in words):
        return "degraded" if "degraded" in words else "up"
    return next((w for w in ("partial", "isolated") if w in words), GAP)


@dataclass
class Count:
    """The minutes of a window, counted."""

    start: datetime
    end: datetime
    words: list[str]

    def minutes(self, *words: str) -> int:
        return sum(word in words for word in self.words)

    @property
    def coverage(self) -> Fraction:
        return Fraction(self.minutes(*GOOD, *BAD), len(self.words)) if self.words else Fraction(0)

    @property
    def availability(self) -> Fraction | None:
        return self._figure()

    @property
    def without_maintenance(self) -> Fraction | None:
        """As if that time had not been; what is left must be known well enough by itself."""
        left = Count(self.start, self.end, [w for w in self.words if w != "maintenance"])
        return left._figure() if self.coverage >= Fraction(8, 10) else None

    def _figure(self) -> Fraction | None:
        good, known = self.minutes(*GOOD), self.minutes(*GOOD, *BAD)
        return Fraction(good, known) if known and self.coverage >= Fraction(8, 10) else None

    @property
    def bounds(self) -> tuple[Fraction, Fraction]:
        if not self.words:
            return Fraction(0), Fraction(1)
        whole = len(self.words)
        return (
            Fraction(self.minutes(*GOOD), whole),
            Fraction(whole - self.minutes(*BAD), whole),
        )

    def longest(self, belongs: Callable[[str], bool]) -> int:
        """The most minutes in a row."""
        groups = groupby(self.words, key=belongs)
        return max((len(list(rows)) for yes, rows in groups if yes), default=0)


def count(said: Minutes, start: datetime, end: datetime, *, begins: datetime | None) -> Count:
    """The window, clipped by whoever calls at now; at the first slot here."""
    if begins is None:
        return Count(start, start, [])
    start = max(start, begins)
    words = [said.get(start + n * MINUTE, GAP) for n in range(max(0, (end - start) // MINUTE))]
    return Count(start, max(start, end), words)


def by_hour_of_week(counted: Count) -> dict[tuple[int, int], Count]:
    """Monday is 1; hours as clocks in Paris show them."""
    cells: dict[tuple[int, int], Count] = {}
    for n, word in enumerate(counted.words):
        local = (counted.start + n * MINUTE).astimezone(ZoneInfo("Europe/Paris"))
        key = (local.isoweekday(), local.hour)
        cells.setdefault(key, Count(counted.start, counted.end, [])).words.append(word)
    return cells


def at_work(counted: Count) -> Count:
    """Monday to Friday from 8 to 20 in Paris."""
    cells = by_hour_of_week(counted)
    words = [w for (day, hour), c in cells.items() if day <= 5 and 8 <= hour < 20 for w in c.words]
    return Count(counted.start, counted.end, words)
