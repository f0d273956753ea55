"""The commands about alerts: a test message, and what became of every message."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from monitor.alerting import urls_of
from monitor.alerts.delivery import send
from monitor.alerts.words import signed, trial_text
from monitor.app import utc_now
from monitor.cli_options import FAILED, FINE, AsJson, SettingsFile, settings_from
from monitor.core.statistics import PARIS
from monitor.errors import ConfigurationError
from monitor.settings import Settings
from monitor.store.outbox import Entry
from monitor.store.store import open_store

alerts = typer.Typer(no_args_is_help=True, help="Messages to persons: try them, list them.")

Name = Annotated[str | None, typer.Option("--target", help="This target only.")]


@alerts.command("test")
def try_targets(
    target: Name = None, settings: SettingsFile = None, as_json: AsJson = False
) -> None:
    """Send every target a message that says it is a test, and say which took it."""
    chosen = settings_from(settings)
    results = {name: _send_test(name, url, chosen) for name, url in _urls(chosen, target).items()}
    if as_json:
        taken = {name: {"taken": not error, "error": error} for name, error in results.items()}
        typer.echo(json.dumps({"schema": "alerts-test/1", "targets": taken}, ensure_ascii=False))
    else:
        for name, error in results.items():
            typer.echo(f"{name}: {error or 'taken'}")
    raise typer.Exit(FAILED if any(results.values()) else FINE)


def _urls(settings: Settings, target: str | None) -> dict[str, str]:
    urls = urls_of(settings)
    if not urls:
        raise ConfigurationError("no one is told: set alerts.targets first (docs/settings.md)")
    if target is None:
        return urls
    if target not in urls:
        raise ConfigurationError(f"there is no target {target!r}: choose among {', '.join(urls)}")
    return {target: urls[target]}


def _send_test(name: str, url: str, settings: Settings) -> str | None:
    now = utc_now()
    reference = f"test-{name}-{now:%Y%m%dT%H%M%S}"
    text = signed(
        trial_text(now),
        reference=reference,
        rehearsal=False,
        operator=settings.operator.name,
    )
    timeout = settings.alerts.timeout_seconds
    try:
        return send(url, text, reference=reference, picture=None, timeout_seconds=timeout)
    except ConfigurationError as error:
        return str(error)


@alerts.command("list")
def list_messages(
    limit: Annotated[int, typer.Option(help="How many, the latest first.", min=1)] = 50,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List the messages and what became of them: waiting, sent, dropped, given up."""
    with open_store(settings_from(settings).store_url, migrate=False) as store:
        entries = store.outbox(limit=limit)
    if as_json:
        found = {"schema": "alerts-list/1", "messages": [_json(one) for one in entries]}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        Console(highlight=False).print(_table(entries))


def _json(entry: Entry) -> dict[str, object]:
    return {
        "target": entry.target,
        "event": entry.event,
        "state": entry.state.value,
        "attempts": entry.attempts,
        "created_at": entry.created_at.isoformat(),
        "not_before": entry.not_before.isoformat(),
        "done_at": entry.done_at.isoformat() if entry.done_at else None,
        "title": entry.title,
        "error": entry.error,
    }


def _table(entries: tuple[Entry, ...]) -> Table | str:
    if not entries:
        return "no messages"
    table = Table(box=None, pad_edge=False)
    for heading in ("written (Paris)", "target", "message", "state", "tries", "last error"):
        table.add_column(heading, overflow="fold")
    for one in entries:
        cells = (_local(one.created_at), one.target, one.event, one.state.value)
        table.add_row(*cells, str(one.attempts), one.error or "")
    return table


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M}"
