"""The proof beside an incident: the records that made it, checked with nothing of ours at hand."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import open_store
from monitor.web.app import create_app
from tests.certificates.scenes import at, fill
from tests.core.ledgers import ledger
from tests.evidence.logs import open_log
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs, picture, pictured
from tests.web.test_app import application, read
from tests.web.test_typography import plain

VERIFIER = Path(__file__).parents[2] / "verify.py"
WORD = "UUDDDUU"
PAGE, PROOF = "/incidents/login-4", "/incidents/login-4/preuve.json"


class Scene:
    """A site over a store with a log, and how to sign it."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client, self.folder = client, folder


@pytest.fixture(params=[True, False], ids=["signed", "not yet signed"])
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    blobs = FolderBlobs(tmp_path / "blobs")
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        log = open_log(store, tmp_path)
        log.begin()
        fill(store, WORD, blobs=blobs)
        if request.param:
            log.checkpoint()
        app = create_app(
            reader=store,
            blobs=blobs,
            publisher=PUBLISHER,
            watched=("login",),
            clock=lambda: at(len(WORD)),
            figures=Figures(store),
            proof=log.proof_of_range,
        )
        yield Scene(Client(app), tmp_path)


@pytest.mark.parametrize("scene", [True], indirect=True)
def test_a_stranger_can_check_the_proof_of_an_incident(scene: Scene) -> None:
    assert f'href="{PROOF}"' in scene.client.get(PAGE).text
    answer = scene.client.get(PROOF)
    assert answer.headers["content-type"] == "application/json"
    target = scene.folder / "incident.json"
    target.write_bytes(answer.content)
    assert failing(scene, target) == ["stamps"], "no authority stamps the log of this test"
    target.write_text(answer.text.replace("down", "up"))
    assert "inclusion" in failing(scene, target)


def failing(scene: Scene, target: Path) -> list[str]:
    """Names of the checks of verify.py that failed."""
    keys = scene.folder / "keys/keys.json"
    command = [sys.executable, str(VERIFIER), str(target), "--keys", str(keys), "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return re.findall(r"^FAILED +(\w+)", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("scene", [False], indirect=True)
def test_before_a_checkpoint_there_is_no_proof_yet(scene: Scene) -> None:
    assert scene.client.get(PROOF).status_code == 404
    assert "dix minutes au plus" in plain(scene.client.get(PAGE).text.replace("&#8239;", " "))


def test_no_incident_has_no_proof(scene: Scene) -> None:
    for path in ("/incidents/login-3/preuve.json", "/incidents/nothing-4/preuve.json"):
        assert scene.client.get(path).status_code == 404


def test_an_incident_says_from_where_it_was_seen_and_shows_each_attempt(scene: Scene) -> None:
    page = scene.client.get(PAGE).text
    said = plain(" ".join(read(page)))
    assert "Vu depuis Paris" in " ".join(said.split())
    assert "n° 3 à n° 5" in said
    assert page.count("<img") == 1, "both attempts saw the same to the pixel"
    assert "essai 1 sur 2" in said


def test_each_attempt_s_picture_is_shown_where_they_differ() -> None:
    blobs = MemoryBlobs()
    reader = pictured(ledger("UDD"), blobs)
    (incident,) = reader.incidents()
    first = reader.observations[incident.first_failing_sequence]
    other = blobs.put(picture() + b" ", "image/png")
    attempt = first.attempts[1]
    steps = (*attempt.steps[:-1], replace(attempt.steps[-1], screenshot=other))
    attempts = (first.attempts[0], replace(attempt, steps=steps))
    reader.observations[incident.first_failing_sequence] = replace(first, attempts=attempts)
    page = Client(application(reader, blobs)).get("/incidents/login-3").text
    assert page.count("<img") == 2
    assert "essai 2 sur 2" in plain(page)
