"""What the API answers, beside the values of figures."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from monitor.core.model import SlotRecord
from monitor.figure_values import (
    ComparisonValue,
    FigureValue,
    HourValue,
    IncidentValue,
    ResponseTimesValue,
    ScopeValue,
    Value,
    WorkingValue,
)


class ComponentState(Value):
    """What can honestly be said of a component now."""

    component: str
    watched: bool
    state: str = Field(description="working, failing, not_known, unwatched, …")
    up: bool | None = Field(description="null: not known")
    watched_since: datetime | None


class Components(Value):
    """All nine components, watched or not."""

    at: datetime
    components: list[ComponentState]


class FigureAnswer(Value):
    """A figure with all that belongs to it. ``second`` is the figure after reviews and newer
    rules, null when nothing in the window was judged again."""

    scope: ScopeValue
    window: str | None
    figure: FigureValue
    second: FigureValue | None
    working_hours: WorkingValue
    response_times: ResponseTimesValue


class ComparisonAnswer(Value):
    """Two periods of one scope."""

    scope: ScopeValue
    comparison: ComparisonValue


class DayValue(Value):
    """The figure of one day, Europe/Paris."""

    day: date
    figure: FigureValue


class DailyAnswer(Value):
    """The figures of the days of a window."""

    scope: ScopeValue
    days: list[DayValue]


class WeekAnswer(Value):
    """The hours of the week of a window: 168 of them."""

    scope: ScopeValue
    start: datetime
    end: datetime
    hours: list[HourValue]


class IncidentPage(Value):
    """Some incidents, the latest opened first. ``next_before`` asks for the following ones."""

    incidents: list[IncidentValue]
    next_before: int | None


class ObservationValue(Value):
    """One slot of the ledger, run or not."""

    sequence: int
    component: str
    vantage: str
    scheduled_at: datetime
    interval_seconds: float
    outcome: str
    rule: str
    ruleset: str
    depth: str
    flags: list[str]
    via: str | None
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float | None
    category: str | None

    @classmethod
    def of(cls, one: SlotRecord) -> ObservationValue:
        """The value of a slot."""
        return cls(
            sequence=one.sequence,
            component=one.slot.component,
            vantage=one.slot.vantage,
            scheduled_at=one.slot.scheduled_at,
            interval_seconds=one.slot.interval_seconds,
            outcome=one.outcome.value,
            rule=one.rule,
            ruleset=one.ruleset,
            depth=one.depth.value,
            flags=list(one.flags),
            via=one.via,
            started_at=one.started_at,
            finished_at=one.finished_at,
            duration_seconds=one.duration_seconds,
            category=one.category,
        )


class ObservationPage(Value):
    """Some slots in the order of their sequence. ``next_after`` asks for the following ones."""

    observations: list[ObservationValue]
    next_after: int | None


class ExportValue(Value):
    """A complete month of open data. ``sha256`` is that of its SHA256SUMS."""

    name: str
    sha256: str
    size_bytes: int


class ExportList(Value):
    """Every complete month that was published, oldest first."""

    exports: list[ExportValue]
