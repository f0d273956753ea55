"""The table of commands: every one is there, says what it is, and waits for none of the others."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from monitor.cli import COMMANDS, app, load


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says_and_begins_its_help_so(name: str) -> None:
    command = load(name, COMMANDS[name])
    assert command.name == name
    assert (command.help or "").replace("\n", " ").startswith(COMMANDS[name].help)


def test_the_list_names_all_of_them() -> None:
    listed = CliRunner().invoke(app, ["--help"])
    assert listed.exit_code == 0
    assert all(name in listed.output for name in COMMANDS)


def test_a_word_that_is_no_command_is_an_error_of_usage() -> None:
    result = CliRunner().invoke(app, ["nonsense"])
    assert result.exit_code == 2
    assert "nonsense" in result.output


@pytest.mark.parametrize(
    ("command", "spared"),
    [
        ("verify", ("playwright", "altair", "apprise", "fastapi")),
        ("check", ("altair", "polars", "pyhanko", "apprise")),
        ("db", ("altair", "polars", "pyhanko", "apprise")),
    ],
)
def test_a_command_does_not_load_what_it_never_uses(command: str, spared: tuple[str, ...]) -> None:
    """Each of them takes a good part of a second."""
    asked = (
        f"import sys; from monitor.cli import COMMANDS, load; load({command!r}, "
        f"COMMANDS[{command!r}]); print([n for n in {spared!r} if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == "[]"
