"""Every figure of the core against a second one, counted minute by minute (``oracle.py``).

The ledgers are as bad as they come: clocks change, runs start long after their time or at the same
moment, intervals change, vantages disagree, slots lie in the future, windows cut through runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.incidents import duration
from monitor.core.model import Depth, Incident, Outcome, Slot, SlotRecord
from monitor.core.states import State, component_state
from monitor.core.statistics import Figure, figure_of
from monitor.core.timeline import Timeline, timeline, together
from monitor.core.weekly import HourOfWeek, hours_of_week, working_hours
from tests.core.oracle import (
    BAD,
    GOOD,
    MINUTE,
    Count,
    Outage,
    Sight,
    at_work,
    by_hour_of_week,
    count,
    path,
    start_of,
    watch,
)

NIGHTS = tuple(
    datetime.fromisoformat(f"{one}+00:00")
    for one in (
        "2026-03-28T20:00",  # clocks go forward
        "2026-10-24T20:00",  # clocks go back
        "2028-02-28T21:00",  # leap day
        "2026-05-04T21:30",  # the decision's day begins at 22:00 UTC
        "2026-12-31T22:00",
    )
)
INTERVALS = (2, 4, 6, 10, 30)
"""Minutes; 2.5 of each are whole minutes."""

OUTCOMES = "uuuuuuudddddddmmsbf?.-l"
WORDS = {
    "u": Outcome.UP,
    "s": Outcome.DEGRADED,
    "d": Outcome.DOWN,
    "m": Outcome.MAINTENANCE,
    "b": Outcome.BLOCKED,
    "f": Outcome.MONITOR_FAULT,
    "?": Outcome.UNKNOWN,
    "l": Outcome.LAYOUT_CHANGED,
    ".": Outcome.MISSED,
    "-": Outcome.SKIPPED,
}


def minutes(many: float) -> timedelta:
    return timedelta(minutes=many)


@st.composite
def slots(draw: st.DrawFn, component: str, vantage: str, begin: datetime) -> list[SlotRecord]:
    """One vantage's slots, in order of their planned time."""
    moment = begin + minutes(draw(st.integers(0, 90)))
    interval = draw(st.sampled_from(INTERVALS))
    found: list[SlotRecord] = []
    for letter in draw(st.text(OUTCOMES, max_size=14)):
        if draw(st.integers(0, 7)) == 0:
            interval = draw(st.sampled_from(INTERVALS))
        late = draw(st.sampled_from((0, 0, 0, 0, 1, 3, interval, 4 * interval)))
        first, rest = draw(st.sampled_from(((0, 0), (0, 0), (1, 0), (0, 1), (2, 3))))
        found.append(
            record(
                WORDS[letter],
                Slot(
                    component=component,
                    vantage=vantage,
                    scheduled_at=moment,
                    interval_seconds=60.0 * interval,
                ),
                begun=moment + minutes(late),
                lasts=(first, rest),
                depth=draw(st.sampled_from((Depth.FULL, Depth.FULL, Depth.FULL, Depth.FORM))),
                category=draw(st.sampled_from(("etudiant", "etudiant", "visiteur", None))),
            )
        )
        moment += minutes(
            draw(
                st.sampled_from(
                    (interval,) * 7 + (2 * interval, 2.5 * interval, 2.5 * interval + 1, 300, 1)
                )
            )
        )
    return found


def record(
    outcome: Outcome,
    slot: Slot,
    *,
    begun: datetime,
    lasts: tuple[int, int],
    depth: Depth,
    category: str | None,
) -> SlotRecord:
    ran = outcome not in (Outcome.MISSED, Outcome.SKIPPED)
    first = begun + minutes(lasts[0])
    return SlotRecord(
        sequence=0,
        slot=slot,
        outcome=outcome,
        rule="rule",
        depth=depth if ran else Depth.FORM,
        started_at=begun if ran else None,
        finished_at=first + minutes(lasts[1]) if ran else None,
        first_finished_at=first if ran else None,
        last_started_at=(first if outcome in BAD else begun) if ran else None,
        category=category if ran else None,
    )


@dataclass
class Case:
    records: list[SlotRecord]
    now: datetime
    start: datetime
    end: datetime


@st.composite
def cases(draw: st.DrawFn, *components: str) -> Case:
    night = draw(st.sampled_from(NIGHTS))
    found: list[SlotRecord] = []
    for name in components:
        later = night + minutes(draw(st.sampled_from((0, 0, 60, 500))))
        for vantage in ("a", "b", "c")[: draw(st.integers(1, 3))]:
            found += draw(slots(name, vantage, later))
    order = draw(st.permutations(range(len(found))))
    numbered = [
        SlotRecord(**{**vars(found[place]), "sequence": number})
        for number, place in enumerate(order, start=1)
    ]
    last = max((start_of(one) for one in numbered), default=night)
    span = (last - night) // MINUTE
    now = night + minutes(draw(st.integers(-30, span + 200)))
    start = night + minutes(draw(st.integers(-120, span + 60)))
    end = start + minutes(draw(st.one_of(st.integers(0, span + 300), st.just(3 * 24 * 60))))
    return Case(numbered, now, start, end)


def agree(figure: Figure, counted: Count) -> None:
    """The figure says what the minutes say."""
    assert figure.window_seconds == 60 * len(counted.words)
    if counted.words:
        assert (figure.start, figure.end) == (counted.start, counted.end)
    spent = {
        "available_seconds": counted.minutes(*GOOD),
        "degraded_seconds": counted.minutes("degraded"),
        "unavailable_seconds": counted.minutes(*BAD),
        "maintenance_seconds": counted.minutes("maintenance"),
        "partial_seconds": counted.minutes("partial"),
        "isolated_seconds": counted.minutes("isolated"),
        "known_seconds": counted.minutes(*GOOD, *BAD),
        "longest_gap_seconds": counted.longest(lambda word: word not in (*GOOD, *BAD)),
        "longest_outage_seconds": counted.longest(lambda word: word == "down"),
    }
    found = {name: getattr(figure, name) / 60 for name in spent}
    assert found == spent, sorted(set(found.items()) ^ set(spent.items()))
    assert figure.coverage == close(counted.coverage)
    assert figure.availability == close(counted.availability)
    assert figure.availability_without_maintenance == close(counted.without_maintenance)
    assert figure.bounds == tuple(map(close, counted.bounds))
    assert figure.insufficient == (counted.coverage < Fraction(8, 10))


def close(value: Fraction | None) -> object:
    return None if value is None else pytest.approx(float(value), rel=1e-12, abs=1e-12)


def spoken(one: Incident, now: datetime) -> object:
    lasted = duration(one, now=now)
    return (
        (one.started_after, one.started_before),
        (one.ended_after, one.ended_before),
        one.kind,
        one.failing_slots,
        lasted.minimum_seconds if one.ended_after else None,
        lasted.maximum_seconds if one.ended_after else None,
    )


def told(one: Outage) -> object:
    return (
        one.started,
        one.ended,
        one.kind,
        len(one.bad),
        one.shortest() if one.closed else None,
        one.longest() if one.closed else None,
    )


def same_hours(found: Mapping[tuple[int, int], HourOfWeek], counted: Count) -> None:
    cells = by_hour_of_week(counted)
    assert set(found) == set(cells)
    for key, cell in cells.items():
        same_cell(found[key], cell)


def same_cell(found: HourOfWeek, counted: Count) -> None:
    assert found.window_seconds == 60 * len(counted.words)
    assert found.available_seconds == 60 * counted.minutes(*GOOD)
    assert found.known_seconds == 60 * counted.minutes(*GOOD, *BAD)
    assert found.maintenance_seconds == 60 * counted.minutes("maintenance")
    assert found.availability == close(counted.availability)
    lost = None if counted.availability is None else 1 - counted.availability
    assert found.lost_ratio == close(lost)


def compare(case: Case, line: Timeline, sight: Sight, depth: Depth | None) -> None:
    end = min(case.end, case.now)
    counted = count(sight.said, case.start, end, begins=sight.begins)
    found = figure_of(line, start=case.start, end=case.end, depth=depth)
    agree(found, counted)
    runs = [r for r in sight.runs if counted.start <= start_of(r) < counted.end]
    lonely = [r for r in sight.lonely if counted.start <= start_of(r) < counted.end]
    assert found.observations == len(runs)
    assert found.isolated_failures == len(lonely)
    good_and_bad = sum(r.outcome.value in (*GOOD, *BAD) for r in runs)
    assert found.known_observations == good_and_bad - len(lonely)
    assert set(found.vantages) == {r.slot.vantage for r in runs}
    assert set(found.intervals_seconds) == {r.slot.interval_seconds for r in runs}
    week = hours_of_week(line, start=case.start, end=case.end)
    same_hours(week, counted)
    same_cell(working_hours(week), at_work(counted))


SCOPES = st.tuples(
    st.sampled_from((None, None, Depth.FULL, Depth.FORM)),
    st.sampled_from((None, None, "etudiant")),
    st.sampled_from((None, None, "a", "b")),
)


@settings(max_examples=150, deadline=None)
@given(cases("login"), SCOPES)
def test_figures_are_what_the_minutes_say(
    case: Case, scope: tuple[Depth | None, str | None, str | None]
) -> None:
    depth, category, vantage = scope
    line = timeline(case.records, now=case.now, depth=depth, vantage=vantage, category=category)
    sight = watch(
        case.records,
        now=case.now,
        depth=depth.value if depth else None,
        category=category,
        vantage=vantage,
    )
    compare(case, line, sight, depth)
    said = {spoken(one, case.now) for one in line.incidents}
    expected = {told(one) for one in sight.outages}
    assert said == expected, (said - expected, expected - said)
    assert len(line.incidents) == len(sight.outages)


@settings(max_examples=60, deadline=None)
@given(cases("login", "category", "upload"))
def test_the_whole_path_is_what_the_minutes_say(case: Case) -> None:
    apart = {
        name: [r for r in case.records if r.slot.component == name and start_of(r) <= case.now]
        for name in ("login", "category", "upload")
    }
    apart = {name: rows for name, rows in apart.items() if rows}
    lines = [timeline(rows, now=case.now, depth=Depth.FULL) for rows in apart.values()]
    since = {name: min(map(start_of, rows)) for name, rows in apart.items()}
    sights = {n: watch(rows, now=case.now, depth="full") for n, rows in apart.items()}
    whole = Sight(
        said=path(sights, case.now),
        outages=[one for sight in sights.values() for one in sight.outages],
        lonely=[one for sight in sights.values() for one in sight.lonely],
        runs=[one for sight in sights.values() for one in sight.runs],
        begins=min(since.values(), default=None),
    )
    compare(case, together(lines, since=since, now=case.now), whole, Depth.FULL)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (Outcome.DOWN, Outcome.MAINTENANCE, State.MAINTENANCE),
        (Outcome.UP, Outcome.DEGRADED, State.WORKING),
        (Outcome.DOWN, Outcome.UP, State.PARTIAL),
    ],
)
def test_the_state_now_is_what_a_figure_would_count(
    one: Outcome, other: Outcome, said: State
) -> None:
    night, spot = NIGHTS[0], (("a", one), ("b", other))
    latest = {
        name: record(
            outcome,
            Slot(component="login", vantage=name, scheduled_at=night, interval_seconds=300),
            begun=night,
            lasts=(0, 0),
            depth=Depth.FULL,
            category=None,
        )
        for name, outcome in spot
    }
    opened = [name for name, outcome in spot if outcome.is_failing]
    assert component_state(latest, open_vantages=opened, now=night) is said
