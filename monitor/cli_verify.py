"""The command that verifies, offline: a document, a bundle, a proof or a log, given a published
key file."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import textwrap
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from monitor.certificates.verify import is_document, verify_file
from monitor.cli_options import FAILED, FINE, AsJson
from monitor.errors import ConfigurationError
from monitor.evidence.report import Check, Report, Unsound
from monitor.evidence.trust import Trust
from monitor.evidence.verify import NothingToVerify, verify_path

LABELS = {
    "format": ("lecture", "reading"),
    "files": ("fichiers", "files"),
    "proof": ("preuve", "proof"),
    "signature": ("signature", "signature"),
    "inclusion": ("inclusion", "inclusion"),
    "stamp": ("horodatage", "time stamp"),
    "dates": ("dates", "dates"),
    "sequence": ("suite", "sequence"),
    "manifest": ("manifeste", "manifest"),
    "lines": ("lignes", "lines"),
    "tiles": ("tuiles", "tiles"),
    "history": ("histoire", "history"),
    "document_signature": ("signataire", "signer"),
    "document_stamp": ("signé le", "signed at"),
    "document_whole": ("étendue", "coverage"),
    "document_pdf": ("PDF", "PDF"),
    "attachments": ("pièces", "attached"),
    "proof_file": ("preuve", "proof"),
    "records": ("relevés", "records"),
    "figures": ("chiffres", "figures"),
    "looks": ("détails", "details"),
    "page": ("pages", "pages"),
}
MEANING = (
    "Ce que cela établit : rien n’a été modifié, et tout existait au plus tard à la date "
    "horodatée. Cela n’établit pas que ce qui a été vu est vrai, ni la cause d’une panne.",
    "What this shows: nothing was altered, and all of it existed no later than the stamped time. "
    "It does not show that what was seen is true, nor the cause of a failure.",
)
PASSED, FAILED_MARK = ("OK", "OK"), ("ÉCHEC", "FAILED")
NARROWEST = 40


class Lang(StrEnum):
    """The language of the sentences."""

    FR = "fr"
    EN = "en"


def verify(
    file: Annotated[
        Path,
        typer.Argument(
            help="A document (PDF), a bundle (folder or zip), a proof (.json) or a log's folder."
        ),
    ],
    keys: Annotated[
        Path | None,
        typer.Option(help="The published key file (…/keys.json), from elsewhere than the file."),
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the sentences.")] = Lang.FR,
    as_json: AsJson = False,
) -> None:
    """Verify a document, a bundle, a proof or a log, offline. Exit code 0 only when every check
    passed."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it has to say is in the checks
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    trust = _trust(keys)
    try:
        report = verify_file(file, trust) if is_document(file) else verify_path(file, trust)
    except NothingToVerify as error:
        raise ConfigurationError(str(error)) from error
    typer.echo(_as_json(report, file) if as_json else as_text(report, lang, _width()))
    raise typer.Exit(FINE if report.passed else FAILED)


def _trust(keys: Path | None) -> Trust:
    if keys is None:
        raise ConfigurationError(
            "say whose keys you trust: --keys keys.json, the key file that the observatory "
            "publishes (at /keys.json of its site)"
        )
    try:
        return Trust.load(keys)
    except Unsound as error:
        raise ConfigurationError(f"--keys {keys}: {error}") from error


def _as_json(report: Report, file: Path) -> str:
    value = {
        "schema": "verification/1",
        "file": str(file),
        "subject": report.subject,
        "passed": report.passed,
        "checks": [vars(check) for check in report.checks],
    }
    return json.dumps(value, ensure_ascii=False, indent=2)


def _width() -> int | None:
    """Columns of the terminal; None when the output goes elsewhere: then nothing is wrapped."""
    return max(shutil.get_terminal_size().columns, NARROWEST) if sys.stdout.isatty() else None


def as_text(report: Report, lang: str, width: int | None) -> str:
    """One line for each check, then the result in one line and what it means."""
    lines = [_line(check, lang, width) for check in report.checks]
    return "\n".join([*lines, "", *(_wrapped(text, "", width) for text in _closing(report, lang))])


def _line(check: Check, lang: str, width: int | None) -> str:
    english = lang == "en"
    mark = (PASSED if check.passed else FAILED_MARK)[english]
    label = LABELS.get(check.name, (check.name, check.name))[english]
    line = _wrapped(check.sentence(lang), f"{mark:<7}{label:<12}", width)
    if width is None:
        return line
    colour = typer.colors.GREEN if check.passed else typer.colors.RED
    return typer.style(mark, fg=colour, bold=True) + line.removeprefix(mark)


def _wrapped(text: str, start: str, width: int | None) -> str:
    if width is None:
        return f"{start}{text}"
    indent = " " * len(start)
    return textwrap.fill(text, width, initial_indent=start, subsequent_indent=indent)


def _closing(report: Report, lang: str) -> list[str]:
    english, failed, count = lang == "en", len(report.failed), len(report.checks)
    if report.passed:
        passed = f"VERIFIED: {count} checks passed." if english else f"VÉRIFIÉ : {count} contrôles."
        return [passed, MEANING[english]]
    if english:
        return [f"NOT VERIFIED: {failed} of {count} checks failed."]
    return [f"NON VÉRIFIÉ : {failed} contrôle{'s' * (failed > 1)} sur {count} en échec."]
