"""The table of commands. A command's module is read when it is asked for: a lawyer who verifies a
file does not wait for the browser's. Exit codes: 0 fine, 1 the thing asked about failed, 2 usage or
configuration, 3 no verdict possible."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from monitor.errors import MonitorError

USAGE = 2
LISTING = "monitor.listing"


class Lazy(NamedTuple):
    """In which module of ours a command is, what it is called there, and the beginning of its help:
    what the list of commands says."""

    module: str
    name: str
    help: str


COMMANDS: dict[str, Lazy] = {
    "check": Lazy("cli_run", "check", "Run one probe now and say what it saw"),
    "run": Lazy("cli_run", "run", "Watch"),
    "demo": Lazy("cli_run", "demo", "Watch a rehearsal site through a scripted outage"),
    "standin": Lazy("cli_run", "standin", "Serve the rehearsal site"),
    "doctor": Lazy(
        "cli_run", "doctor", "Look at the browser, the clock, the store, the network, the account"
    ),
    "certificate": Lazy("cli_certificate", "certificate", "Documents for a file"),
    "verify": Lazy(
        "cli_verify", "verify", "Verify a document, a bundle, a proof or a log, offline"
    ),
    "witness": Lazy(
        "cli_witness", "witness", "Check that a log goes on from its last checkpoint seen"
    ),
    "stats": Lazy("cli_figures", "stats", "Say the figures of a window"),
    "export": Lazy("cli_figures", "export", "Write open data"),
    "bundle": Lazy("cli_bundle", "bundle", "The evidence of one run"),
    "log": Lazy("cli_log", "log", "The transparency log"),
    "keys": Lazy("cli_keys", "keys", "The keys that sign the transparency log"),
    "alerts": Lazy("cli_alerts", "alerts", "Messages to persons"),
    "correction": Lazy(
        "cli_statement", "correction", "Corrections of what was published, and answers"
    ),
    "review": Lazy("cli_review", "review", "What waits for a person"),
    "reclassify": Lazy("cli_review", "reclassify", "Run the rules again over what was seen"),
    "calibrate": Lazy("cli_calibrate", "calibrate", "Look at the site's pages once"),
    "retention": Lazy("cli_bundle", "retention_command", "Remove files whose time is over"),
    "db": Lazy("cli_db", "db", "The database"),
}
"""In the order of the list."""


class Commands(TyperGroup):
    """Knows every command by name, and reads only the one that is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  Typer asks so
        """All of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """The command of this name; while the list is written, its line of help is enough."""
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        if ctx.meta.get(LISTING):
            return TyperCommand(cmd_name, help=found.help)
        return load(cmd_name, found)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """The list of commands."""
        ctx.meta[LISTING] = True
        super().format_help(ctx, formatter)


def load(name: str, found: Lazy) -> Any:  # noqa: ANN401  a command of Typer
    """The command itself, its module read."""
    made = getattr(importlib.import_module(f"monitor.{found.module}"), found.name)
    if not isinstance(made, typer.Typer):
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(name)(made)
        made = single
    command = get_command(made)
    command.name = name
    return command


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def observatory() -> None:
    """Independent observatory of ANEF, the French online service for residence permits."""


def main() -> None:
    """Run a command; every fault of ours is one sentence on stderr and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except MonitorError as error:
        _say_and_leave(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _say_and_leave(sentence: str) -> None:
    print(f"anef-monitor: {sentence}", file=sys.stderr)  # noqa: T201  the command's own output
    sys.exit(USAGE)
