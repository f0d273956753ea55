"""Between tallies, fold states, incidents and the rows of the ``rollup_`` tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.core.incidents import HOLE_INTERVALS, FoldState
from monitor.core.model import Incident
from monitor.core.tally import HOUR, Stretch, Tally
from monitor.store.rows import AnyRow, Values

Key = tuple[str, str]
States = dict[Key, FoldState]

SUMS = (
    *("up", "degraded", "down", "maintenance", "partial", "isolated"),
    *("observations", "known_observations", "isolated_failures"),
)


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far a component's sums go."""

    component: str
    sequence: int
    longest_interval_seconds: float
    begins: datetime
    full_begins: datetime | None
    last_slot_at: datetime

    @property
    def margin(self) -> timedelta:
        """How far a slot can reach: it holds, joins and is joined no further."""
        return timedelta(seconds=HOLE_INTERVALS * self.longest_interval_seconds, microseconds=1)


def hour_values(component: str, scope: str, hour: int, one: Tally) -> Values:
    """A row of ``rollup_hour``."""
    marks = (one.rulesets, one.intervals_seconds, one.vantages)
    return {
        "component": component,
        "scope": scope,
        "hour": hour,
        **{name: getattr(one, name) for name in SUMS},
        **{f"gap_{name}": value for name, value in one.gap._asdict().items()},
        **{f"outage_{name}": value for name, value in one.outage._asdict().items()},
        "marks": json.dumps([sorted(part) for part in marks], separators=(",", ":")),
    }


def hours_tally(
    first: int,
    end: int,
    *,
    sums: Iterable[int | None],
    marks: Iterable[str],
    gaps: Iterable[AnyRow],
    outages: Iterable[AnyRow],
    dense: bool,
) -> Tally:
    """The tally of the hours [first, end): sums over their rows, their different marks, and in
    order the hour, first, last and longest of those with a gap and of those with an outage. An
    hour that is not among the gaps is silent, unless the rows are ``dense``."""
    rulesets, intervals, vantages = _marks(marks)
    return Tally(
        start=first * HOUR,
        end=end * HOUR,
        gap=hours_stretch(first, end, gaps, absent=not dense),
        outage=hours_stretch(first, end, outages, absent=False),
        rulesets=frozenset(rulesets),
        intervals_seconds=frozenset(intervals),
        vantages=frozenset(vantages),
        **dict(zip(SUMS, (int(one or 0) for one in sums), strict=True)),
    )


def hours_stretch(first: int, end: int, lines: Iterable[AnyRow], *, absent: bool) -> Stretch:
    """The stretches of the hours [first, end) joined in one go; ``absent`` says whether an hour
    without a line belongs to them wholly, or not at all."""
    beginning: int | None = None
    running = longest = 0
    reached = first
    for hour, at_start, at_end, inside in (*lines, (end, 0, 0, 0)):
        if hour > reached:
            if absent:
                running += (hour - reached) * HOUR
            else:
                beginning = running if beginning is None else beginning
                running = 0
        reached = hour + 1
        longest = max(longest, running + at_start, inside)
        if at_start == HOUR:
            running += HOUR
        elif hour < end:
            beginning = running + at_start if beginning is None else beginning
            running = at_end
    return Stretch(running if beginning is None else beginning, running, longest)


def _marks(texts: Iterable[str]) -> tuple[set[str], set[float], set[str]]:
    rulesets, intervals, vantages = set[str](), set[float](), set[str]()
    for text in texts:
        some, lengths, places = json.loads(text)
        rulesets |= set(some)
        intervals |= set(lengths)
        vantages |= set(places)
    return rulesets, intervals, vantages


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


def incident_values(scope: str, one: Incident, opened_at: datetime) -> Values:
    """A row of ``rollup_incident``; the incident itself in the words of a fold state."""
    return {
        "component": one.component,
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
    found = FoldState.from_json(row.data).candidate
    if found is None:
        raise ValueError("a row of rollup_incident holds no incident")
    return found
