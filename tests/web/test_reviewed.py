"""A person's decision is named where it counts, beside the first figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.incidents import fold_all
from monitor.core.model import Outcome, Slot, SlotRecord
from monitor.core.reviewed import Decision, Review
from monitor.web.figures import FigureView, figure_view, last_days
from monitor.web.reviewed import decisions_on
from tests.readers import ListFigures, ListReader

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def ledger(*outcomes: Outcome) -> list[SlotRecord]:
    """Slots ten minutes apart."""
    return [_record(number, outcome) for number, outcome in enumerate(outcomes, start=1)]


def _record(number: int, outcome: Outcome) -> SlotRecord:
    at = START + timedelta(minutes=10 * number)
    return SlotRecord(
        sequence=number,
        slot=Slot(component="login", vantage="local", scheduled_at=at, interval_seconds=600),
        outcome=outcome,
        rule="http_5xx" if outcome is Outcome.DOWN else "completed",
        started_at=at,
        finished_at=at + timedelta(seconds=5),
        first_finished_at=at + timedelta(seconds=5),
        last_started_at=at,
        duration_seconds=5,
    )


def review(sequence: int, decision: Decision) -> Review:
    """A decision taken in the afternoon."""
    return Review(
        number=sequence,
        sequence=sequence,
        decision=decision,
        by="Une relectrice",
        note="Note interne",
        decided_at=START + timedelta(hours=7),
    )


OUTAGE = ledger(*[Outcome.UP] * 6, Outcome.DOWN, Outcome.DOWN, *[Outcome.UP] * 6)
NOW = START + timedelta(minutes=145)


def view(*reviews: Review) -> FigureView:
    """The figure of the status page."""
    days = last_days(ListFigures(ListReader(OUTAGE, reviews=reviews)), "login", NOW)
    assert days is not None
    return figure_view(days)


def test_the_second_figure_stands_beside_the_first() -> None:
    first = view()
    reviewed = view(review(7, Decision.OUR_FAULT), review(8, Decision.OUR_FAULT))
    assert first.second is None
    assert reviewed.value == first.value
    assert reviewed.second is not None
    assert reviewed.second.endswith("100\u202f%.")


def test_a_decision_outside_the_ledger_changes_nothing() -> None:
    assert view(review(99, Decision.LAWFUL)).second is None


def test_an_incident_names_the_decisions_on_its_slots_only() -> None:
    incident = fold_all(OUTAGE).incidents[0]
    reviews = [review(2, Decision.LAWFUL), review(8, Decision.OUR_FAULT)]
    lines = decisions_on(incident, [record.sequence for record in OUTAGE], reviews)
    assert len(lines) == 1
    assert "la faute était de notre côté" in lines[0]
    assert "Une relectrice" not in lines[0]


def test_the_latest_decision_counts() -> None:
    incident = fold_all(OUTAGE).incidents[0]
    later = replace(review(8, Decision.SITE_FAILED), number=20)
    lines = decisions_on(incident, [8], [review(8, Decision.OUR_FAULT), later])
    assert "le site était en panne" in lines[0]
