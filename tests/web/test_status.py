"""The first line of the status page: honest in every situation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from monitor.core.incidents import fold_all
from monitor.core.model import Depth, SlotRecord
from monitor.core.timeline import slot_time
from monitor.web.status import Headline, component_now, component_row, headline, unwatched_rows
from tests.core.ledgers import at, ledger
from tests.readers import ListReader
from tests.web.test_typography import plain


def known(rows: Sequence[SlotRecord], now: datetime) -> list[SlotRecord]:
    """The slots that know something, newest first."""
    begun = [one for one in rows if one.outcome.is_known and slot_time(one) <= now]
    return sorted(begun, key=slot_time, reverse=True)


def answer(now: datetime, **words: str | Sequence[SlotRecord]) -> Headline:
    """The headline for components given by their ledgers, as words or as records."""
    records = {
        name: ledger(word, component=name, depth=Depth.FORM) if isinstance(word, str) else word
        for name, word in words.items()
    }
    return headline(
        [
            component_now(
                name,
                ListReader(rows).latest(),
                [one for one in fold_all(rows).incidents if one.is_open],
                known(rows, now),
                now,
            )
            for name, rows in records.items()
        ],
        now,
    )


@pytest.mark.parametrize(
    ("portal", "login", "tone", "said"),
    [
        ("UU", "UU", "good", "Non : ce que nous vérifions fonctionne."),
        ("SU", "US", "slow", "Non : ce que nous vérifions fonctionne, mais lentement."),
        ("UU", "UD", "unsure", "Un échec vient d’être vu, pas encore confirmé : la connexion."),
        ("UUU", "UDD", "bad", "Oui, en partie : la connexion ne fonctionne pas depuis 9 h 05."),
        (
            "UDD",
            "UDD",
            "bad",
            "Oui : la page d’accueil et la connexion ne fonctionnent pas depuis 9 h 05.",
        ),
        ("UUU", "UMM", "planned", "Le site annonce une maintenance : la connexion."),
        ("UUUU", "UDDU", "slow", "Le service semble revenir : la connexion."),
        (
            "UU",
            "UB",
            "unsure",
            "Ce que nous voyons fonctionne ; nous ne savons pas pour la connexion.",
        ),
        ("UF", "UB", "unsure", "Nous ne savons pas."),
        ("", "", "unsure", "Nous ne savons pas encore : la surveillance commence."),
    ],
)
def test_the_answer_says_what_is_known_and_no_more(
    portal: str, login: str, tone: str, said: str
) -> None:
    found = answer(at(max(len(portal), len(login)) - 0.5), portal=portal, login=login)
    assert (plain(found.answer), found.tone) == (said, tone)


def test_when_the_monitor_is_behind_it_says_so_and_not_that_the_site_is_down() -> None:
    found = answer(at(40), portal="UUU", login="UDD")
    assert plain(found.answer) == "Nous ne savons pas : c’est notre surveillance qui est en retard."
    assert "Dernier relevé aujourd’hui à 9 h 10" in plain(found.details[0])


def test_a_component_that_is_behind_does_not_hide_one_that_works() -> None:
    found = answer(at(20), portal="U" * 20, login="UU")
    assert "nous ne savons pas pour la connexion" in plain(found.answer)


def test_a_refusal_that_is_not_excluded_makes_the_answer_less_sure() -> None:
    rows = [
        replace(record, flags=("refusal_not_excluded",)) if record.outcome.is_failing else record
        for record in ledger("UDD", component="portal")
    ]
    found = answer(at(2.5), portal=rows)
    assert plain(found.answer).startswith("Probablement : la page d’accueil ne fonctionne pas")
    assert any("blocage visant notre robot" in detail for detail in found.details)


def test_a_good_answer_says_how_deep_it_looked() -> None:
    assert "jusqu’au formulaire" in answer(at(1.5), login="UU").details[1]
    deep = answer(at(1.5), login=ledger("UU", depth=Depth.FULL))
    assert len(deep.details) == 1


def test_an_incident_that_is_no_longer_seen_is_still_mentioned() -> None:
    found = answer(at(3.5), login="UDDB")
    details = plain(" ".join(found.details))
    assert "Le site a refusé notre robot." in details
    assert "Panne commencée entre 9 h 00 et 9 h 05, non close." in details
    assert "Dernier résultat connu : ne fonctionnait pas aujourd’hui à 9 h 10." in details


def test_the_last_known_result_is_not_the_failure_that_waits_for_confirmation() -> None:
    details = plain(" ".join(answer(at(1.5), login="UD").details))
    assert "Dernier résultat connu : fonctionnait aujourd’hui à 9 h 00." in details


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("kill_switch", "La surveillance est suspendue par son exploitant."),
        ("backoff", "Nous laissons le site tranquille après un refus."),
        ("something_new", "La vérification n’a pas eu lieu."),
    ],
)
def test_a_skipped_slot_says_why(rule: str, why: str) -> None:
    rows = ledger("U-", component="login")
    found = answer(at(1.5), login=[rows[0], replace(rows[1], rule=rule)])
    assert found.details[0] == why


def test_a_row_shows_depth_last_look_and_incident() -> None:
    rows, now = ledger("UDD"), at(2.5)
    opened = fold_all(rows).incidents
    found = component_now("login", ListReader(rows).latest(), opened, known(rows, now), now)
    row = component_row(found, now)
    assert row.depth == "acte complet"
    assert plain(row.looked) == "aujourd’hui à 9 h 10"
    assert row.incident_url == "/incidents/login-3"


def test_what_is_not_watched_is_listed_as_such() -> None:
    rows = unwatched_rows(("portal", "login"))
    assert [row.label for row in rows] == ["Non surveillé"] * 7
