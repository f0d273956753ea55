"""The commands. Exit codes: 0 fine, 1 the thing asked about failed, 2 usage or configuration,
3 no verdict possible."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor import (
    cli_alerts,
    cli_bundle,
    cli_calibrate,
    cli_certificate,
    cli_figures,
    cli_keys,
    cli_log,
    cli_review,
    cli_statement,
    cli_verify,
    cli_witness,
    commands,
)
from monitor.core.model import Outcome
from monitor.errors import ConfigurationError, MonitorError
from monitor.settings import Settings, load_settings

FINE, FAILED, USAGE, NO_VERDICT = 0, 1, 2, 3

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Independent observatory of ANEF, the French online service for residence permits.",
)
db = typer.Typer(no_args_is_help=True, help="The database: upgrade, check, backup, restore.")
app.add_typer(db, name="db")
app.add_typer(cli_review.review, name="review")
app.add_typer(cli_bundle.bundle, name="bundle")
app.add_typer(cli_certificate.certificate, name="certificate")
app.add_typer(cli_statement.correction, name="correction")
app.add_typer(cli_keys.keys, name="keys")
app.add_typer(cli_log.log, name="log")
app.command("retention")(cli_bundle.retention_command)
app.add_typer(cli_alerts.alerts, name="alerts")
app.command()(cli_review.reclassify)
app.command()(cli_calibrate.calibrate)
app.command()(cli_figures.stats)
app.command()(cli_figures.export)
app.command()(cli_verify.verify)
app.command()(cli_witness.witness)

SettingsFile = Annotated[
    Path | None, typer.Option("--config", help="Settings file; monitor.toml when there is one.")
]
SiteFile = Annotated[Path | None, typer.Option("--site", help="Site file.")]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="Replaces an origin of the site file: portal=http://…"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


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


def exit_code(outcome: Outcome) -> int:
    """The exit code for what a run saw."""
    if outcome.is_available:
        return FINE
    return FAILED if outcome.is_failing else NO_VERDICT


def _settings(
    file: Path | None, site: Path | None = None, origins: list[str] | None = None
) -> Settings:
    settings = load_settings(file)
    if site is None and not origins:
        return settings
    chosen = settings.site.model_copy(
        update={
            "file": site or settings.site.file,
            "origins": {**settings.site.origins, **_pairs(origins or [])},
        }
    )
    return settings.model_copy(update={"site": chosen})


def _pairs(options: list[str]) -> dict[str, str]:
    return dict(_pair(option) for option in options)


def _pair(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    if not (name and value):
        raise ConfigurationError(f"--origin {option}: write name=address, as in portal=http://…")
    return name, value


def _run(main: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(main))


@app.command()
def check(
    probe: Annotated[str, typer.Argument(help="portal, login, reset, category or upload.")],
    settings: SettingsFile = None,
    site: SiteFile = None,
    origin: Origins = None,
    as_json: AsJson = False,
    evidence: Annotated[Path | None, typer.Option(help="Folder for the run's files.")] = None,
) -> None:
    """Run one probe now and say what it saw. Nothing is stored but what --evidence asks for."""
    observation = asyncio.run(
        commands.check(_settings(settings, site, origin), probe, evidence_folder=evidence)
    )
    commands.print_observation(observation, as_json=as_json)
    raise typer.Exit(exit_code(observation.verdict.outcome))


@app.command()
def run(settings: SettingsFile = None) -> None:
    """Watch: the schedule, the public pages and the metrics, until stopped."""
    logging.getLogger().setLevel(logging.INFO)
    for chatty in ("apscheduler", "alembic", "httpx"):  # a line for every slot, and addresses
        logging.getLogger(chatty).setLevel(logging.WARNING)
    _run(commands.run_service(load_settings(settings)))


@app.command()
def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="Stop at the end instead of serving on.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the status page; 0 takes any.")] = 8600,
    folder: Annotated[Path, typer.Option(help="Folder for the demo's data.")] = Path("var/demo"),
) -> None:
    """Watch a rehearsal site through a scripted outage, and compare."""
    from monitor.demo import run_demo

    _run(run_demo(folder=folder, port=port, leave=leave))


@app.command()
def standin(
    port: Annotated[int, typer.Option(help="Port of the portal; the others follow it.")] = 8701,
    fault: Annotated[str, typer.Option(help="Name of a fault; `list` prints them all.")] = "none",
    timeline: Annotated[Path | None, typer.Option(help="Timeline file (TOML).")] = None,
) -> None:
    """Serve the rehearsal site, with a fault if wished."""
    if fault == "list":
        commands.list_faults()
        return
    _run(commands.serve_standin(port=port, fault=fault, timeline=timeline))


@app.command()
def doctor(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Look at the browser, the clock, the store, the network, the account; say what works."""
    from monitor.doctor import examine, print_report

    report = asyncio.run(examine(load_settings(settings)))
    print_report(report, as_json=as_json)
    raise typer.Exit(FINE if report.is_fine else FAILED)


@db.command()
def upgrade(settings: SettingsFile = None) -> None:
    """Bring the database to this program's schema."""
    _print(commands.db_upgrade(load_settings(settings)))


@db.command("check")
def db_check(settings: SettingsFile = None) -> None:
    """Say whether the database fits this program."""
    text, fits = commands.db_check(load_settings(settings))
    _print(text)
    raise typer.Exit(FINE if fits else FAILED)


@db.command()
def backup(
    target: Annotated[Path, typer.Argument(help="File to write, such as anef.tar.")],
    settings: SettingsFile = None,
) -> None:
    """Write one file with the database, the evidence, the settings and the site file."""
    _print(commands.db_backup(load_settings(settings), target, settings))


@db.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file made by `db backup`.")],
    settings: SettingsFile = None,
) -> None:
    """Put a backup back on a machine that has no data yet."""
    _print(commands.db_restore(load_settings(settings), source))


def _print(text: str) -> None:
    typer.echo(text)
