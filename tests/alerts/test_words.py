"""What messages say: in a native's French, and never more than is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts.words import Scene, incident_text, operator_text, signed, trial_text
from monitor.core.alerts import PUBLIC_KINDS, Kind, episodes
from monitor.core.model import Incident, Vantage
from monitor.core.rules import BY_ID
from monitor.web.typography import NBSP
from tests.alerts.scenes import plain

MORNING = datetime(2026, 5, 5, 7, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
VANTAGES = {
    "a": Vantage(id="a", label="A", operator="OVH", asn=16276),
    "b": Vantage(id="b", label="B", operator="Orange", asn=3215),
}


def scene(*vantages: str, ended: bool = False, flags: tuple[str, ...] = ()) -> Scene:
    incidents = [
        Incident(
            component="category",
            vantage=vantage,
            kind="down",
            opened_sequence=7 + n,
            closed_sequence=40 + n if ended else None,
            started_after=MORNING - 5 * MINUTE,
            started_before=MORNING,
            ended_after=MORNING + 30 * MINUTE if ended else None,
            ended_before=MORNING + 35 * MINUTE if ended else None,
            rule="choices_empty",
            failing_slots=2,
            last_failing_sequence=7 + n,
        )
        for n, vantage in enumerate(vantages or ("a",))
    ]
    (episode,) = episodes(incidents, {name: one.asn for name, one in VANTAGES.items()})
    return Scene(
        episode=episode,
        flags=frozenset(flags),
        vantages=VANTAGES,
        last_seen={7: MORNING + 20 * MINUTE},
        page="https://anef.example.org/incidents/category-7",
        has_picture=True,
        now=MORNING + 40 * MINUTE,
    )


def test_an_open_incident_says_what_since_when_how_sure_and_where() -> None:
    assert "choices_empty" in BY_ID
    text = incident_text(Kind.OPENED, scene())
    assert plain(text.title) == "Choix du titre de séjour : ne fonctionne pas"
    assert plain(text.body).splitlines() == [
        f"Quoi : {BY_ID['choices_empty'].fr}",
        "Début : entre 9 h 35 et 9 h 40.",
        "Fin : pas encore ; deux relevés réussis de suite y mettront fin.",
        "Durée : au moins 20 min.",
        "Certitude : 2 relevés en échec, chacun confirmé par un second essai dans un navigateur "
        "neuf. Vu depuis un seul opérateur de réseau (OVH).",
        "Capture : la première page en échec est jointe.",
        "Détails : https://anef.example.org/incidents/category-7",
        "",
        "État constaté le 5 mai 2026 à 10 h 20 min 00 s, heure de Paris.",
    ]


def test_a_second_attempt_is_not_claimed_where_none_is_made() -> None:
    seen = scene()
    asked = tuple(replace(one, component="reset") for one in seen.episode.incidents)
    text = incident_text(Kind.OPENED, replace(seen, episode=replace(seen.episode, incidents=asked)))
    assert "2 relevés en échec ; un message de réinitialisation n’est demandé" in plain(text.body)
    assert "second essai" not in text.body


def test_a_refusal_is_not_excluded_while_one_network_alone_saw_it() -> None:
    words = "un blocage visant notre robot n’est pas exclu"
    flags = ("refusal_not_excluded",)
    assert words in plain(incident_text(Kind.OPENED, scene(flags=flags)).body)
    assert words not in plain(incident_text(Kind.CONFIRMED, scene("a", "b", flags=flags)).body)


def test_several_networks_are_named() -> None:
    text = plain(incident_text(Kind.CONFIRMED, scene("b", "a")).body)
    assert "Vu depuis 2 opérateurs de réseau (OVH et Orange)." in text


def test_the_end_has_its_bounds() -> None:
    text = plain(incident_text(Kind.CLOSED, scene(ended=True)).body)
    assert "Fin : entre 10 h 10 et 10 h 15." in text
    assert "Durée : au moins 30 min, au plus 40 min." in text


def test_without_a_good_look_before_it_nothing_is_said_of_the_true_start() -> None:
    found = scene()
    first = replace(found.episode.first, started_after=None)
    without = replace(found, episode=replace(found.episode, incidents=(first,)))
    text = plain(incident_text(Kind.OPENED, without).body)
    assert "Début : au plus tard aujourd’hui à 9 h 40 ; aucun relevé réussi avant." in text


def test_what_was_not_looked_at_is_said() -> None:
    found = scene(ended=True)
    hole = (MORNING + 5 * MINUTE, MORNING + 20 * MINUTE)
    first = replace(found.episode.first, holes=(hole,))
    holed = replace(found, episode=replace(found.episode, incidents=(first,)))
    text = plain(incident_text(Kind.CLOSED, holed).body)
    assert "Continuité non observée : entre 9 h 45 et 10 h 00." in text
    assert "Durée : au moins 15 min" in text


FACTS: dict[str, str | int | float] = {
    "component": "login",
    "rule": "element_absent",
    "account": "password_expired",
    "runs": 3,
    "free_bytes": 1_200_000_000,
    "seconds": -2.34,
    "expires": "2027-03-31",
    "sequence": 12,
    "files": 1,
}
OPERATOR_KINDS = sorted(set(Kind) - PUBLIC_KINDS)
AN_OUTAGE = re.compile(r"panne|hors service|ne fonctionne pas|indisponible|en échec", re.I)


@pytest.mark.parametrize("kind", OPERATOR_KINDS)
@pytest.mark.parametrize("rule", sorted(r.id for r in BY_ID.values() if not r.outcome.is_known))
def test_what_is_not_known_is_never_called_an_outage(kind: Kind, rule: str) -> None:
    text = operator_text(kind, {**FACTS, "rule": rule}, since=MORNING, now=MORNING)
    assert not AN_OUTAGE.search(f"{text.title}\n{text.body}")


@pytest.mark.parametrize("kind", sorted(Kind))
def test_messages_are_set_as_a_printer_would(kind: Kind) -> None:
    text = (
        incident_text(kind, scene(ended=True))
        if kind in PUBLIC_KINDS
        else operator_text(kind, FACTS, since=MORNING, now=MORNING)
    )
    whole = signed(text, reference="r", rehearsal=True, operator="La Cimade")
    for line in f"{whole.title}\n{whole.body}".splitlines():
        assert not re.search(r" [:;?!»%]", line), line
        assert "'" not in line, line
        assert "{" not in line, line


def test_a_rehearsal_and_a_trial_cannot_be_taken_for_the_real_thing() -> None:
    text = signed(trial_text(MORNING), reference="r-1", rehearsal=True, operator="La Cimade")
    assert text.title == f"[RÉPÉTITION] [ANEF] Essai{NBSP}: ce message n’annonce rien"
    assert "Il ne s’est rien passé." in text.body
    assert "rien ne s’est passé sur ANEF" in text.body
    assert text.body.endswith("Référence\u00a0: r-1")
