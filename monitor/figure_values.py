"""A figure as the JSON that commands and the API give: every number with what it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

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


class Value(BaseModel):
    """Frozen, and without fields that nobody documented."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IncidentValue(Value):
    """An incident; start and end are intervals that hold the true moment."""

    id: str = Field(description="component-number, as in the address of its page")
    component: str
    vantage: str
    kind: str = Field(description="down, or maintenance when the site announced it")
    rule: str
    via: str | None = Field(description="the component whose failure it inherits")
    started_after: datetime | None
    started_before: datetime
    ended_after: datetime | None
    ended_before: datetime | None
    is_open: bool
    minimum_seconds: Seconds
    maximum_seconds: float | None
    failing_slots: int
    holes: list[tuple[datetime, datetime]] = Field(description="continuity not observed")

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

    incidents: int
    minimum_seconds: float
    maximum_seconds: float | None


class ScopeValue(Value):
    """What the figure is about; null is all together (a depth: any)."""

    component: str = Field(description="a component, or whole_path")
    depth: str | None
    vantage: str | None
    category: str | None

    @classmethod
    def of(cls, scope: Scope) -> ScopeValue:
        """The value of a scope."""
        depth = scope.depth.value if scope.depth else None
        return cls(
            component=scope.component, depth=depth, vantage=scope.vantage, category=scope.category
        )


class FigureValue(Value):
    """A figure over a window, clipped to the first slot and to now."""

    start: datetime
    end: datetime
    window_seconds: Seconds
    available_seconds: Seconds
    degraded_seconds: Seconds
    unavailable_seconds: Seconds
    maintenance_seconds: Seconds
    isolated_seconds: Seconds
    partial_seconds: Seconds
    unknown_seconds: Seconds
    availability: Ratio
    availability_without_maintenance: Ratio
    coverage: float
    lower_bound: float = Field(description="availability if all unknown time were down")
    upper_bound: float = Field(description="availability if all unknown time were up")
    insufficient: bool = Field(description="true: under 80 % of coverage, there is no figure")
    percent_digits: int = Field(description="decimals of a percentage that the sampling allows")
    observations: int
    known_observations: int
    isolated_failures: int
    incidents: int = Field(description="of both kinds, each vantage's own apart")
    outages: int = Field(description="those that were not announced maintenance")
    longest_gap_seconds: Seconds
    longest_outage_seconds: Seconds
    repair: RepairValue | None
    rulesets: list[str]
    intervals_seconds: list[float]
    vantages: list[str]
    is_mixed: bool = Field(description="rules, intervals or vantages changed inside the window")

    @classmethod
    def of(cls, one: Figure) -> FigureValue:
        """The value of a figure."""
        same = {
            name: getattr(one, name)
            for name in cls.model_fields
            if name not in _SHAPED and hasattr(one, name)
        }
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
    available_seconds: Seconds
    known_seconds: Seconds
    window_seconds: Seconds
    availability: Ratio


class WorkingValue(Value):
    """Monday to Friday, 8:00 to 20:00 in Paris, public holidays included."""

    lost_ratio: Ratio
    known_seconds: Seconds
    window_seconds: Seconds

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

    quantile: float
    seconds: float


class ResponseTimesValue(Value):
    """Percentiles of the raw durations of runs that worked."""

    runs: int
    quantiles: list[QuantileValue]

    @classmethod
    def of(cls, found: ResponseTimes) -> ResponseTimesValue:
        """The value of response times."""
        pairs = [QuantileValue(quantile=q, seconds=seconds) for q, seconds in found.quantiles]
        return cls(runs=found.runs, quantiles=pairs)


class ComparisonValue(Value):
    """Two periods. No difference is given where the method changed between them."""

    first: FigureValue
    second: FigureValue
    difference: Ratio
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
