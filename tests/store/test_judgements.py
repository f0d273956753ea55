"""Later verdicts and decisions: appended beside the first ones, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.model import Outcome, Signal, SignalKind
from monitor.core.reclassify import AttemptRecord, Change, changed, with_reclassifications
from monitor.core.reviewed import Decision
from monitor.core.rules import RULESET
from monitor.errors import StoreError
from monitor.store.engine import engine_for, parse_url, writing
from monitor.store.errors import NaiveDatetime
from monitor.store.migrate import SchemaStatus, check, upgrade_connection
from monitor.store.store import Store, open_store
from tests.store.samples import NOON, VANTAGE, observation, slot, without_attempts

LATER = NOON + timedelta(days=40)
BROKEN = (
    Signal(kind=SignalKind.STEP_FAILED, step="open"),
    Signal(kind=SignalKind.CONTROL, text="healthy", number=3.0),
    Signal(kind=SignalKind.HTTP_STATUS, step="open", number=503.0),
)


def _changes(store: Store) -> list[Change]:
    found = (changed(record, attempts) for record, attempts in store.judged())
    return [one for one in found if one is not None]


@pytest.fixture
def changeable(store: Store) -> Store:
    """One slot that the rules of today would call down, in between of others."""
    store.record_unrun(slot(0), Outcome.MISSED, "off")
    store.record(observation(slot(1), Outcome.DOWN, signals=BROKEN))
    store.record(without_attempts(slot(2)))
    return store


def test_slots_come_with_what_the_rules_read(changeable: Store) -> None:
    seen = changeable.observation(2)
    assert seen is not None

    ((record, attempts),) = changeable.judged()

    assert record == changeable.slot(2)
    assert [one.signals for one in attempts] == [BROKEN, BROKEN]
    expected = [AttemptRecord.of(one).verdict for one in seen.attempts]
    assert [(one.verdict.outcome, one.verdict.rule, one.verdict.via) for one in attempts] == [
        (one.outcome, one.rule, one.via) for one in expected
    ]


def test_slots_are_taken_from_a_moment_on(changeable: Store) -> None:
    assert len(list(changeable.judged(since=slot(1).scheduled_at))) == 1
    assert list(changeable.judged(since=slot(2).scheduled_at)) == []


def test_a_later_verdict_is_kept_beside_the_first(changeable: Store) -> None:
    first = list(changeable.slots())
    seen = changeable.observation(2)

    added = changeable.add_reclassifications(_changes(changeable), now=LATER)

    (kept,) = changeable.reclassifications()
    assert added == 1
    assert (kept.number, kept.sequence, kept.rule, kept.ruleset) == (1, 2, "http_5xx", RULESET)
    assert kept.decided_at == LATER
    assert list(changeable.slots()) == first
    assert changeable.observation(2) == seen


def test_the_same_verdict_is_not_kept_twice(changeable: Store) -> None:
    changes = _changes(changeable)
    changeable.add_reclassifications(changes, now=LATER)

    assert changeable.add_reclassifications(changes, now=LATER) == 0
    after = with_reclassifications(changeable.slots(), changeable.reclassifications())
    attempts = {record.sequence: seen for record, seen in changeable.judged()}
    assert changed(after[1], attempts[2]) is None


def test_a_slot_that_did_not_run_has_no_later_verdict(changeable: Store) -> None:
    (change,) = _changes(changeable)
    unrun = Change(before=next(iter(changeable.slots())), verdict=change.verdict)

    with pytest.raises(StoreError):
        changeable.add_reclassifications([change, unrun], now=LATER)

    assert changeable.reclassifications() == ()


def test_decisions_are_numbered_and_all_of_them_kept(changeable: Store) -> None:
    failed, lawful = Decision.SITE_FAILED, Decision.LAWFUL
    first = changeable.add_reviews([2, 3], decision=failed, by="A. Durand", note="Vu.", now=LATER)
    second = changeable.add_reviews([2], decision=lawful, by="B. Petit", note="Non.", now=LATER)

    assert [one.number for one in first + second] == [1, 2, 3]
    assert changeable.reviews() == first + second
    assert changeable.reviews(sequence=2) == (first[0], second[0])


def test_the_place_of_the_ledger_moves_with_all_that_changes_a_figure(changeable: Store) -> None:
    assert changeable.place() == (3, 0, 0, 0)
    changeable.add_reviews([2], decision=Decision.LAWFUL, by="B", note="", now=LATER)
    assert changeable.place() == (3, 1, 0, 0)
    changeable.add_reclassifications(_changes(changeable), now=LATER)
    assert changeable.place() == (3, 1, 1, 0)
    kind = StatementKind.CORRECTION
    changeable.add_statement(
        PublicStatement(number=0, kind=kind, about="", text="Non.", made_at=LATER)
    )
    assert changeable.place() == (3, 1, 1, 1)


def test_a_decision_on_a_slot_that_is_not_there_keeps_none(changeable: Store) -> None:
    with pytest.raises(StoreError, match="there is no slot 9"):
        changeable.add_reviews([2, 9], decision=Decision.LAWFUL, by="M", note="x", now=LATER)

    assert changeable.reviews() == ()


def test_a_ledger_from_before_takes_later_judgements(url: str) -> None:
    with engine_for(parse_url(url)) as engine, writing(engine) as connection:
        upgrade_connection(connection, "0001")
    assert check(url) is SchemaStatus.BEHIND

    with open_store(url) as store:
        store.register_vantage(VANTAGE)
        store.record(observation(slot(0), Outcome.DOWN, signals=BROKEN))
        assert store.add_reclassifications(_changes(store), now=LATER) == 1


def test_a_decision_needs_a_moment_with_a_timezone(changeable: Store) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  what is refused
    with pytest.raises(NaiveDatetime):
        changeable.add_reviews([2], decision=Decision.LAWFUL, by="M", note="x", now=naive)
