"""Is this machine fit to watch, and what could be certified with it?"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass

import typer
from rich.console import Console

from monitor.alerting import urls_of
from monitor.alerts.delivery import fault_of, recipients_of
from monitor.app import (
    intervals_of,
    means_of,
    references_of,
    require_folder,
    site_of,
    utc_now,
)
from monitor.clock import measure_offset
from monitor.control import ask_references, control_of, control_signal
from monitor.core.classify import CLOCK_ALERT_SECONDS
from monitor.core.model import Depth
from monitor.core.rules.ours import CLOCK_LIMIT_SECONDS
from monitor.doctor_log import log_findings
from monitor.errors import MonitorError
from monitor.findings import FINE, WARNING, WRONG, Finding
from monitor.installation import find_browser
from monitor.politeness import require_polite_intervals
from monitor.settings import Settings
from monitor.store.migrate import check as schema_status
from probes import PROBES
from probes.base import Means
from probes.guard import compile_allow_list
from probes.mailbox import MailboxError
from probes.site import Site

MARKS = {FINE: "[green]✓[/]", WARNING: "[yellow]![/]", WRONG: "[red]✗[/]"}

BYTES_PER_RUN = 260_000
"""Evidence of one good run when no picture was ever seen before: the mean over the probes on the
stand-in, as ``python -m bench.evidence`` prints it. A page that stays the same takes far less."""
BYTES_PER_FAILING_RUN = 310_000
"""The same of a failing run, both attempts together, every pixel kept."""
BYTES_PER_MANIFEST = 8_192
"""What stays of every run for ever beside its rows: a manifest, two blocks of a disk."""
BYTES_PER_SLOT = 2_300
"""Rows of one slot in the database, indexes included, from the same command."""
FAILING_SHARE = 0.05
"""Of all runs, for the arithmetic: the site is away for eighteen days of the year."""
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything looked at, what can be certified, and the disk that a year takes."""

    findings: tuple[Finding, ...]
    certifiable: tuple[str, ...]
    gigabytes_per_year: float
    gigabytes_after_two_years: float

    @property
    def is_fine(self) -> bool:
        """True when nothing is wrong; warnings leave it true."""
        return all(finding.state != WRONG for finding in self.findings)


async def examine(settings: Settings) -> Report:
    """Look at everything. Raises ConfigurationError when there is no usable site file."""
    site = site_of(settings)
    means = means_of(settings, site)
    findings = (
        _browser(settings),
        _site(settings, site),
        _folder(settings),
        _store(settings),
        *log_findings(settings, site),
        await _network(settings, site),
        await _clock(settings),
        _account(settings, means),
        await _mailbox(means),
        _alerts(settings),
    )
    return Report(
        findings=findings,
        certifiable=certifiable(settings, site, means),
        gigabytes_per_year=gigabytes_after(1, settings, site),
        gigabytes_after_two_years=gigabytes_after(2, settings, site),
    )


def _browser(settings: Settings) -> Finding:
    try:
        found = find_browser(settings.browser.kind, settings.browser.executable)
    except MonitorError as error:
        return Finding(name="browser", state=WRONG, text=str(error))
    text = f"{found.kind} {found.version} ({found.executable})"
    return Finding(name="browser", state=FINE, text=text)


def _site(settings: Settings, site: Site) -> Finding:
    try:
        compile_allow_list(site)
        require_polite_intervals(site, intervals_of(settings, site))
    except MonitorError as error:
        return Finding(name="site", state=WRONG, text=str(error))
    if not (site.is_loopback or settings.operator.contact):
        text = "operator.contact is not set: the site must be able to reach you"
        return Finding(name="site", state=WRONG, text=text)
    runs = sum(86400 / seconds for seconds in intervals_of(settings, site).values())
    return Finding(name="site", state=FINE, text=f"{site.name}, {runs:.0f} runs a day")


def _folder(settings: Settings) -> Finding:
    try:
        require_folder(settings.state_dir)
    except MonitorError as error:
        return Finding(name="folder", state=WRONG, text=str(error))
    free_gb = shutil.disk_usage(settings.state_dir).free / 1e9
    state = FINE if free_gb > 5 else WARNING
    return Finding(name="folder", state=state, text=f"{settings.state_dir}, {free_gb:.0f} GB free")


def _store(settings: Settings) -> Finding:
    try:
        status = schema_status(settings.store_url)
    except MonitorError as error:
        return Finding(name="store", state=WRONG, text=str(error))
    kind = "SQLite" if settings.store.url is None else settings.store_url.split(":")[0]
    return Finding(name="store", state=FINE, text=f"{kind}, {status.value}")


async def _network(settings: Settings, site: Site) -> Finding:
    references = references_of(settings, site)
    control = control_of(await ask_references(references, settings.control.timeout_seconds))
    text = f"{control.reachable} of {control.tried} reference sites answer"
    if control_signal(control).text == "healthy":
        return Finding(name="network", state=FINE, text=text)
    text += ": silence of the site cannot be told from our own, and will be “not known”"
    return Finding(name="network", state=WARNING, text=text)


async def _clock(settings: Settings) -> Finding:
    offset = await measure_offset(settings.clock.ntp_servers, settings.clock.timeout_seconds)
    if offset is None:
        text = "not measured: fewer than two time servers answered"
        return Finding(name="clock", state=WARNING, text=text)
    wrong = abs(offset) > CLOCK_LIMIT_SECONDS
    unsure = abs(offset) > CLOCK_ALERT_SECONDS
    state = WRONG if wrong else WARNING if unsure else FINE
    return Finding(name="clock", state=state, text=f"off by {offset:+.3f} s")


def _account(settings: Settings, means: Means) -> Finding:
    if means.account is None:
        text = "none: probes stop at the sign-in form"
        return Finding(name="account", state=WARNING, text=text)
    kind = "the operator's own" if settings.account.number else "the rehearsal site's own"
    return Finding(name="account", state=FINE, text=kind)


async def _mailbox(means: Means) -> Finding:
    if means.mailbox is None:
        text = "none: reset messages cannot be looked for"
        return Finding(name="mailbox", state=WARNING, text=text)
    try:
        await means.mailbox.has_message(("doctor",), since=utc_now())
    except MailboxError as error:
        return Finding(name="mailbox", state=WRONG, text=str(error))
    return Finding(name="mailbox", state=FINE, text=f"{means.mailbox.imap_host} can be read")


def _alerts(settings: Settings) -> Finding:
    """Nothing is sent: ``alerts test`` does that."""
    urls = urls_of(settings)
    faults = [f"{name} {fault}" for name, url in urls.items() if (fault := fault_of(url))]
    many = [name for name, url in urls.items() if recipients_of(url) > 1]
    if faults:
        return Finding(name="alerts", state=WRONG, text="; ".join(faults))
    if not urls and settings.heartbeat.url is None:
        text = "no targets and no heartbeat: nobody is told of an outage, nor when this stops"
        return Finding(name="alerts", state=WARNING, text=text)
    if many:
        text = f"{', '.join(many)}: several recipients in one target; when one of them refuses, "
        text += "all get the message again: better one target each"
        return Finding(name="alerts", state=WARNING, text=text)
    told = "1 target" if len(urls) == 1 else f"{len(urls)} targets"
    heartbeat = "a heartbeat" if settings.heartbeat.url else "no heartbeat"
    return Finding(name="alerts", state=FINE, text=f"{told}, {heartbeat}")


def certifiable(settings: Settings, site: Site, means: Means) -> tuple[str, ...]:
    """For each component, a sentence on what a certificate could say with this set-up."""
    lines = []
    for component, probe in PROBES.items():
        missing = probe.missing(site, means)
        if missing is not None:
            lines.append(f"{component}: nothing ({missing})")
            continue
        deep = probe.depth(site, means) is Depth.FULL
        reach = "the act itself" if deep else "as far as the form"
        scheduled = component in settings.schedule.probes
        note = "" if scheduled else "; not in schedule.probes, so never run"
        lines.append(f"{component}: {reach}{note}")
    return tuple(lines)


def gigabytes_after(years: float, settings: Settings, site: Site) -> float:
    """Disk that is taken after so many years with these intervals, when one run in twenty does
    not go well: files of good and of other runs for as long as each is kept, manifests and rows
    for ever. Every picture counts as new, so that it is less in truth."""
    runs_per_day = sum(86400 / seconds for seconds in intervals_of(settings, site).values())
    days = years * DAYS_PER_YEAR
    kept = settings.evidence
    per_run = (1 - FAILING_SHARE) * min(kept.keep_good_days, days) * BYTES_PER_RUN
    per_run += FAILING_SHARE * min(kept.keep_failing_days, days) * BYTES_PER_FAILING_RUN
    per_run += days * (BYTES_PER_MANIFEST + BYTES_PER_SLOT)
    return runs_per_day * per_run / 1e9


def print_report(report: Report, *, as_json: bool) -> None:
    """The report, for a machine or for a person."""
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    for finding in report.findings:
        console.print(f"{MARKS[finding.state]} [bold]{finding.name:9}[/] {finding.text}")
    console.print("\n[bold]What can be certified with this set-up[/]")
    for line in report.certifiable:
        console.print(f"  {line}")
    console.print(
        f"\nDisk: at most about {report.gigabytes_per_year:.1f} GB after a year and "
        f"{report.gigabytes_after_two_years:.1f} GB after two, with {FAILING_SHARE:.0%} of runs "
        "failing"
    )
