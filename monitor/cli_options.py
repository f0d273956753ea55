"""Options that several commands share, and the settings that come of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.core.statistics import PARIS
from monitor.errors import ConfigurationError
from monitor.settings import Settings, load_settings

FINE, FAILED, USAGE, NO_VERDICT = 0, 1, 2, 3
"""Exit codes: fine, the thing asked about failed, usage or configuration, no verdict possible."""

SettingsFile = Annotated[
    Path | None, typer.Option("--config", help="Settings file; monitor.toml when there is one.")
]
SiteFile = Annotated[Path | None, typer.Option("--site", help="Site file.")]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="Replaces an origin of the site file: portal=http://…"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Since = Annotated[
    str | None,
    typer.Option(help="From this day or moment on, Paris time: 2026-11-01 or 2026-11-01T08:30."),
]


def settings_from(
    file: Path | None, site: Path | None = None, origins: list[str] | None = None
) -> Settings:
    """The settings, with the site file and the origins of the command line in their place.

    Raises ConfigurationError.
    """
    settings = load_settings(file)
    if site is None and not origins:
        return settings
    chosen = settings.site.model_copy(
        update={
            "file": site or settings.site.file,
            "origins": {**settings.site.origins, **dict(_pair(option) for option in origins or [])},
        }
    )
    return settings.model_copy(update={"site": chosen})


def _pair(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    if not (name and value):
        raise ConfigurationError(f"--origin {option}: write name=address, as in portal=http://…")
    return name, value


def moment_from(text: str | None, option: str = "--since") -> datetime | None:
    """The moment of an option; without an offset it is one of Paris. None stays None."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} {text}: write a day or a moment, 2026-11-01 or 2026-11-01T08:30"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=PARIS)
