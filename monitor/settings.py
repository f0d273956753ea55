"""One frozen settings tree: ``monitor.toml``, then the environment, then secret files.

Every setting is defined here once, with its description; docs/settings.md and
docs/monitor.example.toml are written from these models.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from monitor.errors import ConfigurationError
from monitor.settings_alerts import AlertSettings, HeartbeatSettings
from monitor.settings_documents import DocumentSettings
from monitor.settings_evidence import EvidenceSettings
from monitor.settings_layers import Layers, read_layers
from monitor.settings_messages import explain
from monitor.settings_table import Setting, settings_table
from monitor.settings_types import (
    Component,
    Port,
    Reference,
    Seconds,
    Secret,
)
from monitor.settings_types import Part as _Part

FILE_VARIABLE = "ANEF_SETTINGS"
"""The environment variable that names the settings file; itself no setting."""

DEFAULT_FILE = Path("monitor.toml")
"""Read from the working directory when no file is named and it is there."""

SITES = Path(__file__).parent.parent / "probes" / "sites"
"""The site files that ship with the program; named here so that no probe need be imported."""


class Operator(_Part):
    """Who runs this monitor."""

    name: str = Field("", description="Name of the person or association, printed on pages.")
    contact: str = Field(
        "",
        description="Web address or e-mail address printed in the User-Agent. "
        "Needed for a site that is not on this machine.",
    )


class VantageSettings(_Part):
    """Where this monitor looks from. All of it is public."""

    id: str = Field(
        "local", pattern="^[a-z0-9][a-z0-9-]*$", description="Short name; keep it for ever."
    )
    label: str = Field("Poste local", description="Name for readers.")
    operator: str = Field("", description="Network operator, as in “Orange” or “OVH”.")
    asn: int | None = Field(
        None, examples=[16276], ge=1, description="Number of the operator's network (AS)."
    )
    country: str = Field("", pattern="^([A-Z]{2})?$", description="Two letters, as in FR.")


class SiteSettings(_Part):
    """The watched site."""

    file: Path | None = Field(
        None,
        examples=["probes/sites/anef.toml"],
        description="Site file. When not set: the one of ANEF that ships with the program.",
    )
    origins: dict[str, str] = Field(
        {}, description="Origins that replace those of the site file, such as portal and sso."
    )


class StoreSettings(_Part):
    """The database."""

    url: str | None = Field(
        None,
        repr=False,
        examples=["postgresql+psycopg://anef@localhost/anef"],
        description="SQLAlchemy address. When not set: the SQLite file monitor.sqlite3 in "
        "state_dir. PostgreSQL works too.",
    )


class BlobSettings(_Part):
    """Where screenshots and evidence are kept."""

    url: str | None = Field(
        None,
        examples=["/srv/anef/blobs"],
        description="Folder or file:// address. When not set: blobs in state_dir.",
    )


class BrowserSettings(_Part):
    """The browser that the probes drive."""

    kind: Literal["auto", "headless-shell", "chromium"] = Field(
        "auto", description="Which build to look for; auto prefers the headless shell."
    )
    executable: Path | None = Field(
        None,
        examples=["/usr/bin/chromium"],
        description="The browser's program file. When not set: it is looked for.",
    )
    sandbox: bool = Field(
        True,
        description="Chromium's own sandbox. It cannot work for root, nor in a container without "
        "user namespaces; the container's image turns it off.",
    )
    recycle_runs: int = Field(200, ge=1, description="Runs after which it is restarted.")
    recycle_rss_mb: int = Field(1500, ge=100, description="Memory (MB) over which it is restarted.")


class AccountSettings(_Part):
    """The operator's own account on the site. Without it, probes stop at the forms."""

    number: str | None = Field(
        None, repr=False, examples=["9999999999"], description="Numéro étranger of the account."
    )
    password: Secret | None = Field(None, examples=["…"], description="Password of the account.")
    personal: tuple[Annotated[str, Field(min_length=4)], ...] = Field(
        (),
        repr=False,
        examples=[["TESTARD", "zelie@example.org"]],
        description="Texts that tell who the account's person is (name, e-mail address, date of "
        "birth), as the site shows them. A file of evidence that holds one is not kept.",
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.number is None) != (self.password is None):
            raise ValueError("needs both account.number and account.password, or neither")
        return self


class MailboxSettings(_Part):
    """The mailbox where the password reset message is awaited."""

    imap_host: str | None = Field(
        None, examples=["imap.example.org"], description="IMAP server. When not set: no mailbox."
    )
    imap_port: Port = Field(993, description="IMAP port.")
    imap_tls: bool = Field(True, description="TLS from the first byte.")
    username: str | None = Field(
        None, examples=["veille@example.org"], description="Name to sign in to the mailbox with."
    )
    password: Secret | None = Field(None, examples=["…"], description="Password of the mailbox.")
    smtp_host: str | None = Field(
        None,
        examples=["smtp.example.org"],
        description="SMTP server that sends the control messages to the mailbox.",
    )
    smtp_port: Port = Field(587, description="SMTP port.")
    smtp_starttls: bool = Field(True, description="Go over to TLS before signing in.")
    smtp_username: str | None = Field(
        None, examples=["veille@example.org"], description="Name for SMTP, where it asks for one."
    )
    smtp_password: Secret | None = Field(None, examples=["…"], description="Password for SMTP.")
    address: str | None = Field(
        None, examples=["veille@example.org"], description="Address to which control messages go."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.imap_host and not (self.username and self.password):
            raise ValueError("has an imap_host, so it needs username and password too")
        return self


class WebSettings(_Part):
    """The public pages."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(8600, description="Port to listen on; 0 takes any free one.")
    public_url: str | None = Field(
        None,
        pattern="^https?://",
        examples=["https://anef.example.org"],
        description="Address under which readers reach the pages.",
    )
    sign_documents: bool = Field(
        False,
        description="Whether anyone may have a document signed on the page of documents. When "
        "not: the findings are shown, and you make the document by command.",
    )


class MetricsSettings(_Part):
    """The private address of /metrics and /healthz. Never open it to the Internet."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(9600, description="Port to listen on; 0 takes any free one.")


class ScheduleSettings(_Part):
    """Which probes run, and how often."""

    probes: tuple[Component, ...] = Field(
        ("portal", "login"), min_length=1, description="Probes that run."
    )
    intervals: dict[Component, Seconds] = Field(
        {}, description="Seconds between two runs of a probe, in place of the site file's."
    )
    seed: int = Field(0, description="Seed of the jitter, so that times can be computed again.")
    kill_switch: Path | None = Field(
        None,
        examples=["/srv/anef/STOP"],
        description="While this file exists nothing runs. When not set: STOP in state_dir.",
    )


class ControlSettings(_Part):
    """Other sites, asked when the watched one does not answer: is it us?"""

    references: tuple[Reference, ...] = Field(
        (
            "https://fr.wikipedia.org/",
            "https://www.kernel.org/",
            "https://www.mozilla.org/",
            "https://www.afnic.fr/",
        ),
        min_length=3,
        description="Three or more https addresses, independent of each other and of the State.",
    )
    timeout_seconds: Seconds = Field(5.0, description="Longest wait for each of them (seconds).")


class ClockSettings(_Part):
    """Is this machine's clock right?"""

    ntp_servers: tuple[str, ...] = Field(
        ("ntp.obspm.fr", "0.fr.pool.ntp.org", "time.cloudflare.com"),
        min_length=2,
        description="Two or more time servers.",
    )
    timeout_seconds: Seconds = Field(2.0, description="Longest wait for each of them (seconds).")


class Settings(_Part):
    """The whole tree."""

    state_dir: Path = Field(
        Path("var"), description="Folder of the database, the evidence and the kill switch."
    )
    operator: Operator = Operator()
    vantage: VantageSettings = VantageSettings()
    site: SiteSettings = SiteSettings()
    store: StoreSettings = StoreSettings()
    blobs: BlobSettings = BlobSettings()
    browser: BrowserSettings = BrowserSettings()
    account: AccountSettings = AccountSettings()
    mailbox: MailboxSettings = MailboxSettings()
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    control: ControlSettings = ControlSettings()
    clock: ClockSettings = ClockSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    documents: DocumentSettings = DocumentSettings()
    alerts: AlertSettings = AlertSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()

    @property
    def store_url(self) -> str:
        """The database's address, the default resolved."""
        return self.store.url or f"sqlite:///{self.state_dir / 'monitor.sqlite3'}"

    @property
    def blobs_url(self) -> str:
        """The blob store's folder or address, the default resolved."""
        return self.blobs.url or str(self.state_dir / "blobs")

    @property
    def kill_switch(self) -> Path:
        """While this file exists nothing runs."""
        return self.schedule.kill_switch or self.state_dir / "STOP"

    @property
    def site_file(self) -> Path:
        """The watched site's file."""
        return self.site.file or SITES / "anef.toml"


TABLE: tuple[Setting, ...] = settings_table(Settings)
"""Every setting there is."""


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of all layers. Without ``path``: ``$ANEF_SETTINGS``, else ``monitor.toml``.

    Relative paths start at the settings file's folder, or at the working directory where there is
    no such file. Raises ConfigurationError with one sentence about the first fault found.
    """
    file = path or _default_file(environ)
    layers = read_layers(TABLE, file, environ, FILE_VARIABLE)
    _anchor(layers, file.parent if file else Path())
    try:
        return Settings.model_validate(layers.values)
    except ValidationError as error:
        raise ConfigurationError(explain(error, layers, TABLE)) from None


def _default_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(FILE_VARIABLE)
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _anchor(layers: Layers, folder: Path) -> None:
    """Make every path absolute, that of a default too."""
    for row in TABLE:
        value: Any = row.default if row.path not in layers.sources else layers.get(row.path)
        if row.kind == "path" and isinstance(value, str | Path):
            absolute = (folder / Path(value).expanduser()).absolute()
            layers.put(row.path, absolute, layers.source(row.path))
    for one in _authorities(layers):
        if isinstance(file := one.get("roots"), str):
            one["roots"] = (folder / Path(file).expanduser()).absolute()


def _authorities(layers: Layers) -> list[dict[str, Any]]:
    """The tables below evidence.authorities, as far as they are tables."""
    evidence = layers.values.get("evidence")
    found = evidence.get("authorities") if isinstance(evidence, dict) else None
    return (
        [one for one in found.values() if isinstance(one, dict)] if isinstance(found, dict) else []
    )
