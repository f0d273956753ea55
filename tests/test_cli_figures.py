"""`stats` and `export` as they are typed, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.app import utc_now
from monitor.cli import app
from monitor.core.model import Outcome, SlotRecord
from monitor.errors import ConfigurationError
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from tests.core.ledgers import ledger
from tests.store.made_up import empty, fill

Command = Callable[..., Result]


def _command(path: Path) -> Command:
    def type_in(*words: str) -> Result:
        environment = {"ANEF_STORE__URL": sqlite_url(path), "ANEF_STATE_DIR": str(path.parent)}
        return CliRunner().invoke(app, list(words), env=environment)

    return type_in


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Types a command against twenty slots until now, four of them failing."""
    path = tmp_path / "monitor.sqlite3"
    with open_store(sqlite_url(path)) as store:
        empty(store)
        now = utc_now()
        slots = ledger("UUUUUUUUUUDDDDUUUUUU")
        shift = now - slots[-1].slot.scheduled_at
        fill(store, [_moved(one, shift) for one in slots])
    return _command(path)


def _moved(record: SlotRecord, shift: timedelta) -> SlotRecord:
    times = {
        field.name: getattr(record, field.name) + shift
        for field in fields(record)
        if field.name.endswith("_at") and getattr(record, field.name) is not None
    }
    planned = replace(record.slot, scheduled_at=record.slot.scheduled_at + shift)
    return replace(record, slot=planned, **times)


def test_stats_say_the_figure_with_its_bounds(command: Command) -> None:
    done = command("stats", "--component", "login", "--window", "24h")
    assert done.exit_code == 0, done.output
    assert "login: 79 % available [79 to 79 %], coverage 100 %" in done.output
    assert "1 incidents" in done.output


def test_stats_as_json_say_all_that_belongs_to_it(command: Command) -> None:
    done = command("stats", "--component", "login", "--window", "24h", "--json")
    (one,) = json.loads(done.output)["figures"]
    assert one["figure"]["availability"] == pytest.approx(15 / 19, abs=1e-3)
    assert one["incidents"][0]["kind"] == Outcome.DOWN
    assert one["response_times"]["runs"] == 16
    assert one["second"] is None


def test_all_components_and_the_whole_path_without_a_name(command: Command) -> None:
    done = command("stats", "--window", "today")
    assert "login:" in done.output
    assert "whole path" in done.output


def test_no_data_is_exit_code_three_and_said_in_words(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")):
        pass
    command = _command(tmp_path / "monitor.sqlite3")
    done = command("stats")
    assert done.exit_code == 3
    assert "Nothing was watched yet" in done.output
    named = command("stats", "--component", "upload")
    assert named.exit_code == 3
    assert "upload: not watched in this window" in named.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("stats", "--window", "soon"), "soon is no window"),
        (("stats", "--component", "portail"), "write one of portal"),
        (("stats", "--from", "2026-13-01"), "--from 2026-13-01: write a day"),
        (("stats", "--from", "2026-02-02", "--to", "2026-02-01"), "the period is empty"),
        (("export", "--to", "x", "--month", "2999-01"), "not complete before"),
        (("export", "--to", "x", "--month", "2026-01", "--from", "2026-01-01"), "whole month"),
    ],
)
def test_bad_input_is_one_sentence(command: Command, words: tuple[str, ...], said: str) -> None:
    done = command(*words)
    assert isinstance(done.exception, ConfigurationError)
    assert said in str(done.exception)


def test_export_writes_a_folder(command: Command, tmp_path: Path) -> None:
    to = tmp_path / "open"
    done = command("export", "--to", str(to), "--from", "2026-01-01", "--json")
    assert done.exit_code == 0, done.output
    (one,) = json.loads(done.output)["exports"]
    assert (Path(one["folder"]) / "observations.csv").stat().st_size > 1000
    nothing = command("export", "--to", str(to))
    assert "no month is complete yet" in nothing.output
