"""From keys to a verified document, by the commands that an operator types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.statistics import PARIS
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from tests.authority import rehearsal_authority, utc_now
from tests.certificates.notary import WORD
from tests.certificates.scenes import BEGIN, INTERVAL, fill

SETTINGS = """
state_dir = "{folder}"
[operator]
name = "Association d’exemple"
contact = "https://exemple.invalid/contact"
[web]
public_url = "https://anef.exemple.invalid"
[evidence.authorities.repetition]
url = "{url}"
roots = "{roots}"
"""


class Desk:
    """A monitor that has recorded something, and its settings file."""

    def __init__(self, folder: Path, url: str, roots: Path) -> None:
        self.folder = folder
        self.settings = folder / "monitor.toml"
        text = SETTINGS.format(folder=folder, url=url, roots=roots)
        self.settings.write_text(text, encoding="utf-8")
        with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
            fill(store, WORD, first=(utc_now() - BEGIN) // INTERVAL - len(WORD))

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    def command(self, *words: str) -> Result:
        done = self.run(*words, "--config", str(self.settings))
        assert done.exit_code == 0, done.output
        return done


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with rehearsal_authority(folder / "authority") as authority:
        roots = folder / "roots.pem"
        roots.write_text("".join(authority.authority().roots_pem), encoding="ascii")
        opened = Desk(folder, authority.url, roots)
        opened.command("keys", "init")
        assert "Association d’exemple" in opened.command("keys", "document").output
        yield opened


def _days() -> tuple[str, str]:
    now = datetime.now(PARIS)
    return f"{now - timedelta(days=1):%Y-%m-%d}", f"{now:%Y-%m-%d}"


def test_a_document_made_by_command_verifies_by_command(desk: Desk) -> None:
    first, last = _days()
    out = desk.folder / "releve.pdf"
    wanted = ("--component", "login", "--first", first, "--last", last, "--out", str(out))
    desk.command("certificate", "outage", *wanted)
    keys = str(desk.folder / "keys" / "keys.json")

    verified = desk.run("verify", str(out), "--keys", keys)
    assert verified.exit_code == 0, verified.output
    assert "VÉRIFIÉ" in verified.output
    as_json = json.loads(desk.run("verify", str(out), "--keys", keys, "--json").output)
    assert as_json["subject"] == "certificate"
    assert as_json["passed"]

    out.write_bytes(out.read_bytes() + b" ")
    touched = desk.run("verify", str(out), "--keys", keys, "--lang", "en")
    assert touched.exit_code == 1
    assert "added to the file after it was signed" in touched.output


def test_the_second_call_keeps_the_key(desk: Desk) -> None:
    before = (desk.folder / "keys" / "document.pem").read_bytes()
    desk.command("keys", "document")
    assert (desk.folder / "keys" / "document.pem").read_bytes() == before
    published = json.loads((desk.folder / "keys" / "keys.json").read_text())
    assert len(published["document_signers"]) == 1
