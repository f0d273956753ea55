"""The settings of the evidence: how long it is kept, how it is signed and stamped."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from monitor.settings_types import AuthorityName, Days, Minutes, Part


class AuthoritySettings(Part):
    """A time-stamping authority (RFC 3161)."""

    url: str = Field(pattern="^https?://", description="Address that is asked for stamps.")
    roots: Path = Field(
        description="File with the certificates (PEM) that its stamps are checked against: its "
        "root, and what stands between if the stamps leave that out."
    )
    qualified: bool = Field(False, description="True for a qualified one (eIDAS); it is printed.")


class EvidenceSettings(Part):
    """How long evidence is kept, and what proves its dates. Results stay for ever."""

    log_name: str | None = Field(
        None,
        examples=["anef.example.org"],
        pattern=r"^[^\s+]+$",
        description="Name of the transparency log, for ever. When not set: the host of "
        "web.public_url, as it was at the first start.",
    )
    checkpoint_minutes: Minutes = Field(
        10, description="Longest time until what was recorded is signed (minutes)."
    )
    stamp_minutes: Minutes = Field(
        60,
        description="Time between two stamps of the log (minutes). The start and the end of an "
        "incident, and a certificate, are stamped at once.",
    )
    authorities: dict[AuthorityName, AuthoritySettings] = Field(
        {},
        examples=[{"freetsa": {"url": "https://freetsa.org/tsr", "roots": "freetsa-root.pem"}}],
        description="Time-stamping authorities (RFC 3161), each by a short name, with url, "
        "roots (its root certificates, PEM) and qualified (true for eIDAS). Without any, "
        "documents say “non horodaté”.",
    )

    keep_good_days: Days = Field(30, description="Days, for runs where nothing happened.")
    keep_failing_days: Days = Field(3650, description="Days, for runs where something did.")
    public_address: str | None = Field(
        None,
        repr=False,
        examples=["192.0.2.17"],
        description="Internet address of this machine, as the site sees it. Manifests hold a "
        "commitment to it, never the address.",
    )
