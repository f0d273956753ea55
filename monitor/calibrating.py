"""What the command ``calibrate`` does: look at the pages, and put a mended site file in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.app import browser_plan, means_of, site_of, utc_now
from monitor.core.model import SignalKind
from monitor.errors import ConfigurationError
from monitor.installation import find_browser
from monitor.settings import Settings
from monitor.store.blobs import write_atomically
from probes import PROBES
from probes.attempt import attempt
from probes.base import Means
from probes.browser import WarmBrowser
from probes.calibration.findings import Calibration, proposals
from probes.calibration.rewrite import with_selectors
from probes.calibration.walk import calibrate
from probes.guard import compile_allow_list
from probes.site import Site, parse_site

TRIED_PROBES = ("portal", "login")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How far a probe came with a site file."""

    probe: str
    completed: bool
    steps_done: int


@dataclass(frozen=True, kw_only=True)
class Written:
    """A new site file that is in its place. ``old`` is where the one before it is kept, if there
    was one; ``before`` is empty when every trial completed and there was nothing to compare."""

    target: Path
    old: Path | None
    changes: Mapping[str, str]
    after: tuple[Trial, ...]
    before: tuple[Trial, ...]


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """What was found, what to change, and what was written."""

    site: Site
    found: Calibration
    proposals: Mapping[str, str]
    written: Written | None = None


async def run_calibration(settings: Settings, *, write: Path | None) -> Calibrated:
    """Look at every page that can be reached; with ``write`` put a mended file there.

    Raises ConfigurationError, also when a mended file does no better than the one before; then
    nothing is written.
    """
    site = site_of(settings)
    browser = find_browser(settings.browser.kind, settings.browser.executable)
    plan = browser_plan(settings, site, browser)
    async with WarmBrowser(plan, compile_allow_list(site)) as warm:
        means = Means(account=means_of(settings, site).account)
        found = await calibrate(warm, site=site, means=means, clock=utc_now)
        changes = proposals(found.pages)
        written = None
        if write is not None and changes:
            written = await _write(settings, site, warm, changes, write)
    return Calibrated(site=site, found=found, proposals=changes, written=written)


async def _write(
    settings: Settings, site: Site, warm: WarmBrowser, changes: Mapping[str, str], target: Path
) -> Written:
    text = with_selectors(_text_of(settings.site_file), changes)
    new = parse_site(text, name=f"the new {target.name}", origins=settings.site.origins)
    compile_allow_list(new)
    after = tuple([await _tried(name, warm, new) for name in TRIED_PROBES])
    before: tuple[Trial, ...] = ()
    if not all(trial.completed for trial in after):
        before = tuple([await _tried(name, warm, site) for name in TRIED_PROBES])
        if not is_better(after, before):
            raise ConfigurationError(
                "the new site file does no better in a dry run (" + shown(after) + "), nothing "
                "was written: look at the pictures of --out and edit the file by hand"
            )
    old = put_in_place(text, target, utc_now())
    return Written(target=target, old=old, changes=changes, after=after, before=before)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot read the site file {path}: {error.strerror}") from error


async def _tried(name: str, warm: WarmBrowser, site: Site) -> Trial:
    """One attempt without an account: signing in again and again would be impolite."""
    raw = await attempt(PROBES[name], browser=warm, site=site, means=Means(), clock=utc_now)
    return Trial(
        probe=name,
        completed=any(signal.kind is SignalKind.COMPLETED for signal in raw.signals),
        steps_done=sum(step.outcome == "ok" for step in raw.steps),
    )


def is_better(after: tuple[Trial, ...], before: tuple[Trial, ...]) -> bool:
    """True when no probe came less far than before, and one came farther."""
    pairs = [
        ((new.completed, new.steps_done), (old.completed, old.steps_done))
        for new, old in zip(after, before, strict=True)
    ]
    return all(new >= old for new, old in pairs) and any(new > old for new, old in pairs)


def shown(trials: tuple[Trial, ...]) -> str:
    """Trials in a few words."""
    return ", ".join(
        f"{one.probe} {'completed' if one.completed else f'stopped after {one.steps_done} steps'}"
        for one in trials
    )


def put_in_place(text: str, target: Path, now: datetime) -> Path | None:
    """Write the file; one that is there is kept beside it under another name, which is returned.

    Raises ConfigurationError.
    """
    try:
        old = _keep_old(target, now) if target.exists() else None
        write_atomically(target, text.encode())
    except OSError as error:
        raise ConfigurationError(f"cannot write {target}: {error.strerror}") from error
    return old


def _keep_old(target: Path, now: datetime) -> Path:
    """A copy with the day in its name, and with the time where that day has one already."""
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H%M%S", "%Y-%m-%dT%H%M%S.%f"):
        old = target.with_name(f"{target.name}.bak-{now.strftime(form)}")
        try:
            with old.open("xb") as kept:
                kept.write(target.read_bytes())
        except FileExistsError:
            continue
        return old
    raise ConfigurationError(f"{target} has too many copies of this moment beside it")
