"""The commands that judge again: by newer rules (``reclassify``) and by a person (``review``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from monitor import judging, judging_report
from monitor.app import utc_now
from monitor.cli_options import AsJson, SettingsFile, Since, moment_from, settings_from
from monitor.commands import print_observation
from monitor.core.model import SlotRecord
from monitor.core.reviewed import Decision
from monitor.errors import ConfigurationError
from monitor.store.blobs import open_blobs
from monitor.store.store import Store, open_store

review = typer.Typer(
    no_args_is_help=True, help="What waits for a person: list it, look at it, decide."
)

Sequence = Annotated[int, typer.Argument(help="Number of the slot.", min=1)]


@contextmanager
def _store(settings: Path | None) -> Iterator[Store]:
    with open_store(settings_from(settings).store_url, migrate=False) as store:
        yield store


def _console() -> Console:
    return Console(highlight=False)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def reclassify(
    apply: Annotated[
        bool, typer.Option("--apply", help="Keep the later verdicts beside the first ones.")
    ] = False,
    since: Since = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Run the rules again over what was seen, and show what they would say otherwise now."""
    with _store(settings) as store:
        found = judging.reclassify(store, since=moment_from(since), apply=apply, now=utc_now())
    if as_json:
        _print_json(judging_report.reclassified_json(found))
    else:
        judging_report.print_reclassified(_console(), found)


@review.command("list")
def list_waiting(
    since: Since = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """List what waits for a decision: changed pages, absent categories, what no rule knew."""
    with _store(settings) as store:
        found = judging.list_waiting(store, since=moment_from(since))
    if as_json:
        _print_json(judging_report.waiting_json(found))
    else:
        judging_report.print_waiting(_console(), found)


@review.command()
def show(
    sequence: Sequence,
    out: Annotated[Path | None, typer.Option(help="Folder to write the pictures to.")] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one slot: what was seen, and every judgement since."""
    with _store(settings) as store:
        record, observation = _slot(store, sequence), store.observation(sequence)
        later = store.reclassifications(sequence=sequence)
        reviews = store.reviews(sequence=sequence)
    if out is not None and observation is not None:
        blobs = open_blobs(settings_from(settings).blobs_url)
        for file in judging.write_pictures(observation, blobs, out):
            typer.echo(f"wrote {file}", err=True)
    if as_json:
        _print_json(judging_report.slot_history_json(record, observation, later, reviews))
        return
    if observation is None:
        typer.echo(f"slot {sequence} did not run: {record.outcome.value} ({record.rule})")
    else:
        print_observation(observation, as_json=False)
    judging_report.print_judgements(_console(), later, reviews)


@review.command()
def decide(
    sequence: Sequence,
    decision: Annotated[Decision, typer.Option(help="What it was.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    note: Annotated[str, typer.Option(help="Why; kept for ever beside the decision.")],
    through: Annotated[
        int | None, typer.Option(help="Decide on the whole row up to this slot.")
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Append a dated decision. The first verdict stays; the latest decision counts beside it."""
    with _store(settings) as store:
        added = judging.decide(
            store,
            sequence,
            through=through,
            decision=decision,
            by=by,
            note=note,
            now=utc_now(),
        )
    if as_json:
        _print_json(
            {"schema": "review/1", "reviews": [judging_report.review_json(one) for one in added]}
        )
    else:
        slots = "1 slot" if len(added) == 1 else f"{len(added)} slots"
        typer.echo(f"{slots}: {decision.value}, decided by {added[0].by}; the first verdict stays")


@review.command()
def figures(
    days: Annotated[float, typer.Option(help="How far back.", min=0.01)] = 30,
    ruleset: Annotated[
        str | None,
        typer.Option(help="Count the verdicts of newer rules too: a ruleset's name, or latest."),
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Show each component's first figure and, beside it, the one after review."""
    with _store(settings) as store:
        found = judging.two_figures(store, days=days, now=utc_now(), ruleset=ruleset)
    if as_json:
        _print_json(judging_report.figures_json(found))
    else:
        judging_report.print_figures(_console(), found)


def _slot(store: Store, sequence: int) -> SlotRecord:
    record = store.slot(sequence)
    if record is None:
        raise ConfigurationError(f"there is no slot {sequence}")
    return record
