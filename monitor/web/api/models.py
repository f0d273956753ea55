"""What the API answers, beside the values of figures."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from monitor.core.model import Outcome, SlotRecord
from monitor.core.states import State
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


class Licence(Value):
    """A licence under which all of it may be used."""

    name: str = Field(description="its identifier")
    path: str = Field(description="its text")
    title: str = Field(description="its name")


class Endpoint(Value):
    """One address of the API."""

    address: str = Field(description="path; what is in braces is to be filled in")
    about: str = Field(description="what it answers")
    example: str | None = Field(description="a question that it answers; null: none is sure to")


class Index(Value):
    """What there is, where it is documented, and how it may be used."""

    title: str = Field(description="whose figures these are")
    definition: str = Field(description="how availability, bounds and times are to be read")
    openapi: str = Field(description="every question, answer and field with its unit")
    page: str = Field(description="the same for people, in English")
    page_fr: str = Field(description="and in French")
    open_data: str = Field(description="whole months as CSV and Parquet")
    licences: list[Licence] = Field(description="as you like")
    endpoints: list[Endpoint] = Field(description="every address")


class ComponentState(Value):
    """What can honestly be said of a component now."""

    component: str = Field(description="which one")
    watched: bool = Field(description="false: nothing is known of it, and nothing will be")
    state: str = Field(description=", ".join(State))
    up: bool | None = Field(description="null: not known")
    watched_since: datetime | None = Field(description="first slot, UTC; null: none yet")


class Components(Value):
    """All nine components, watched or not."""

    at: datetime = Field(description="the moment of the answer, UTC")
    components: list[ComponentState] = Field(description="in the order in which a user meets them")


class FigureAnswer(Value):
    """A figure with all that belongs to it. ``second`` is the figure after reviews and newer
    rules, null when nothing in the window was judged again."""

    scope: ScopeValue = Field(description="what was asked for")
    window: str | None = Field(description="its name; null where start and end were given")
    figure: FigureValue = Field(description="by the verdicts at the time of observation")
    second: FigureValue | None = Field(description="by reviews and newer rules; null: the same")
    working_hours: WorkingValue = Field(description="the share of working hours that was lost")
    response_times: ResponseTimesValue = Field(description="how long the site took")


class ComparisonAnswer(Value):
    """Two periods of one scope."""

    scope: ScopeValue = Field(description="what was asked for")
    comparison: ComparisonValue = Field(description="both figures, and their difference")


class DayValue(Value):
    """The figure of one day, Europe/Paris."""

    day: date = Field(description="Europe/Paris: 23 or 25 hours when clocks change")
    figure: FigureValue = Field(description="its figure")


class DailyAnswer(Value):
    """The figures of the days of a window."""

    scope: ScopeValue = Field(description="what was asked for")
    days: list[DayValue] = Field(description="from the first slot on, in order")


class WeekAnswer(Value):
    """The hours of the week of a window: 168 of them."""

    scope: ScopeValue = Field(description="what was asked for")
    start: datetime = Field(description="of the window, UTC")
    end: datetime = Field(description="of the window, UTC")
    hours: list[HourValue] = Field(description="Monday 0:00 to Sunday 23:00")


class IncidentPage(Value):
    """Some incidents, the latest opened first. ``next_before`` asks for the following ones."""

    incidents: list[IncidentValue] = Field(description="the latest opened first")
    next_before: int | None = Field(description="before of the next page; null: this is the last")


class ObservationValue(Value):
    """One slot of the ledger, run or not."""

    sequence: int = Field(description="its number in the ledger, without holes")
    component: str = Field(description="what was looked at")
    vantage: str = Field(description="from where, an id")
    scheduled_at: datetime = Field(description="when it was planned, UTC")
    interval_seconds: float = Field(description="how often it was planned then, in seconds")
    outcome: str = Field(description=", ".join(Outcome))
    rule: str = Field(description="the rule that decided it")
    ruleset: str = Field(description="the set of rules; empty without a verdict")
    depth: str = Field(description="form: page and form answer; full: the act itself was done")
    flags: list[str] = Field(description="reservations, such as refusal_not_excluded")
    via: str | None = Field(description="the component whose failure it inherits")
    started_at: datetime | None = Field(description="UTC; null: nothing ran")
    finished_at: datetime | None = Field(description="UTC; null: nothing ran")
    duration_seconds: float | None = Field(description="what the site took, in seconds")
    category: str | None = Field(description="the category of permit that was chosen")

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

    observations: list[ObservationValue] = Field(description="in the order of recording")
    next_after: int | None = Field(description="after of the next page; null: this is the last")


class ExportValue(Value):
    """A complete month of open data. ``sha256`` is that of its SHA256SUMS."""

    name: str = Field(description="the month, as 2026-11: its files are below /donnees/2026-11/")
    sha256: str = Field(description="of its SHA256SUMS, which names all other files")
    size_bytes: int = Field(description="of all its files together, in bytes")


class ExportList(Value):
    """Every complete month that was published, oldest first."""

    exports: list[ExportValue] = Field(description="oldest first")
