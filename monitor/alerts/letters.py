"""A message made ready to go: its words, and the picture of the first failing page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.alerts.delivery import Picture, as_png
from monitor.alerts.words import Scene, Text, incident_text, operator_text, signed
from monitor.core.alerts import PUBLIC_KINDS, Episode, Kind, episodes
from monitor.core.incidents import HOLE_INTERVALS
from monitor.core.model import Incident
from monitor.errors import StoreError
from monitor.store.blobs import BlobStore
from monitor.store.outbox import Entry
from monitor.store.readers import StoreReader
from monitor.web.incident_views import failing_shot

HORIZON = timedelta(days=8)
"""Incidents that were over before this are told no more."""


SILENT = timedelta(days=1)
"""A vantage without a slot for this long, or for 2.5 of its intervals, knows nothing any more."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What goes out, and the facts as they were then."""

    text: Text
    picture: Picture | None
    facts: Mapping[str, str | int | float]


@dataclass(frozen=True, kw_only=True)
class Letters:
    """Writes letters from what the store holds. ``base_url`` is where readers find the pages."""

    store: StoreReader
    blobs: BlobStore
    clock: Callable[[], datetime]
    base_url: str | None
    operator: str
    rehearsal: bool

    def letter(self, entry: Entry) -> Letter | None:
        """The letter for a message; the words of its first attempt stay those of every other.

        None when its incident is no more: the ledger was folded anew. Raises StoreError.
        """
        kind = Kind(entry.kind)
        if kind not in PUBLIC_KINDS:
            text = _written(entry) or self._operator_text(entry, kind)
            return Letter(text=text, picture=None, facts=entry.facts)
        episode = self._episode(int(entry.facts["opened_sequence"]))
        return self._incident_letter(entry, kind, episode) if episode else None

    def _incident_letter(self, entry: Entry, kind: Kind, episode: Episode) -> Letter:
        picture = None if kind is Kind.CLOSED else self._picture(episode.first)
        scene = self._scene(episode, has_picture=picture is not None)
        return Letter(
            text=_written(entry) or self._signed(incident_text(kind, scene), entry),
            picture=picture,
            facts={**entry.facts, "networks": episode.networks},
        )

    def _signed(self, text: Text, entry: Entry) -> Text:
        reference = reference_of(entry)
        return signed(text, reference=reference, rehearsal=self.rehearsal, operator=self.operator)

    def _operator_text(self, entry: Entry, kind: Kind) -> Text:
        first = self.store.slot(int(entry.facts.get("first_sequence", 0)))
        seen = self.store.observation(int(entry.facts.get("sequence", 0)))
        facts = {**entry.facts, "account": seen.profile.account if seen else ""}
        since = first.slot.scheduled_at if first else None
        return self._signed(operator_text(kind, facts, since=since, now=self.clock()), entry)

    def _episode(self, opened_sequence: int) -> Episode | None:
        first = self.store.incident(opened_sequence)
        if first is None:
            return None
        near = incidents_of(self.store, since=first.started_before - HORIZON, now=self.clock())
        alike = [one for one in near if one.component == first.component and one != first]
        found = episodes([first, *alike], networks_of(self.store))
        return next((one for one in found if first in one.incidents), None)

    def _scene(self, episode: Episode, *, has_picture: bool) -> Scene:
        last = [self.store.slot(one.last_failing_sequence) for one in episode.incidents]
        return Scene(
            episode=episode,
            flags=frozenset(flag for record in last if record for flag in record.flags),
            vantages=self.store.vantages(),
            last_seen=last_seen(self.store, episode.incidents),
            page=f"{self.base_url}/incidents/{episode.name}" if self.base_url else None,
            has_picture=has_picture,
            now=self.clock(),
        )

    def _picture(self, incident: Incident) -> Picture | None:
        """A picture that is gone or damaged keeps no message back."""
        shot = failing_shot(self.store.observation(incident.first_failing_sequence))
        if shot is None:
            return None
        try:
            data = self.blobs.get(shot.sha256)
        except StoreError:
            return None
        return as_png(data, f"{incident.component}-{incident.opened_sequence}")


def _written(entry: Entry) -> Text | None:
    if entry.title is None or entry.body is None:
        return None
    return Text(title=entry.title, body=entry.body)


def reference_of(entry: Entry) -> str:
    """The same for every attempt at one message, different for every other message."""
    whole = f"{entry.target} {entry.event} {entry.created_at.isoformat()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def networks_of(store: StoreReader) -> dict[str, int | None]:
    """The number of the network of every vantage."""
    return {name: one.asn for name, one in store.vantages().items()}


def incidents_of(store: StoreReader, *, since: datetime, now: datetime) -> tuple[Incident, ...]:
    """Incidents not over by ``since``, without those left open by a vantage that has long been
    silent: it may be gone for ever, and would keep every later failure from being a new one."""
    latest = store.latest()

    def is_silent(incident: Incident) -> bool:
        last = latest.get((incident.component, incident.vantage))
        if last is None:
            return True
        limit = max(SILENT, timedelta(seconds=HOLE_INTERVALS * last.slot.interval_seconds))
        return now - last.slot.scheduled_at > limit

    found = store.incidents(since=since)
    return tuple(one for one in found if not (one.is_open and is_silent(one)))


def last_seen(store: StoreReader, incidents: Iterable[Incident]) -> dict[int, datetime]:
    """The start of each incident's last failing attempt, by the number of its slot."""
    numbers = {one.last_failing_sequence for one in incidents}
    records = (store.slot(number) for number in numbers)
    return {one.sequence: one.last_started_at for one in records if one and one.last_started_at}
