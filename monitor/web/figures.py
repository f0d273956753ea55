"""Figures and days as pages show them: a percentage, what it rests on, bars and their table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from markupsafe import Markup

from monitor.core.model import Depth
from monitor.core.scopes import Scope
from monitor.core.statistics import PARIS, Figure, day_bounds, percent_digits, shown_percent
from monitor.store.figures import Figures
from monitor.web.language import _
from monitor.web.reviewed import second_figure
from monitor.web.typography import day, french, lasting, number, paris, percent
from monitor.web.words import depth_words

DAYS = 90
BAR_WIDTH, BAR_GAP, BAR_HEIGHT = 8, 2, 36
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
    digits = percent_digits(whole.known_observations)
    low, high = (percent(shown_percent(bound, digits), digits) for bound in whole.bounds)
    return FigureView(
        value=_value(whole, digits),
        period=_period(whole, found.days[0][0]),
        coverage=percent(shown_percent(whole.coverage, 0), 0),
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
        day=day(_midnight(one)),
        available=_span(found.available_seconds),
        unavailable=_span(found.unavailable_seconds - found.maintenance_seconds),
        maintenance=_span(found.maintenance_seconds),
        unknown=_span(found.unknown_seconds),
    )


def _span(seconds: float) -> str:
    return lasting(seconds) if seconds >= 1 else "—"


def bars(days: Sequence[tuple[date, Figure]]) -> Markup:
    """One bar a day as SVG: failing time hangs from the top, unknown time stands at the bottom.

    Days without any event are one shape, which keeps the page light; the table has their values.
    """
    width = len(days) * (BAR_WIDTH + BAR_GAP) - BAR_GAP
    drawn, quiet = Markup(""), dict[str, list[str]]()
    for index, (one, found) in enumerate(days):
        x, parts = index * (BAR_WIDTH + BAR_GAP), list(_parts(found))
        (name, top, height), *others = parts
        if not others and name in ("bar-good", "bar-none"):
            quiet.setdefault(name, []).append(f"M{x} {top:g}h{BAR_WIDTH}v{height:g}h-{BAR_WIDTH}z")
        else:
            drawn += _bar(x, _sentence(one, found), parts)
    for name, shapes in quiet.items():
        drawn += Markup('<path class="{}" d="{}"/>').format(name, "".join(shapes))
    opening = Markup(
        '<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true"'
        ' focusable="false">'
    ).format(width, BAR_HEIGHT)
    return opening + drawn + Markup("</svg>")


def _bar(x: int, said: str, parts: Iterable[tuple[str, float, float]]) -> Markup:
    inside = Markup("<title>{}</title>").format(said)
    for name, top, height in parts:
        inside += Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            name, x, round(top, 2), BAR_WIDTH, round(height, 2)
        )
    return Markup("<g>") + inside + Markup("</g>")


def _parts(found: Figure) -> Iterable[tuple[str, float, float]]:
    """(class, top, height) from top to bottom; together they fill the bar."""
    if not found.window_seconds:
        yield "bar-none", BAR_HEIGHT - 3, 3
        return
    scale = BAR_HEIGHT / found.window_seconds
    down = _seen((found.unavailable_seconds - found.maintenance_seconds) * scale)
    planned = min(_seen(found.maintenance_seconds * scale), BAR_HEIGHT - down)
    unknown = min(found.unknown_seconds * scale, BAR_HEIGHT - down - planned)
    good = BAR_HEIGHT - down - planned - unknown
    top = 0.0
    for name, height in (
        ("bar-bad", down),
        ("bar-planned", planned),
        ("bar-good", good),
        ("bar-unknown", unknown),
    ):
        if height > 0.01:
            yield name, top, height
        top += height


def _seen(height: float) -> float:
    return max(height, SMALLEST) if height > 0 else 0.0


def _sentence(one: date, found: Figure) -> str:
    said = [
        f"{word} {lasting(seconds)}"
        for word, seconds in (
            (_("hors service"), found.unavailable_seconds - found.maintenance_seconds),
            (_("maintenance"), found.maintenance_seconds),
            (_("non connu"), found.unknown_seconds),
            (_("disponible"), found.available_seconds),
        )
        if seconds >= 1
    ]
    text = ", ".join(said) or _("pas encore surveillé")
    return french(_("{name} : {text}").format(name=day(_midnight(one)), text=text))
