"""The commands that watch: one run now, the whole monitor, a rehearsal, the doctor."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor import commands
from monitor.cli_options import (
    FAILED,
    FINE,
    NO_VERDICT,
    AsJson,
    Origins,
    SettingsFile,
    SiteFile,
    settings_from,
)
from monitor.core.model import Outcome


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
        commands.check(settings_from(settings, site, origin), probe, evidence_folder=evidence)
    )
    commands.print_observation(observation, as_json=as_json)
    raise typer.Exit(exit_code(observation.verdict.outcome))


def run(settings: SettingsFile = None) -> None:
    """Watch: the schedule, the public pages and the metrics, until stopped."""
    from monitor.service import run_service

    logging.getLogger().setLevel(logging.INFO)
    for chatty in ("apscheduler", "alembic", "httpx"):  # a line for every slot, and addresses
        logging.getLogger(chatty).setLevel(logging.WARNING)
    _run(run_service(settings_from(settings), say=typer.echo))


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


def doctor(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Look at the browser, the clock, the store, the network, the account; say what works."""
    from monitor.doctor import examine, print_report

    report = asyncio.run(examine(settings_from(settings)))
    print_report(report, as_json=as_json)
    raise typer.Exit(FINE if report.is_fine else FAILED)


def exit_code(outcome: Outcome) -> int:
    """The exit code for what a run saw."""
    if outcome.is_available:
        return FINE
    return FAILED if outcome.is_failing else NO_VERDICT


def _run(main: Coroutine[Any, Any, int]) -> None:
    raise typer.Exit(asyncio.run(main))
