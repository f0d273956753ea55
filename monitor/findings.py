"""What ``doctor`` says of one thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass

FINE, WARNING, WRONG = "fine", "warning", "wrong"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at. ``state`` is fine, warning or wrong."""

    name: str
    state: str
    text: str
