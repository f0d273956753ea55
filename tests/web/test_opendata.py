"""``/donnees``: what is published can be read, fetched and recomputed, and nothing else."""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.exports import recompute
from monitor.exports.fields import TABLES
from monitor.exports.publish import SUMS, log_month, month_period, publish, published
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.app import create_app
from monitor.web.opendata import files_of
from tests.certificates.scenes import LOCAL
from tests.evidence.logs import open_log
from tests.store.made_up import fill
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, history, numbered
from tests.web.whole_site import MONTH, NOW, application


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as opened:
        opened.register_vantage(LOCAL)
        line = history(
            "login", days=60, interval_seconds=12 * 3600, events={"D": [(1000, 60)]}, now=NOW
        )
        fill(opened, numbered(line))
        yield opened


@pytest.fixture(scope="module")
def folder(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("open")
    publish(Figures(store), month_period(MONTH, now=NOW), folder, publisher="A")
    (folder / MONTH / "notes.txt").write_text("CANARI")
    (folder / "secret.txt").write_text("CANARI")
    return folder


@pytest.fixture
def client(store: Store, folder: Path, tmp_path: Path) -> Client:
    return Client(application(store, FolderBlobs(tmp_path), folder))


def test_each_table_field_and_licence_is_said_in_both_languages(client: Client) -> None:
    for address, place in (("/donnees", "fr"), ("/en/donnees", "en")):
        text = client.get(address).text
        assert all(f"<code>{one.name}</code>" in text for all_ in TABLES.values() for one in all_)
        assert "sans trou" in text if place == "fr" else "without holes" in text
        assert "Etalab" in text
        assert "creativecommons.org/licenses/by/4.0" in text


def test_files_of_a_month_are_those_that_its_sums_name_and_recompute(
    client: Client, folder: Path, tmp_path: Path
) -> None:
    page = client.get("/donnees").text
    for name in files_of(folder / MONTH):
        assert f'href="/donnees/{MONTH}/{name}"' in page
        (tmp_path / name).write_bytes(client.get(f"/donnees/{MONTH}/{name}").content)
    for line in (tmp_path / SUMS).read_text().splitlines():
        wanted, _, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == wanted
    script = tmp_path / "recompute.py"
    script.write_bytes(client.get("/recompute.py").content)
    asked = [sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert "0 differ" in done.stdout


@pytest.mark.parametrize(
    "name",
    [f"{MONTH}/notes.txt", f"{MONTH}/..%2fsecret.txt", "..%2f/secret.txt", "2026-02/SHA256SUMS"],
)
def test_no_other_file_is_served(client: Client, name: str) -> None:
    answer = client.get(f"/donnees/{name}")
    assert answer.status_code == 404
    assert "CANARI" not in answer.text


def test_without_months_it_is_said_how_they_are_made(store: Store, tmp_path: Path) -> None:
    page = Client(application(store, FolderBlobs(tmp_path), tmp_path / "none")).get("/donnees")
    assert "anef-monitor export" in page.text


def test_the_page_of_the_api_names_every_address_and_parameter(client: Client) -> None:
    documented = client.get("/api/v1/openapi.json").json()["paths"]
    for address in ("/donnees/api", "/en/donnees/api"):
        page = client.get(address).text
        assert page.count("<code>/api/v1") == len(documented)
        for path, routes in documented.items():
            assert f"<code>/api/v1{path}</code>" in page
            for one in routes["get"].get("parameters", ()):
                assert one["in"] == "path" or f"<dt><code>{one['name']}</code></dt>" in page
        for example in re.findall(r'href="(/api/v1/[^"]+)"', page):
            assert client.get(html.unescape(example)).status_code == 200, example
    assert 'href="/donnees/api"' in client.get("/donnees").text
    assert 'href="/en/donnees/api"' in client.get("/en/donnees").text


def test_the_api_answers_without_its_last_slash(client: Client) -> None:
    answer = client.get("/api/v1")
    assert (answer.status_code, answer.headers["location"]) == (308, "/api/v1/")


def test_the_page_of_verification_leads_to_keys_only_where_there_are_some(client: Client) -> None:
    page = client.get("/verifier").text
    assert client.get("/keys.json").status_code == 404
    assert "keys.json" not in page
    assert "son journal n’a pas commencé" in page


def test_a_month_is_proven_by_the_log_with_the_site_gone(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    log = open_log(store, state, authorities=())
    log.begin()
    (month,) = published(folder)
    assert log_month(store, month).leaf is not None
    site = create_app(
        reader=store,
        blobs=FolderBlobs(tmp_path),
        publisher=PUBLISHER,
        watched=("login",),
        clock=lambda: NOW,
        figures=Figures(store),
        exports=folder,
        month_proof=log.proof_of_month,
    )
    address = f"/donnees/{MONTH}/proof.json"
    assert Client(site).get(address).status_code == 404
    log.checkpoint()
    assert f'href="{address}"' in Client(site).get("/donnees").text
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in files_of(folder / MONTH):
        (copied / name).write_bytes((folder / MONTH / name).read_bytes())
    (copied / "proof.json").write_bytes(Client(site).get(address).content)
    assert list(recompute.wrong_in(copied)) == []
    checked = [sys.executable, "verify.py", str(copied / "proof.json"), "--lang", "en", "--keys"]
    done = subprocess.run(
        [*checked, str(state / "keys/keys.json")], capture_output=True, text=True, check=False
    )
    assert "inclusion" in done.stdout
    assert "FAILED  inclusion" not in done.stdout, done.stdout + done.stderr
    (copied / SUMS).write_text((copied / SUMS).read_text() + "\n")
    assert "SHA256SUMS is not the one that the log recorded" in list(recompute.wrong_in(copied))
