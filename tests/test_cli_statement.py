"""`correction` as it is typed, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.model import Outcome
from monitor.errors import ConfigurationError
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from tests.store.samples import VANTAGE, observation, slot

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Types a command against a ledger with one incident."""
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        store.register_vantage(VANTAGE)
        for index in range(3):
            store.record(observation(slot(index), Outcome.DOWN))
    config = tmp_path / "monitor.toml"
    config.write_text(f'state_dir = "{tmp_path}"\n', encoding="utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["correction", *words, "--config", str(config)])

    return run


def test_a_correction_and_an_answer_are_published_and_listed(command: Command) -> None:
    name = f"{slot(0).component}-2"
    words = ("--text", "Vrai.", "--published", "Faux.", "--since", "2026-01-05", "--about", name)
    assert "published as number 1" in command("add", *words).output
    said = ("--text", "Rétabli.", "--source", "Communiqué")
    assert json.loads(command("answer", *said, "--json").output)["number"] == 2
    listed = command("list").output
    assert "Vrai." in listed
    assert name in listed
    assert "answer  the site: Rétabli." in listed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "--text", " ", "--published", "x"), "--text is empty"),
        (("answer", "--text", "x", "--source", ""), "--source is empty"),
        (
            ("add", "--text", "x", "--published", "y", "--since", "2999-01-01"),
            "--since lies in the future",
        ),
        (
            ("add", "--text", "x", "--published", "y", "--about", "login-99"),
            "there is no incident login-99",
        ),
    ],
)
def test_nonsense_is_refused_and_nothing_is_published(
    command: Command, words: tuple[str, ...], sentence: str
) -> None:
    result = command(*words)
    assert isinstance(result.exception, ConfigurationError)
    assert sentence in str(result.exception)
    assert "nothing was corrected" in command("list").output
