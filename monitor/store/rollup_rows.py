"""Between tallies, fold states, incidents and the rows of the ``rollup_`` tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor.core.incidents import HOLE_INTERVALS, FoldState
from monitor.core.model import Incident
from monitor.core.tally import HOUR, Stretch, Tally, joined, nothing, whole
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
    stretches: Iterable[AnyRow],
    dense: bool,
) -> Tally:
    """The tally of the hours [first, end): sums over their rows, their different marks, and of
    rows in order the hour, its three gaps and its three outages. Between them nothing is known;
    where the rows are ``dense``, all is known and nothing is out."""
    between = _without if dense else _silence
    gap = outage = Stretch(0, 0, 0)
    reached = first
    for hour, *parts in stretches:
        gap, outage = between(gap, outage, reached - first, hour - reached)
        length = (hour - first) * HOUR
        gap = joined(gap, length, Stretch(*parts[:3]), HOUR)
        outage = joined(outage, length, Stretch(*parts[3:]), HOUR)
        reached = hour + 1
    gap, outage = between(gap, outage, reached - first, end - reached)
    rulesets, intervals, vantages = _marks(marks)
    return Tally(
        start=first * HOUR,
        end=end * HOUR,
        gap=gap,
        outage=outage,
        rulesets=frozenset(rulesets),
        intervals_seconds=frozenset(intervals),
        vantages=frozenset(vantages),
        **dict(zip(SUMS, (int(one or 0) for one in sums), strict=True)),
    )


def _silence(gap: Stretch, outage: Stretch, before: int, hours: int) -> tuple[Stretch, Stretch]:
    """Hours without a row: nothing is known of them."""
    if not hours:
        return gap, outage
    length, lasted = before * HOUR, hours * HOUR
    silent = nothing(0, lasted)
    return joined(gap, length, whole(lasted), lasted), joined(outage, length, silent.outage, lasted)


def _without(gap: Stretch, outage: Stretch, before: int, hours: int) -> tuple[Stretch, Stretch]:
    """Hours of which all is known, and nothing is out."""
    none, length, lasted = Stretch(0, 0, 0), before * HOUR, hours * HOUR
    if not hours:
        return gap, outage
    return joined(gap, length, none, lasted), joined(outage, length, none, lasted)


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
