"""Two periods side by side: the API's number, every change named, every odd case in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI

from monitor.core.model import Depth
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.app import create_app
from tests.certificates.scenes import BEGIN
from tests.certificates.scenes import fill as observe
from tests.core.ledgers import slot_record
from tests.store.made_up import fill
from tests.web.client import Client
from tests.web.scenes import LOCAL, PUBLISHER, MemoryBlobs
from tests.web.test_app import read
from tests.web.test_language import ACCENTS, NAMES
from tests.web.test_statistics import cited
from tests.web.test_typography import plain

FIRST = datetime(2026, 9, 1, tzinfo=UTC)
NOW = datetime(2026, 10, 11, 9, 0, tzinfo=UTC)
CHANGED = FIRST + timedelta(days=30, hours=-2)
"""The first of October in Paris: other rules for ``portal``."""

SEPTEMBER, OCTOBER = "du1=2026-09-02&au1=2026-09-30", "du2=2026-10-01&au2=2026-10-10"
SAME = f"/comparaison?etape=login&{SEPTEMBER}&{OCTOBER}"
NAMED = "first=2026-09-02..2026-09-30&second=2026-10-01..2026-10-10"


def word(day: int) -> str:
    """The hours of a day: a failure every fifth day in September, every other one in October."""
    return "DDDDDD" + "U" * 18 if day % (5 if day < 30 else 2) == 0 else "U" * 24


def ledger(store: Store) -> None:
    """``login`` hourly for forty days; ``portal``'s rules change at the end of September, and
    ``category`` began to be watched last week, ``upload`` has one run."""
    hours = [(day, hour) for day in range(40) for hour in range(24)]
    moments = {(d, h): FIRST + timedelta(days=d, hours=h) for d, h in hours}
    records = [
        replace(slot_record(letter, moment, component=name, interval_seconds=3600), ruleset=rules)
        for name in ("portal", "login")
        for (day, hour), moment in moments.items()
        for letter in word(day)[hour]
        for rules in ("2" if name == "portal" and moment >= CHANGED else "1",)
    ]
    records += [
        slot_record("U", FIRST + timedelta(days=33, minutes=10 * n), component="category")
        for n in range(900)
    ]
    records.append(slot_record("U", NOW - timedelta(minutes=5), component="upload"))
    fill(store, sorted(records, key=lambda one: one.slot.scheduled_at))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("periods") / "monitor.sqlite3"
    with open_store(sqlite_url(path)) as opened:
        opened.register_vantage(LOCAL)
        ledger(opened)
        yield opened


def site(store: Store, now: datetime = NOW) -> FastAPI:
    return create_app(
        reader=store,
        blobs=MemoryBlobs(),
        publisher=PUBLISHER,
        watched=("portal", "login", "category"),
        clock=lambda: now,
        figures=Figures(store),
        register=store,
    )


@pytest.fixture
def client(store: Store) -> Client:
    return Client(site(store))


def said(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return plain(" ".join(read(answer.text)))


def test_the_difference_is_the_one_of_the_api(client: Client) -> None:
    found = client.get(f"/api/v1/comparisons?component=login&{NAMED}").json()["comparison"]
    assert found["changes"] == []
    assert found["difference"] < -0.05
    digits = min(found[side]["percent_digits"] for side in ("first", "second"))
    points = f"{-100 * found['difference']:.{digits}f}".replace(".", ",")
    page = said(client, SAME)
    assert f"La seconde période a été disponible {points} points de pourcentage de moins" in page
    for side in ("first", "second"):
        assert f"{100 * found[side]['availability']:.0f} %" in page
        assert f"{found[side]['observations']}" in page


def test_both_figures_stand_with_what_they_rest_on(client: Client) -> None:
    page = client.get(SAME).text
    table = page[page.index('<table class="compared">') : page.index("</table>")]
    labels = re.findall(r'<th scope="row">([^<]+)</th>', table)
    assert {"Disponible", "Bornes", "Temps connu", "Profondeur"} <= set(labels)
    assert {"Vu depuis", "Intervalle", "Relevés", "Période exacte"} <= set(labels)
    assert table.count("un toutes les 1\u00a0h<") == 2


def test_a_change_of_rules_refuses_the_difference_and_names_it(client: Client) -> None:
    page = said(client, SAME.replace("login", "portal"))
    assert "L’écart n’est pas donné : notre façon de mesurer a changé" in page
    assert "Règles de classement : version 1, puis 2." in page
    assert "points de pourcentage" not in page


CHART = re.compile(r'<img src="(/[^"]*graphiques/comparaison\.svg[^"]*)"')


def test_a_comparison_is_drawn_as_it_is_written(client: Client) -> None:
    page = client.get(SAME).text
    (address,) = CHART.findall(page)
    picture = client.get(unescape(address))
    assert picture.headers["content-type"] == "image/svg+xml"
    found = client.get(f"/api/v1/comparisons?component=login&{NAMED}").json()["comparison"]
    for side in ("first", "second"):
        assert f"{100 * found[side]['availability']:.0f}\u202f%" in picture.text
    for words in ("1er\u00a0octobre 2026", "Source\u00a0: Association d’exemple", "réserve"):
        assert (words in picture.text) is (words != "réserve")
    printed = client.get(unescape(address).replace(".svg", ".png"))
    assert printed.content.startswith(b"\x89PNG")


def test_a_refused_comparison_is_not_drawn_and_a_marked_one_is_marked(client: Client) -> None:
    refused = SAME.replace("login", "portal")
    assert not CHART.findall(client.get(refused).text)
    picture = refused.replace("/comparaison?", "/graphiques/comparaison.svg?")
    assert client.get(picture).status_code == 404
    (address,) = CHART.findall(client.get(refused + "&malgre=1").text)
    assert "à prendre avec réserve" in client.get(unescape(address)).text


@pytest.mark.parametrize(
    "address",
    [
        "comparaison.gif?etape=login&periode1=7d&periode2=30d",
        "comparaison.svg",
        "comparaison.svg?etape=nowhere",
        "comparaison.svg?etape=login&periode1=soon&periode2=30d",
        "comparaison.svg?etape=login&periode1=2026-01&periode2=30d",
    ],
)
def test_a_picture_of_no_comparison_is_not_there(client: Client, address: str) -> None:
    assert client.get(f"/graphiques/{address}").status_code == 404


def test_a_difference_over_a_change_is_marked_when_it_is_asked_for(client: Client) -> None:
    page = said(client, SAME.replace("login", "portal") + "&malgre=1")
    assert "points de pourcentage de moins" in page
    assert "À prendre avec réserve" in page
    asked = f"/api/v1/comparisons?component=portal&{NAMED}&across_changes=true"
    found = client.get(asked).json()["comparison"]
    assert (found["changes"], found["is_certain"]) == (["ruleset"], False)
    assert found["difference"] < 0


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("etape=nowhere", "Choisissez une étape de la liste."),
        ("etape=tracking", "Cette étape n’est pas surveillée ici : il n’y a aucun relevé."),
        ("profondeur=deep", "Choisissez une profondeur de la liste."),
        ("etape=whole_path&profondeur=form", "Le parcours entier n’est mesuré que par"),
        ("periode1=soon", "Choisissez une période de la liste, ou donnez deux jours."),
        ("periode2=2027-01", "Cette période n’a pas encore commencé."),
        ("du1=2026-12-01&au1=2026-12-02", "Cette période n’a pas encore commencé."),
        ("du1=2026-09-02", "Donnez le premier et le dernier jour, ou aucun des deux."),
        ("du2=2026-09-09&au2=2026-09-02", "Le dernier jour vient avant le premier."),
        ("du1=2026-02-30&au1=2026-03-02", "« 2026-02-30 » n’est pas un jour du calendrier"),
        ("du1=31/13/2026&au1=x", "« 31/13/2026 » n’est pas un jour du calendrier"),
        ("du1=0001-01-01&au1=9999-12-31", "Choisissez une période de la liste"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    client: Client, question: str, sentence: str
) -> None:
    answer = client.get(f"/comparaison?{question}")
    assert answer.status_code == 200
    (wrong,) = re.findall(r'<p class="wrong" id="(\w+)-wrong">([^<]+)</p>', answer.text)
    assert plain(wrong[1]).startswith(sentence)
    assert f'aria-describedby="{wrong[0]}-wrong"' in answer.text
    assert "<table" not in answer.text


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("etape=category&periode1=2026-09", "n’est surveillé que depuis le 4 octobre 2026"),
        ("etape=category&periode2=30d", "le chiffre commence ce jour-là."),
        ("etape=upload&periode2=today", "Ce chiffre repose sur un seul relevé."),
        ("etape=login&periode1=24h&periode2=7d", "Ces deux périodes se recouvrent"),
        ("etape=login&periode1=7d&periode2=7d", "C’est deux fois la même période."),
    ],
)
def test_what_is_odd_is_said_in_words(client: Client, question: str, sentence: str) -> None:
    assert sentence in said(client, f"/comparaison?{question}")


def test_a_period_that_is_hardly_known_has_no_figure(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "holes.sqlite3")) as store:
        observe(store, "U" * 10 + "." * 500 + "U" * 100)
        now = BEGIN + timedelta(days=5)
        page = said(Client(site(store, now)), "/comparaison?etape=login&periode1=all&periode2=24h")
    assert "Données insuffisantes :" in page
    assert "Pas d’écart : l’une des deux périodes au moins n’a pas de chiffre." in page


def test_an_empty_database_is_said_in_words(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "empty.sqlite3")) as empty:
        page = Client(site(empty)).get("/comparaison")
    assert page.status_code == 200
    assert "Aucun relevé n’a encore été fait." in page.text
    assert "<form" not in page.text


def test_each_of_the_two_figures_can_be_cited(store: Store, client: Client) -> None:
    page = client.get(SAME).text
    windows = re.findall(r'name="fenetre" value="([^"]+)"', page)
    assert windows == ["2026-09-02..2026-09-30", "2026-10-01..2026-10-10"]
    values = [client.get(cited(site(store), fenetre=one) + ".json").json() for one in windows]
    found = client.get(f"/api/v1/comparisons?component=login&{NAMED}").json()["comparison"]
    assert [one["figure"]["availability"] for one in values] == [
        found[side]["availability"] for side in ("first", "second")
    ]


def test_days_as_people_write_them_are_read(client: Client) -> None:
    written = SAME.replace("2026-09-02", "2/9/2026").replace("2026-10-10", "10.10.2026")
    assert said(client, written).count("points de pourcentage") == 1


def test_the_pages_of_statistics_lead_here(client: Client) -> None:
    assert 'href="/comparaison"' in client.get("/statistiques").text
    assert 'href="/comparaison?etape=login"' in client.get("/statistiques/login").text
    deep = client.get(f"/statistiques/login?profondeur={Depth.FULL}").text
    assert 'href="/comparaison?etape=login&amp;profondeur=full"' in deep


@pytest.mark.parametrize("query", ["", "?etape=portal&malgre=1&", "?periode1=soon&du2=x&au2=y"])
def test_english_holds_no_french(client: Client, query: str) -> None:
    asked = f"{query}{SEPTEMBER}&{OCTOBER}" if query.endswith("&") else query
    for text in read(client.get(f"/en/comparaison{asked}").text):
        if not any(name in text for name in NAMES):
            assert not ACCENTS.search(text), text
