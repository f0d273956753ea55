"""Charts: what is in the picture, and the same in the table beside it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from monitor.core.statistics import daily, figure_of
from monitor.core.timeline import Timeline, timeline
from monitor.core.weekly import hours_of_week
from monitor.exports.charts import Caption, Chart, days, heat_map, months, response_times
from monitor.web.language import speaking
from tests.web.scenes import NOW, history

CAPTION = Caption(
    title="Connexion",
    period="du 12 décembre 2025 au 12 mars 2026",
    definition="Temps disponible / temps connu",
    source="Observatoire — https://exemple.invalid",
)


@pytest.fixture(scope="module")
def line() -> Timeline:
    events = {"D": [(200.0, 5.0), (72.0, 2.0)], "-": [(400.0, 20.0)]}
    records = history("login", days=40, interval_seconds=1800, events=events)
    return timeline(records, now=NOW)


@pytest.fixture(scope="module")
def charts(line: Timeline) -> dict[str, Chart]:
    start = NOW - timedelta(days=40)
    by_day = daily(line, last=NOW.date(), days=30)
    whole = figure_of(line, start=start, end=NOW)
    times = [(NOW.date() - timedelta(days=back), [(0.5, 1.25), (0.95, 3.5)]) for back in (2, 1)]
    return {
        "heat": heat_map(hours_of_week(line, start=start, end=NOW), CAPTION),
        "months": months([("2026-02", whole)], CAPTION),
        "days": days(by_day, CAPTION),
        "times": response_times(times, CAPTION),
    }


def words(svg: str) -> str:
    return " ".join("".join(one.itertext()) for one in ET.fromstring(svg).iter() if one.text)


@pytest.mark.parametrize("name", ["heat", "months", "days", "times"])
def test_title_period_definition_and_source_are_in_the_picture(
    charts: dict[str, Chart], name: str
) -> None:
    said = words(charts[name].svg())
    for text in (CAPTION.title, CAPTION.period, CAPTION.definition, CAPTION.source):
        assert text in said


def test_png_is_large_enough_for_print(charts: dict[str, Chart]) -> None:
    with Image.open(io.BytesIO(charts["months"].png())) as picture:
        assert picture.width >= 1800


def test_no_picture_asks_another_server_for_anything(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        svg = chart.svg().replace("http://www.w3.org/", "").replace("https://exemple.invalid", "")
        assert not re.search(r"https?://|<script|@import", svg)


def test_heat_map_writes_what_was_lost_and_does_not_guess(
    charts: dict[str, Chart], line: Timeline
) -> None:
    chart = charts["heat"]
    week = hours_of_week(line, start=NOW - timedelta(days=40), end=NOW)
    assert len(chart.rows) == len(week) == 168
    lost = {row[2] for row in chart.rows}
    assert lost - {"0", "?", "<1"}, "a failing hour must be told by its number"
    unknown = [key for key, found in week.items() if found.availability is None]
    assert len([row for row in chart.rows if row[2] == "?"]) == len(unknown)


def test_days_add_up_to_what_the_figure_says(line: Timeline, charts: dict[str, Chart]) -> None:
    rows = charts["days"].rows
    for (day, found), row in zip(daily(line, last=NOW.date(), days=30), rows, strict=True):
        hours = [float(cell.removesuffix("\u00a0h").replace(",", ".")) for cell in row[1:]]
        assert row[0] == day.isoformat()
        assert sum(hours) == pytest.approx(found.window_seconds / 3600, abs=0.03)


def test_a_chart_speaks_the_language_of_the_page(line: Timeline) -> None:
    with speaking("en"):
        chart = months(
            [("2026-02", figure_of(line, start=NOW - timedelta(days=9), end=NOW))], CAPTION
        )
        assert chart.head[1] == "Available"
        assert "Known time" in words(chart.svg())
