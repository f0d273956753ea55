"""`certificate` as it is typed, on a real database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.errors import ConfigurationError
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from tests.certificates.scenes import fill

Command = Callable[..., Result]
LOGIN = ("--territory", "metropole", "--component", "login")


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Types a command against a ledger in which ``login`` failed at 9:00 in Paris, 11 May."""
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        fill(store, "U" * 6 + "DDD" + "U" * 60)
    config = tmp_path / "monitor.toml"
    config.write_text(
        f'state_dir = "{tmp_path}"\n[operator]\nname = "Association d’exemple"\n', encoding="utf-8"
    )

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["certificate", *words, "--config", str(config)])

    return run


def test_attempts_are_shown_and_nothing_is_made(command: Command, tmp_path: Path) -> None:
    found = command("attempts", "--attempt", "2026-05-11 09:05", *LOGIN)
    assert found.exit_code == 0, found.output
    assert "Concordant: lundi 11\u00a0mai 2026 à 9\u00a0h\u00a005" in found.stdout
    assert "relevé n°\u00a07" in found.stdout
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        assert store.certificate_of("") is None


def test_attempts_of_a_file_in_english_as_json(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "attempts.toml"
    file.write_text('territory = "guyane"\n[[attempt]]\nat = "2026-05-11 04:05"\n', "utf-8")
    found = command("attempts", str(file), "--component", "login", "--json")
    assert json.loads(found.stdout)["measures"]["findings"]["concordant"] == 1
    text = command("attempts", str(file), "--component", "login", "--lang", "en").stdout
    assert "Monday 11" in text
    assert "in Paris" in text


def test_an_outage_document_is_written_and_registered(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "releve.pdf"
    found = command("outage", "--first", "2026-05-11", "--last", "2026-05-11", "--out", str(out))
    assert found.exit_code == 0, found.output
    pdf = out.read_bytes()
    assert pdf.startswith(b"%PDF-")
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        issued = store.certificate_of(hashlib.sha256(pdf).hexdigest())
    assert issued is not None
    assert issued.serial in found.stderr
    assert issued.code in found.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("attempts", *LOGIN), "au moins une tentative"),
        (("attempts", "--attempt", "2026-05-11 09:05"), "sans fuseau horaire"),
        (("attempts", "--attempt", "hier", *LOGIN), "ne se lit pas"),
        (("attempts", "--attempt", "2026-05-11 09:05", *LOGIN[:3], "x"), "n’existe pas"),
        (("attempts", "nothing.toml", *LOGIN), "ne peut pas être lu"),
        (("attempts", "--lang", "en", *LOGIN), "Give at least one attempt"),
        (("outage", "--first", "2026-05-12", "--last", "2026-05-10"), "précède son début"),
        (("outage", "--first", "2020-05-12", "--last", "2026-05-10"), "trop longue"),
        (("outage", "--first", "hier", "--last", "2026-05-10"), "n’est pas une date"),
        (("outage", "--first", "2026-04-01", "--last", "2026-04-10"), "Aucun relevé"),
        (
            ("outage", "--first", "2026-05-11", "--last", "2026-05-11", "--component", "upload"),
            "Aucun relevé",
        ),
        (
            ("outage", "--first", "2026-05-11", "--last", "2026-05-11", "--out", "no/x.pdf"),
            "no such folder",
        ),
    ],
)
def test_bad_input_is_one_sentence(command: Command, words: tuple[str, ...], sentence: str) -> None:
    found = command(*words)
    assert isinstance(found.exception, ConfigurationError)
    assert sentence in str(found.exception)
    assert "\n" not in str(found.exception)
