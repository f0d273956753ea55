"""Conduct towards the site: when a slot is given up rather than run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from monitor.core.model import SlotRecord
from monitor.core.plan import backoff_until
from monitor.errors import ConfigurationError
from probes.site import Site

PAGE_SLOTS = 100
REMEMBERED = timedelta(days=31)
"""How far back refusals in a row are looked for: longer than any pause. Counted in time, not in
slots: a long pause leaves more skipped slots behind it than any number that one might choose."""


class Ledger(Protocol):
    """What politeness asks of the store."""

    def recent_slots(
        self, component: str, vantage: str, limit: int, *, before: datetime | None = None
    ) -> tuple[SlotRecord, ...]:
        """Newest first."""

    def runs_since(self, moment: datetime) -> int:
        """Runs that really took place."""


class Politeness:
    """The rules of one site, from one vantage."""

    def __init__(
        self,
        *,
        site: Site,
        ledger: Ledger,
        components: Iterable[str],
        vantage: str,
        kill_switch: Path,
    ) -> None:
        self._site = site
        self._ledger = ledger
        self._components = tuple(components)
        self._vantage = vantage
        self._kill_switch = kill_switch

    def reason_to_skip(self, now: datetime) -> str | None:
        """Why nothing may run now: ``kill_switch``, ``backoff`` or ``budget``; None: go on."""
        if self._kill_switch.exists():
            return "kill_switch"
        pause = self.paused_until(now)
        if pause is not None and now < pause:
            return "backoff"
        if self._ledger.runs_since(_day(now)) >= self._site.politeness.daily_budget:
            return "budget"
        return None

    def paused_until(self, now: datetime) -> datetime | None:
        """Until when the site is left alone after a refusal, whichever probe met it."""
        rules = self._site.politeness
        pauses = [
            backoff_until(
                self._newest_first(component, now - REMEMBERED),
                rules.backoff_seconds,
                rules.backoff_max_seconds,
            )
            for component in self._components
        ]
        return max((pause for pause in pauses if pause is not None), default=None)

    def _newest_first(self, component: str, since: datetime) -> Iterator[SlotRecord]:
        """The slots of a component, read as far back as they are asked for."""
        before: datetime | None = None
        while before is None or before > since:
            page = self._ledger.recent_slots(component, self._vantage, PAGE_SLOTS, before=before)
            yield from page
            if len(page) < PAGE_SLOTS:
                return
            before = page[-1].slot.scheduled_at


def _day(now: datetime) -> datetime:
    """The beginning of the day of the budget, in UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def require_polite_intervals(site: Site, intervals: Mapping[str, float]) -> None:
    """Refuse a schedule that asks a real site too often.

    Raises ConfigurationError; a site on this machine may be asked at any rate.
    """
    if site.is_loopback:
        return
    floor, budget = site.politeness.floor_seconds, site.politeness.daily_budget
    for component, seconds in intervals.items():
        if seconds < floor:
            raise ConfigurationError(
                f"schedule.intervals.{component} = {seconds:g}: a site that is not on this "
                f"machine is asked every {floor:g} seconds at most"
            )
    planned = sum(86400 / seconds for seconds in intervals.values())
    if planned > budget:
        raise ConfigurationError(
            f"the schedule plans {planned:.0f} runs a day and the site's budget is {budget}: "
            "raise schedule.intervals or run fewer probes"
        )
