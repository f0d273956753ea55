"""Alerts beside the monitor: a thread of their own that is never in the way of probing."""

from __future__ import annotations

import logging
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Self

from monitor.alerts.courier import Courier
from monitor.alerts.delivery import fault_of
from monitor.alerts.letters import Letters
from monitor.alerts.planner import Planner
from monitor.alerts.words import Text
from monitor.core.alerts import Target
from monitor.core.findings import Finding, of_machine, of_secret
from monitor.core.quiet import QuietSpan, quiet_span
from monitor.errors import ConfigurationError, MonitorError
from monitor.keeper import Kept
from monitor.settings import Settings
from monitor.settings_alerts import AlertTarget
from monitor.store.blobs import BlobStore
from monitor.store.store import Store
from probes.site import Site

log = logging.getLogger(__name__)

ROUND_SECONDS = 5.0
STOP_LIMIT_SECONDS = 2.0
"""A sending that does not end in this time is left, marked as begun; it goes out again."""

BYTES_PER_GB = 1e9
MOST_CAUGHT = 20
"""Caught secrets that are named again; older ones were told long ago."""


class Alerting:
    """Plans and delivers, one round after another, until left. Without targets it does nothing."""

    def __init__(
        self,
        settings: Settings,
        site: Site,
        *,
        store: Store,
        blobs: BlobStore,
        clock: Callable[[], datetime],
        clock_offset: Callable[[], float | None],
        base_url: str,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._clock_offset = clock_offset
        self._stop = threading.Event()
        self._caught: deque[Finding] = deque(maxlen=MOST_CAUGHT)
        self._caught_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        letters = letters_of(settings, site, store, blobs, clock, base_url)
        self._courier = Courier(
            outbox=store,
            letters=letters,
            urls=urls_of(settings),
            clock=clock,
            quiet={name: _quiet(one) for name, one in settings.alerts.targets.items()},
            timeout_seconds=settings.alerts.timeout_seconds,
            give_up=timedelta(days=settings.alerts.give_up_days),
        )

    def __enter__(self) -> Self:
        """Begin, where there is anyone to tell. Raises ConfigurationError for a target whose
        address is none: it is asked for before anything is watched."""
        for name, url in urls_of(self._settings).items():
            if (fault := fault_of(url)) is not None:
                raise ConfigurationError(f"alerts.targets.{name}.url {fault}")
        if self._settings.alerts.targets:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End soon, whatever is being sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_LIMIT_SECONDS)

    @property
    def is_well(self) -> bool:
        """False when the thread ended though nobody stopped it."""
        return self._thread.is_alive() or not self._settings.alerts.targets

    def kept(self, kept: Kept) -> None:
        """Take in a recorded observation: secrets that were caught are known only here."""
        if kept.withheld:
            record = kept.recorded.record
            found = of_secret(record.slot.component, record.sequence, kept.withheld)
            with self._caught_lock:
                self._caught.append(found)

    def _run(self) -> None:
        planner: Planner | None = None
        while not self._stop.is_set():
            try:
                planner = planner or self._planner()
                planner.plan(self._clock())
                self._courier.deliver()
            except (MonitorError, OSError) as error:
                log.warning("alerts wait: %s", error)
            self._stop.wait(ROUND_SECONDS)

    def _planner(self) -> Planner:
        now = self._clock()
        targets = tuple(
            target_of(name, one, since=self._store.subscribe(name, now))
            for name, one in self._settings.alerts.targets.items()
        )
        return Planner(store=self._store, targets=targets, findings=self._findings)

    def _findings(self, now: datetime) -> Iterator[Finding]:
        """What this machine shows now. A caught secret stays in the list for a while: it is
        written down once for each target however often it is named."""
        alerts = self._settings.alerts
        yield from of_machine(
            now=now,
            free_bytes=shutil.disk_usage(self._settings.state_dir).free,
            least_free_bytes=alerts.disk_free_gb * BYTES_PER_GB,
            clock_offset_seconds=self._clock_offset(),
            password_expires=date.fromisoformat(alerts.password_expires)
            if alerts.password_expires
            else None,
        )
        with self._caught_lock:
            yield from tuple(self._caught)


def letters_of(
    settings: Settings,
    site: Site,
    store: Store,
    blobs: BlobStore,
    clock: Callable[[], datetime],
    base_url: str,
) -> Letters:
    """What writes the letters of this monitor. ``base_url`` serves where no public one is set."""
    return Letters(
        store=store,
        blobs=blobs,
        clock=clock,
        base_url=(settings.web.public_url or base_url).rstrip("/"),
        operator=settings.operator.name,
        rehearsal=site.rehearsal,
    )


def messages_for(name: str, letters: Letters, store: Store, *, since: datetime) -> list[Text]:
    """What a target that wants everything would be told now of what happened since then. It is
    written down under this name, and nothing is sent. Raises StoreError."""
    target = Target(name=name, since=since)
    now = letters.clock()
    Planner(store=store, targets=(target,), findings=lambda _: ()).plan(now)
    found = (letters.letter(entry) for entry in store.told(name, since=now))
    return [letter.text for letter in found if letter]


def target_of(name: str, chosen: AlertTarget, *, since: datetime) -> Target:
    """A target as the rules know it."""
    return Target(
        name=name,
        public=chosen.audience in ("public", "all"),
        operator=chosen.audience in ("operator", "all"),
        components=frozenset(chosen.components),
        minimum_seconds=chosen.minimum_minutes * 60,
        quiet=_quiet(chosen),
        since=since,
    )


def _quiet(chosen: AlertTarget) -> tuple[QuietSpan, ...]:
    return tuple(quiet_span(text) for text in chosen.quiet)


def urls_of(settings: Settings) -> dict[str, str]:
    """Where each target is reached; secrets."""
    return {name: one.url.get_secret_value() for name, one in settings.alerts.targets.items()}
