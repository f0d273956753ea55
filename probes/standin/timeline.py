"""A timeline: faults that come and go by themselves, for rehearsals and demonstrations."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.errors import ConfigurationError
from probes.standin.faults import find_fault


class Event(BaseModel):
    """One change of fault, ``at_seconds`` after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_seconds: float = Field(ge=0)
    fault: str


class _Timeline(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    event: tuple[Event, ...] = Field(min_length=1)


def load_timeline(path: Path) -> tuple[Event, ...]:
    """Read ``[[event]]`` tables with ``at_seconds`` and ``fault``, in the order of time.

    Raises ConfigurationError when the file is missing, is not TOML, has an unknown key or an
    unknown fault, or goes back in time.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        events = _Timeline.model_validate(raw).event
    except OSError as error:
        raise ConfigurationError(f"cannot read the timeline {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the timeline {path} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"the timeline {path}: {_first(error)}") from error
    check_timeline(events, name=str(path))
    return events


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def check_timeline(events: Sequence[Event], *, name: str) -> None:
    """Raises ConfigurationError for an unknown fault or a step back in time."""
    for event in events:
        try:
            find_fault(event.fault)
        except ConfigurationError as error:
            raise ConfigurationError(f"the timeline {name}: {error}") from error
    times = [event.at_seconds for event in events]
    if times != sorted(times):
        raise ConfigurationError(f"the timeline {name}: at_seconds must not go back in time")


async def play(events: Sequence[Event], set_fault: Callable[[str], object]) -> None:
    """Switch each fault on at its time, counted from now; returns after the last one."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    for event in events:
        await asyncio.sleep(max(0.0, start + event.at_seconds - loop.time()))
        set_fault(event.fault)
