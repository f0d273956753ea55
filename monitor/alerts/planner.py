"""What the store shows, turned into messages that are written down for their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.letters import HORIZON, incidents_of, last_seen, networks_of
from monitor.core.alerts import Episode, Plan, Target, Told, episodes, plan_episode
from monitor.core.findings import Finding, of_slots, plan_finding
from monitor.store.store import Store

RECENT_SLOTS = 40
"""How far back a row of slots of one kind is looked at."""


@dataclass(frozen=True, kw_only=True)
class Planner:
    """``findings`` gives what this machine shows besides the store."""

    store: Store
    targets: tuple[Target, ...]
    findings: Callable[[datetime], Iterable[Finding]]

    def plan(self, now: datetime) -> None:
        """Write down every message that is lacking. Raises StoreError."""
        if not self.targets:
            return
        found = self._episodes(now)
        seen = last_seen(self.store, (one for episode in found for one in episode.incidents))
        roots = frozenset(one.first.component for one in found if one.is_open)
        findings = (*self._slot_findings(), *self.findings(now))
        for target in self.targets:
            told = self._told(target, now)
            for episode in found:
                plan = plan_episode(target, episode, told, last_seen=seen, roots=roots, now=now)
                self._write(plan, told, now)
            for finding in findings:
                message = plan_finding(target, finding, told.values(), now=now)
                self._write(Plan(messages=(message,) if message else ()), told, now)

    def _told(self, target: Target, now: datetime) -> dict[str, Told]:
        entries = self.store.told(target.name, since=now - 2 * HORIZON)
        return {entry.event: entry.told for entry in entries}

    def _write(self, plan: Plan, told: dict[str, Told], now: datetime) -> None:
        new = [one for one in plan.messages if one.event not in told]
        if new or plan.drop:
            self.store.enqueue(new, drop=plan.drop, now=now)

    def _episodes(self, now: datetime) -> list[Episode]:
        """Those that are open or ended within the horizon, each with all its incidents."""
        opened = [one.started_before for one in self.store.incidents(open_only=True)]
        since = min([now, *opened]) - HORIZON
        found = episodes(incidents_of(self.store, since=since, now=now), networks_of(self.store))
        return [one for one in found if one.ended_at is None or one.ended_at >= now - HORIZON]

    def _slot_findings(self) -> list[Finding]:
        return [
            finding
            for component, vantage in self.store.latest()
            for finding in of_slots(self.store.recent_slots(component, vantage, RECENT_SLOTS))
        ]
