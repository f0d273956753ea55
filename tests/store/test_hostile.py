"""Sums against the whole ledger while everything that can go wrong does so in one store.

What the other tests of sums do not make: runs that start hours after their time or at the same
moment, slots after ``now``, a clock set back, components that appear later, every outcome,
judgements twice on old slots and before late ones, and two processes that ask by turns.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.core.model import Depth, SlotRecord
from monitor.core.reclassify import with_reclassifications
from monitor.core.reviewed import Decision, with_reviews
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure, figure_of, quantiles_of
from monitor.core.timeline import slot_time
from monitor.core.weekly import hours_of_week
from monitor.store.figures import QUANTILES, Figures
from monitor.store.store import Store, open_store
from tests.core.ledgers import LETTERS
from tests.store.made_up import COMPONENTS, SPRING, VANTAGES, empty, fill, made_up_record
from tests.store.test_rollups import SCOPES, judge, raw_line

ALL_SCOPES = (
    *SCOPES,
    Scope(component="category"),
    Scope(component="category", vantage="other", category="visiteur"),
)
LATE = (0, 0, 0, 0, 0, 0, 0, 700, 5_000, 9_000)


def hostile(
    chance: random.Random, component: str, vantage: str, longest: int
) -> Iterator[SlotRecord]:
    """Some days of one component and vantage; it may begin late."""
    moment = SPRING + timedelta(seconds=chance.choice((0, 0, 1800, 150_000)))
    interval, letter, depth = 1800.0, "U", Depth.FULL
    for number in range(chance.choice((0, 1, 40, longest))):
        if chance.random() < 0.06:
            interval = chance.choice((600.0, 1800.0, 7200.0, 20_000.0))
        if chance.random() < 0.4:
            letter = chance.choice("UUUUSDDDDDMMB?.L-F")
        if chance.random() < 0.1:
            depth = chance.choice((Depth.FULL, Depth.FULL, Depth.FORM))
        made = made_up_record(component, vantage, moment, interval, LETTERS[letter], depth, chance)
        late = timedelta(seconds=chance.choice(LATE))
        if made.started_at is None:
            yield replace(made, ruleset="")
        else:
            on_time = not number or chance.random() < 0.5  # the first slot is the first to start
            yield moved(made, made.started_at if on_time else made.slot.scheduled_at + late)
        moment += timedelta(seconds=interval * chance.choice((1, 1, 1, 1, 1, 1, 0.5, 2.5, 2.6, 9)))


def moved(made: SlotRecord, begun: datetime) -> SlotRecord:
    """The same run at another moment."""
    assert made.started_at is not None
    by = begun - made.started_at
    names = ("started_at", "finished_at", "first_finished_at", "last_started_at")
    moments = {name: getattr(made, name) + by for name in names}
    return replace(made, **moments)


def in_parts(chance: random.Random, records: list[SlotRecord]) -> list[list[SlotRecord]]:
    """Batches in order of time, from which some slots are left for a later one."""
    records.sort(key=lambda one: one.slot.scheduled_at)
    cuts = sorted(chance.randrange(len(records) + 1) for _ in range(3))
    parts = [records[a:b] for a, b in zip([0, *cuts], [*cuts, len(records)], strict=True)]
    for number, part in enumerate(parts[:-1]):
        for _ in range(chance.choice((0, 0, 1, 5))):
            if part:
                chance.choice(parts[number + 1 :]).append(part.pop(chance.randrange(len(part))))
    return parts


def ask(chance: random.Random, figures: Figures, store: Store, known: list[SlotRecord]) -> None:
    """One question, answered by the sums and by the whole ledger."""
    last = max(map(slot_time, known), default=SPRING)
    span = (last - SPRING).total_seconds()
    now = chance.choice(
        (
            last + timedelta(seconds=chance.choice((0, 1, 3000, 200_000))),
            SPRING + timedelta(seconds=chance.uniform(-10, span + 10)),  # a clock set back
        )
    )
    start = SPRING + timedelta(seconds=chance.uniform(-90_000, span))
    end = chance.choice((now, start + timedelta(seconds=chance.uniform(0, span + 90_000))))
    scope = chance.choice(ALL_SCOPES)
    if scope.component == PATH and now < last:
        return  # which components belong to the way is what is known today
    line = raw_line(known, scope, now)
    depth = Depth.FULL if scope.component == PATH else scope.depth
    said = f"{scope} [{start}, {end}) at {now}"
    expected = figure_of(line, start=start, end=end, depth=depth)
    found = figures.figure(scope, start, end, now=now)
    assert found == expected, (said, differing(found, expected))
    week = figures.week(scope, start, end, now=now)
    assert week == hours_of_week(line, start=start, end=end), said
    later = with_reclassifications(known, store.reclassifications())
    judged = list(with_reviews(later, store.reviews()))
    second = figures.second(scope, start, end, now=now)
    again = figure_of(raw_line(judged, scope, now), start=start, end=end, depth=depth)
    assert second in (None, again), said
    if scope.component != PATH:
        _ask_times(figures, scope, known, start, min(end, now), now)


def differing(found: Figure, expected: Figure) -> dict[str, tuple[object, object]]:
    """What the sums say, and what the ledger says, where they part."""
    pairs = {name: (value, getattr(expected, name)) for name, value in vars(found).items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _ask_times(
    figures: Figures,
    scope: Scope,
    known: list[SlotRecord],
    start: datetime,
    end: datetime,
    now: datetime,
) -> None:
    lasted = [
        one.duration_seconds
        for one in known
        if one.slot.component == scope.component
        and one.outcome.is_available
        and one.duration_seconds is not None
        and start <= slot_time(one) < end
        and scope.depth in (None, one.depth)
        and scope.vantage in (None, one.slot.vantage)
        and scope.category in (None, one.category)
    ]
    found = figures.response_times(scope, start, end, now=now)
    assert found.runs == len(lasted)
    assert tuple(seconds for _, seconds in found.quantiles) == (
        quantiles_of(lasted, QUANTILES) or ()
    )


def torment(store: Store, other: Store, seed: int, questions: int = 6, longest: int = 120) -> None:
    """One store, two processes, and everything by chance."""
    chance = random.Random(seed)
    empty(store)
    records = [r for c in COMPONENTS for v in VANTAGES for r in hostile(chance, c, v, longest)]
    desks = [(Figures(store), store), (Figures(other), other)]
    known: list[SlotRecord] = []
    for part in in_parts(chance, records):
        known += fill(store, part)
        for _ in range(2):
            if chance.random() < 0.3:
                store.refresh_rollups(step_slots=chance.choice((1, 7, 50, 900)))
            if chance.random() < 0.6:
                judge(store, known, chance, many=chance.randrange(6))
            for _ in range(questions):
                figures, where = chance.choice(desks)
                ask(chance, figures, where, known)


@pytest.mark.parametrize("seed", range(2))
def test_no_order_of_events_parts_the_sums_from_the_ledger(
    store: Store, url: str, seed: int
) -> None:
    with open_store(url) as other:
        torment(store, other, seed, questions=2, longest=60)


def test_a_judgement_after_a_silence_of_days_leaves_the_sums_whole(store: Store) -> None:
    """Off for three days, then an outage without end, of which the first slot is judged: what is
    made again begins before days that are kept already."""
    empty(store)
    chance = random.Random(1)
    half = timedelta(minutes=30)
    moments = [SPRING + half * number for number in (*range(48), *range(192, 192 + 48 * 10))]
    made = [
        made_up_record("login", "local", at, 1800.0, LETTERS[letter], Depth.FULL, chance)
        for at in moments
        for letter in ("U" if at < SPRING + timedelta(days=3) else "D",)
    ]
    known = fill(store, made)
    figures, now = Figures(store), max(map(slot_time, known)) + half
    first = known[48].sequence
    assert figures.figure(SCOPES[0], SPRING, now, now=now).outages == 1

    store.add_reviews([first], decision=Decision.OUR_FAULT, by="x", note="", now=SPRING)

    judged = list(with_reviews(known, store.reviews()))
    line = raw_line(judged, SCOPES[0], now)
    assert figures.second(SCOPES[0], SPRING, now, now=now) == figure_of(line, start=SPRING, end=now)
