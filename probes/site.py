"""The site file: everything about a watched site that can change, as data.

One schema serves the live site and the stand-in. ``{portal}`` and ``{sso}`` in a value stand for
the origins, so that a rehearsal site on another port needs no other file.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from monitor.errors import ConfigurationError

SITES = Path(__file__).parent / "sites"
"""The folder of the site files that ship with the program."""


ORIGIN = re.compile(r"https?://[^/?#@\s]+/?")
"""Scheme, host and port, and nothing else."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pages(_Part):
    """Addresses that probes open."""

    home: str = Field(description="First page of the portal.")
    sign_in: str = Field(description="Page that leads to the sign-in form.")
    account: str = Field(description="Page of a signed-in user.")


class Api(_Part):
    """Calls of the page's own JSON interface."""

    sign_of_life: str = Field(description="Call that answers without an account.")
    alive_statuses: tuple[int, ...] = Field(
        (401, 403), description="Statuses that show a living back end to an unknown caller."
    )
    me: str = Field(description="Call that gives the account's state to a signed-in user.")
    watched_prefix: str = Field(
        description="Calls that begin with this address are the page's own back end."
    )


class Selectors(_Part):
    """Where things are on the page: Playwright selectors."""

    portal_ready: str = Field(description="Shown once the home page works.")
    news: str = Field("", description="Zones whose words say nothing of the page's health.")
    open_sign_in: str = Field(description="Link or button that leads to the sign-in form.")
    username: str = Field(description="Field of the account's number.")
    password: str = Field(description="Field of the password.")
    submit_sign_in: str = Field(description="Button that sends the sign-in form.")
    forgot_password: str = Field(description="Link to the password reset form.")
    reset_username: str = Field(description="Field of the account's number on the reset form.")
    submit_reset: str = Field(description="Button that asks for the reset message.")
    signed_in: str = Field(description="Shown to a signed-in user only.")
    open_request: str = Field(description="Link that begins a request for a permit.")
    category_list: str = Field(description="What holds the categories, empty or not.")
    category_options: str = Field(description="Every category that can be chosen.")
    category_option: str = Field(description="One category; {category} is its label.")
    category_next: str = Field(description="Button that goes on with the chosen category.")
    category_kept: str = Field(description="Where the next page repeats the chosen category.")
    open_documents: str = Field(description="Link or button that leads to the documents.")
    file_input: str = Field(description="The file field of the documents page.")
    document_rows: str = Field(description="One row for each document that is listed.")
    document_name: str = Field(description="Within a row: the file's name.")
    document_size: str = Field(description="Within a row: the file's size.")
    document_remove: str = Field(description="Within a row: the button that removes it.")
    error_alert: str = Field(description="An error message of the site.")
    spinner: str = Field(description="Shown while the page is busy.")
    cookie_banner_accept: str = Field("", description="Button that puts a cookies banner away.")
    captcha: str = Field(description="Shown when the site asks for proof of being human.")


class Texts(_Part):
    """What the site says; compared without regard to case, accents or spacing."""

    maintenance: tuple[str, ...] = Field(description="Announced; in title, heading or alert.")
    unavailable: tuple[str, ...] = Field(description="Not announced.")
    captcha: tuple[str, ...] = Field(description="The site asks for proof of being human.")
    firewall: tuple[str, ...] = Field(description="A firewall refused the request.")
    credentials_refused: tuple[str, ...] = Field(description="Wrong number or password.")
    password_expired: tuple[str, ...] = Field(description="The password must be renewed.")
    password_expired_urls: tuple[str, ...] = Field((), description="The same, in the address.")
    reset_sent: tuple[str, ...] = Field(description="The reset message was announced.")
    reset_mail_subject: tuple[str, ...] = Field(description="Subject of the reset message.")


class Category(_Part):
    """Categories of permits."""

    choose: str = Field(description="The category that the probe chooses.")
    expected: tuple[str, ...] = Field(description="Categories that must be listed.")


class Upload(_Part):
    """Documents."""

    allow_draft: bool = Field(
        False, description="May probes begin a draft in the operator's own account?"
    )
    file_name: str = Field("essai-technique.pdf", description="Name of the synthetic file.")


class Reset(_Part):
    """The password reset message."""

    enabled: bool = Field(False, description="May the probe ask for reset messages?")
    mail_limit_seconds: float = Field(900, gt=0, description="Longest wait for the message.")
    poll_seconds: float = Field(10, gt=0, description="Time between two looks at the mailbox.")


class Limits(_Part):
    """Nested time limits, in seconds: action < step < attempt < slot."""

    action_seconds: float = Field(15, gt=0, description="One click or one wait for an element.")
    step_seconds: float = Field(30, gt=0, description="One step.")
    attempt_seconds: float = Field(120, gt=0, description="One attempt, evidence included.")
    confirm_after_seconds: float = Field(30, ge=0, description="Wait before the second attempt.")


class ProbePlan(_Part):
    """How often a probe runs and when it calls the site slow."""

    interval_seconds: float = Field(gt=0, description="Time between two slots.")
    slow_seconds: float = Field(gt=0, description="A step over this makes the run degraded.")


class GuardRule(_Part):
    """One kind of request that the browser may send."""

    methods: tuple[str, ...] = Field(("GET", "HEAD", "OPTIONS"), description="HTTP methods.")
    origin: str = Field(description="Scheme, host and port.")
    path: str = Field(description="Regular expression that the whole path must match.")
    why: str = Field(description="What the request is for.")


class Politeness(_Part):
    """Conduct towards the site."""

    user_agent_suffix: str = Field(
        "anef-monitor/{version} (+{contact})", description="Appended to the browser's own."
    )
    daily_budget: int = Field(800, gt=0, description="Runs a day, all probes together.")
    floor_seconds: float = Field(300, gt=0, description="Shortest interval off loopback.")
    backoff_seconds: float = Field(900, gt=0, description="First pause after a refusal.")
    backoff_max_seconds: float = Field(21600, gt=0, description="Longest pause.")
    jitter_ratio: float = Field(0.1, ge=0, lt=0.5, description="Random part of an interval.")


class RehearsalAccount(_Part):
    """The invented account of a stand-in; refused in the file of a real site."""

    number: str = Field(description="Number that signs in.")
    password: str = Field(description="Its password: not a secret.")


class Control(_Part):
    """Reference sites of a rehearsal; a real site takes those of the settings."""

    references: tuple[str, ...] = Field((), description="Addresses that must answer.")


class Redaction(_Part):
    """What is painted over before a picture is taken."""

    mask_selectors: tuple[str, ...] = Field(description="Zones with personal data.")
    query_keys_kept: tuple[str, ...] = Field(
        (), description="Query parameters that may stay in stored addresses."
    )


class Site(_Part):
    """One watched site."""

    schema_: str = Field(alias="schema", pattern="^site/1$", description="Version of the shape.")
    id: str = Field(pattern="^[a-z][a-z0-9-]*$", description="Short name.")
    name: str = Field(description="Name for readers.")
    rehearsal: bool = Field(description="True for a stand-in: documents are marked SPÉCIMEN.")
    origins: dict[str, str] = Field(description="portal and sso: scheme, host and port.")
    pages: Pages
    api: Api
    selectors: Selectors
    texts: Texts
    category: Category
    upload: Upload = Upload()
    reset: Reset = Reset()
    limits: Limits = Limits()
    probes: dict[str, ProbePlan] = Field(description="One part for each probe.")
    guard: tuple[GuardRule, ...] = Field(description="All that the browser may ask for.")
    politeness: Politeness = Politeness()
    redaction: Redaction
    rehearsal_account: RehearsalAccount | None = None
    control: Control = Control()

    @field_validator("origins")
    @classmethod
    def _origins_are_whole(cls, origins: dict[str, str]) -> dict[str, str]:
        for name, origin in origins.items():
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{name}: {origin} is not of the form https://host or with :port")
        return origins

    @model_validator(mode="after")
    def _real_sites_hold_no_account(self) -> Self:
        if self.rehearsal_account and not (self.rehearsal and self.is_loopback):
            raise ValueError("rehearsal_account is only for a rehearsal site on this machine")
        return self

    @property
    def is_loopback(self) -> bool:
        """True when every origin is this machine: politeness floors do not apply."""
        return all(_is_loopback(urlsplit(o).hostname or "") for o in self.origins.values())

    def digest(self) -> str:
        """SHA-256 of the site file's content, whatever its layout, in hexadecimal."""
        content = self.model_dump(mode="json", by_alias=True)
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_site(text: str, *, name: str, origins: Mapping[str, str] | None = None) -> Site:
    """Read a site file's text; ``origins`` replaces origins of the file.

    Raises ConfigurationError with the first faulty key.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name} is not valid TOML: {error}") from error
    merged = {**raw.get("origins", {}), **(origins or {})}
    unknown = set(origins or {}) - set(raw.get("origins", {}))
    if unknown:
        raise ConfigurationError(f"{name} has no origin named {', '.join(sorted(unknown))}")
    filled = _fill({**raw, "origins": merged}, merged)
    try:
        return Site.model_validate(filled)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigurationError(f"{name}: {where}: {first['msg']}") from error


def load_site(path: Path, origins: Mapping[str, str] | None = None) -> Site:
    """Read a site file. Raises ConfigurationError when it is missing or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot read the site file {path}: {error.strerror}") from error
    return parse_site(text, name=str(path), origins=origins)


def _fill(value: Any, origins: Mapping[str, str]) -> Any:  # noqa: ANN401  TOML values
    if isinstance(value, str):
        for key, origin in origins.items():
            value = value.replace("{" + key + "}", origin.rstrip("/"))
        return value
    if isinstance(value, list):
        return [_fill(item, origins) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, origins) for key, item in value.items()}
    return value


def json_schema() -> dict[str, Any]:
    """The JSON schema of a site file, for editors and for the docs."""
    return Site.model_json_schema(by_alias=True)
