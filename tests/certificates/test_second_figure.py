"""The second figure of a document, computed again from the decisions that it carries."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pikepdf
import pytest

from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.decisions import DECISIONS_FILE
from monitor.certificates.verify import verify_document
from monitor.core.attempts import DeclaredAttempt
from monitor.core.attempts_table import Finding
from monitor.core.model import Outcome, Verdict
from monitor.core.reclassify import Change
from monitor.core.reviewed import Decision
from monitor.core.statistics import PARIS
from monitor.evidence.report import Report
from tests.authority import utc_now
from tests.certificates.notary import Notary, notary, resigned
from tests.certificates.scenes import INTERVAL, ISSUER


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notary]:
    """The failure was ours after all, says a person; newer rules call the maintenance down."""
    with notary(tmp_path_factory.mktemp("notary")) as opened:
        store, word = opened.store, "MMM"
        failing = [one for one in store.slots() if one.outcome is Outcome.DOWN][:3]
        planned = [one for one in store.slots() if one.outcome is Outcome.MAINTENANCE]
        assert len(planned) == len(word)
        store.add_reviews(
            [one.sequence for one in failing],
            decision=Decision.OUR_FAULT,
            by="A",
            note="notre ligne était coupée",
            now=utc_now(),
        )
        verdict = Verdict(outcome=Outcome.DOWN, rule="http_5xx", ruleset="2026-12-01")
        changes = [Change(before=one, verdict=verdict) for one in planned]
        assert store.add_reclassifications(changes, now=utc_now()) == len(word)
        yield opened


def said(report: Report) -> str:
    return " / ".join(one.fr for one in report.failed)


def test_a_document_with_decisions_verifies_and_says_how_many(ground: Notary) -> None:
    made = ground.outage()
    (component,) = made.components
    assert (component.reviewed_slots, component.rejudged_slots) == (3, 3)
    assert component.reviewed_figure is not None
    assert component.reviewed_figure.availability != component.figure.availability
    report = verify_document(ground.press().issue(made)[0], ground.trust)
    assert report.passed, said(report)
    attached = b"".join(_files(ground.press(signs=False).issue(made)[0]).values())
    assert b"notre ligne" not in attached, "what a person wrote may name someone"
    (line,) = [one.fr for one in report.checks if one.name == "decisions"]
    assert line.startswith("6 décision(s)")


def _files(pdf: bytes) -> dict[str, bytes]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {str(one.UF): one.EF.F.read_bytes() for one in opened.Root.AF}


def _changed(name: str, change: Callable[[Any], object]) -> Callable[[dict[str, bytes]], None]:
    def apply(files: dict[str, bytes]) -> None:
        content = json.loads(files[name])
        change(content)
        files[name] = json.dumps(content, ensure_ascii=False).encode()

    return apply


def _second(report: Any) -> Any:  # noqa: ANN401  any JSON value
    return report["components"][0]["reviewed_figure"]


def _incident(report: Any, place: int) -> Any:  # noqa: ANN401
    return report["components"][0]["incidents"][place]


def _another_decision(content: Any) -> None:  # noqa: ANN401
    row = content["ranges"][0]
    row["leaves"] = [one.replace("our_fault", "site_failed") for one in row["leaves"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            _changed("releve.json", lambda it: _second(it).update(availability=1.0)),
            "login (second): availability",
        ),
        (
            _changed("releve.json", lambda it: it["components"][0].update(reviewed_slots=2)),
            "login (second): reviewed_slots",
        ),
        (
            _changed("releve.json", lambda it: it["components"][0].update(reviewed_figure=None)),
            "login (second): figure",
        ),
        (
            _changed(
                "releve.json",
                lambda it: it["components"][0]["incidents"][0]["reviews"][0].update(
                    decision="lawful"
                ),
            ),
            "decision 1",
        ),
        (
            _changed(
                "releve.json",
                lambda it: _incident(it, 1)["judgements"][0].update(rule="x"),
            ),
            "verdict ",
        ),
        (_changed(DECISIONS_FILE, _another_decision), "ne sont pas dans le journal signé"),
        (_changed(DECISIONS_FILE, lambda it: it.update(stamps=[])), "aucun horodatage"),
        (_changed(DECISIONS_FILE, lambda it: it["ranges"].clear()), "est vide"),
        (_changed(DECISIONS_FILE, lambda it: it.update(ranges=[1])), "illisible"),
    ],
)
def test_a_second_figure_that_does_not_follow_is_refused(
    ground: Notary, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    report = resigned(ground, ground.outage(), change)
    assert not report.passed
    assert words in said(report)


def test_a_decision_of_a_later_day_does_not_reach_an_older_document(ground: Notary) -> None:
    made = ground.outage()
    before = verify_document(ground.press().issue(made)[0], ground.trust)
    number = made.components[0].incidents[0].incident.first_failing_sequence + 3
    ground.store.add_reviews(
        [number], decision=Decision.LAWFUL, by="A", note="après", now=utc_now()
    )
    again = verify_document(ground.press().issue(made)[0], ground.trust)
    assert (before.passed, said(again)) == (True, "")


def test_second_findings_of_attempts_are_computed_again(ground: Notary) -> None:
    made = ground.attempts()
    assert [one.second is not None for one in made.attempts] == [True, False]
    report = verify_document(ground.press().issue(made)[0], ground.trust)
    assert report.passed, said(report)

    def hide(content: Any) -> None:  # noqa: ANN401
        content["attempts"][0]["second"] = None

    refused = said(resigned(ground, made, _changed("releve.json", hide)))
    assert "attempt 1 (second)" in refused


def _over_a_week_end() -> tuple[str, int]:
    """A ledger whose failure began on the Sunday and lasted into the Monday, with a look every
    twelve hours since; and the place of a record of that Monday."""
    now = utc_now()
    day = (now - timedelta(hours=6)).astimezone(PARIS).date()
    monday = datetime.combine(day - timedelta(days=day.weekday()), time(), tzinfo=PARIS)
    since = (now - monday) // INTERVAL
    after = (" " * 71 + "U") * (since // 72 + 1)
    return "U" * 12 + "D" * 20 + after[: max(since - 10, 0)] + "UU", 12 + 15


def test_an_attempt_in_an_incident_of_the_week_before_verifies(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The lines that are attached reach back to where the incident began."""
    word, place = _over_a_week_end()
    with notary(tmp_path_factory.mktemp("long"), word) as opened:
        made = attempts_report(
            opened.store,
            kept=opened.blobs.has,
            issuer=ISSUER,
            rehearsal=False,
            attempts=[DeclaredAttempt(start=opened.at(place + 0.5), component="login")],
            now=utc_now(),
        )
        (attempt,) = made.attempts
        assert attempt.corroboration.finding is Finding.CONCORDANT
        assert attempt.incidents[0].incident.started_before < made.frame.period_start
        report = verify_document(opened.press().issue(made)[0], opened.trust)
        assert report.passed, said(report)
