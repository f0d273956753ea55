"""Statistics pages and citations over a real store."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import polars as pl
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.model import Depth
from monitor.core.reviewed import Decision
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import percent_digits, shown_percent
from monitor.core.windows import window
from monitor.exports import recompute
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.app import create_app
from monitor.web.typography import percent
from tests.certificates.scenes import BEGIN, at, fill
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs
from tests.web.test_app import read
from tests.web.test_language import ACCENTS, NAMES
from tests.web.test_typography import plain

WORD = "U" * 20 + "DDDD" + "U" * 30 + "MM" + "U" * 20 + "D" + "U" * 60
NOW = at(len(WORD))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("figures") / "monitor.sqlite3"
    with open_store(sqlite_url(path)) as opened:
        fill(opened, WORD)
        fill(opened, "U" * len(WORD), component="portal", depth=Depth.FORM)
        yield opened


class Clock:
    """A clock that a test can move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def site(store: Store, clock: Clock) -> FastAPI:
    return create_app(
        reader=store,
        blobs=MemoryBlobs(),
        publisher=PUBLISHER,
        watched=("portal", "login"),
        clock=clock,
        figures=Figures(store),
        register=store,
    )


@pytest.fixture
def app(store: Store) -> FastAPI:
    return site(store, Clock())


def post(app: FastAPI, **fields: str) -> Response:
    async def ask() -> Response:
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://pages") as client:
            kind = {"content-type": "application/x-www-form-urlencoded"}
            return await client.post("/citations", content=urlencode(fields), headers=kind)

    return asyncio.run(ask())


def cited(app: FastAPI, **fields: str) -> str:
    """Cites, and returns the address."""
    answer = post(app, **{"etape": "login", "fenetre": "24h", **fields})
    assert answer.status_code == 303
    return answer.headers["location"]


def value(store: Store, name: str, component: str = "login") -> str:
    span = window(name, now=NOW)
    scope = Scope(component=component)
    found = Figures(store).figure(scope, span.start, span.end, now=NOW)
    assert found.availability is not None
    digits = percent_digits(found.known_observations)
    return percent(shown_percent(found.availability, digits), digits)


@pytest.mark.parametrize("name", ["24h", "7d", "30d", "decision", "2026-05"])
def test_page_shows_the_figure_of_the_one_function(store: Store, app: FastAPI, name: str) -> None:
    client = Client(app)
    for address in ("/statistiques", "/statistiques/login"):
        page = client.get(f"{address}?fenetre={name}")
        assert page.status_code == 200
        assert value(store, name) in page.text


def test_whole_path_is_full_runs_only_and_listed_beside_the_steps(app: FastAPI) -> None:
    page = Client(app).get("/statistiques?fenetre=24h").text
    assert "Parcours entier" in page
    assert f"/statistiques/{PATH}?fenetre=24h" in page


@pytest.mark.parametrize(
    "address",
    [
        "/statistiques?fenetre=99d",
        "/statistiques/login?fenetre=2026-13",
        "/statistiques/nowhere",
        "/statistiques/upload",
        "/statistiques/login?profondeur=deep",
        "/graphiques/login/pie.svg",
        "/graphiques/login/jours.gif",
        "/c/NOTTHERE22",
        "/c/NOTTHERE22.json",
    ],
)
def test_what_does_not_exist_is_a_page_that_is_not_there(app: FastAPI, address: str) -> None:
    assert Client(app).get(address).status_code == 404


@pytest.mark.parametrize("kind", ["jours", "semaine", "mois", "temps"])
def test_each_chart_has_a_picture_to_see_one_to_print_and_a_table(app: FastAPI, kind: str) -> None:
    client = Client(app)
    svg = client.get(f"/graphiques/login/{kind}.svg?fenetre=7d")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "Connexion" in svg.text
    png = client.get(f"/graphiques/login/{kind}.png?fenetre=7d")
    assert png.content.startswith(b"\x89PNG")
    page = client.get("/statistiques/login?fenetre=7d").text
    assert f"/graphiques/login/{kind}.svg?fenetre=7d" in page
    assert page.count("<table>") == 4


def test_an_empty_database_is_said_in_words(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "empty.sqlite3")) as empty:
        page = Client(site(empty, Clock())).get("/statistiques")
    assert page.status_code == 200
    assert "Aucun relevé n’a encore été fait." in page.text


def test_a_citation_answers_the_same_after_later_data(tmp_path: Path) -> None:
    clock = Clock()
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        fill(store, WORD)
        app = site(store, clock)
        address = cited(app)
        before = Client(app).get(address).text
        clock.now = NOW + timedelta(days=3)
        fill(store, "D" * 40, first=len(WORD))
        after = Client(app).get(address)
        figure = re.search(r"<h1[^>]*>(.*?)</h1>", after.text)
    assert after.status_code == 200
    assert figure is not None
    assert figure[0] in before
    assert "donne la même valeur" in after.text


def test_a_citation_tells_what_was_judged_and_said_since(tmp_path: Path) -> None:
    clock = Clock()
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        fill(store, WORD)
        app = site(store, clock)
        address = cited(app)
        assert "second chiffre" not in Client(app).get(address).text
        failing = [one.sequence for one in store.slots() if one.outcome == "down"]
        store.add_reviews(failing, decision=Decision.OUR_FAULT, by="A", note="b", now=NOW)
        said = PublicStatement(
            number=0,
            kind=StatementKind.CORRECTION,
            about=address.rpartition("/")[2],
            text="Ce chiffre était trop bas.",
            published="97 %",
            made_at=NOW,
        )
        store.add_statement(said)
        page = Client(app).get(address).text
    assert "le second chiffre est" in page
    assert "Ce chiffre était trop bas." in page
    assert "donne la même valeur" in page, "the first figure never changes"


def test_the_sentence_carries_all_that_a_figure_rests_on(store: Store, app: FastAPI) -> None:
    found = Client(app).get(cited(app) + ".json").json()
    said = plain(found["sentence_fr"])
    for words in (
        plain(value(store, "24h")),
        "entre",
        "du temps est connu",
        "acte complet" if found["depth"] else "toutes profondeurs confondues",
        "depuis Paris, réseau Exemple Télécom, AS64500",
        "un toutes les 10 min",
        found["code"],
    ):
        assert words in said, words
    assert "was available" in found["sentence_en"]
    assert found["figure"]["observations"] == sum(
        one.started_at is not None for one in store.slots(component="login")
    )


def test_a_citation_s_folder_is_computed_again_with_us_gone(app: FastAPI, tmp_path: Path) -> None:
    address = cited(app, fenetre="24h")
    archive = zipfile.ZipFile(io.BytesIO(Client(app).get(address + ".zip").content))
    archive.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    alone = {"PATH": os.environ["PATH"], "PYTHONSAFEPATH": "1"}
    command = [sys.executable, str(folder / "recompute.py"), str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=alone, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figure = json.loads((folder / "citation.json").read_bytes())["figure"]
    days = pl.read_csv(folder / "daily.csv").filter(
        pl.col("depth") == "any", pl.col("component") == "login"
    )
    assert sum(days["available_seconds"]) == pytest.approx(figure["available_seconds"])
    changed = (folder / "citation.json").read_text().replace('"coverage": ', '"coverage": 1')
    (folder / "citation.json").write_text(changed)
    said = list(recompute.wrong_in(folder))
    assert said[0] == "citation.json is not the file that SHA256SUMS names"
    assert said[1].startswith("the citation: coverage is ")


def test_the_same_figure_at_the_same_moment_is_one_citation(app: FastAPI) -> None:
    assert cited(app, fenetre="7d") == cited(app, fenetre="7d")
    assert cited(app, langue="en").startswith("/en/c/")


@pytest.mark.parametrize(
    "fields", [{"etape": "nowhere"}, {"fenetre": "x"}, {"profondeur": "deep"}, {"etape": "upload"}]
)
def test_nonsense_cannot_be_cited(app: FastAPI, fields: dict[str, str]) -> None:
    answer = post(app, **{"etape": "login", "fenetre": "24h", **fields})
    assert answer.status_code == 404


def test_one_visitor_cannot_fill_the_store_with_citations(app: FastAPI) -> None:
    answers = [post(app, etape="login", fenetre="24h").status_code for _ in range(8)]
    assert answers[0] == 303
    assert answers[-1] == 429


def test_english_figures_hold_no_french(app: FastAPI) -> None:
    client = Client(app)
    address = cited(app, langue="en")
    for path in ("/en/statistiques?fenetre=7d", "/en/statistiques/login?fenetre=7d", address):
        for text in read(client.get(path).text):
            if text.startswith(("Du ", "[SITE")) or any(name in text for name in NAMES):
                continue
            assert not ACCENTS.search(text), text


def test_the_day_on_which_clocks_change_has_its_own_length(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    first = (datetime(2026, 10, 24, 22, tzinfo=UTC) - BEGIN) / timedelta(minutes=10)
    with open_store(sqlite_url(tmp_path / "dst.sqlite3")) as store:
        fill(store, "U" * 160, first=first)
        page = Client(site(store, clock)).get("/statistiques/login?fenetre=2026-10-25")
    assert page.status_code == 200
    assert "25,00\u00a0h" in page.text
