"""The composition root: the only file that chooses concrete classes."""

from __future__ import annotations

import platform
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from monitor import __version__
from monitor.certificates.model import Issuer
from monitor.core.model import Vantage
from monitor.core.plan import SlotTimes, slot_times
from monitor.core.retention import Terms
from monitor.core.rules import RULESET
from monitor.cycle import Watch
from monitor.errors import ConfigurationError
from monitor.evidence.commitments import Commitments
from monitor.evidence.keys import load_keys
from monitor.evidence.log import TransparencyLog
from monitor.evidence.redact import SecretScan
from monitor.installation import Browser, find_browser
from monitor.metrics import Build
from monitor.settings import Settings
from monitor.store.store import Store
from monitor.web.pages import Conduct, Publisher
from monitor.whereabouts import station_of
from probes import PROBES
from probes.base import Account, Means
from probes.browser import BrowserPlan, WarmBrowser
from probes.guard import compile_allow_list
from probes.mailbox import Mailbox
from probes.site import Site, load_site


def utc_now() -> datetime:
    """The clock that everything of the program is given."""
    return datetime.now(UTC)


def site_of(settings: Settings) -> Site:
    """The watched site, its origins replaced where the settings say so."""
    return load_site(settings.site_file, settings.site.origins)


def means_of(settings: Settings, site: Site) -> Means:
    """What the operator lends: the account of the settings, or that of a rehearsal site."""
    account = settings.account
    if account.number and account.password:
        lent = Account(number=account.number, password=account.password.get_secret_value())
    elif site.rehearsal_account:
        made_up = site.rehearsal_account
        lent = Account(number=made_up.number, password=made_up.password)
    else:
        return Means(mailbox=mailbox_of(settings))
    return Means(account=lent, mailbox=mailbox_of(settings))


def mailbox_of(settings: Settings) -> Mailbox | None:
    """The mailbox for reset messages, or None when none is set."""
    box = settings.mailbox
    if not (box.imap_host and box.smtp_host and box.username and box.password):
        return None
    return Mailbox(
        imap_host=box.imap_host,
        imap_port=box.imap_port,
        imap_tls=box.imap_tls,
        username=box.username,
        password=box.password.get_secret_value(),
        address=box.address or box.username,
        smtp_host=box.smtp_host,
        smtp_port=box.smtp_port,
        smtp_starttls=box.smtp_starttls,
        smtp_username=box.smtp_username,
        smtp_password=box.smtp_password.get_secret_value() if box.smtp_password else None,
    )


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Every secret of the operator, for the scan of the evidence. The account's number is one,
    and what else the settings name of its person."""
    mailbox = settings.mailbox
    held = (
        *(settings.account.password, mailbox.password, mailbox.smtp_password),
        settings.documents.pkcs12_password,
    )
    told = (settings.heartbeat.url, *(one.url for one in settings.alerts.targets.values()))
    found = [secret.get_secret_value() for secret in (*held, *told) if secret is not None]
    plain = (settings.account.number, settings.evidence.public_address)
    return (*found, *(text for text in plain if text), *settings.account.personal)


def vantage_of(settings: Settings) -> Vantage:
    """Where this monitor looks from."""
    return Vantage(**settings.vantage.model_dump())


def browser_plan(settings: Settings, site: Site, browser: Browser) -> BrowserPlan:
    """How the browser runs, and how it introduces itself."""
    if not (site.is_loopback or settings.operator.contact):
        raise ConfigurationError(
            "operator.contact is not set: the site must be able to reach who watches it"
        )
    return BrowserPlan(
        executable=browser.executable,
        kind=browser.kind,
        version=browser.version,
        user_agent_suffix=signature_of(settings, site),
        sandbox=settings.browser.sandbox,
        recycle_runs=settings.browser.recycle_runs,
        recycle_rss_bytes=settings.browser.recycle_rss_mb * 1024 * 1024,
    )


def signature_of(settings: Settings, site: Site) -> str:
    """What the browser adds to its own User-Agent."""
    return site.politeness.user_agent_suffix.format(
        version=__version__, contact=settings.operator.contact or "rehearsal"
    )


def environment_of(site: Site, browser: Browser) -> dict[str, str]:
    """Versions and set-up that every manifest states."""
    return {
        "program": __version__,
        "ruleset": RULESET,
        "playwright": metadata.version("playwright"),
        "browser": f"{browser.kind} {browser.version}",
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "site_file_sha256": site.digest(),
    }


def references_of(settings: Settings, site: Site) -> tuple[str, ...]:
    """The reference sites: those of a rehearsal site's file, else those of the settings."""
    return site.control.references or settings.control.references


def commitments_file(settings: Settings) -> Path:
    """Where values and salts of commitments are kept, for the operator alone."""
    return settings.state_dir / "private" / "commitments.json"


def terms_of(settings: Settings) -> Terms:
    """How long evidence is kept."""
    kept = settings.evidence
    return Terms(good_days=kept.keep_good_days, failing_days=kept.keep_failing_days)


def proof_of_slot(
    settings: Settings, site: Site, store: Store
) -> Callable[[int], Mapping[str, Any] | None]:
    """Gives the proof of a slot's record; None while no checkpoint covers it, and where there is
    no log yet. Raises ConfigurationError for a key file that cannot be read."""
    ring = load_keys(settings.state_dir / "keys")
    if ring is None:
        return lambda _sequence: None
    folder = settings.state_dir / "log"
    log = TransparencyLog(store, ring, site=site.id, folder=folder, clock=utc_now)
    return log.proof_of_slot


@asynccontextmanager
async def open_watch(
    settings: Settings, site: Site, commitments: Commitments | None = None
) -> AsyncIterator[Watch]:
    """Everything that a slot needs, with a browser that is ended on leaving. Without
    ``commitments`` they are forgotten at the end, and can never be opened."""
    browser = find_browser(settings.browser.kind, settings.browser.executable)
    plan = browser_plan(settings, site, browser)
    async with WarmBrowser(plan, compile_allow_list(site)) as warm:
        yield Watch(
            site=site,
            means=means_of(settings, site),
            browser=warm,
            vantage=vantage_of(settings),
            references=references_of(settings, site),
            control_timeout_seconds=settings.control.timeout_seconds,
            environment=environment_of(site, browser),
            secrets=SecretScan(secrets_of(settings)),
            clock=utc_now,
            station=station_of(settings, site, plan, commitments or Commitments()),
        )


def require_runnable(components: Iterable[str], site: Site, means: Means) -> None:
    """Refuse a probe that does not exist or lacks what it needs. Raises ConfigurationError."""
    for component in components:
        probe = PROBES.get(component)
        if probe is None or component not in site.probes:
            raise ConfigurationError(
                f"there is no probe {component!r}: choose among {', '.join(PROBES)}"
            )
        if (missing := probe.missing(site, means)) is not None:
            raise ConfigurationError(missing)


def publisher_of(settings: Settings, site: Site) -> Publisher:
    """Who publishes the pages, and what they watch."""
    return Publisher(
        site_name=site.name,
        rehearsal=site.rehearsal,
        operator=settings.operator.name,
        contact=settings.operator.contact,
        public_url=settings.web.public_url,
        vantages=(vantage_of(settings),),
        conduct=Conduct(
            signature=signature_of(settings, site),
            daily_budget=site.politeness.daily_budget,
            floor_seconds=site.politeness.floor_seconds,
            backoff_seconds=site.politeness.backoff_seconds,
            backoff_max_seconds=site.politeness.backoff_max_seconds,
        ),
    )


def issuer_of(settings: Settings, site: Site) -> Issuer:
    """Who stands behind a document."""
    return Issuer(
        operator=settings.operator.name,
        contact=settings.operator.contact,
        site_name=site.name,
        public_url=(settings.web.public_url or "").rstrip("/"),
        version=__version__,
        vantages=(vantage_of(settings),),
    )


def build_of(watch: Watch) -> Build:
    """What the metrics say of this program."""
    return Build(version=__version__, ruleset=RULESET, browser=watch.environment["browser"])


def intervals_of(settings: Settings, site: Site) -> dict[str, float]:
    """Seconds between two runs, of every probe that the schedule runs."""
    wanted = settings.schedule.intervals
    return {
        component: wanted.get(component, site.probes[component].interval_seconds)
        for component in settings.schedule.probes
    }


def plans_of(settings: Settings, site: Site) -> dict[str, SlotTimes]:
    """When every probe's slots are due."""
    return {
        component: slot_times(
            component, seconds, site.politeness.jitter_ratio, settings.schedule.seed
        )
        for component, seconds in intervals_of(settings, site).items()
    }


def open_data_of(settings: Settings) -> Path:
    """Where months of open data are published."""
    return settings.state_dir / "open-data"


def require_folder(path: Path) -> None:
    """Make a folder and see that files can be written there. Raises ConfigurationError."""
    probe = path / ".write-test"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(f"cannot write in {path}: {error.strerror}") from error
