"""What was published and was wrong, and what the administration answered: appended for ever."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer

from monitor.app import utc_now
from monitor.cli_options import AsJson, SettingsFile, moment_from, settings_from
from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.model import COMPONENTS
from monitor.errors import ConfigurationError
from monitor.store.store import Store, open_store

correction = typer.Typer(
    no_args_is_help=True, help="Corrections of what was published, and answers: /corrections."
)

About = Annotated[
    str,
    typer.Option(help="An incident (login-123), a citation's or document's code; empty: the site."),
]


@correction.command()
def add(
    text: Annotated[str, typer.Option(help="What is right, in French.")],
    published: Annotated[str, typer.Option(help="What stood there before, in French.")],
    about: About = "",
    since: Annotated[
        str | None, typer.Option(help="Since when it was wrong, Paris time: 2026-11-01T08:30.")
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Publish a correction. What was published stays; the correction stands beside it."""
    _keep(
        PublicStatement(
            number=0,
            kind=StatementKind.CORRECTION,
            about=about,
            text=_said(text, "--text"),
            published=_said(published, "--published"),
            wrong_since=_past(moment_from(since)),
            made_at=utc_now(),
        ),
        settings_from(settings).store_url,
        as_json=as_json,
    )


@correction.command()
def answer(
    text: Annotated[str, typer.Option(help="The answer, in French, word for word.")],
    source: Annotated[str, typer.Option(help="Who answers, and how: a letter, a press release.")],
    about: About = "",
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Publish an answer of the administration, dated, beside what it is about."""
    _keep(
        PublicStatement(
            number=0,
            kind=StatementKind.ANSWER,
            about=about,
            text=_said(text, "--text"),
            source=_said(source, "--source"),
            made_at=utc_now(),
        ),
        settings_from(settings).store_url,
        as_json=as_json,
    )


@correction.command("list")
def list_all(settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """List all that was published on /corrections."""
    with open_store(settings_from(settings).store_url, migrate=False) as store:
        found = store.statements()
    if as_json:
        _print_json([statement_json(one) for one in found])
        return
    if not found:
        typer.echo("nothing was corrected or answered so far")
    for one in found:
        typer.echo(
            f"{one.number}. {one.made_at:%Y-%m-%d %H:%M} UTC  {one.kind.value}  "
            f"{one.about or 'the site'}: {one.text}"
        )


def statement_json(one: PublicStatement) -> dict[str, object]:
    """An entry for machines."""
    return {
        **vars(one),
        "kind": one.kind.value,
        "wrong_since": one.wrong_since.isoformat() if one.wrong_since else None,
        "made_at": one.made_at.isoformat(),
    }


def _keep(statement: PublicStatement, store_url: str, *, as_json: bool) -> None:
    with open_store(store_url, migrate=False) as store:
        _require_subject(store, statement.about)
        added = store.add_statement(statement)
    if as_json:
        _print_json(statement_json(added))
    else:
        typer.echo(f"published as number {added.number} on /corrections")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _said(text: str, option: str) -> str:
    if not text.strip():
        raise ConfigurationError(f"{option} is empty: say it in a sentence")
    return text.strip()


def _past(moment: datetime | None) -> datetime | None:
    if moment is not None and moment > utc_now():
        raise ConfigurationError("--since lies in the future")
    return moment


def _require_subject(store: Store, about: str) -> None:
    """An incident that is named must be there; codes are not checked here, they may be old."""
    component, _, sequence = about.partition("-")
    if component not in COMPONENTS:
        return
    found = store.incident(int(sequence)) if sequence.isdigit() else None
    if found is None or found.component != component:
        raise ConfigurationError(f"there is no incident {about}: see /incidents")
