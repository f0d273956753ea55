"""Attempts set against a real store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.certificates.build_attempts import attempts_report, weeks_around
from monitor.certificates.errors import BadRequest
from monitor.certificates.model import AttemptsReport
from monitor.core.attempts import DeclaredAttempt
from monitor.core.attempts_table import Finding, Reason
from monitor.core.reviewed import Decision
from monitor.store.store import Store
from tests.certificates.scenes import ISSUER, at, fill


def tried(start: float, end: float | None = None, **values: Any) -> DeclaredAttempt:  # noqa: ANN401
    return DeclaredAttempt(
        start=at(start),
        end=None if end is None else at(end),
        **{"component": "login", **values},
    )


def made(store: Store, *attempts: DeclaredAttempt, now: datetime | None = None) -> AttemptsReport:
    return attempts_report(
        store,
        kept=lambda _hash: True,
        issuer=ISSUER,
        rehearsal=False,
        attempts=attempts,
        now=now or at(5000),
    )


def test_each_attempt_has_its_finding_and_its_looks(store: Store) -> None:
    fill(store, "UUDDDUUUU")
    report = made(store, tried(2.5), tried(6.5), tried(1.5), tried(300))

    assert [one.corroboration.finding for one in report.attempts] == [
        Finding.CONCORDANT,
        Finding.CONTRARY,
        Finding.SHARED,
        Finding.NOT_OBSERVED,
    ]
    (seen,) = report.attempts[0].seen
    assert seen.before is not None
    assert seen.after is not None
    assert (seen.before.sequence, seen.after.sequence) == (3, 4)
    assert seen.before_seconds == pytest.approx(299)
    assert seen.before.picture is not None
    (incident,) = report.attempts[0].incidents
    assert incident.first_failing is not None
    assert incident.first_failing.sequence == 3
    assert report.measures.concordant.count == 1
    assert {look.sequence for look in report.looks} >= {3, 4, 7, 8}


def test_a_monitor_that_died_between_corroborates_nothing(store: Store) -> None:
    fill(store, "UDDD")
    fill(store, "UUU", first=4 + 10 * 144)
    report = made(store, *(tried(3.1 + day * 144) for day in range(1, 10)))
    assert {one.corroboration.finding for one in report.attempts} == {Finding.NOT_OBSERVED}


def test_before_the_monitor_in_the_future_and_unwatched(store: Store) -> None:
    fill(store, "UDDU")
    report = made(store, tried(-9), tried(4), tried(1.5, component="upload"), now=at(3.5))
    assert [one.corroboration.reason for one in report.attempts] == [
        Reason.BEFORE_THE_MONITOR,
        Reason.FUTURE,
        Reason.NEVER_WATCHED,
    ]


def test_the_period_is_whole_weeks_that_tell_nothing_of_the_hours(store: Store) -> None:
    fill(store, "UDDU")
    frame = made(store, tried(1.5)).frame
    assert frame.period_start == datetime(2026, 5, 10, 22, tzinfo=UTC)
    assert frame.period_end == datetime(2026, 5, 17, 22, tzinfo=UTC)
    assert (frame.first_sequence, frame.last_sequence) == (1, 4)


def test_weeks_across_the_change_of_clocks() -> None:
    late = DeclaredAttempt(start=datetime(2026, 3, 29, 20, tzinfo=UTC), component="login")
    start, end = weeks_around([late], now=datetime(2027, 1, 1, tzinfo=UTC))
    assert start == datetime(2026, 3, 22, 23, tzinfo=UTC)
    assert end == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ([], "au moins une tentative"),
        ([tried(1)] * 501, "Trop de tentatives"),
        ([tried(1, 1000)], "trop longue"),
        ([tried(1), tried(80_000)], "période trop longue"),
        ([tried(1, component="connexion")], "n’existe pas"),
    ],
)
def test_what_makes_no_document_is_said(
    store: Store, attempts: list[DeclaredAttempt], words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        made(store, *attempts)


def test_five_hundred_attempts_of_a_month(store: Store) -> None:
    fill(store, "UUUDDDUUUU" * 20)
    many = [tried(0.3 + 0.39 * index) for index in range(500)]
    report = made(store, *many, now=at(400))
    assert report.measures.attempts == 500
    assert report.measures.findings[Finding.CONCORDANT] > 100


def test_a_failure_that_was_ours_after_all_gives_a_second_finding(store: Store) -> None:
    fill(store, "UUDDDUUUU")
    assert made(store, tried(2.5)).second_measures is None
    store.add_reviews([3, 4, 5], decision=Decision.OUR_FAULT, by="A", note="B", now=at(20))
    report = made(store, tried(2.5), tried(6.5))

    (one, other) = report.attempts
    assert one.corroboration.finding is Finding.CONCORDANT
    assert one.second is not None
    assert one.second.finding is Finding.NOT_OBSERVED
    assert other.second is None
    assert report.measures.concordant.count == 1
    assert report.second_measures is not None
    assert report.second_measures.concordant.count == 0


def test_a_decision_that_confirms_changes_nothing(store: Store) -> None:
    fill(store, "UUDDDUUUU")
    store.add_reviews([3, 4, 5], decision=Decision.SITE_FAILED, by="A", note="B", now=at(20))
    report = made(store, tried(2.5))
    assert report.attempts[0].second is None
    assert report.second_measures is None
