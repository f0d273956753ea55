"""The commands on kept evidence: ``bundle show|extract|disclose`` and ``retention``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from monitor import bundle_report, bundles, retention
from monitor.app import commitments_file, proof_of_slot, site_of, terms_of, utc_now
from monitor.bundles import HeldBundle, NoBundle
from monitor.cli_options import (
    FAILED,
    FINE,
    NO_VERDICT,
    AsJson,
    SettingsFile,
    settings_from,
)
from monitor.clock import measure_offset
from monitor.core.rules.ours import CLOCK_LIMIT_SECONDS
from monitor.errors import ConfigurationError
from monitor.evidence.commitments import openings_in, read_openings
from monitor.retention import ClockDoubtful
from monitor.settings import Settings
from monitor.store.blobs import BlobStore, open_blobs
from monitor.store.store import Store, open_store

bundle = typer.Typer(
    no_args_is_help=True,
    help="The evidence of one run: show it, take it out, open what is private.",
)

Name = Annotated[
    str, typer.Argument(metavar="ID", help="Number of a slot, or the SHA-256 of a manifest.")
]
WhichAttempt = Annotated[
    int | None, typer.Option("--attempt", help="Of a slot tried twice; without it the last.")
]


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Store, BlobStore]]:
    with open_store(settings.store_url, migrate=False) as store:
        yield store, open_blobs(settings.blobs_url)


def _found(settings: Settings, name: str, attempt: int | None) -> HeldBundle:
    """The bundle; leaves with exit code 3 when the slot has none."""
    with _opened(settings) as (store, blobs):
        try:
            return bundles.find_bundle(store, blobs, name, attempt=attempt)
        except NoBundle as error:
            typer.echo(f"anef-monitor: {error}", err=True)
            raise typer.Exit(NO_VERDICT) from error


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _console() -> Console:
    return Console(highlight=False)


@bundle.command()
def show(
    name: Name, attempt: WhichAttempt = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Show what a run's evidence says, and what is left of its files. Exit code 1 when a file is
    missing or altered and no rule of retention explains it."""
    held = _found(settings_from(settings), name, attempt)
    if as_json:
        _print_json(bundle_report.bundle_json(held))
    else:
        bundle_report.print_bundle(_console(), held)
    raise typer.Exit(FINE if held.is_whole else FAILED)


@bundle.command()
def extract(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="New or empty folder.")],
    attempt: WhichAttempt = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a run's evidence into a folder that `verify` can check. Exit code 1 when a file is
    missing or altered and no rule of retention explains it."""
    chosen = settings_from(settings)
    held = _found(chosen, name, attempt)
    with _opened(chosen) as (store, blobs):
        written = bundles.extract(held, blobs, to, proof_of_slot(chosen, site_of(chosen), store))
    if as_json:
        _print_json({"schema": "extracted/1", "folder": str(to), "files": written})
    else:
        typer.echo(f"{len(written)} files of slot {held.sequence} are in {to}")
        if "proof.json" not in written:
            typer.echo("without a proof: the log does not hold this slot yet", err=True)
    raise typer.Exit(FINE if held.is_whole else FAILED)


@bundle.command()
def disclose(
    name: Name,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Name of a value, such as host_name.")
    ] = None,
    attempt: WhichAttempt = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Print the private values behind a manifest's commitments, with the salts that open them.
    What is printed here can be checked by whoever has the manifest: give it to them alone."""
    chosen = settings_from(settings)
    held = _found(chosen, name, attempt)
    known = read_openings(commitments_file(chosen))
    found = [one for one in openings_in(held.data.decode(), known) if not only or one.name in only]
    if not found:
        raise ConfigurationError("no private value of this manifest can be opened from here")
    if as_json:
        _print_json({"schema": "openings/1", "openings": [vars(one) for one in found]})
    else:
        bundle_report.print_openings(_console(), found)


def retention_command(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and leave everything.")
    ] = False,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="Vouch for the clock where it is in doubt.")
    ] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Remove files whose time is over: `run` does it once a day. Results and hashes stay."""
    chosen = settings_from(settings)
    if not (clock_is_right or dry_run):
        _require_clock(chosen)
    work = retention.rehearse if dry_run else retention.retire
    with _opened(chosen) as (store, blobs):
        kept = work(
            store, blobs, terms=terms_of(chosen), now=utc_now(), clock_vouched=clock_is_right
        )
    if as_json:
        _print_json(bundle_report.retention_json(kept, dry_run=dry_run))
    else:
        bundle_report.print_retention(_console(), kept, dry_run=dry_run)


def _require_clock(settings: Settings) -> None:
    """Ask the time servers, but for a rehearsal on this machine. Raises ClockDoubtful."""
    if site_of(settings).is_loopback:
        return
    clock = settings.clock
    offset = asyncio.run(measure_offset(clock.ntp_servers, clock.timeout_seconds))
    if offset is None:
        raise ClockDoubtful(
            "nothing was removed: no two time servers answered, so this clock may be wrong; "
            "if it is right, say so with --clock-is-right"
        )
    if abs(offset) > CLOCK_LIMIT_SECONDS:
        raise ClockDoubtful(f"nothing was removed: this clock is off by {offset:+.0f} s")
