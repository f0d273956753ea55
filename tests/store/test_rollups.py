"""Figures from hourly sums are the figures of the whole ledger, whatever happened to it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from monitor.core.model import Depth, Outcome, SlotRecord
from monitor.core.reclassify import with_reclassifications
from monitor.core.reviewed import Decision, with_reviews
from monitor.core.scopes import PATH, Scope, laid_out
from monitor.core.statistics import Figure, figure_of
from monitor.core.timeline import Timeline, slot_time, together
from monitor.core.weekly import hours_of_week
from monitor.core.windows import window
from monitor.store import rows
from monitor.store.engine import writing
from monitor.store.figures import Figures
from monitor.store.schema import observation as observation_table
from monitor.store.schema import (
    reclassification,
    rollup_cursor,
    rollup_day,
    rollup_hour,
    slot,
)
from monitor.store.store import Store
from monitor.store.upsert import insert_new
from tests.store.made_up import (
    COMPONENTS,
    SPRING,
    VANTAGES,
    empty,
    fill,
    made_up,
    made_up_record,
)
from tests.store.samples import observation


@st.composite
def ledgers(draw: st.DrawFn) -> list[SlotRecord]:
    """Some days around a change of clocks: two components, one or two vantages, changing
    intervals and depths, holes, and slots that are recorded late."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    days = draw(st.sampled_from((0.4, 1.5, 3.0)))
    found = [
        record
        for component in COMPONENTS
        for vantage in VANTAGES[: draw(st.integers(1, 2))]
        for record in made_up(chance, component, vantage, days)
    ]
    found.sort(key=lambda one: one.slot.scheduled_at)
    for _ in range(draw(st.integers(0, 3))):  # recorded late
        if found:
            found.append(found.pop(chance.randrange(len(found))))
    return found


def full_parts(records: list[SlotRecord]) -> dict[str, datetime]:
    """The components of the whole path, each from its first full run on."""
    parts: dict[str, datetime] = {}
    for record in records:
        if record.depth is Depth.FULL and record.started_at is not None:
            name = record.slot.component
            parts[name] = min(parts.get(name, record.started_at), record.started_at)
    return parts


def raw_line(records: list[SlotRecord], scope: Scope, now: datetime) -> Timeline:
    if scope.component != PATH:
        mine = [one for one in records if one.slot.component == scope.component]
        return laid_out(scope, mine, now=now)
    parts = full_parts(records)
    lines = [raw_line(records, Scope(component=n, depth=Depth.FULL), now) for n in parts]
    return together(lines, since=parts, now=now)


def raw(records: list[SlotRecord], scope: Scope, start: datetime, now: datetime) -> Figure:
    """The same figure from everything at once."""
    depth = Depth.FULL if scope.component == PATH else scope.depth
    return figure_of(raw_line(records, scope, now), start=start, end=now, depth=depth)


SCOPES = (
    Scope(component="login"),
    Scope(component="login", depth=Depth.FULL),
    Scope(component="login", depth=Depth.FORM),
    Scope(component="login", vantage="other"),
    Scope(component="login", depth=Depth.FULL, vantage="local"),
    Scope(component="login", category="etudiant"),
    Scope(component="login", category="etudiant", depth=Depth.FULL),
    Scope(component="login", category="etudiant", depth=Depth.FORM, vantage="local"),
    Scope(component=PATH),
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ledgers(), st.floats(0, 1), st.floats(0, 1), st.integers(1, 60), st.data())
def test_figures_from_sums_are_those_of_the_whole_ledger(
    store: Store, ledger: list[SlotRecord], part: float, low: float, steps: int, data: st.DataObject
) -> None:
    empty(store)
    cut = int(part * len(ledger))
    figures = Figures(store)
    known = fill(store, ledger[:cut])
    store.refresh_rollups(step_slots=steps)
    known += fill(store, ledger[cut:])
    store.refresh_rollups(step_slots=steps)
    last = max((slot_time(one) for one in known), default=SPRING)
    now = last + timedelta(seconds=data.draw(st.sampled_from((1, 3000, 200_000))))
    start = SPRING + low * (now - SPRING)
    for scope in SCOPES:
        expected = raw(known, scope, start, now)
        assert figures.figure(scope, start, now, now=now) == expected, scope
    line = raw_line(known, SCOPES[0], now)
    week = figures.week(SCOPES[0], start, now, now=now)
    assert week == hours_of_week(line, start=start, end=now)


JUDGEABLE = tuple(one for one in Outcome if one.is_failing or one is Outcome.UNKNOWN)


def judge(store: Store, known: list[SlotRecord], chance: random.Random, many: int) -> None:
    """Decisions of persons and verdicts of newer rules on some slots, some of them twice."""
    waiting = [one for one in known if one.outcome in JUDGEABLE]
    for one in chance.choices(waiting, k=many if waiting else 0):
        if chance.random() < 0.6:
            decision = chance.choice(tuple(Decision))
            store.add_reviews([one.sequence], decision=decision, by="x", note="", now=SPRING)
        else:
            _judge_by_rules(store, one, chance.choice((Outcome.DOWN, Outcome.UP)))


def _judge_by_rules(store: Store, record: SlotRecord, outcome: Outcome) -> None:
    with writing(store._engine) as connection:
        seen = rows.observation_values(record.sequence, observation(record.slot))
        insert_new(connection, observation_table, seen)
        number = connection.execute(select(func.max(reclassification.c.number))).scalar() or 0
        values = {"number": number + 1, "sequence": record.sequence, "outcome": outcome.value}
        words = {"rule": "newer", "ruleset": "9", "flags": (), "via": None, "decided_at": SPRING}
        connection.execute(insert(reclassification).values(**values, **words))


@pytest.mark.parametrize("seed", range(6))
def test_second_figures_from_sums_are_those_of_the_whole_ledger(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    empty(store)
    ledger = [r for c in COMPONENTS for v in VANTAGES for r in made_up(chance, c, v, 3.0)]
    ledger.sort(key=lambda one: one.slot.scheduled_at)
    figures, known = Figures(store), list[SlotRecord]()
    for part in range(3):
        known += fill(store, ledger[part::3])  # so that two parts come late
        if chance.random() < 0.5:
            store.refresh_rollups(step_slots=chance.choice((7, 50, 900)))
        judge(store, known, chance, many=chance.randrange(9))
        now = max(map(slot_time, known)) + timedelta(seconds=chance.choice((1, 200_000)))
        start = SPRING + chance.random() * (now - SPRING)
        later = store.reclassifications()
        judged = with_reviews(with_reclassifications(known, later), store.reviews())
        for scope in SCOPES:
            assert figures.figure(scope, start, now, now=now) == raw(known, scope, start, now)
            expected = raw(list(judged), scope, start, now)
            found = figures.second(scope, start, now, now=now)
            assert found in (None, expected), scope
            if found is None:
                touched = {one.sequence for one in store.reviews()}
                touched |= {one.sequence for one in later}
                of = {scope.component} if scope.component != PATH else set(full_parts(known))
                mine = (r for r in known if r.slot.component in of and r.sequence in touched)
                assert not any(start <= r.slot.scheduled_at < now for r in mine), scope


def calm(days: int, outage: timedelta) -> list[SlotRecord]:
    """A slot every half hour, all of them good but for a failure of three hours."""
    chance, begin = random.Random(5), SPRING + outage
    moments = [SPRING + timedelta(minutes=30 * number) for number in range(48 * days)]
    return [
        made_up_record(name, "local", at, 1800.0, outcome, Depth.FULL, chance)
        for at in moments
        for name in COMPONENTS
        for outcome in (Outcome.DOWN if begin <= at < begin + timedelta(hours=3) else Outcome.UP,)
    ]


@pytest.mark.parametrize("hours", [51, 62, 1])
def test_a_judgement_on_an_old_slot_makes_only_the_days_around_it_again(
    store: Store, hours: int
) -> None:
    empty(store)
    known = fill(store, calm(12, timedelta(hours=hours)))
    now = max(map(slot_time, known)) + timedelta(minutes=1)
    figures, failing = Figures(store), [one for one in known if one.outcome is Outcome.DOWN]
    first, *_, last = [one.sequence for one in failing if one.slot.component == "login"]
    store.add_reviews([first], decision=Decision.OUR_FAULT, by="x", note="", now=SPRING)
    store.refresh_rollups()
    _spoil_sums(store, after=SPRING + timedelta(hours=hours + 30))

    store.add_reviews([last], decision=Decision.OUR_FAULT, by="x", note="", now=SPRING)
    store.refresh_rollups()

    judged = list(with_reviews(known, store.reviews()))
    until = SPRING + timedelta(hours=hours + 12)
    for scope in (SCOPES[0], Scope(component=PATH)):
        found = figures.second(scope, SPRING, until, now=now)
        depth = Depth.FULL if scope.component == PATH else None
        line = raw_line(judged, scope, now)
        assert found == figure_of(line, start=SPRING, end=until, depth=depth)
        later = figures.second(scope, SPRING, now, now=now)
        assert later is not None
        assert later.unavailable_seconds > 86_400  # what was spoilt still stands there


def _spoil_sums(store: Store, *, after: datetime) -> None:
    """Write into later days what no ledger would say."""
    day = after.toordinal() + 1
    with writing(store._engine) as connection:
        spoilt = update(rollup_day).where(rollup_day.c.day >= day)
        connection.execute(spoilt.values(down=rollup_day.c.up, up=0))


def test_a_figure_just_asked_for_is_right_again_after_a_late_slot(store: Store) -> None:
    """The edges of windows are kept in memory: they must not outlive what they say."""
    empty(store)
    chance, figures = random.Random(11), Figures(store)
    ledger = [r for v in VANTAGES for r in made_up(chance, "login", v, 2.0)]
    late = [ledger.pop(chance.randrange(len(ledger))) for _ in range(12)]
    known = fill(store, ledger)
    now = max(map(slot_time, known)) + timedelta(hours=60)
    for one in late:
        spans = [(SPRING + timedelta(hours=chance.uniform(0, 40)), now) for _ in range(3)]
        known += fill(store, [one])
        for start, end in spans:
            found = figures.figure(SCOPES[0], start, end, now=now)
            assert found == raw(known, SCOPES[0], start, now)


def ordinary(store: Store) -> list[SlotRecord]:
    chance = random.Random(7)
    return fill(
        store,
        sorted(
            (r for c in COMPONENTS for v in VANTAGES for r in made_up(chance, c, v, 6.0)),
            key=lambda one: one.slot.scheduled_at,
        ),
    )


@pytest.fixture
def filled(store: Store) -> tuple[Store, list[SlotRecord]]:
    empty(store)
    return store, ordinary(store)


def test_a_moment_in_the_past_is_shown_as_it_was_known_then(
    filled: tuple[Store, list[SlotRecord]],
) -> None:
    store, known = filled
    for hours in (5, 50, 99.5, 120):
        now = SPRING + timedelta(hours=hours)
        for scope in SCOPES:
            found = Figures(store).figure(scope, SPRING, now, now=now)
            if scope.component == PATH:
                continue  # which components belong to the way is what is known today
            assert found == raw(known, scope, SPRING, now), scope


def test_the_days_of_a_window_are_cut_out_of_the_same_sums(
    filled: tuple[Store, list[SlotRecord]],
) -> None:
    store, known = filled
    now = SPRING + timedelta(days=8)
    days = [window(f"2026-03-{day}", now=now) for day in (28, 29, 30)]
    found = Figures(store).figures(SCOPES[0], [(one.start, one.end) for one in days], now=now)
    line = raw_line(known, SCOPES[0], now)
    assert found == tuple(figure_of(line, start=one.start, end=one.end) for one in days)
    assert found[1].window_seconds == 23 * 3600


def test_sums_made_from_nothing_are_those_that_grew(
    filled: tuple[Store, list[SlotRecord]],
) -> None:
    store, _ = filled
    store.refresh_rollups(step_slots=13)
    grown = _tables(store)
    store.rebuild_rollups()
    assert _tables(store) == grown
    assert len(grown[0]) > 100


def _tables(store: Store) -> list[list[tuple[object, ...]]]:
    with store._engine.connect() as connection:
        return [
            [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in (rollup_hour, rollup_day, rollup_cursor)
        ]


def test_an_empty_ledger_has_no_figure_and_no_error(store: Store) -> None:
    now = SPRING
    for scope in SCOPES:
        found = Figures(store).figure(scope, now - timedelta(days=9), now, now=now)
        assert found.availability is None
        assert found.window_seconds == 0
        assert Figures(store).week(scope, now - timedelta(days=9), now, now=now) == {}
    assert Figures(store).components() == {}
    assert Figures(store).response_times(SCOPES[0], now, now, now=now).runs == 0


def test_a_single_observation_is_enough_to_begin(store: Store) -> None:
    empty(store)
    fill(
        store,
        [made_up_record("login", "local", SPRING, 600, Outcome.UP, Depth.FULL, random.Random(1))],
    )
    now = SPRING + timedelta(minutes=10)
    found = Figures(store).figure(Scope(component="login"), SPRING, now, now=now)
    assert (found.availability, found.observations) == (1, 1)
    assert found.coverage == 1


def test_rows_do_not_count_twice_when_nothing_is_new(
    filled: tuple[Store, list[SlotRecord]],
) -> None:
    store, _ = filled
    assert store.refresh_rollups()
    assert not store.refresh_rollups()


def test_bulk_inserted_slots_are_summed_once_folded(store: Store) -> None:
    """What the benchmark does: rows by SQL, then everything derived made from them."""
    empty(store)
    chance = random.Random(3)
    records = [
        SlotRecord(**{**vars(one), "sequence": number})
        for number, one in enumerate(made_up(chance, "login", "local", 2.0), start=1)
    ]
    with writing(store._engine) as connection:
        connection.execute(insert(slot), [rows.slot_values(one) for one in records])
    store.rebuild_incidents()
    now = SPRING + timedelta(days=2)
    found = Figures(store).figure(SCOPES[0], SPRING, now, now=now)
    assert found == raw(records, SCOPES[0], SPRING, now)
