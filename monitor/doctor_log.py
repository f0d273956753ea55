"""What ``doctor`` looks at of the transparency log: its key, its checkpoints, its stamps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from monitor.app import utc_now
from monitor.errors import MonitorError
from monitor.evidence.keys import load_keys
from monitor.findings import FINE, WARNING, WRONG, Finding
from monitor.logkeeping import authorities_of, existing_log, keys_folder
from monitor.settings import Settings
from monitor.store.migrate import SchemaStatus
from monitor.store.migrate import check as schema_status
from monitor.store.store import Store, open_store
from probes.site import Site

LATE = 3
"""So many times the longest time until a checkpoint; after that nobody signs."""


def log_findings(settings: Settings, site: Site) -> tuple[Finding, ...]:
    """Findings about the log. Makes nothing and writes nothing."""
    return (_key(settings), *_kept(settings, site), *_stamping(settings))


def _key(settings: Settings) -> Finding:
    try:
        ring = load_keys(keys_folder(settings))
        if ring is None:
            text = "none yet: `run` makes one at its first start"
            return Finding(name="log key", state=WARNING, text=text)
        ring.signer()
    except MonitorError as error:
        return Finding(name="log key", state=WRONG, text=str(error))
    text = f"private, SHA-256 {ring.current.key.fingerprint[:16]}… ({ring.name})"
    return Finding(name="log key", state=FINE, text=text)


def _kept(settings: Settings, site: Site) -> Iterable[Finding]:
    try:
        if schema_status(settings.store_url) is not SchemaStatus.CURRENT:
            return
        with open_store(settings.store_url, migrate=False) as store:
            kept = existing_log(settings, site, store, clock=utc_now)
            if kept is not None:
                kept.require_continuity()
                yield _checkpoint(settings, store)
                yield from _queue(store)
    except MonitorError as error:
        yield Finding(name="log", state=WRONG, text=str(error))


def _checkpoint(settings: Settings, store: Store) -> Finding:
    last, size = store.last_checkpoint(), store.log_size()
    if last is None:
        return Finding(name="log", state=WARNING, text=f"{size} leaves, none signed yet")
    age, unsigned = utc_now() - last.made_at, size - last.size
    text = f"{size} leaves, {unsigned} of them not signed; last checkpoint {_ago(age)}"
    late = unsigned and age > LATE * timedelta(minutes=settings.evidence.checkpoint_minutes)
    return Finding(name="log", state=WARNING if late else FINE, text=text)


def _queue(store: Store) -> Iterable[Finding]:
    found = store.stamp_summary()
    if found.waiting or found.given_up:
        said = f": {found.problem}" if found.problem else ""
        text = f"{found.waiting} wait, {found.given_up} given up{said}"
        yield Finding(name="stamps", state=WARNING, text=text)
    elif found.last_at is not None and found.last_delay_seconds is not None:
        text = f"last one {_ago(utc_now() - found.last_at)}, {found.last_delay_seconds:.0f} s late"
        yield Finding(name="stamps", state=FINE, text=text)


def _stamping(settings: Settings) -> Iterable[Finding]:
    try:
        authorities = authorities_of(settings)
    except MonitorError as error:
        yield Finding(name="authority", state=WRONG, text=str(error))
        return
    if not authorities:
        text = "none in evidence.authorities: nothing proves dates, documents say “non horodaté”"
        yield Finding(name="authority", state=WARNING, text=text)
        return
    named = ", ".join(f"{one.id}{' (qualified)' * one.qualified}" for one in authorities)
    yield Finding(name="authority", state=FINE, text=named)


def _ago(age: timedelta) -> str:
    minutes = age / timedelta(minutes=1)
    return f"{minutes:.0f} minutes ago" if minutes < 120 else f"{minutes / 60:.0f} hours ago"
