"""The settings of what is told to others: alerts and the sign of life."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from monitor.settings_types import (
    Component,
    Day,
    Days,
    Part,
    QuietHours,
    Seconds,
    Secret,
    TargetName,
    commas,
)


class AlertTarget(Part):
    """One target of alerts. NAME is yours to choose: small letters, digits and hyphens."""

    url: Secret = Field(
        description="Address in the form of Apprise: mailto://, mailtos://, json://, jsons://, "
        "ntfys://, matrixs://, mmosts://, signal:// and more than a hundred others. It holds "
        "passwords, so better give it in a file: `…__URL_FILE`.",
        examples=["mailtos://user:password@example.org?to=veille@example.org"],
    )
    audience: Literal["public", "operator", "all"] = Field(
        "public",
        description="What is told: incidents (public), what the operator must look at (operator), "
        "or all of it.",
    )
    components: Annotated[tuple[Component, ...], BeforeValidator(commas)] = Field(
        (), description="Components to be told about; none means all."
    )
    minimum_minutes: float = Field(
        0.0,
        ge=0,
        description="Incidents are told once they have lasted this long (minutes), and shorter "
        "ones never.",
    )
    quiet: Annotated[tuple[QuietHours, ...], BeforeValidator(commas)] = Field(
        (),
        examples=[["22:00-07:00"]],
        description="Hours, Paris time, in which nothing is sent. What happened is told after "
        "them; an incident that is over by then gives one summary.",
    )


class AlertSettings(Part):
    """Messages to persons and programs. Where to: one table for each target, below."""

    targets: dict[TargetName, AlertTarget] = Field(
        {},
        repr=False,
        examples=[{"equipe": {"url": "mailtos://…", "audience": "all"}}],
        description="Who is told: a table for each target, as [alerts.targets.NAME].",
    )
    timeout_seconds: Seconds = Field(20.0, description="Longest wait for a target (seconds).")
    give_up_days: Days = Field(
        3, description="Days after which a message that no one takes is given up and logged."
    )
    disk_free_gb: float = Field(
        2.0, ge=0, description="The operator is told when less than this is free (GB)."
    )
    password_expires: Day | None = Field(
        None,
        examples=["2027-03-31"],
        description="Day on which the password of the account ends. Its operator is told 14 and "
        "3 days before.",
    )


class HeartbeatSettings(Part):
    """A sign of life to a dead-man's switch elsewhere, such as healthchecks.io."""

    url: Secret | None = Field(
        None,
        examples=["https://hc-ping.com/…"],
        description="Address that is asked for (GET) after runs that brought a result; when it is "
        "not asked any more, the switch alerts. Without: none.",
    )
    every_seconds: Seconds = Field(
        60.0, description="At most one sign of life in this time (seconds)."
    )
    timeout_seconds: Seconds = Field(10.0, description="Longest wait for an answer (seconds).")
