"""Between tallies, fold states, incidents and the rows of the ``rollup_`` tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from monitor.core.incidents import HOLE_INTERVALS, FoldState
from monitor.core.model import Incident
from monitor.core.tally import HOUR, Stretch, Tally
from monitor.core.timeline import microseconds
from monitor.store.rows import Values
from monitor.store.schema import TALLY_SUMS

Key = tuple[str, str]
States = dict[Key, FoldState]


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far a component's sums go."""

    component: str
    sequence: int
    longest_interval_seconds: float
    begins: datetime
    full_begins: datetime | None
    last_slot_at: datetime
    reviews: int = 0
    reclassifications: int = 0

    @property
    def margin(self) -> timedelta:
        """How far a slot can reach: it holds, joins and is joined no further."""
        return timedelta(seconds=HOLE_INTERVALS * self.longest_interval_seconds, microseconds=1)

    @property
    def end_hour(self) -> int:
        """The first hour of which no slot tells anything yet."""
        return microseconds(self.last_slot_at + self.margin) // HOUR + 1


def sum_values(book: str, scope: str, key: Mapping[str, int], one: Tally) -> Values:
    """A row of ``rollup_hour`` or ``rollup_day``, with its hour or day."""
    return {
        "component": book,
        "scope": scope,
        **key,
        **{name: getattr(one, name) for name in TALLY_SUMS},
        **{f"gap_{name}": value for name, value in one.gap._asdict().items()},
        **{f"outage_{name}": value for name, value in one.outage._asdict().items()},
        "marks": _marks_text(one.rulesets, one.intervals_seconds, one.vantages),
    }


def tally_from(row: Sequence[Any], start: int, end: int) -> Tally:
    """The tally of such a row's columns without the keys; microseconds since the Unix epoch."""
    *sums, gap_a, gap_b, gap_c, outage_a, outage_b, outage_c, marks = row
    return _tally(
        start,
        end,
        sums,
        gap=Stretch(gap_a, gap_b, gap_c),
        outage=Stretch(outage_a, outage_b, outage_c),
        marks=(marks,),
    )


Line = tuple[int, int, int, int, int]
"""A span with a stretch in it: first hour and end, then how much of the stretch touches the
beginning, the end, and the longest; microseconds."""


def tally_of_rows(
    first: int,
    end: int,
    *,
    sums: Iterable[int | None],
    marks: Iterable[str],
    gaps: Iterable[Line],
    outages: Iterable[Line],
    dense: bool,
) -> Tally:
    """The tally of the hours [first, end): sums over rows, their different marks, and in order
    the spans with a gap and those with an outage. What is not among the gaps is silent, unless
    the rows are ``dense``."""
    return _tally(
        first * HOUR,
        end * HOUR,
        (int(one or 0) for one in sums),
        gap=stretch_of(first, end, gaps, absent=not dense),
        outage=stretch_of(first, end, outages, absent=False),
        marks=marks,
    )


def stretch_of(first: int, end: int, lines: Iterable[Line], *, absent: bool) -> Stretch:
    """The stretches of the hours [first, end) joined in one go; ``absent`` says whether time
    without a line belongs to them wholly, or not at all."""
    beginning: int | None = None
    running = longest = 0
    reached = first
    for begins, ends, at_start, at_end, inside in (*lines, (end, end, 0, 0, 0)):
        if begins > reached:
            if absent:
                running += (begins - reached) * HOUR
            else:
                beginning = running if beginning is None else beginning
                running = 0
        reached = ends
        longest = max(longest, running + at_start, inside)
        if at_start == (ends - begins) * HOUR:
            running += at_start
        else:
            beginning = running + at_start if beginning is None else beginning
            running = at_end
    return Stretch(running if beginning is None else beginning, running, longest)


def _tally(
    start: int,
    end: int,
    sums: Iterable[int],
    *,
    gap: Stretch,
    outage: Stretch,
    marks: Iterable[str],
) -> Tally:
    rulesets, intervals, vantages = set[str](), set[float](), set[str]()
    for text in marks:
        some, lengths, places = _marks(text)
        rulesets |= some
        intervals |= lengths
        vantages |= places
    return Tally(
        start=start,
        end=end,
        gap=gap,
        outage=outage,
        rulesets=frozenset(rulesets),
        intervals_seconds=frozenset(intervals),
        vantages=frozenset(vantages),
        **dict(zip(TALLY_SUMS, sums, strict=True)),
    )


@lru_cache(maxsize=4096)
def _marks(text: str) -> tuple[frozenset[str], frozenset[float], frozenset[str]]:
    some, lengths, places = json.loads(text)
    return frozenset(some), frozenset(lengths), frozenset(places)


@lru_cache(maxsize=4096)
def _marks_text(
    rulesets: frozenset[str], intervals: frozenset[float], vantages: frozenset[str]
) -> str:
    marks = (rulesets, intervals, vantages)
    return json.dumps([sorted(part) for part in marks], separators=(",", ":"))


def states_text(states: Mapping[str, Mapping[Key, FoldState]]) -> str:
    """Where the folding of each scope stands, as JSON."""
    return json.dumps(
        {
            scope: [[*key, state.to_json()] for key, state in sorted(by_key.items())]
            for scope, by_key in states.items()
        },
        separators=(",", ":"),
    )


def states_from(text: str) -> dict[str, States]:
    """What ``states_text`` wrote."""
    return {
        scope: {(c, v): FoldState.from_json(state) for c, v, state in rows}
        for scope, rows in json.loads(text).items()
    }


def incident_values(book: str, scope: str, one: Incident, opened_at: datetime) -> Values:
    """A row of ``rollup_incident``; the incident itself in the words of a fold state."""
    return {
        "component": book,
        "scope": scope,
        "opened_sequence": one.opened_sequence,
        "vantage": one.vantage,
        "opened_at": opened_at,
        "started_before": one.started_before,
        "ended_before": one.ended_before,
        "data": FoldState(candidate=one).to_json(),
    }


def incident_from(row: Any) -> Incident:  # noqa: ANN401  a row of a query
    """The incident of such a row."""
    return _incident(row.data)


@lru_cache(maxsize=16_384)
def _incident(text: str) -> Incident:
    found = FoldState.from_json(text).candidate
    if found is None:
        raise ValueError("a row of rollup_incident holds no incident")
    return found
