"""Charts: what is in the picture, and the same in the table beside it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from monitor.core.statistics import daily, figure_of
from monitor.core.timeline import Timeline, timeline
from monitor.core.weekly import hours_of_week
from monitor.exports.charts import (
    BAD,
    GOOD,
    PLANNED,
    UNKNOWN,
    Caption,
    Chart,
    heat_map,
    months,
)
from monitor.exports.comparison_chart import comparison
from monitor.exports.daily_charts import days, response_times
from monitor.web.language import speaking
from monitor.web.typography import written_day
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
        "months": months([((2026, 2), whole)], CAPTION),
        "days": days(by_day, CAPTION),
        "times": response_times(times, CAPTION),
        "comparison": comparison(
            [("Première période", "2 – 9 mars", whole), ("Seconde période", "10 mars", whole)],
            CAPTION,
            marked=False,
        ),
    }


def words(svg: str) -> str:
    return " ".join("".join(one.itertext()) for one in ET.fromstring(svg).iter() if one.text)


@pytest.mark.parametrize("name", ["heat", "months", "days", "times", "comparison"])
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
        assert row[0] == written_day(day)
        assert sum(hours) == pytest.approx(found.window_seconds / 3600, abs=0.03)


def test_a_chart_speaks_the_language_of_the_page(line: Timeline) -> None:
    with speaking("en"):
        whole = figure_of(line, start=NOW - timedelta(days=9), end=NOW)
        chart = months([((2026, 2), whole)], CAPTION)
        assert chart.head[1] == "Available"
        assert chart.rows[0][0] == "February\u00a02026"
        said = words(chart.svg())
        assert "Known time" in said
        assert "Feb" in said


def test_months_and_days_are_named_as_people_name_them(charts: dict[str, Chart]) -> None:
    assert charts["months"].rows[0][0] == "février\u00a02026"
    said = {name: words(charts[name].svg()) for name in charts}
    assert "févr. 2026" in said["months"] or {"févr.", "2026"} <= set(said["months"].split())
    assert "11 févr." in said["days"]
    assert not any(re.search(r"20\d\d-\d\d", text) for text in said.values())


def test_no_time_zone_of_a_machine_moves_a_day(line: Timeline) -> None:
    """A process of its own, since the drawing engine asks for the zone once."""
    by_day = daily(line, last=NOW.date(), days=1)
    spec = json.dumps(days(by_day, CAPTION).spec)
    draw = (
        "import sys, vl_convert as v; print(v.vegalite_to_svg(sys.stdin.read(), vl_version='6.1'))"
    )
    for zone in ("Pacific/Honolulu", "Pacific/Kiritimati"):
        svg = subprocess.run(
            [sys.executable, "-c", draw],
            input=spec,
            env={**os.environ, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        assert "12 Mar" in words(svg), zone


def test_what_a_day_was_can_be_told_without_colour() -> None:
    tiles = [Image.new("RGB", (1, 1), one).convert("L") for one in (GOOD, BAD, PLANNED, UNKNOWN)]
    greys = sorted(tile.tobytes()[0] for tile in tiles)
    assert min(high - low for low, high in pairwise(greys)) >= 35


def test_a_day_without_a_working_run_breaks_the_line_and_has_no_row() -> None:
    today = NOW.date()
    found = [
        (today - timedelta(days=2), [(0.5, 1.0)]),
        (today - timedelta(days=1), []),
        (today, [(0.5, 1.0)]),
    ]
    chart = response_times(found, CAPTION)
    assert len(chart.rows) == 2
    assert [one["seconds"] for one in chart.spec["data"]["values"]] == [1.0, None, 1.0]


def test_bars_over_a_change_of_method_are_hollow(line: Timeline) -> None:
    whole = figure_of(line, start=NOW - timedelta(days=9), end=NOW)
    sides = [("Première période", "mars", whole), ("Seconde période", "avril", whole)]
    drawn = {marked: comparison(sides, CAPTION, marked=marked).svg() for marked in (True, False)}
    assert GOOD in drawn[False]
    assert GOOD not in drawn[True]
    assert "stroke-dasharray" in drawn[True]
