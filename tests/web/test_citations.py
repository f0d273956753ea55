"""Citations: frozen with their places, and a folder that stands alone and cannot be bent."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, text

from monitor.core.scopes import PATH
from monitor.exports import recompute
from monitor.exports.publish import PROOF, SUMS
from monitor.exports.readme import LANGUAGES
from monitor.store.engine import parse_url, sqlite_url
from monitor.store.figures import Figures
from monitor.store.migrate import upgrade, upgrade_connection
from monitor.store.store import Store, open_store
from monitor.web import citations
from monitor.web.app import create_app
from monitor.web.pages import Pages
from tests.certificates.scenes import LOCAL, at, fill
from tests.evidence.logs import open_log
from tests.exports.test_package import BLOCKS
from tests.postgres import postgres_server, postgres_url
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs
from tests.web.test_statistics import cited
from tests.web.test_typography import plain

__all__ = ["postgres_server", "postgres_url"]

WORD = "U" * 20 + "DDDD" + "U" * 30 + "MM" + "U" * 20 + "D" + "U" * 20
NOW = at(len(WORD))
"""``login`` and ``portal`` over sixteen hours, every ten minutes."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("cited")
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as opened:
        opened.register_vantage(LOCAL)
        log = open_log(opened, folder / "state")
        fill(opened, WORD[:50])
        fill(opened, WORD.replace("D", "U"), component="portal")
        fill(opened, WORD[50:], first=50)
        log.checkpoint()
        yield opened


@pytest.fixture(scope="module")
def app(store: Store, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    log = open_log(store, tmp_path_factory.mktemp("log"))
    return create_app(
        reader=store,
        blobs=MemoryBlobs(),
        publisher=replace(PUBLISHER, public_url="https://anef.exemple.invalid"),
        watched=("login", "portal"),
        clock=lambda: NOW,
        figures=Figures(store),
        register=store,
        proof=log.proof_of_range,
    )


@pytest.fixture(scope="module")
def address(app: FastAPI) -> str:
    return cited(app)


@pytest.fixture(scope="module")
def made(app: FastAPI, address: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("folder")
    answer = Client(app).get(f"{address}.zip")
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(to)
    (folder,) = to.iterdir()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy with nothing beside it."""
    return shutil.copytree(made, tmp_path / "copied")


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """With a bare Python, nothing of ours in reach."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        shlex.split(command.replace("python3", "python3 -I -S")),
        cwd=folder,
        env={"PATH": path, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_page_and_the_sentences_say_where_it_was_seen_from(app: FastAPI, address: str) -> None:
    place = "Paris, réseau Exemple Télécom, AS64500"
    assert plain(Client(app).get(address).text).count(place) == 2
    assert "Paris, Exemple Télécom network, AS64500" in plain(Client(app).get("/en" + address).text)
    found = json.loads(Client(app).get(f"{address}.json").content)
    assert f"depuis {place})" in plain(found["sentence_fr"])
    assert found["vantages"] == [vars(LOCAL)]
    assert found["definition_fr"].startswith("Disponibilité = temps disponible / temps connu")
    assert found["address"] == f"https://anef.exemple.invalid{address}"


def test_what_was_frozen_stays_when_the_place_is_called_otherwise(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        fill(store, WORD)
        site = create_app(
            reader=store,
            blobs=MemoryBlobs(),
            publisher=PUBLISHER,
            watched=("login",),
            clock=lambda: NOW,
            figures=Figures(store),
            register=store,
        )
        where = cited(site)
        before = Client(site).get(f"{where}.json").content
        store.register_vantage(replace(LOCAL, label="Lyon", operator="Autre", asn=64501))
        assert store.vantages()["local"].label == "Lyon"
        assert Client(site).get(f"{where}.json").content == before
        assert "Lyon" not in Client(site).get(where).text.split("<footer")[0]


def test_a_frozen_value_is_shown_even_where_the_ledger_says_otherwise_now(
    app: FastAPI, store: Store, address: str
) -> None:
    """A restored or mended ledger: the page keeps to what it promised, and says so."""
    code = address.rpartition("/")[2]
    kept = store.citation(code)
    assert kept is not None
    other = replace(
        kept,
        code="2222222222",
        values=kept.values.replace('"availability":0.9', '"availability":0.5'),
    )
    assert other.values != kept.values
    store.cite(other)
    page = plain(Client(app).get("/c/2222222222").text)
    assert "donne une autre valeur" in page
    assert re.search(r"<h1[^>]*>Connexion[^<]* 5", page)
    assert "a été disponible 5" in page


def test_earlier_citations_get_the_words_of_the_register(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    for url in (sqlite_url(tmp_path / "old.sqlite3"), request.getfixturevalue("postgres_url")):
        engine = create_engine(parse_url(url))
        with engine.begin() as connection:
            upgrade_connection(connection, "0011")
            connection.execute(
                text("INSERT INTO vantage VALUES ('local', 'Paris', 'Exemple', 64500, 'FR')")
            )
            moment = "1" if url.startswith("sqlite") else "now()"
            connection.execute(
                text(
                    'INSERT INTO citation (code, component, "window", start, "end", as_of, '
                    f"\"values\", checkpoint, root) VALUES ('A', 'login', '7d', {moment}, "
                    f"{moment}, {moment}, :values, '', '')"
                ),
                {"values": '{"vantages":["local","gone"]}'},
            )
        engine.dispose()
        upgrade(url)
        with open_store(url) as opened:
            found = opened.citation("A")
        assert found is not None
        assert [one.label for one in found.vantages] == ["Paris", "gone"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_of_the_folder_s_readme_does_what_it_says(
    folder: Path, language: str
) -> None:
    words = (folder / f"README.{language}.md").read_text()
    commands = [one.strip() for one in BLOCKS.findall(words)]
    assert [one.split()[1] for one in commands] == ["recompute.py", "verify.py"]
    done = run(folder, commands[0])
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert ", 0 diff" in done.stdout
    assert run(folder, f"sha256sum --check --strict {SUMS}").returncode == 0
    assert {file.name for file in folder.iterdir()} >= {PROOF, "citation.json"}
    assert f"`{PROOF}`" in words


def test_the_folder_holds_what_the_figure_depends_on_and_nothing_else(folder: Path) -> None:
    rows = (folder / "components.csv").read_text().splitlines()
    assert [one.split(",")[0] for one in rows] == ["component", "login"]
    assert "portal" not in (folder / "observations.csv").read_text()


HOSTILE: dict[str, tuple[str, Callable[[str], str], str]] = {
    "a value": ("citation.json", lambda t: t.replace('"coverage": 0', '"coverage": 1'), "coverage"),
    "an outcome": ("observations.csv", lambda t: t.replace(",down,", ",up,", 1), "(log): outcome"),
    "a time": ("observations.csv", lambda t: t.replace(":10:00.", ":11:00.", 1), "(log): "),
    "a line": ("observations.csv", lambda t: _without(t, 30), "is missing in observations.csv"),
    "a record": (PROOF, lambda t: t.replace('\\"down\\"', '\\"up\\"', 1), "(log): outcome"),
    "a record of another": (PROOF, lambda t: t.replace("portal", "postal", 1), "to the root"),
    "a hash of the path": (PROOF, lambda t: _hash(t), "to the root"),
    "the proof": (PROOF, lambda t: t[:-5], "proof.json cannot be read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_who_makes_the_sums_again_is_told_by_figure_or_log(folder: Path, name: str) -> None:
    file, edit, said = HOSTILE[name]
    before = (folder / file).read_text()
    assert edit(before) != before
    (folder / file).write_text(edit(before))
    assert f"{file} is not the file that {SUMS} names" in list(recompute.wrong_in(folder))
    lines = (line.partition("  ")[2] for line in (folder / SUMS).read_text().splitlines())
    sums = [f"{hashlib.sha256((folder / one).read_bytes()).hexdigest()}  {one}\n" for one in lines]
    (folder / SUMS).write_text("".join(sums))
    done = run(folder, "python3 recompute.py")
    assert (done.returncode, done.stderr) == (1, "")
    assert any(said in line for line in done.stdout.splitlines()), done.stdout


def _without(text: str, number: int) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:number] + lines[number + 1 :])


def _hash(text: str) -> str:
    value = json.loads(text)
    value["path"]["left"][0] = base64.b64encode(bytes(32)).decode()
    return json.dumps(value)


@pytest.mark.parametrize(("component", "depth"), [(PATH, ""), ("login", "full"), ("portal", "")])
def test_every_kind_of_figure_is_found_again(
    app: FastAPI, store: Store, component: str, depth: str, tmp_path: Path
) -> None:
    pages = Pages(PUBLISHER, lambda: NOW)
    desk = citations.Desk(pages, store, store, Figures(store))
    made = desk.cite({"etape": component, "fenetre": "24h", "profondeur": depth})
    answer = Client(app).get(f"/c/{made.code}.zip")
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    assert list(recompute.wrong_in(folder)) == []
    text = (folder / "citation.json").read_text()
    (folder / "citation.json").write_text(text.replace('"observations": ', '"observations": 9'))
    assert any("the citation: observations is" in one for one in recompute.wrong_in(folder))


def test_too_long_a_folder_is_refused_in_a_sentence(
    app: FastAPI, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citations, "MOST_SLOTS", 20)
    answer = Client(app).get(f"{address}.zip")
    assert answer.status_code == 413
    assert "trop longue pour un dossier" in answer.text
