"""Which messages follow from what happened: to whom, once each, and what is left unsaid.

Pure. An *episode* is all that the vantages saw of one failure of a component. Every message has a
name, unique for its target, so that it is written down once however often it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.core.incidents import duration
from monitor.core.model import Incident
from monitor.core.quiet import QuietSpan, quiet_until


class Kind(StrEnum):
    """What a message is about; the first five are for the public, the others for the operator."""

    OPENED = "opened"
    CONFIRMED = "confirmed"  # another network operator sees it too
    MAINTENANCE = "maintenance"
    CLOSED = "closed"
    SUMMARY = "summary"  # it came and went while nothing could be said
    LAYOUT = "layout"
    ACCOUNT = "account"
    PASSWORD = "password"
    BLOCKED = "blocked"
    FAULT = "fault"
    DISK = "disk"
    CLOCK = "clock"
    SECRET = "secret"


class State(StrEnum):
    """Where a message stands. Only ``pending`` and ``sending`` go on."""

    SUBSCRIBED = "subscribed"  # no message: since when the target is told things
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # a summary went in its place
    FAILED = "failed"  # given up


PUBLIC_KINDS = frozenset({Kind.OPENED, Kind.CONFIRMED, Kind.MAINTENANCE, Kind.CLOSED, Kind.SUMMARY})


@dataclass(frozen=True, kw_only=True)
class Target:
    """Who is told what. ``since`` is when the target was first known: nothing older is told."""

    name: str
    public: bool = True
    operator: bool = False
    components: frozenset[str] = frozenset()
    minimum_seconds: float = 0.0
    quiet: tuple[QuietSpan, ...] = ()
    since: datetime

    def wants(self, component: str) -> bool:
        """True for a component of the subscription; an empty one is for all."""
        return not self.components or component in self.components


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message to be written down. ``topic`` holds messages that keep their order together."""

    target: str
    event: str
    topic: str
    kind: Kind
    not_before: datetime
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A message that was written down before, as far as the rules care."""

    number: int
    event: str
    topic: str
    state: State
    attempts: int
    created_at: datetime
    facts: Mapping[str, str | int | float]

    @property
    def is_only_held(self) -> bool:
        """True while nobody can have seen it."""
        return self.state is State.PENDING and self.attempts == 0


@dataclass(frozen=True, kw_only=True)
class Episode:
    """Incidents of one component that overlap. The first one gives it its name for ever."""

    incidents: tuple[Incident, ...]
    networks: int
    """Distinct network operators that see it now, or saw it; 1 when they are not known."""

    @property
    def first(self) -> Incident:
        """The incident that opened it."""
        return self.incidents[0]

    @property
    def name(self) -> str:
        """As in the address of the first incident's page."""
        return f"{self.first.component}-{self.first.opened_sequence}"

    @property
    def is_open(self) -> bool:
        """True while it fails anywhere."""
        return any(one.is_open for one in self.incidents)

    @property
    def opening(self) -> Kind:
        """How its beginning is told."""
        announced = all(one.kind == "maintenance" for one in self.incidents)
        return Kind.MAINTENANCE if announced else Kind.OPENED

    @property
    def ended_at(self) -> datetime | None:
        """The latest moment at which it can have ended; None while it is open."""
        ends = [one.ended_before for one in self.incidents if one.ended_before]
        return None if self.is_open else max(ends, default=None)

    def lasted_seconds(self, last_seen: Mapping[int, datetime], now: datetime) -> float:
        """The least it can have lasted. ``last_seen`` is the start of each incident's last failing
        attempt, by the number of its slot."""
        return max(
            duration(
                one, now=now, last_seen=last_seen.get(one.last_failing_sequence)
            ).minimum_seconds
            for one in self.incidents
        )


def episodes(incidents: Iterable[Incident], networks: Mapping[str, int | None]) -> list[Episode]:
    """Incidents put together where they overlap. ``networks`` gives the ASN of each vantage."""
    groups: list[list[Incident]] = []
    for incident in sorted(incidents, key=lambda one: one.opened_sequence):
        group = next((g for g in groups if _overlaps(g, incident)), None)
        if group is None:
            groups.append([incident])
        else:
            group.append(incident)
    return [Episode(incidents=tuple(g), networks=_networks(g, networks)) for g in groups]


def _overlaps(group: Sequence[Incident], incident: Incident) -> bool:
    if group[0].component != incident.component:
        return False
    ends = [one.ended_before for one in group]
    return None in ends or incident.started_before <= max(end for end in ends if end)


def _networks(group: Iterable[Incident], networks: Mapping[str, int | None]) -> int:
    """A vantage whose operator is not known may be on anyone's network: it adds none."""
    failing = {networks.get(one.vantage) for one in group if one.kind == "down"}
    return max(len(failing - {None}), 1)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to write down, and which held messages to drop for it."""

    messages: tuple[Message, ...] = ()
    drop: tuple[int, ...] = ()


def plan_episode(
    target: Target,
    episode: Episode,
    told: Mapping[str, Told],
    *,
    last_seen: Mapping[int, datetime],
    roots: frozenset[str],
    now: datetime,
) -> Plan:
    """The messages about an episode that this target lacks.

    ``told`` are the target's messages by event. ``roots`` are the components with an open
    episode: a failure inherited from one of them is told there, not twice.
    """
    first = episode.first
    if not (target.public and target.wants(first.component)):
        return Plan()
    begun = told.get(f"{episode.opening}:{episode.name}") or told.get(
        f"{Kind.MAINTENANCE}:{episode.name}"
    )
    if episode.is_open:
        if begun is None and _is_left_unsaid(target, episode, roots):
            return Plan()
        return _plan_open(target, episode, told, last_seen, now)
    return _plan_over(target, episode, begun, last_seen, now)


def _is_left_unsaid(target: Target, episode: Episode, roots: frozenset[str]) -> bool:
    via, component = episode.first.via, episode.first.component
    return via not in (None, component) and via in roots and target.wants(via or "")


def _plan_open(
    target: Target,
    episode: Episode,
    told: Mapping[str, Told],
    last_seen: Mapping[int, datetime],
    now: datetime,
) -> Plan:
    opening = told.get(f"{episode.opening}:{episode.name}")
    if opening is None:
        if episode.lasted_seconds(last_seen, now) < target.minimum_seconds:
            return Plan()
        return Plan(messages=(_about(target, episode, episode.opening, now),))
    was_alone = opening.facts.get("networks", 1) == 1
    confirmed = opening.state is State.SENT and was_alone and episode.networks > 1
    if confirmed and f"{Kind.CONFIRMED}:{episode.name}" not in told:
        return Plan(messages=(_about(target, episode, Kind.CONFIRMED, now),))
    return Plan()


def _plan_over(
    target: Target,
    episode: Episode,
    begun: Told | None,
    last_seen: Mapping[int, datetime],
    now: datetime,
) -> Plan:
    """The end is told to those who were told the beginning. Others get one summary, if it was
    long enough for them and they subscribed before it ended."""
    if begun is not None and begun.state in (State.PENDING, State.SENDING, State.SENT):
        if not begun.is_only_held:
            return Plan(messages=(_about(target, episode, Kind.CLOSED, now),))
        summary = _about(target, episode, Kind.SUMMARY, now)
        return Plan(messages=(summary,), drop=(begun.number,))
    ended = episode.ended_at
    too_short = episode.lasted_seconds(last_seen, now) < target.minimum_seconds
    if ended is None or ended < target.since or too_short:
        return Plan()
    return Plan(messages=(_about(target, episode, Kind.SUMMARY, now),))


def _about(target: Target, episode: Episode, kind: Kind, now: datetime) -> Message:
    return Message(
        target=target.name,
        event=f"{kind}:{episode.name}",
        topic=f"incident {episode.name}",
        kind=kind,
        not_before=quiet_until(target.quiet, now) or now,
        facts={
            "component": episode.first.component,
            "opened_sequence": episode.first.opened_sequence,
            "networks": episode.networks,
        },
    )


RETRY_SECONDS = 30.0
RETRY_MAX_SECONDS = 3600.0


def retry_after_seconds(attempts: int) -> float:
    """How long to wait after this many failed attempts: 30 s, doubled each time, 1 h at most."""
    return min(RETRY_SECONDS * 2.0 ** min(max(attempts - 1, 0), 10), RETRY_MAX_SECONDS)
