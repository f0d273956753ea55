"""The kinds of values that settings have, with what is refused of each."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from monitor.core.model import COMPONENTS
from monitor.core.quiet import quiet_span


def _component(name: str) -> str:
    if name not in COMPONENTS:
        raise ValueError(f"{name} is not one of {', '.join(COMPONENTS)}")
    return name


def _reference(url: str) -> str:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not (parts.hostname and (parts.scheme == "https" or local)):
        raise ValueError(f"{url} is not an https:// address")
    return url


def _not_empty(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("must not be empty")
    return secret


def commas(value: Any) -> Any:  # noqa: ANN401  a TOML-like value
    """A list as the environment gives it."""
    return [one.strip() for one in value.split(",")] if isinstance(value, str) else value


def _quiet(text: str) -> str:
    quiet_span(text)
    return text


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"must be a day written as 2027-03-31, not {text}") from error
    return text


def _target_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise ValueError(f"has a target {name!r}: use small letters, digits and hyphens")
    return name


Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
Days = Annotated[int, Field(ge=1)]
Minutes = Annotated[float, Field(gt=0)]
AuthorityName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$")]
Component = Annotated[str, AfterValidator(_component)]
Reference = Annotated[str, AfterValidator(_reference)]
Day = Annotated[str, AfterValidator(_day)]
TargetName = Annotated[str, AfterValidator(_target_name)]
QuietHours = Annotated[str, AfterValidator(_quiet)]
Secret = Annotated[SecretStr, AfterValidator(_not_empty)]


class Part(BaseModel):
    """A table of the settings: frozen, and without room for a key that does not exist."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
