"""A figure as the JSON that commands and the API give: every number with what it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from monitor.core.comparison import Comparison
from monitor.core.incidents import duration
from monitor.core.model import Incident
from monitor.core.scopes import Scope
from monitor.core.statistics import Figure
from monitor.core.weekly import HOURS_OF_WEEK, HourOfWeek, Week, working_hours
from monitor.store.figures import ResponseTimes

Ratio = Annotated[float | None, Field(description="0 to 1; null: not enough is known")]
Seconds = Annotated[float, Field(ge=0)]


def _said(words: str) -> Any:  # noqa: ANN401  as pydantic has it
    return Field(description=words)


class Value(BaseModel):
    """Frozen, and without fields that nobody documented."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IncidentValue(Value):
    """An incident; start and end are intervals that hold the true moment."""

    id: str = Field(description="component-number, as in the address of its page")
    component: str = _said("what failed")
    vantage: str = _said("from where it was seen, an id")
    kind: str = Field(description="down, or maintenance when the site announced it")
    rule: str = _said("the rule that decided it")
    via: str | None = Field(description="the component whose failure it inherits")
    started_after: datetime | None = _said("earliest start, UTC; null: it never worked before")
    started_before: datetime = _said("latest start, UTC")
    ended_after: datetime | None = _said("earliest end, UTC; null while it is open")
    ended_before: datetime | None = _said("latest end, UTC; null while it is open")
    is_open: bool = _said("true until two good runs in a row have closed it")
    minimum_seconds: Seconds = _said("it lasted at least so long, in seconds")
    maximum_seconds: float | None = _said("at most so long, in seconds; null: no bound is known")
    failing_slots: int = _said("failing runs in it")
    holes: list[tuple[datetime, datetime]] = Field(
        description="spans in which nobody looked, UTC: continuity not observed"
    )

    @classmethod
    def of(cls, one: Incident, *, now: datetime) -> IncidentValue:
        """The value of an incident as known at ``now``."""
        lasted = duration(one, now=now)
        return cls(
            id=f"{one.component}-{one.opened_sequence}",
            component=one.component,
            vantage=one.vantage,
            kind=one.kind,
            rule=one.rule,
            via=one.via,
            started_after=one.started_after,
            started_before=one.started_before,
            ended_after=one.ended_after,
            ended_before=one.ended_before,
            is_open=one.is_open,
            minimum_seconds=lasted.minimum_seconds,
            maximum_seconds=lasted.maximum_seconds,
            failing_slots=one.failing_slots,
            holes=list(one.holes),
        )


class RepairValue(Value):
    """Mean time to repair over closed incidents of the window, announced maintenance left out."""

    incidents: int = _said("closed incidents that are counted")
    minimum_seconds: float = _said("mean of the least they can have lasted, in seconds")
    maximum_seconds: float | None = _said("mean of the most, in seconds; null: one has no bound")


class ScopeValue(Value):
    """What the figure is about; null is all together (a depth: any)."""

    component: str = Field(description="a component, or whole_path")
    depth: str | None = _said("form, full, or null: any")
    vantage: str | None = _said("an id, or null: all that agree")
    category: str | None = _said("a category of permit, or null: all")

    @classmethod
    def of(cls, scope: Scope) -> ScopeValue:
        """The value of a scope."""
        depth = scope.depth.value if scope.depth else None
        return cls(
            component=scope.component, depth=depth, vantage=scope.vantage, category=scope.category
        )


class FigureValue(Value):
    """A figure over a window, clipped to the first slot and to now."""

    start: datetime = _said("of the window, clipped to the first slot, UTC")
    end: datetime = _said("of the window, clipped to now, UTC")
    window_seconds: Seconds = _said("length of the clipped window, in seconds")
    available_seconds: Seconds = _said("known to work, in seconds")
    degraded_seconds: Seconds = _said("of which slowly, in seconds")
    unavailable_seconds: Seconds = _said("known not to work, in seconds")
    maintenance_seconds: Seconds = _said("of which announced, in seconds")
    isolated_seconds: Seconds = _said("of unknown time: failures outside of incidents, in seconds")
    partial_seconds: Seconds = _said("of unknown time: vantages disagreed, in seconds")
    unknown_seconds: Seconds = _said("neither known to work nor not to, in seconds")
    availability: Ratio = _said("available / known time, 0 to 1; null under 80 % of coverage")
    availability_without_maintenance: Ratio = _said(
        "the same without announced maintenance, 0 to 1; null as there"
    )
    coverage: float = _said("known part of the window, 0 to 1")
    lower_bound: float = _said("availability if all unknown time were down, 0 to 1")
    upper_bound: float = _said("availability if all unknown time were up, 0 to 1")
    insufficient: bool = Field(description="true: under 80 % of coverage, there is no figure")
    percent_digits: int = Field(description="decimals of a percentage that the sampling allows")
    observations: int = _said("runs that took place")
    known_observations: int = _said("of which told whether it worked")
    isolated_failures: int = _said("failing runs that belong to no incident")
    incidents: int = _said("of both kinds that reach into the window, each vantage's own apart")
    outages: int = _said("those that were not announced maintenance")
    longest_gap_seconds: Seconds = _said("longest silence, in seconds")
    longest_outage_seconds: Seconds = _said("longest time down without a hole, in seconds")
    repair: RepairValue | None = _said("mean time to repair; null without a closed incident")
    rulesets: list[str] = _said("sets of rules in force")
    intervals_seconds: list[float] = _said("how often runs were planned, in seconds")
    vantages: list[str] = _said("from where, ids")
    is_mixed: bool = Field(description="rules, intervals or vantages changed inside the window")

    @classmethod
    def of(cls, one: Figure) -> FigureValue:
        """The value of a figure."""
        same = {
            name: getattr(one, name)
            for name in cls.model_fields
            if name not in _SHAPED and hasattr(one, name)
        }
        same["unknown_seconds"] = round(one.unknown_seconds, 6)  # microseconds are all there is
        return cls(
            **same,
            lower_bound=one.bounds[0],
            upper_bound=one.bounds[1],
            percent_digits=one.digits,
            incidents=len(one.incidents),
            repair=RepairValue(**vars(one.repair)) if one.repair else None,
            rulesets=list(one.rulesets),
            intervals_seconds=list(one.intervals_seconds),
            vantages=list(one.vantages),
        )


_SHAPED = frozenset(("incidents", "repair", "rulesets", "intervals_seconds", "vantages"))


class HourValue(Value):
    """All occurrences of one hour of the week in the window."""

    weekday: int = Field(ge=1, le=7, description="1 is Monday")
    hour: int = Field(ge=0, le=23, description="local hour, Europe/Paris")
    available_seconds: Seconds = _said("known to work, in seconds")
    known_seconds: Seconds = _said("known at all, in seconds")
    window_seconds: Seconds = _said("of the window in this hour, in seconds")
    availability: Ratio = _said("available / known time, 0 to 1; null: not enough is known")


class WorkingValue(Value):
    """Monday to Friday, 8:00 to 20:00 in Paris, public holidays included."""

    lost_ratio: Ratio = _said("unavailable / known, 0 to 1; null: not enough is known")
    known_seconds: Seconds = _said("working hours known at all, in seconds")
    window_seconds: Seconds = _said("working hours of the window, in seconds")

    @classmethod
    def of(cls, week: Week) -> WorkingValue:
        """The value of the working hours of a week."""
        found = working_hours(week)
        return cls(
            lost_ratio=found.lost_ratio,
            known_seconds=found.known_seconds,
            window_seconds=found.window_seconds,
        )


def hour_values(week: Week) -> list[HourValue]:
    """All 168 hours, those that the window does not touch with nothing."""
    nothing = HourOfWeek(available_seconds=0, known_seconds=0, window_seconds=0)
    return [
        HourValue(
            weekday=weekday,
            hour=hour,
            available_seconds=cell.available_seconds,
            known_seconds=cell.known_seconds,
            window_seconds=cell.window_seconds,
            availability=cell.availability,
        )
        for weekday, hour in HOURS_OF_WEEK
        for cell in (week.get((weekday, hour), nothing),)
    ]


class QuantileValue(Value):
    """The duration of a run that took place."""

    quantile: float = _said("part of the runs that took no longer, 0 to 1")
    seconds: float = _said("their duration, in seconds")


class ResponseTimesValue(Value):
    """Percentiles of the raw durations of runs that worked."""

    runs: int = _said("runs that worked")
    quantiles: list[QuantileValue] = _said("in order; empty without a run")

    @classmethod
    def of(cls, found: ResponseTimes) -> ResponseTimesValue:
        """The value of response times."""
        pairs = [QuantileValue(quantile=q, seconds=seconds) for q, seconds in found.quantiles]
        return cls(runs=found.runs, quantiles=pairs)


class ComparisonValue(Value):
    """Two periods. No difference is given where the method changed between them."""

    first: FigureValue = _said("of the first period")
    second: FigureValue = _said("of the second one")
    difference: float | None = _said("second minus first, -1 to 1; null: it would mislead")
    changes: list[str] = Field(description="what changed besides the site")
    is_certain: bool = Field(description="true: what is not known cannot turn it around")

    @classmethod
    def of(cls, found: Comparison) -> ComparisonValue:
        """The value of a comparison."""
        return cls(
            first=FigureValue.of(found.first),
            second=FigureValue.of(found.second),
            difference=found.difference,
            changes=[change.value for change in found.changes],
            is_certain=found.is_certain,
        )
