"""Keeping the transparency log: its opening, checkpoints in time, and the queue of stamps."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from monitor.core.checkpoint import INCIDENT, PERIODIC, Checkpoint, QueuedStamp, StampState
from monitor.errors import ConfigurationError, MonitorError
from monitor.evidence.keys import KEYS_FILE, KeyMissing, KeyRing, init_keys, load_keys
from monitor.evidence.log import TransparencyLog
from monitor.evidence.timestamp import Authority, StampRefused, ask
from monitor.metrics import Metrics
from monitor.settings import Settings
from monitor.store.errors import StampSettled
from monitor.store.store import Recorded, Store
from probes.site import Site

log = logging.getLogger(__name__)

RETRY_SECONDS = 60.0
ASK_SECONDS = 10.0
"""A stamp takes a tenth of a second; a stop waits for one that is being asked for."""
AUTHORITIES_AT_ONCE = 4
USER_AGENT = "anef-monitor"

Clock = Callable[[], datetime]
Due = tuple[QueuedStamp, Checkpoint]


def keys_folder(settings: Settings) -> Path:
    """Where the log's keys are."""
    return settings.state_dir / "keys"


def log_name_of(settings: Settings, site: Site) -> str:
    """The name of a log that begins: the one of the settings, else the public host."""
    host = urlsplit(settings.web.public_url or "").hostname
    return settings.evidence.log_name or host or f"rehearsal.invalid/{site.id}"


def authorities_of(settings: Settings) -> tuple[Authority, ...]:
    """The authorities of the settings, with their roots. Raises ConfigurationError."""
    return tuple(
        Authority(
            id=name, url=one.url, roots_pem=(_roots(name, one.roots),), qualified=one.qualified
        )
        for name, one in settings.evidence.authorities.items()
    )


def _roots(name: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"evidence.authorities.{name}.roots: cannot read {path}"
        ) from error
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ConfigurationError(
            f"evidence.authorities.{name}.roots: {path} holds no certificate in PEM"
        )
    return text


def published_authorities(authorities: Iterable[Authority]) -> list[Mapping[str, Any]]:
    """The authorities as the key file publishes them."""
    return [
        {
            "id": one.id,
            "url": one.url,
            "roots_pem": list(one.roots_pem),
            "qualified": one.qualified,
        }
        for one in authorities
    ]


def ring_of(settings: Settings, site: Site, store: Store, *, now: datetime) -> KeyRing:
    """The log's keys; at the very first start they are made. Raises ConfigurationError for keys
    that are missing later, and for a name that is not the log's."""
    folder = keys_folder(settings)
    ring = load_keys(folder)
    if ring is None:
        if store.last_checkpoint() is not None:
            raise KeyMissing(
                f"the log has been signed and {folder / KEYS_FILE} is missing: put your copy of "
                f"the folder {folder} back; the public file is also served as /keys.json"
            )
        ring = init_keys(folder, log_name_of(settings, site), now)
        log.info("made the log's key, SHA-256 %s: copy %s", ring.current.key.fingerprint, folder)
    wanted = settings.evidence.log_name
    if wanted and wanted != ring.name:
        raise ConfigurationError(
            f"evidence.log_name is {wanted}, but the log began as {ring.name}: a log keeps its name"
        )
    return ring.with_authorities(published_authorities(authorities_of(settings)))


def open_log(settings: Settings, site: Site, store: Store, *, clock: Clock) -> TransparencyLog:
    """The log of a monitor. Raises ConfigurationError."""
    return TransparencyLog(
        store,
        ring_of(settings, site, store, now=clock()),
        site=site.id,
        folder=settings.state_dir / "log",
        clock=clock,
        authorities=settings.evidence.authorities,
        stamp_every=timedelta(minutes=settings.evidence.stamp_minutes),
    )


def existing_log(
    settings: Settings, site: Site, store: Store, *, clock: Clock
) -> TransparencyLog | None:
    """The log to read from, nothing made or written; None when it has no key yet."""
    if load_keys(keys_folder(settings)) is None:
        return None
    return open_log(settings, site, store, clock=clock)


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How often a checkpoint is signed, and stamped."""

    checkpoint_seconds: float
    stamp_every: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Rhythm:
        """That of the settings."""
        chosen = settings.evidence
        return cls(
            checkpoint_seconds=chosen.checkpoint_minutes * 60,
            stamp_every=timedelta(minutes=chosen.stamp_minutes),
        )


class LogKeeper:
    """Signs in time and asks for stamps. A fault of ours is logged and tried again; it never
    reaches the probes. Authorities are asked in threads of their own."""

    def __init__(
        self,
        kept: TransparencyLog,
        store: Store,
        authorities: Iterable[Authority],
        *,
        rhythm: Rhythm,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._log = kept
        self._store = store
        self._authorities = {one.id: one for one in authorities}
        self._rhythm = rhythm
        self._metrics = metrics
        self._clock = clock
        self._client = httpx.Client(trust_env=False, headers={"user-agent": USER_AGENT})
        self._threads = ThreadPoolExecutor(AUTHORITIES_AT_ONCE, thread_name_prefix="stamps")
        self._reason = PERIODIC
        self._due = 0.0
        self._said = ""

    @classmethod
    def of(
        cls,
        settings: Settings,
        kept: TransparencyLog,
        store: Store,
        metrics: Metrics,
        clock: Clock,
    ) -> LogKeeper:
        """The keeper that the settings describe. Raises ConfigurationError."""
        authorities, rhythm = authorities_of(settings), Rhythm.of(settings)
        return cls(kept, store, authorities, rhythm=rhythm, metrics=metrics, clock=clock)

    def recorded(self, recorded: Recorded) -> None:
        """Sign at the next look when the slot opened or closed an incident."""
        incident = recorded.incident
        if incident is None:
            return
        edges = (incident.opened_sequence, incident.closed_sequence)
        if recorded.record.sequence in edges:
            self._reason, self._due = INCIDENT, 0.0

    async def sign(self) -> None:
        """Sign what is new, when it is time."""
        if time.monotonic() < self._due:
            return
        reason, self._reason = self._reason, PERIODIC
        self._due = time.monotonic() + self._rhythm.checkpoint_seconds
        try:
            await asyncio.to_thread(self._sign, reason)
        except MonitorError as error:
            self._say(str(error))
            self._reason, self._due = reason, time.monotonic() + RETRY_SECONDS

    def _sign(self, reason: str) -> None:
        made = self._log.checkpoint(reason)
        self._store.queue_stamps(
            made, self._authorities, every=self._rhythm.stamp_every, now=self._clock()
        )
        self._metrics.log_checkpointed(made.made_at)
        self._said = ""

    async def stamp(self) -> None:
        """Ask for the stamps that are due: one authority does not wait for another."""
        try:
            due = await asyncio.to_thread(self._store.due_stamps, self._clock())
        except MonitorError as error:
            self._say(str(error))
            return
        loop = asyncio.get_running_loop()
        queues = groupby(sorted(due, key=_authority), key=_authority)
        await asyncio.gather(
            *(
                loop.run_in_executor(self._threads, self._ask, name, list(stamps))
                for name, stamps in queues
                if name in self._authorities
            )
        )

    def _ask(self, name: str, due: list[Due]) -> None:
        """Ask one authority, oldest first; one that fails is left alone until the next time."""
        try:
            for one, made in due:
                authority = self._authorities[name]
                why = ask_and_keep(authority, one, made, self._store, self._client, self._clock)
                if why is not None:
                    self._say(why)
                    break
        except MonitorError as error:
            self._say(str(error))

    def refresh(self) -> None:
        """Set the gauges that follow from the log. Raises StoreError."""
        self._metrics.log_grew(self._store.log_size())
        if (last := self._store.last_checkpoint()) is not None:
            self._metrics.log_checkpointed(last.made_at)
        summary = self._store.stamp_summary()
        self._metrics.log_waits_for_stamp(summary.oldest_waiting)
        if summary.last_at is not None:
            self._metrics.log_stamped(summary.last_at, delay_seconds=summary.last_delay_seconds)

    def close(self) -> None:
        """End the threads; an authority that hangs is not waited for longer than its limit."""
        self._client.close()
        self._threads.shutdown(cancel_futures=True)

    def _say(self, sentence: str) -> None:
        """Once, until something else is to be said."""
        if sentence != self._said:
            self._said = sentence
            log.error("%s", sentence)


def ask_and_keep(
    authority: Authority,
    one: QueuedStamp,
    made: Checkpoint,
    store: Store,
    client: httpx.Client,
    clock: Clock,
) -> str | None:
    """Ask for one stamp and keep what came of it, unless another process has meanwhile. Returns
    why none came, else None. Raises StoreError."""
    with suppress(StampSettled):
        return _ask_and_keep(authority, one, made, store, client, clock)
    return None


def _ask_and_keep(
    authority: Authority,
    one: QueuedStamp,
    made: Checkpoint,
    store: Store,
    client: httpx.Client,
    clock: Clock,
) -> str | None:
    note = made.note.encode()
    try:
        given = ask(authority, note, client, clock, timeout_seconds=ASK_SECONDS)
    except StampRefused as error:
        state = store.defer_stamp(one, error.reason, now=clock())
        again = "given up" if state is StampState.GIVEN_UP else "asked again later"
        return f"{authority.id} gave no stamp, {again}: {error.reason}"
    store.keep_stamp(
        one.number,
        request=given.request,
        response=given.response,
        generated_at=given.generated_at,
        now=clock(),
    )
    return None


def _authority(due: Due) -> str:
    return due[0].authority
