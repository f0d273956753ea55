"""The commands that make documents: ``certificate outage`` and ``certificate attempts``.

Without ``--out`` they show what a document would say, and make none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.app import site_of, utc_now
from monitor.certificates.attempt_files import from_options, read_file
from monitor.certificates.build import outage_report
from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.declared import component_named, day_named
from monitor.certificates.errors import BadRequest
from monitor.certificates.issue import Press
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.certificates.plain import plain_of
from monitor.cli_options import AsJson, SettingsFile, SiteFile, settings_from
from monitor.core.statistics import PARIS
from monitor.documents_report import attempts_lines, outage_lines
from monitor.errors import ConfigurationError
from monitor.printing import Printing, open_printing
from monitor.web.language import speaking

certificate = typer.Typer(
    no_args_is_help=True, help="Documents for a file: what was seen, with its proof."
)


MakePress = Callable[[], Press]
"""Called once it is sure that a document is to be made: the first call may make a key."""


class Lang(StrEnum):
    """The language of a document."""

    FR = "fr"
    EN = "en"


Language = Annotated[Lang, typer.Option("--lang", help="Language of the document.")]
Out = Annotated[
    Path | None, typer.Option(help="PDF to write. Without it, nothing is made or numbered.")
]
Category = Annotated[str | None, typer.Option(help="Category of permit, as in étudiant.")]


@certificate.command()
def outage(
    first: Annotated[str, typer.Option("--first", help="First day, Paris time: 2026-05-01.")],
    last: Annotated[str, typer.Option("--last", help="Last day, included: 2026-05-31.")],
    component: Annotated[
        list[str] | None, typer.Option(help="Step, as in login; all that were watched without it.")
    ] = None,
    category: Category = None,
    out: Out = None,
    lang: Language = Lang.FR,
    settings: SettingsFile = None,
    site: SiteFile = None,
    as_json: AsJson = False,
) -> None:
    """Relevé de dysfonctionnement: incidents and availability of a period."""
    with _printing(settings, site, lang) as (printing, press):
        names = [component_named(one) for one in component or []]
        report = outage_report(
            printing.store,
            kept=printing.blobs.has,
            issuer=printing.issuer,
            rehearsal=printing.rehearsal,
            components=names or printing.watched,
            category=category,
            start=_midnight(first, "first"),
            end=_midnight(last, "last") + timedelta(days=1),
            now=utc_now(),
        )
        _give(press, report, outage_lines(report), out=out, lang=lang, as_json=as_json)


@certificate.command()
def attempts(
    file: Annotated[
        Path | None, typer.Argument(help="Attempts in a .toml, .json or .csv file.")
    ] = None,
    attempt: Annotated[
        list[str] | None,
        typer.Option(help='One attempt: "2026-05-13 14:00" or "2026-05-13 14:00-16:00".'),
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help="Where the person was: metropole, guyane, mayotte …")
    ] = None,
    component: Annotated[str | None, typer.Option(help="Step, as in login.")] = None,
    category: Category = None,
    out: Out = None,
    lang: Language = Lang.FR,
    settings: SettingsFile = None,
    site: SiteFile = None,
    as_json: AsJson = False,
) -> None:
    """Relevé de concordance: a person's attempts beside what was seen. They are stored nowhere."""
    with _printing(settings, site, lang) as (printing, press):
        defaults = {
            name: value
            for name, value in (
                ("territory", territory),
                ("component", component),
                ("category", category),
            )
            if value
        }
        declared = read_file(file, defaults) if file else ()
        declared += from_options(attempt or [], defaults)
        report = attempts_report(
            printing.store,
            kept=printing.blobs.has,
            issuer=printing.issuer,
            rehearsal=printing.rehearsal,
            attempts=declared,
            now=utc_now(),
        )
        _give(press, report, attempts_lines(report), out=out, lang=lang, as_json=as_json)


@contextmanager
def _printing(
    file: Path | None, site_file: Path | None, lang: Lang
) -> Iterator[tuple[Printing, MakePress]]:
    """What documents are made with; what cannot be one is said in the language asked for."""
    settings = settings_from(file, site_file)
    try:
        with speaking(lang.value), open_printing(settings, site_of(settings)) as printing:
            yield printing, lambda: printing.press(settings)
    except BadRequest as error:
        raise ConfigurationError(error.fr if lang is Lang.FR else error.en) from None


def _midnight(text: str, name: str) -> datetime:
    return datetime.combine(day_named(text, name), time(), tzinfo=PARIS)


def _give(
    press: MakePress,
    report: OutageReport | AttemptsReport,
    lines: list[str],
    *,
    out: Path | None,
    lang: Lang,
    as_json: bool,
) -> None:
    if as_json:
        typer.echo(json.dumps(plain_of(report), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(lines))
    if out is None:
        return
    if not out.parent.is_dir():
        raise ConfigurationError(f"cannot write {out}: there is no such folder")
    pdf, issued = press().issue(report, lang=lang.value)
    try:
        out.write_bytes(pdf)
    except OSError as error:
        raise ConfigurationError(f"cannot write {out}: {error.strerror}") from error
    typer.echo(f"{out}: {issued.serial}, code {issued.code}, {len(pdf)} bytes", err=True)
