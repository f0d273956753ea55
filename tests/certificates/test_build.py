"""What the outage report collects from a real store."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitor.certificates.build import outage_report
from monitor.certificates.errors import BadRequest
from monitor.certificates.model import OutageReport
from monitor.core.model import Depth, Outcome, Vantage
from monitor.core.reviewed import Decision
from monitor.core.statistics import figure
from monitor.core.timeline import Status
from monitor.store.store import Store
from tests.certificates.scenes import BEGIN, INTERVAL, ISSUER, MESSAGE, at, fill


def made(store: Store, **changes: Any) -> OutageReport:  # noqa: ANN401  any argument of it
    values: dict[str, Any] = {
        "kept": lambda _hash: True,
        "issuer": ISSUER,
        "rehearsal": False,
        "components": ["login"],
        "start": BEGIN,
        "end": at(20),
        "now": at(30),
    }
    return outage_report(store, **{**values, **changes})


def test_an_incident_comes_with_its_edges_and_what_was_seen(store: Store) -> None:
    fill(store, "UUDDDUUUUU", flags=("refusal_not_excluded",))
    report = made(store)

    (incident,) = report.incidents
    assert report.has_outage
    assert report.refusal_not_excluded
    assert incident.number == 1
    assert incident.first_failing is not None
    assert incident.first_good is not None
    assert (incident.first_failing.sequence, incident.first_good.sequence) == (3, 6)
    assert incident.first_failing.page_message == MESSAGE
    assert incident.first_failing.http_status == 503
    assert incident.first_failing.failed_step == "open_sign_in"
    assert "503" in incident.first_failing.rule_fr or incident.first_failing.rule_fr
    assert incident.first_failing.picture is not None
    assert incident.first_failing.picture_kept
    assert len(incident.first_failing.manifests) == 2
    assert incident.duration.minimum_seconds < 3 * INTERVAL.total_seconds()
    assert [look.sequence for look in report.looks] == [3, 6]


def test_the_figure_is_the_one_of_statistics(store: Store) -> None:
    fill(store, "UUDDDUUU..UUDU")
    (component,) = made(store).components
    records = list(store.slots(component="login"))
    expected = figure(records, start=BEGIN, end=at(20), now=at(30))
    assert component.figure == expected
    assert dict(component.outcomes) == {Outcome.UP: 8, Outcome.DOWN: 4, Outcome.MISSED: 2}
    assert [look.sequence for look in component.isolated] == [13]
    assert (component.first_sequence, component.last_sequence) == (1, 14)


def test_segments_fill_the_clipped_window_without_overlap(store: Store) -> None:
    fill(store, "UUMMUUDDUU....UU")
    (component,) = made(store).components
    segments = component.segments
    assert segments[0].start == component.figure.start
    assert segments[-1].end == component.figure.end
    for one, following in pairwise(segments):
        assert one.end == following.start
        assert one.status is not following.status
    assert {one.status for one in segments} == {
        Status.UP,
        Status.DOWN,
        Status.MAINTENANCE,
        Status.NOT_KNOWN,
    }


def test_a_hole_inside_an_incident_is_kept(store: Store) -> None:
    fill(store, "UDD....DDUU")
    (incident,) = made(store).incidents
    assert len(incident.incident.holes) == 1


def test_no_outage_gives_a_report_that_says_so(store: Store) -> None:
    fill(store, "U" * 20)
    report = made(store)
    assert not report.has_outage
    assert report.incidents == ()
    assert not report.is_insufficient


def test_announced_maintenance_alone_is_no_outage(store: Store) -> None:
    fill(store, "UUMMMUUUUU")
    report = made(store)
    assert not report.has_outage
    assert [one.incident.kind for one in report.incidents] == ["maintenance"]


def test_insufficient_coverage_is_said_and_gives_no_availability(store: Store) -> None:
    fill(store, "UU........U")
    report = made(store)
    assert report.is_insufficient
    assert report.components[0].figure.availability is None


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8701", "http://localhost:1", "http://[::1]"])
def test_pages_of_this_machine_make_a_specimen_whatever_the_settings_say(
    store: Store, origin: str
) -> None:
    fill(store, "UUU", origin=origin)
    assert made(store).frame.specimen


def test_pages_of_the_live_site_make_none_unless_the_site_is_a_rehearsal(store: Store) -> None:
    fill(store, "UUU")
    assert not made(store).frame.specimen
    assert made(store, rehearsal=True).frame.specimen


def test_incidents_of_all_components_are_counted_through(store: Store) -> None:
    fill(store, "UDDUUDDUU")
    fill(store, "UDDUU", component="portal")
    report = made(store, components=["login", "portal"])
    assert [one.component for one in report.components] == ["portal", "login"]
    assert [one.number for one in report.incidents] == [1, 2, 3]


def test_an_incident_longer_than_the_period_is_whole(store: Store) -> None:
    fill(store, "UDD" + " " * 900 + "D" * 30 + " " * 400 + "DUU")
    report = made(store, start=at(910), end=at(920), now=at(1500))
    (incident,) = report.incidents
    assert incident.incident == store.incidents()[0]
    assert incident.first_failing is not None
    assert incident.first_failing.sequence == 2


def test_a_category_leaves_looks_at_others_out(store: Store) -> None:
    other = Vantage(id="other", label="Lyon")
    fill(store, "UDDUU", component="category", category="étudiant")
    fill(store, "UUUUU", component="category", category="visiteur", vantage=other)
    whole = made(store, components=["category"])
    students = made(store, components=["category"], category="Etudiant")
    assert whole.components[0].categories == ("visiteur", "étudiant")
    assert students.components[0].categories == ("étudiant",)
    assert students.components[0].category == "étudiant"
    assert len(students.incidents) == 1
    with pytest.raises(BadRequest, match="n’a pas été observée ; celles qui l’ont été : visiteur"):
        made(store, components=["category"], category="Jean Dupont")


def test_full_runs_have_a_figure_of_their_own(store: Store) -> None:
    fill(store, "UUUUUUUUUU", depth=Depth.FORM)
    assert made(store).components[0].full_figure is None
    fill(store, "U" * 10, first=10, depth=Depth.FULL)
    (component,) = made(store).components
    assert component.full_figure is not None
    assert component.full_figure.known_observations == 10


def test_persons_decisions_give_a_second_figure(store: Store) -> None:
    fill(store, "UUDDUUUUUUUUUUUUUUUU")
    assert made(store).components[0].reviewed_figure is None
    store.add_reviews([3, 4], decision=Decision.OUR_FAULT, by="A", note="B", now=at(21))
    (component,) = made(store).components
    assert component.reviewed_slots == 2
    assert component.reviewed_figure is not None
    assert component.reviewed_figure.unavailable_seconds == 0
    assert component.figure.unavailable_seconds > 0
    assert len(component.incidents[0].reviews) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": at(20), "end": at(0)}, "précède son début"),
        ({"end": BEGIN + timedelta(days=500), "now": BEGIN + timedelta(days=600)}, "trop longue"),
        ({"start": at(40), "end": at(50)}, "pas encore commencé"),
        ({"components": ["connexion"]}, "n’existe pas"),
        ({"components": []}, "au moins une étape"),
        ({"components": ["upload"]}, "Aucun relevé"),
        ({"start": at(0).replace(tzinfo=None)}, "fuseau"),
    ],
)
def test_what_makes_no_document_is_said_in_one_sentence(
    store: Store, changes: dict[str, Any], words: str
) -> None:
    fill(store, "UUUU")
    with pytest.raises(BadRequest, match=words) as caught:
        made(store, **changes)
    assert caught.value.en


def test_the_end_is_not_later_than_now(store: Store) -> None:
    fill(store, "UUUU")
    late: datetime = made(store, end=at(3000)).frame.period_end
    assert late == at(30)
