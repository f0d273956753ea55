"""The machine, the program and the network behind an attempt, as every manifest states them.

The points are those of NF Z67-147 (how a bailiff records a web page): description of the machine,
system and browser with their versions, address, absence of a proxy, emptied caches, clock. What
identifies the operator is there as a commitment (``commitments``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

STATEMENTS = {
    "no_proxy": "The browser was started with --no-proxy-server: it asks the site itself.",
    "fresh_context": "A new browser context for this attempt alone: its cache and its cookies "
    "were empty before, and it was closed after.",
    "resolver": "Names are resolved by the system's resolvers listed here; the browser knows no "
    "other host than those of the site file.",
    "tls": "A certificate that the browser does not accept is never passed over.",
    "path": "Steps are those that the program went through, in their order, from an empty page.",
}
"""What holds of every attempt, in words."""

LIMITS = {
    "en": "Shows what this browser received; proves neither the cause of a failure nor what others "
    "saw. Not a bailiff's record (constat de commissaire de justice).",
    "fr": "Montre ce que ce navigateur a reçu\u00a0; ne prouve ni la cause d’une panne ni ce que "
    "d’autres ont vu. N’est pas un constat de commissaire de justice.",
}

NOT_MEASURED: dict[str, Any] = {
    "offset_seconds": None,
    "servers": [],
    "measured_at": None,
    "said": "non mesuré",
}
"""A clock that no time server has confirmed."""


@dataclass(frozen=True, kw_only=True)
class Station:
    """What is true of this machine just now. ``private`` holds a commitment for each name;
    ``shown`` gives an address in the clear, or as a commitment where it would give us away."""

    machine: Mapping[str, str] = field(default_factory=dict)
    program: Mapping[str, str] = field(default_factory=dict)
    browser: Mapping[str, str] = field(default_factory=dict)
    site_file_sha256: str = ""
    settings_sha256: str = ""
    resolvers: tuple[Mapping[str, str], ...] = ()
    private: Mapping[str, str] = field(default_factory=dict)
    clock: Mapping[str, Any] = field(default_factory=lambda: NOT_MEASURED)
    shown: Callable[[str], Mapping[str, str]] = lambda address: {"address": address}

    def describe(self) -> dict[str, Any]:
        """Its part of the manifest."""
        return {
            "machine": dict(self.machine),
            "program": {
                **self.program,
                "site_file_sha256": self.site_file_sha256,
                "settings_sha256": self.settings_sha256,
            },
            "browser": dict(self.browser),
            "resolvers": [dict(one) for one in self.resolvers],
            "clock": dict(self.clock),
            "private": {
                "scheme": "sha256(salt:name:value), hexadecimal",
                "commitments": dict(self.private),
            },
        }
