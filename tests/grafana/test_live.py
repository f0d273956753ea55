"""Every expression on a real Prometheus that scrapes the real program, which watches an outage."""

from __future__ import annotations

import math
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from grafana.boards.reasons import MAY_BE_EMPTY
from grafana.boards.rules import RECORDED
from monitor.core.model import Slot
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.grafana.expressions import EXPRESSIONS, Expression, metric_names
from tests.grafana.prometheus import Prometheus, scraping
from tests.rehearsal import running, settings_file, wait_until
from tests.store.samples import VANTAGE, observation

pytestmark = pytest.mark.timeout(400)

BY_PROMETHEUS = {"up", "scrape_duration_seconds", "ALERTS"}
"""Series that Prometheus makes itself."""

INTERVALS = {"portal": 40, "category": 8}
"""Long enough for a busy machine to keep to."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A running program with an open incident, and the Prometheus that watched it come."""

    prometheus: Prometheus
    exposition: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A program that has looked for three days, was off for half a minute, and sees the list of
    categories empty: there are figures, slots that know nothing, and an incident."""
    folder = tmp_path_factory.mktemp("boards")
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as standin:
        file = settings_file(standin, folder, intervals=INTERVALS)
        standin.set_fault("categories_empty")
        seed(folder / "state", datetime.now(UTC))
        with running(file) as monitor:
            metrics_url = monitor.addresses()[1]
            with scraping(metrics_url, folder) as prometheus:
                _until(prometheus, "anef_incident_failing_step == 1")
                _until(prometheus, 'ALERTS{alertname="AnefPanne"}')
                shown = httpx.get(f"{metrics_url}/metrics", trust_env=False).text
                yield Scene(prometheus=prometheus, exposition=shown)
            monitor.end()


def seed(state: Path, now: datetime) -> None:
    """Three good days of hourly slots, up to half a minute ago."""
    state.mkdir()
    with open_store(sqlite_url(state / "monitor.sqlite3")) as store:
        store.register_vantage(VANTAGE)
        for hours in range(72, -1, -1):
            for component in INTERVALS:
                planned = Slot(
                    component=component,
                    vantage=VANTAGE.id,
                    scheduled_at=now - timedelta(hours=hours, seconds=30),
                    interval_seconds=3600,
                )
                store.record(observation(planned))


def _until(prometheus: Prometheus, expr: str) -> None:
    wait_until(lambda: prometheus.instant(expr), seconds=120)


def _brings_something(series: list[dict[str, Any]]) -> bool:
    """True when any value is a number: a panel full of NaN shows nothing."""
    values = [
        value for one in series for _, value in one.get("values", [one.get("value", (0, "NaN"))])
    ]
    return any(not math.isnan(float(value)) for value in values)


@pytest.mark.parametrize("one", EXPRESSIONS, ids=lambda one: f"{one.kind} {one.where}")
def test_an_expression_brings_data_or_a_reason_is_stated(one: Expression, scene: Scene) -> None:
    if one.over_time:
        found = scene.prometheus.ranged(one.asked, seconds=60, step=1)
    else:
        found = scene.prometheus.instant(one.asked)
    # What fires, and on what, is tested by promtool; here an alert only must not fail.
    if one.kind != "alert" and one.written not in MAY_BE_EMPTY:
        assert _brings_something(found), f"{one.where} is empty: {one.asked}"


@pytest.mark.parametrize("one", EXPRESSIONS, ids=lambda one: f"{one.kind} {one.where}")
def test_an_expression_reads_only_what_the_program_exports(one: Expression, scene: Scene) -> None:
    exported = set(re.findall(r"^([a-zA-Z_:]\w*)", scene.exposition, re.MULTILINE))
    assert metric_names(one.asked) - exported - BY_PROMETHEUS - set(RECORDED) == set()


def test_an_empty_panel_is_noticed(scene: Scene) -> None:
    assert not _brings_something(scene.prometheus.instant("anef_component_down"))
    assert not _brings_something(scene.prometheus.instant("anef_clock_offset_seconds"))
    assert not _brings_something(
        scene.prometheus.ranged("anef_log_last_stamp_timestamp_seconds * NaN", seconds=9, step=1)
    )


def test_a_query_that_fails_is_noticed(scene: Scene) -> None:
    with pytest.raises(AssertionError, match="many-to-many"):
        scene.prometheus.instant("anef_slots + on (component) anef_slots")


def test_promtool_accepts_what_the_running_program_exports(scene: Scene) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=scene.exposition,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_prometheus_evaluates_every_rule(scene: Scene) -> None:
    answer = httpx.get(f"{scene.prometheus.url}/api/v1/rules", trust_env=False).json()
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    assert len(rules) >= len(RECORDED)
    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}


def test_alerts_that_fire_read_as_french(scene: Scene) -> None:
    answer = httpx.get(f"{scene.prometheus.url}/api/v1/alerts", trust_env=False).json()
    said = {one["labels"]["alertname"]: one["annotations"] for one in answer["data"]["alerts"]}
    assert (
        said["AnefPanne"]["summary"] == "ANEF\u00a0: le choix du titre de séjour ne fonctionne pas"
    )
    assert not any("<error" in text for texts in said.values() for text in texts.values())


def test_the_same_figures_stand_in_prometheus_and_in_the_program(scene: Scene) -> None:
    """A gauge of a long window hardly moves within the second that lies between both."""
    wanted = 'anef_availability_ratio{component="category",window="90d"}'
    (shown,) = re.findall(rf"^{re.escape(wanted)} (\S+)$", scene.exposition, re.MULTILINE)
    (series,) = scene.prometheus.instant(wanted)
    assert float(series["value"][1]) == pytest.approx(float(shown), abs=0.01)
    assert abs(time.time() - series["value"][0]) < 60
