"""Figures and days as pages show them: a percentage, what it rests on, bars and their table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from markupsafe import Markup

from monitor.core.model import Depth
from monitor.core.scopes import Scope
from monitor.core.statistics import PARIS, Figure, day_bounds, shown_coverage, shown_percent
from monitor.store.figures import Figures
from monitor.web.language import _
from monitor.web.reviewed import second_figure
from monitor.web.typography import NBSP, day, lasting, number, paris, percent, short_day
from monitor.web.words import depth_words

DAYS = 90
BAR_HEIGHT = 36
BAR_ORDER = ("bar-none", "bar-good", "bar-bad", "bar-planned", "bar-unknown")
"""The states of bars, the later drawn over the earlier."""

SMALLEST = 8
"""Height of the smallest failing part: a short outage must be seen (the legend says so)."""


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """One line of the table beside the bars."""

    day: str
    available: str
    unavailable: str
    maintenance: str
    unknown: str


@dataclass(frozen=True, kw_only=True)
class FigureView:
    """A figure in words. ``value`` is None when there is not enough data."""

    value: str | None
    period: str
    coverage: str
    bounds: str
    depth: str
    observations: str
    second: str | None
    bars: Markup
    rows: tuple[DayRow, ...]


@dataclass(frozen=True, kw_only=True)
class Days:
    """A component's last 90 local days, each and all together. ``second`` is the figure after
    what was judged again, ``depths`` how deep the runs that know something looked."""

    days: Sequence[tuple[date, Figure]]
    whole: Figure
    second: Figure | None
    depths: frozenset[Depth]


def last_days(figures: Figures, component: str, now: datetime) -> Days | None:
    """None when nothing is in the ledger. Errors are those of the store."""
    today = paris(now).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    scope, span = Scope(component=component), (_midnight(days[0]), now)
    *found, whole = figures.figures(scope, [*map(day_bounds, days), span], now=now)
    if not whole.window_seconds:
        return None
    return Days(
        days=tuple(zip(days, found, strict=True)),
        whole=whole,
        second=figures.second(scope, *span, now=now),
        depths=frozenset(
            one
            for one in Depth
            if figures.figure(replace(scope, depth=one), *span, now=now).known_observations
        ),
    )


def figure_view(found: Days) -> FigureView:
    """The same in words."""
    whole = found.whole
    digits = whole.digits
    low, high = (percent(shown_percent(bound, digits), digits) for bound in whole.bounds)
    return FigureView(
        value=_value(whole, digits),
        period=_period(whole, found.days[0][0]),
        coverage=percent(shown_coverage(whole.coverage), 0),
        bounds=_("entre {low} et {high}").format(low=low, high=high),
        depth=_depth(found.depths),
        observations=number(whole.observations),
        second=second_figure(found.second),
        bars=bars(found.days),
        rows=tuple(_row(one, day) for one, day in reversed(found.days) if day.window_seconds),
    )


def _midnight(first: date) -> datetime:
    return datetime.combine(first, time(), tzinfo=PARIS)


def _value(found: Figure, digits: int) -> str | None:
    if found.availability is None:
        return None
    return percent(shown_percent(found.availability, digits), digits)


def _period(found: Figure, first: date) -> str:
    """ "sur 90 jours", or since when the component is watched."""
    clipped = paris(found.start).date() > first
    if clipped:
        return _("depuis le {day}").format(day=day(found.start))
    return _("sur {days} jours").format(days=DAYS)


def _depth(depths: frozenset[Depth]) -> str:
    """How deep the runs behind the figure looked."""
    if len(depths) > 1:
        return _("toutes profondeurs confondues")
    return depth_words(next(iter(depths), Depth.FORM))


def _row(one: date, found: Figure) -> DayRow:
    return DayRow(
        day=short_day(_midnight(one)),
        available=_span(found.available_seconds),
        unavailable=_span(found.unavailable_seconds - found.maintenance_seconds),
        maintenance=_span(found.maintenance_seconds),
        unknown=_span(found.unknown_seconds),
    )


def _span(seconds: float) -> str:
    """Short in both languages, and without what keeps a line together: these cells never break,
    and there are thousands."""
    hours, minutes = divmod(int(seconds) // 60, 60)
    if 0 < hours < 24 and minutes:
        return f"{hours} h {minutes:02d}"
    return lasting(seconds).replace(NBSP, " ") if seconds >= 1 else "0"


def bars(days: Sequence[tuple[date, Figure]]) -> Markup:
    """One bar a day as SVG: failing time hangs from the top, unknown time stands at the bottom.

    One shape for each state, a day is a stroke of it: that keeps the page light. A bar that can be
    read begins as a whole good one, and the others are drawn over it. The table has the values.
    """
    shapes: dict[str, list[str]] = {name: [] for name in BAR_ORDER}
    for index, (_day, found) in enumerate(days):
        for name, top, bottom in _parts(found):
            shapes[name].append(f"M{index} {top}V{bottom}")
    drawn = Markup("").join(
        Markup('<path class="{}" d="{}"/>').format(name, "".join(strokes))
        for name, strokes in shapes.items()
        if strokes
    )
    opening = Markup(
        '<svg class="bars" viewBox="-.5 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
    ).format(len(days), BAR_HEIGHT)
    return opening + drawn + Markup("</svg>")


def _parts(found: Figure) -> Iterable[tuple[str, int, int]]:
    """(state, top, bottom) of the strokes of a day, in whole units of the bar's height."""
    if not found.window_seconds:
        yield "bar-none", BAR_HEIGHT - 3, BAR_HEIGHT
        return
    scale = BAR_HEIGHT / found.window_seconds
    down = _seen((found.unavailable_seconds - found.maintenance_seconds) * scale)
    planned = min(down + _seen(found.maintenance_seconds * scale), BAR_HEIGHT)
    known = max(BAR_HEIGHT - round(found.unknown_seconds * scale), planned)
    if known > planned:
        yield "bar-good", 0, BAR_HEIGHT
    for name, top, bottom in (
        ("bar-bad", 0, down),
        ("bar-planned", down, planned),
        ("bar-unknown", known, BAR_HEIGHT),
    ):
        if bottom > top:
            yield name, top, bottom


def _seen(height: float) -> int:
    return max(round(height), SMALLEST) if height > 0 else 0
