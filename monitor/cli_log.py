"""The commands about the transparency log: its state, its files, proofs, epochs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from monitor.app import site_of, utc_now
from monitor.cli_options import FAILED, FINE, NO_VERDICT, AsJson, SettingsFile, settings_from
from monitor.errors import ConfigurationError
from monitor.evidence.log import HistoryDiffers, NotCovered, Proof, TransparencyLog
from monitor.evidence.log_files import LogFiles
from monitor.logkeeping import existing_log, keys_folder
from monitor.store.store import Store, open_store

log = typer.Typer(no_args_is_help=True, help="The transparency log: state, files, proofs, epochs.")


@contextmanager
def _opened(settings_file: Path | None) -> Iterator[tuple[Store, TransparencyLog]]:
    settings = settings_from(settings_file)
    with open_store(settings.store_url, migrate=False) as store:
        found = existing_log(settings, site_of(settings), store, clock=utc_now)
        if found is None:
            raise ConfigurationError(
                f"the log has no key in {keys_folder(settings)}: `anef-monitor run` makes one at "
                "its first start, `anef-monitor keys init` at any time"
            )
        yield store, found


@log.command()
def status(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Say how the log stands. Exit code 1 when it cannot be signed."""
    with _opened(settings) as (store, kept):
        found = _status(store, kept)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print_status(found)
    raise typer.Exit(FAILED if found["problem"] else FINE)


def _status(store: Store, kept: TransparencyLog) -> dict[str, Any]:
    last, stamps = store.last_checkpoint(), store.stamp_summary()
    return {
        "schema": "log-status/1",
        "name": kept.ring.name,
        "leaves": store.log_size(),
        "epoch": last.epoch if last else 1,
        "checkpoint": last
        and {
            "size": last.size,
            "root": last.root,
            "made_at": last.made_at.isoformat(),
            "reason": last.reason,
        },
        "stamps": {
            "waiting": stamps.waiting,
            "given_up": stamps.given_up,
            "last_at": stamps.last_at and stamps.last_at.isoformat(),
            "last_delay_seconds": stamps.last_delay_seconds,
            "problem": stamps.problem,
        },
        "problem": _problem(kept),
    }


def _problem(kept: TransparencyLog) -> str | None:
    try:
        kept.require_continuity()
        kept.ring.signer()
    except (HistoryDiffers, ConfigurationError) as error:
        return str(error)
    return None


def _print_status(found: dict[str, Any]) -> None:
    console, stamps = Console(highlight=False, soft_wrap=True), found["stamps"]
    console.print(f"[bold]{found['name']}[/]  {found['leaves']} leaves, epoch {found['epoch']}")
    if last := found["checkpoint"]:
        console.print(f"last checkpoint  {last['size']} leaves, {last['made_at']}")
        console.print(f"root             {last['root']}")
    else:
        console.print("[yellow]no checkpoint yet[/]")
    if stamps["last_at"]:
        delay = stamps["last_delay_seconds"]
        console.print(f"last stamp       {stamps['last_at']}, {delay:.1f} s after its checkpoint")
    else:
        console.print("[yellow]no stamp yet[/]")
    if stamps["waiting"] or stamps["given_up"]:
        said = f": {stamps['problem']}" if stamps["problem"] else ""
        console.print(
            f"[yellow]{stamps['waiting']} stamps wait, {stamps['given_up']} given up{said}[/]"
        )
    if found["problem"]:
        console.print(f"[red]{found['problem']}[/]")


@log.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="Folder; an earlier export is brought on.")],
    settings: SettingsFile = None,
) -> None:
    """Write the log's files, which `verify` can check and any web server can serve."""
    with _opened(settings) as (store, kept):
        last = store.last_checkpoint()
        if last is None:
            _leave("the log has no checkpoint yet: run `anef-monitor log sign`")
        count = LogFiles(kept, store).export(to)
    typer.echo(f"{count} files of the log are in {to}")


@log.command()
def proof(
    sequence: Annotated[int, typer.Argument(help="Number of a slot, as in `bundle show`.")],
    until: Annotated[
        int | None, typer.Option("--until", help="Last slot of a range, proven as a whole.")
    ] = None,
    settings: SettingsFile = None,
) -> None:
    """Print the proof that the log holds a slot, or a range of them. Exit code 3 while no
    checkpoint covers it."""
    with _opened(settings) as (_, kept):
        try:
            found = _proof(kept, sequence, until)
        except NotCovered as error:
            _leave(str(error))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1))


def _proof(kept: TransparencyLog, sequence: int, until: int | None) -> Proof:
    if until is not None:
        return kept.proof_of_range(sequence, until)
    found = kept.proof_of_slot(sequence)
    if found is None:
        raise NotCovered(f"no checkpoint covers slot {sequence} yet")
    return found


@log.command()
def sign(settings: SettingsFile = None) -> None:
    """Sign what is new now. A monitor that runs does so by itself."""
    with _opened(settings) as (_, kept):
        made = kept.checkpoint()
    typer.echo(f"signed {made.size} leaves of epoch {made.epoch}, root {made.root}")


@log.command()
def epoch(
    reason: Annotated[str, typer.Option("--reason", help="Why; everyone will read it.")],
    last: Annotated[
        Path | None,
        typer.Option("--last", help="The last published checkpoint, when this machine lost it."),
    ] = None,
    settings: SettingsFile = None,
) -> None:
    """Declare that the log goes on from a restored backup, without what came after it."""
    if not reason.strip():
        raise ConfigurationError("--reason is empty: say why, in a sentence that all may read")
    note = None if last is None else _read(last)
    with _opened(settings) as (_, kept):
        made = kept.declare_epoch(reason.strip(), note)
    typer.echo(f"epoch {made.epoch} is declared and signed, at {made.size} leaves")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--last {path}: cannot be read") from error


def _leave(sentence: str) -> NoReturn:
    typer.echo(f"anef-monitor: {sentence}", err=True)
    raise typer.Exit(NO_VERDICT)
