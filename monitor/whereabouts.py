"""What every manifest says of this machine, whenever it is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import rfc8785

from monitor.evidence.commitments import Commitments
from monitor.evidence.station import Station
from monitor.machine import (
    LOOPBACK,
    OUTSIDE,
    identifies_us,
    machine,
    private_values,
    program,
    resolvers,
)
from monitor.settings import Settings
from probes.browser import BrowserPlan, described
from probes.site import Site


def settings_digest(settings: Settings) -> str:
    """SHA-256 of the settings that shape an observation, as canonical JSON. Accounts, addresses
    and whatever else a patient reader could guess from a hash are no part of it."""
    chosen = settings.model_dump(
        mode="json",
        include={"vantage", "browser", "schedule", "control", "clock"},
        exclude={"schedule": {"kill_switch"}},
    )
    return hashlib.sha256(rfc8785.dumps({**chosen, "origins": settings.site.origins})).hexdigest()


def station_of(
    settings: Settings, site: Site, plan: BrowserPlan, commitments: Commitments
) -> Callable[[], Station]:
    """What describes this machine whenever it is asked: addresses and resolvers may change."""
    fixed = Station(
        machine=machine(),
        program=program(),
        browser=described(plan),
        site_file_sha256=site.digest(),
        settings_sha256=settings_digest(settings),
    )

    outside = LOOPBACK if site.is_loopback else OUTSIDE

    def now() -> Station:
        private = private_values(settings.evidence.public_address, outside)
        own = tuple(value for name, value in private.items() if name != "host_name")

        def shown(address: str) -> dict[str, str]:
            if identifies_us(address, own):
                return {"commitment": commitments.commit("address", address)}
            return {"address": address}

        return replace(
            fixed,
            private={name: commitments.commit(name, value) for name, value in private.items()},
            resolvers=tuple(shown(address) for address in resolvers()),
            shown=shown,
        )

    return now
