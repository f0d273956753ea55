"""What the commands do, apart from how they are typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from monitor.app import (
    commitments_file,
    means_of,
    open_watch,
    require_folder,
    require_runnable,
    site_of,
    utc_now,
)
from monitor.core.model import Observation, Slot
from monitor.cycle import Observed, observe_slot
from monitor.evidence.commitments import Commitments
from monitor.evidence.files import write_private
from monitor.report import observation_json
from monitor.settings import Settings
from monitor.store.backup import backup, restore
from monitor.store.blobs import open_blobs
from monitor.store.migrate import SchemaStatus, upgrade
from monitor.store.migrate import check as schema_status
from probes.standin.faults import FAULTS
from probes.standin.run import serve_forever
from probes.standin.server import StandIn

OUTCOME_COLOURS = {
    "up": "green",
    "degraded": "yellow",
    "down": "red",
    "maintenance": "magenta",
}
UNKNOWN_COLOUR = "cyan"


async def check(
    settings: Settings, component: str, *, evidence_folder: Path | None = None
) -> Observation:
    """Run one probe now. With a folder, its evidence is written there.

    Raises ConfigurationError when the probe cannot run with these settings.
    """
    site = site_of(settings)
    require_runnable([component], site, means_of(settings, site))
    if evidence_folder is not None:
        require_folder(evidence_folder)
    slot = Slot(
        component=component,
        vantage=settings.vantage.id,
        scheduled_at=utc_now(),
        interval_seconds=site.probes[component].interval_seconds,
    )
    commitments = Commitments()
    async with open_watch(settings, site, commitments) as watch:
        observed = await observe_slot(slot, watch)
    if evidence_folder is not None:
        _write_evidence(observed, evidence_folder)
        write_private(evidence_folder / "private.json", commitments.to_json())
    return replace(observed.observation, queued_seconds=0.0)


def _write_evidence(observed: Observed, folder: Path) -> None:
    """The files of each attempt under their own names, in a folder for each attempt."""
    attempt = 1
    for file in observed.files:
        target = folder / f"attempt-{attempt}"
        target.mkdir(exist_ok=True)
        (target / file.name).write_bytes(file.data)
        if file.name == "manifest.json":
            attempt += 1


def print_observation(observation: Observation, *, as_json: bool) -> None:
    """One observation, for a machine or for a person."""
    if as_json:
        typer.echo(json.dumps(observation_json(observation), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    verdict = observation.verdict
    colour = OUTCOME_COLOURS.get(verdict.outcome.value, UNKNOWN_COLOUR)
    console.print(
        f"[bold {colour}]{verdict.outcome.value}[/]  {observation.slot.component}"
        f"  [dim]rule {verdict.rule} · depth {observation.depth.value}"
        f" · {observation.duration_seconds:.1f} s[/]"
    )
    console.print(verdict.message_en)
    for flag in verdict.flags:
        console.print(f"[yellow]flag[/] {flag}")
    console.print(_steps(observation))


def _steps(observation: Observation) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("attempt", "step", "", "seconds", "page"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left")
    for number, attempt in enumerate(observation.attempts, start=1):
        for step in attempt.steps:
            mark = "[green]ok[/]" if step.outcome == "ok" else "[red]failed[/]"
            page = step.url or ""
            table.add_row(str(number), step.name, mark, f"{step.duration_seconds:.2f}", page)
    return table


async def serve_standin(*, port: int, fault: str, timeline: Path | None) -> int:
    """Serve the rehearsal site until stopped. Returns the exit code."""
    standin = StandIn(
        portal_port=port, sso_port=port + 1 if port else 0, fault=fault, timeline=timeline
    )
    await serve_forever(standin, say=typer.echo)
    return 0


def list_faults() -> None:
    """Every fault of the rehearsal site, a line each."""
    for fault in FAULTS.values():
        typer.echo(f"{fault.name:24} {fault.en}")


def db_upgrade(settings: Settings) -> str:
    """Bring the database to this program's schema; a sentence about it."""
    if settings.store.url is None:
        require_folder(settings.state_dir)
    upgrade(settings.store_url)
    return "the database is at this program's schema"


def db_check(settings: Settings) -> tuple[str, bool]:
    """A sentence about the database's schema, and whether the program can use it."""
    status = schema_status(settings.store_url)
    return f"the database is {status.value}", status is SchemaStatus.CURRENT


def db_backup(settings: Settings, target: Path, settings_file: Path | None) -> str:
    """Write a backup; a sentence about it."""
    files = {"site.toml": settings.site_file}
    if (private := commitments_file(settings)).exists():
        files["commitments.json"] = private
    source = settings_file or Path("monitor.toml")
    if source.exists():
        files["monitor.toml"] = source
    backup(settings.store_url, open_blobs(settings.blobs_url), files, target)
    size_mb = target.stat().st_size / 1e6
    return f"{target} holds the database, the evidence and the settings ({size_mb:.1f} MB)"


def db_restore(settings: Settings, source: Path) -> str:
    """Put a backup back; a sentence about it."""
    require_folder(settings.state_dir)
    restored = settings.state_dir / "restored"
    manifest = restore(
        source,
        store_url=settings.store_url,
        blobs=open_blobs(settings.blobs_url),
        folder=restored,
    )
    return (
        f"restored the database and {len(manifest.blobs)} files of evidence; "
        f"settings and site file are in {restored}"
    )
