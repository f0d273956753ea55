"""Figures of a window in words, with all that they rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.model import Depth
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure, shown_coverage, shown_percent
from monitor.core.weekly import Week, working_hours
from monitor.store.figures import ResponseTimes
from monitor.web.language import N_, _, language
from monitor.web.typography import (
    dated,
    decimal,
    lasting,
    month,
    number,
    paris,
    percent,
)
from monitor.web.words import depth_words, title

WINDOWS: tuple[tuple[str, str], ...] = (
    ("today", N_("Aujourd’hui")),
    ("24h", N_("24 heures")),
    ("7d", N_("7 jours")),
    ("30d", N_("30 jours")),
    ("90d", N_("90 jours")),
    ("365d", N_("365 jours")),
    ("decision", N_("Depuis le 5 mai 2026")),
)
"""Windows that every page offers; months are offered besides."""

MONTHS_OFFERED = 12


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One window that can be chosen."""

    name: str
    label: str
    chosen: bool
    is_month: bool = False


@dataclass(frozen=True, kw_only=True)
class FigureLine:
    """One component over one window. ``value`` is "" when there is not enough data."""

    scope: str
    depth: str
    title: str
    value: str
    without_maintenance: str
    bounds: str
    coverage: str
    observations: str
    incidents: str
    outage: str
    longest: str
    repair: str
    gap: str
    lost: str
    second: str


def scope_title(component: str) -> str:
    """The component, or the whole path."""
    return _("Parcours entier") if component == PATH else title(component)


def how_deep(component: str, depth: Depth | None) -> str:
    """The depth of a figure's runs. The whole path is only ever of full runs."""
    deep = Depth.FULL if component == PATH else depth
    return depth_words(deep) if deep else _("toutes profondeurs confondues")


def choices(now: datetime, chosen: str) -> tuple[Choice, ...]:
    """All windows on offer, the chosen one marked."""
    named = [Choice(name=n, label=_(text), chosen=n == chosen) for n, text in WINDOWS]
    return (*named, *(_month_choice(one, chosen) for one in last_months(now, MONTHS_OFFERED)))


def last_months(now: datetime, count: int) -> tuple[str, ...]:
    """Names of the last months, this one first."""
    found, local = [], paris(now).replace(day=1)
    for _step in range(count):
        found.append(f"{local.year}-{local.month:02d}")
        local = (local - timedelta(days=1)).replace(day=1)
    return tuple(found)


def _month_choice(name: str, chosen: str) -> Choice:
    label = month(int(name[:4]), int(name[5:]))
    return Choice(name=name, label=label, chosen=name == chosen, is_month=True)


def period(figure: Figure) -> str:
    """The clipped window, to the minute."""
    return _("du {start} au {end}").format(start=dated(figure.start), end=dated(figure.end))


def figure_line(scope: Scope, found: Figure, week: Week, second: Figure | None) -> FigureLine:
    """All of a figure in words."""
    digits = found.digits
    low, high = (percent(shown_percent(bound, digits), digits) for bound in found.bounds)
    lost = working_hours(week).lost_ratio
    return FigureLine(
        scope=scope.component,
        depth=how_deep(scope.component, scope.depth),
        title=scope_title(scope.component),
        value=shown(found.availability, digits),
        without_maintenance=shown(found.availability_without_maintenance, digits),
        bounds=_("entre {low} et {high}").format(low=low, high=high),
        coverage=percent(shown_coverage(found.coverage), 0),
        observations=number(found.observations),
        incidents=number(found.outages),
        outage=lasting(found.unavailable_seconds - found.maintenance_seconds),
        longest=_longest(found),
        repair=_repair(found),
        gap=lasting(found.longest_gap_seconds),
        lost="—" if lost is None else percent(shown_percent(lost, digits), digits),
        second=_second(second),
    )


def _second(found: Figure | None) -> str:
    if found is None:
        return ""
    return shown(found.availability, found.digits) or _("données insuffisantes")


def shown(value: float | None, digits: int) -> str:
    """A percentage, "" without a figure."""
    return "" if value is None else percent(shown_percent(value, digits), digits)


def _longest(found: Figure) -> str:
    """In the window, and not of one vantage while others saw it working: as everywhere."""
    seconds = found.longest_outage_seconds
    return _("au moins {time}").format(time=lasting(seconds)) if seconds else "—"


def _repair(found: Figure) -> str:
    if found.repair is None:
        return "—"
    least = lasting(found.repair.minimum_seconds)
    most = found.repair.maximum_seconds
    if most is None:
        return _("au moins {time}").format(time=least)
    return _("entre {low} et {high}").format(low=least, high=lasting(most))


def times_line(found: ResponseTimes) -> tuple[tuple[str, str], ...]:
    """Quantiles of response times: ("95 %", "2,31 s")."""
    return tuple(
        (percent(100 * quantile, 0), f"{decimal(seconds, 2)}\u00a0s")
        for quantile, seconds in found.quantiles
    )


def depths(figure_at: Callable[[Depth | None], Figure]) -> Iterable[Depth | None]:
    """Any depth, and full runs where there are some: never mixed."""
    yield None
    if figure_at(Depth.FULL).known_observations:
        yield Depth.FULL


def intervals(found: Figure) -> str:
    """How often a run was planned: "un toutes les 10 min"."""
    return every(found.intervals_seconds)


def every(seconds: Iterable[float]) -> str:
    """The same of the intervals alone."""
    joined = (" ou " if language() == "fr" else " or ").join(map(lasting, seconds))
    return _("un toutes les {interval}").format(interval=joined)
