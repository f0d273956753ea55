"""The commands of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import commands
from monitor.cli_options import FAILED, FINE, SettingsFile, settings_from

db = typer.Typer(no_args_is_help=True, help="The database: upgrade, check, backup, restore.")


@db.command()
def upgrade(settings: SettingsFile = None) -> None:
    """Bring the database to this program's schema."""
    typer.echo(commands.db_upgrade(settings_from(settings)))


@db.command("check")
def db_check(settings: SettingsFile = None) -> None:
    """Say whether the database fits this program."""
    text, fits = commands.db_check(settings_from(settings))
    typer.echo(text)
    raise typer.Exit(FINE if fits else FAILED)


@db.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write, such as anef.tar.")],
    settings: SettingsFile = None,
) -> None:
    """Write one file with the database, the evidence, the settings and the site file."""
    typer.echo(commands.db_backup(settings_from(settings), target, settings))


@db.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file made by `db backup`.")],
    settings: SettingsFile = None,
) -> None:
    """Put a backup back on a machine that has no data yet."""
    typer.echo(commands.db_restore(settings_from(settings), source))
