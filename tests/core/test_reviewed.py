"""What a person decided: a second figure, never a changed first one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.incidents import fold_all
from monitor.core.model import Outcome
from monitor.core.reviewed import Decision, Review, refusal, waiting, with_reviews
from monitor.core.statistics import figure
from tests.core.ledgers import LETTERS, at, ledger

NOW = datetime(2026, 5, 5, tzinfo=UTC)


def _review(sequence: int, decision: Decision, number: int = 1) -> Review:
    return Review(
        number=number,
        sequence=sequence,
        decision=decision,
        by="M. Durand",
        note="Vu sur la capture.",
        decided_at=NOW,
    )


@pytest.mark.parametrize(
    ("letter", "decision", "outcome"),
    [
        ("L", Decision.SITE_FAILED, Outcome.DOWN),
        ("?", Decision.SITE_FAILED, Outcome.DOWN),
        ("L", Decision.OUR_FAULT, Outcome.MONITOR_FAULT),
        ("L", Decision.PAGE_CHANGED, Outcome.LAYOUT_CHANGED),
        ("L", Decision.LAWFUL, Outcome.UNKNOWN),
        ("D", Decision.OUR_FAULT, Outcome.MONITOR_FAULT),
        ("D", Decision.SITE_FAILED, Outcome.DOWN),
        ("M", Decision.SITE_FAILED, Outcome.MAINTENANCE),
        ("M", Decision.LAWFUL, Outcome.UNKNOWN),
    ],
)
def test_a_decision_says_what_the_slot_counts_as(
    letter: str, decision: Decision, outcome: Outcome
) -> None:
    (record,) = with_reviews(ledger(letter), [_review(1, decision)])

    assert (record.outcome, record.flags) == (outcome, ("reviewed",))


@pytest.mark.parametrize("letter", ["U", "S", "B", "F", ".", "-"])
@pytest.mark.parametrize("decision", Decision)
def test_some_slots_are_not_for_review(letter: str, decision: Decision) -> None:
    records = ledger(letter)

    assert refusal(records[0], decision) is not None
    assert with_reviews(records, [_review(1, decision)]) == tuple(records)


@pytest.mark.parametrize("flag", ["guard_aborted", "starved"])
def test_what_we_disturbed_ourselves_never_becomes_an_outage(flag: str) -> None:
    record = replace(ledger("?")[0], flags=(flag,))

    assert refusal(record, Decision.SITE_FAILED) is not None
    assert refusal(record, Decision.OUR_FAULT) is None


def test_the_latest_of_several_decisions_counts() -> None:
    reviews = [_review(1, Decision.OUR_FAULT, 2), _review(1, Decision.SITE_FAILED, 1)]

    assert with_reviews(ledger("L"), reviews)[0].outcome is Outcome.MONITOR_FAULT


def test_the_rule_names_the_decision() -> None:
    assert with_reviews(ledger("L"), [_review(1, Decision.LAWFUL)])[0].rule == "review_lawful"


def test_decisions_give_a_second_figure_by_the_same_function() -> None:
    records = ledger("UULLUUUUUU")
    reviews = [_review(sequence, Decision.SITE_FAILED, sequence) for sequence in (3, 4)]

    first, second = (
        figure(ones, start=at(0), end=at(10), now=at(10))
        for ones in (records, with_reviews(records, reviews))
    )

    assert (first.availability, first.coverage) == (1.0, 0.8)
    assert (second.availability, second.coverage) == (0.8, 1.0)
    assert [one.rule for one in second.incidents] == ["review_site_failed"]


def test_an_outage_taken_back_leaves_no_incident() -> None:
    records = ledger("UDDU")
    reviews = [_review(sequence, Decision.OUR_FAULT, sequence) for sequence in (2, 3)]

    assert fold_all(records).incidents
    assert not fold_all(with_reviews(records, reviews)).incidents


_words = st.text("".join(LETTERS), min_size=1, max_size=12)


@given(word=_words, decisions=st.lists(st.sampled_from(Decision), min_size=12, max_size=12))
def test_no_decision_makes_anything_available(word: str, decisions: list[Decision]) -> None:
    records = ledger(word)
    reviews = [_review(n, decision, n) for n, decision in enumerate(decisions, start=1)]

    for before, after in zip(records, with_reviews(records, reviews), strict=True):
        assert after.outcome.is_available == before.outcome.is_available
        if before.outcome in (Outcome.BLOCKED, Outcome.MONITOR_FAULT):
            assert after == before


def _lengths(word: str, *decided: int) -> list[tuple[int, int]]:
    reviews = [_review(sequence, Decision.LAWFUL, sequence) for sequence in decided]
    return [(one.first.sequence, len(one.records)) for one in waiting(ledger(word), reviews)]


def test_slots_in_a_row_wait_as_one() -> None:
    assert _lengths("ULLLUL?") == [(2, 3), (6, 1), (7, 1)]


def test_slots_that_did_not_run_do_not_break_a_row() -> None:
    assert _lengths("L.L-L") == [(1, 3)]


def test_a_decided_slot_waits_no_more() -> None:
    assert _lengths("LLL", 2) == [(1, 1), (3, 1)]


def test_other_rules_and_other_components_are_other_questions() -> None:
    first, second = ledger("LL")
    other = replace(second, sequence=3, slot=replace(second.slot, component="portal"))

    found = waiting([first, replace(second, rule="category_absent"), other], [])

    assert [len(one.records) for one in found] == [1, 1, 1]
