"""The command ``calibrate``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from monitor.app import secrets_of
from monitor.calibrating import Calibrated, run_calibration
from monitor.calibration_report import calibration_json, print_calibration, write_report
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
from monitor.evidence.redact import SecretScan


def calibrate(
    settings: SettingsFile = None,
    site: SiteFile = None,
    origin: Origins = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for a page with pictures of what matches.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(help="Write a mended site file here, once it has done well in a dry run."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at the site's pages once and say which selectors of the site file still match."""
    config = settings_from(settings, site, origin)
    done = asyncio.run(run_calibration(config, write=write))
    if out is not None:
        index = write_report(done, out, SecretScan(secrets_of(config)))
        typer.echo(f"wrote {index}", err=True)
    if as_json:
        typer.echo(json.dumps(calibration_json(done), ensure_ascii=False, indent=2))
    else:
        print_calibration(Console(highlight=False), done)
    raise typer.Exit(_exit_code(done))


def _exit_code(done: Calibrated) -> int:
    """Fine when nothing is missing, or all that was is mended in the file just written."""
    if not done.found.saw_a_page:
        return NO_VERDICT
    mended = done.written.changes if done.written else {}
    return FINE if set(done.found.missing) <= set(mended) else FAILED
