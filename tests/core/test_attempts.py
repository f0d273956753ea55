"""Declared attempts beside ledgers written as words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.attempts import Corroboration, DeclaredAttempt, folded, set_against
from monitor.core.attempts_table import Finding, Reason
from monitor.core.incidents import fold_all
from monitor.core.model import Depth, Outcome, SlotRecord
from tests.core.ledgers import INTERVAL_SECONDS, at, ledger, slot_record

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def judged(
    records: list[SlotRecord],
    start: float,
    end: float | None = None,
    *,
    now: datetime = LATER,
    component: str = "login",
    category: str | None = None,
    depth: Depth = Depth.FULL,
    personal: bool = False,
) -> Corroboration:
    """The attempt at that many intervals after the beginning."""
    attempt = DeclaredAttempt(
        start=at(start),
        end=None if end is None else at(end),
        component=component,
        category=category,
        depth=depth,
        personal=personal,
    )
    first = min((one.slot.scheduled_at for one in records), default=None)
    incidents = fold_all(records).incidents
    return set_against(attempt, records, incidents, now=now, first_slot_at=first)


@pytest.mark.parametrize(
    ("word", "start", "finding", "reason"),
    [
        ("UDDU", 1.5, Finding.CONCORDANT, Reason.FAILING_AROUND),
        ("UMMU", 1.5, Finding.CONCORDANT, Reason.FAILING_AROUND),
        ("UUUU", 1.5, Finding.CONTRARY, Reason.WORKING_AROUND),
        ("USSU", 1.5, Finding.CONTRARY, Reason.WORKING_AROUND),
        ("UDDU", 0.5, Finding.SHARED, Reason.BROKE_BETWEEN),
        ("UDDU", 2.5, Finding.SHARED, Reason.MENDED_BETWEEN),
        ("UDUU", 0.5, Finding.SHARED, Reason.BROKE_BETWEEN),
        ("UDD.DDU", 3.5, Finding.CONCORDANT, Reason.INSIDE_INCIDENT),
        ("UDDFDDU", 2.2, Finding.CONCORDANT, Reason.INSIDE_INCIDENT),
        ("UDD..DU", 3.5, Finding.NOT_OBSERVED, Reason.TOO_FAR),
        ("UU.UU", 1.5, Finding.NOT_OBSERVED, Reason.TOO_FAR),
        ("UU.DD", 1.5, Finding.NOT_OBSERVED, Reason.TOO_FAR),
        ("UDD...", 3.5, Finding.NOT_OBSERVED, Reason.NOTHING_AFTER),
        ("..DDU", 0.5, Finding.NOT_OBSERVED, Reason.NOTHING_BEFORE),
        ("BLF?", 1.5, Finding.NOT_OBSERVED, Reason.NOTHING_AT_ALL),
        ("UDD", -1, Finding.NOT_OBSERVED, Reason.BEFORE_THE_MONITOR),
        ("", 1, Finding.NOT_OBSERVED, Reason.NEVER_WATCHED),
    ],
)
def test_an_instant(word: str, start: float, finding: Finding, reason: Reason) -> None:
    found = judged(ledger(word), start)
    assert (found.finding, found.reason) == (finding, reason)


@pytest.mark.parametrize(
    ("word", "start", "end", "finding"),
    [
        ("UDDDDU", 1.5, 3.5, Finding.CONCORDANT),
        ("UDDDDU", 1.0, 3.9, Finding.CONCORDANT),
        ("UDDDDU", 0.5, 3.5, Finding.SHARED),
        ("UDDUDD", 1.5, 4.5, Finding.SHARED),
        ("UDD..DDU", 1.5, 5.5, Finding.NOT_OBSERVED),
        ("UDD.DDU", 1.5, 4.5, Finding.CONCORDANT),
        ("UUUUUU", 0.5, 4.5, Finding.CONTRARY),
        ("UU.UUU", 0.5, 4.5, Finding.CONTRARY),
        ("UU...UU", 0.5, 5.5, Finding.NOT_OBSERVED),
        ("UUUUDD", 0.5, 4.5, Finding.SHARED),
    ],
)
def test_a_range_is_judged_over_the_whole_of_it(
    word: str, start: float, end: float, finding: Finding
) -> None:
    assert judged(ledger(word), start, end).finding is finding


def test_an_attempt_in_the_future_is_not_observed() -> None:
    found = judged(ledger("UDDDD"), 3.5, now=at(3.2))
    assert found.reason is Reason.FUTURE


def test_a_monitor_that_died_before_the_end_makes_no_attempt_concordant() -> None:
    died = ledger("UDDD")
    good = slot_record("U", at(3) + timedelta(days=10), sequence=99)
    for hours in (0.2, 1, 24, 120, 239):
        found = judged([*died, good], 3 + hours * 3600 / INTERVAL_SECONDS)
        assert found.finding is Finding.NOT_OBSERVED
    failing = slot_record("D", at(3) + timedelta(days=10), sequence=99)
    for hours in (1, 24, 120, 239):
        found = judged([*died, failing], 3 + hours * 3600 / INTERVAL_SECONDS)
        assert found.finding is Finding.NOT_OBSERVED


def test_a_working_form_never_contradicts_who_went_further() -> None:
    form = ledger("UUUU", depth=Depth.FORM)
    assert judged(form, 1.5).reason is Reason.FORM_ONLY
    assert judged(form, 1.5, depth=Depth.FORM).finding is Finding.CONTRARY
    failing = ledger("UDDU", depth=Depth.FORM)
    assert judged(failing, 1.5).finding is Finding.CONCORDANT
    assert judged(failing, 2.5).reason is Reason.FORM_ONLY


def test_a_personal_message_is_not_comparable_and_keeps_what_was_seen() -> None:
    found = judged(ledger("UDDU"), 1.5, personal=True)
    assert found.reason is Reason.PERSONAL_MESSAGE
    assert found.seen[0].before is not None


def _of_category(word: str, name: str | None, via: str | None = None) -> list[SlotRecord]:
    return [
        replace(record, category=name, via=via if record.outcome.is_failing else None)
        for record in ledger(word, component="category")
    ]


@pytest.mark.parametrize(
    ("word", "seen", "via", "asked", "finding"),
    [
        ("UDDU", "étudiant", None, "Etudiant ", Finding.CONCORDANT),
        ("UDDU", "étudiant", None, "visiteur", Finding.NOT_COMPARABLE),
        ("UUUU", "étudiant", None, "visiteur", Finding.NOT_COMPARABLE),
        ("UUUU", None, None, "visiteur", Finding.NOT_COMPARABLE),
        ("UDDU", "étudiant", "login", "visiteur", Finding.CONCORDANT),
        ("UDDU", None, None, "visiteur", Finding.CONCORDANT),
        ("UDDU", "étudiant", None, None, Finding.CONCORDANT),
    ],
)
def test_another_category_is_not_comparable_unless_the_failure_is_before_the_choice(
    word: str, seen: str | None, via: str | None, asked: str | None, finding: Finding
) -> None:
    records = _of_category(word, seen, via)
    assert judged(records, 1.5, component="category", category=asked).finding is finding


def test_a_category_says_nothing_where_none_is_chosen() -> None:
    assert judged(ledger("UDDU"), 1.5, category="visiteur").finding is Finding.CONCORDANT


@pytest.mark.parametrize(
    ("second", "finding"),
    [
        ("UDDU", Finding.CONCORDANT),
        ("UUUU", Finding.SHARED),
        ("....", Finding.CONCORDANT),
        ("UBBU", Finding.CONCORDANT),
    ],
)
def test_every_vantage_that_can_say_something_must_say_the_same(
    second: str, finding: Finding
) -> None:
    other = ledger(second, vantage="other", first_sequence=100)
    assert judged([*ledger("UDDU"), *other], 1.5).finding is finding


def test_announced_maintenance_around_an_attempt_is_said() -> None:
    assert judged(ledger("UMMU"), 1.5).announced
    assert judged(ledger("UMDU"), 1.5).announced
    assert not judged(ledger("UDDM"), 1.5).announced


def test_distances_and_record_numbers() -> None:
    (seen,) = judged(ledger("UDDU"), 1.25).seen
    assert seen.before is not None
    assert seen.after is not None
    assert (seen.before.sequence, seen.after.sequence) == (2, 3)
    assert seen.before.distance_seconds == pytest.approx(75)
    assert seen.after.distance_seconds == pytest.approx(225)
    assert seen.incident == 3


@pytest.mark.parametrize("naive", [True, False])
def test_a_moment_without_zone_and_a_reversed_range_are_refused(naive: bool) -> None:
    start = at(1).replace(tzinfo=None) if naive else at(1)
    with pytest.raises(ValueError, match=r"zone|before"):
        DeclaredAttempt(start=start, end=start - timedelta(hours=1), component="login")


def test_the_words_are_in_no_text_and_no_comparison() -> None:
    one = DeclaredAttempt(start=at(1), component="login", words="CANARI")
    assert "CANARI" not in repr(one)
    assert one == DeclaredAttempt(start=at(1), component="login", words="autre")


def test_names_of_categories_are_compared_without_accents() -> None:
    assert folded(" Étudiant  étranger ") == "etudiant etranger"


words = st.text("UDMSBF. -", min_size=1, max_size=30)


@given(word=words, start=st.floats(0, 30), length=st.none() | st.floats(0, 10), order=st.randoms())
def test_the_order_of_the_records_changes_nothing(
    word: str, start: float, length: float | None, order: Random
) -> None:
    records = ledger(word)
    end = None if length is None else start + length
    shuffled = list(records)
    order.shuffle(shuffled)
    first = min((one.slot.scheduled_at for one in records), default=None)
    attempt = DeclaredAttempt(
        start=at(start), end=None if end is None else at(end), component="login"
    )
    incidents = fold_all(records).incidents
    one = set_against(attempt, records, incidents, now=LATER, first_slot_at=first)
    other = set_against(attempt, shuffled, incidents, now=LATER, first_slot_at=first)
    assert one == other


@given(word=words, start=st.floats(0, 30), length=st.none() | st.floats(0, 10))
def test_a_concordant_attempt_has_only_failures_from_before_to_after(
    word: str, start: float, length: float | None
) -> None:
    """Said from the ledger alone: no look that knows says otherwise, and no hole is passed over."""
    end = start if length is None else start + length
    records = ledger(word)
    found = judged(records, start, None if length is None else end)
    if found.finding is not Finding.CONCORDANT:
        return
    known = [one for one in records if one.outcome.is_known]
    before = [one for one in known if one.slot.scheduled_at <= at(start)]
    inside = [one for one in known if at(start) < one.slot.scheduled_at <= at(end)]
    after = [one for one in known if one.slot.scheduled_at > at(end)]
    line = [before[-1], *inside, after[0]]
    assert {one.outcome for one in line} <= {Outcome.DOWN, Outcome.MAINTENANCE}
    moments = [one.slot.scheduled_at for one in line]
    widest = max(b - a for a, b in pairwise(moments))
    assert widest <= timedelta(seconds=2.5 * INTERVAL_SECONDS)
