"""What is known of every watched component at this moment, asked for at most every 5 seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.model import COMPONENTS, Incident, SlotRecord
from monitor.core.timeline import slot_time
from monitor.store.figures import Figures
from monitor.store.state_reader import KNOWN, newest
from monitor.web.figures import Days, last_days
from monitor.web.kept import Kept
from monitor.web.pages import Clock
from monitor.web.position import Position
from monitor.web.reader import Reader
from monitor.web.status import Headline, Now, component_now, headline

KEPT_SECONDS = 5
DAYS_KEPT_SECONDS = 60
"""A component's last ninety days move little while no slot of it comes in."""
LATEST_INCIDENTS = 50


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All components at one moment; ``incidents`` are the newest, the last one first."""

    moment: datetime
    found: tuple[Now, ...]
    incidents: tuple[Incident, ...]

    @property
    def headline(self) -> Headline:
        """The answer to "is it down for everybody?", in the language of the page."""
        return headline(self.found, self.moment)


class Watch:
    """Looks at the store for everything that tells the state now."""

    def __init__(
        self,
        reader: Reader,
        figures: Figures,
        watched: Iterable[str],
        clock: Clock,
        position: Position,
    ) -> None:
        chosen = frozenset(watched)
        self.watched: Sequence[str] = tuple(name for name in COMPONENTS if name in chosen)
        self.clock = clock
        self._reader, self._position = reader, position
        self._figures = figures
        self._kept = Kept[Situation](KEPT_SECONDS, most=1)
        self._days = Kept[Days | None](DAYS_KEPT_SECONDS)

    def situation(self) -> Situation:
        """The situation, at most KEPT_SECONDS old, and with the last slot in it."""
        now = self.clock()
        return self._kept.get(self._position(), now, lambda: self._look(now))

    def _look(self, now: datetime) -> Situation:
        latest, opened = self._reader.latest(), self._reader.incidents(open_only=True)
        found = tuple(
            component_now(
                name,
                latest,
                opened,
                self._known(name, latest.values()),
                now,
                self._last_days(name, latest.values(), now),
            )
            for name in self.watched
        )
        incidents = tuple(self._reader.incidents(limit=LATEST_INCIDENTS))
        return Situation(moment=now, found=found, incidents=incidents)

    def _last_days(
        self, component: str, latest: Iterable[SlotRecord], now: datetime
    ) -> Days | None:
        seen = frozenset(one.sequence for one in latest if one.slot.component == component)
        _slots, *said = self._position()
        name = (component, seen, *said)
        return self._days.get(name, now, lambda: last_days(self._figures, component, now))

    def _known(self, component: str, latest: Iterable[SlotRecord]) -> tuple[SlotRecord, ...]:
        """The latest slots of a component that know something, newest first."""
        found = [
            record
            for one in latest
            if one.slot.component == component
            for record in newest(self._reader, one, KNOWN, limit=2)
        ]
        return tuple(sorted(found, key=slot_time, reverse=True))
