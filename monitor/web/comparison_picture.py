"""The picture of a comparison: none where the difference is refused."""

from __future__ import annotations

from datetime import timedelta

from monitor.core.comparison import Comparison
from monitor.core.scopes import Scope
from monitor.core.statistics import Figure, shown_coverage
from monitor.exports.charts import Chart
from monitor.exports.comparison_chart import comparison
from monitor.web.captions import caption
from monitor.web.language import _
from monitor.web.pages import Publisher
from monitor.web.statistics_views import how_deep, period, scope_title
from monitor.web.typography import day, number, percent


def picture_of(
    publisher: Publisher, scope: Scope, found: Comparison, certainty: str
) -> Chart | None:
    """``certainty`` is what the page says of the difference; it stands in the picture too, whose
    bars are marked when the way to measure changed between the periods."""
    if found.difference is None:
        return None
    marked = bool(found.changes)
    pair = (found.first, found.second)
    names = (_("Première période"), _("Seconde période"))
    title = _("{name} — deux périodes").format(name=scope_title(scope.component))
    said = caption(
        publisher,
        title=title + (_(" (à prendre avec réserve)") if marked else ""),
        period=_("{first} ; puis {second} (heure de Paris)").format(
            first=period(found.first), second=period(found.second)
        ),
        definition=f"{_rests_on(scope, pair)} {certainty}",
    )
    sides = [(name, _days(one), one) for name, one in zip(names, pair, strict=True)]
    return comparison(sides, said, marked=marked)


def _rests_on(scope: Scope, pair: tuple[Figure, Figure]) -> str:
    known = [percent(shown_coverage(one.coverage), 0) for one in pair]
    runs = [number(one.observations) for one in pair]
    return _(
        "Barre : temps disponible / temps connu. Trait : bornes, temps non connu compris. "
        "{known} du temps est connu ; {runs} relevés, {depth}."
    ).format(
        known=_("{first} puis {second}").format(first=known[0], second=known[1]),
        runs=_("{first} puis {second}").format(first=runs[0], second=runs[1]),
        depth=how_deep(scope.component, scope.depth),
    )


def _days(found: Figure) -> str:
    first, last = day(found.start), day(found.end - timedelta(microseconds=1))
    if first == last:
        return first
    return f"{first} – {last}"
