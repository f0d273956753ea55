"""The private address."""

from __future__ import annotations

from datetime import datetime

import pytest

from monitor.metrics import Build, Metrics
from monitor.web.private import create_private_app, freshness
from tests.core.ledgers import BEGIN, at, ledger
from tests.readers import ListReader
from tests.web.client import Client

INTERVALS = {"portal": 300.0, "login": 300.0}


def client(word: str, now: datetime, started_at: datetime = BEGIN) -> Client:
    metrics = Metrics(
        components=INTERVALS, vantages=("local",), build=Build(version="1", ruleset="1")
    )
    reader = ListReader(ledger(word, component="portal") + ledger(word, component="login"))
    return Client(
        create_private_app(
            metrics,
            lambda: freshness(reader.latest(), INTERVALS, started_at=started_at, now=now),
            refresh=lambda: metrics.clock_measured(0.125),
        )
    )


@pytest.mark.parametrize(
    ("word", "slots", "status"),
    [
        ("UU", 3, 200),
        ("UU", 4, 503),
        ("UD", 3, 200),
        ("U-", 3, 200),
        ("", 2.5, 200),
        ("", 2.6, 503),
    ],
)
def test_health_is_about_slots_coming_in_not_about_the_site(
    word: str, slots: float, status: int
) -> None:
    found = client(word, at(slots)).get("/healthz")
    assert found.status_code == status
    assert found.json()["healthy"] is (status == 200)


def test_health_tells_the_age_of_each_probe() -> None:
    probes = client("UU", at(3)).get("/healthz").json()["probes"]
    assert probes["login"] == {
        "fresh": True,
        "last_slot_at": "2026-03-02T08:05:00+00:00",
        "age_seconds": 600.0,
        "limit_seconds": 750.0,
    }


def test_after_a_restart_old_slots_are_not_held_against_the_process() -> None:
    assert client("UU", at(100), started_at=at(99)).get("/healthz").status_code == 200


def test_metrics_are_refreshed_before_they_are_read() -> None:
    found = client("UU", at(3)).get("/metrics")
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "anef_clock_offset_seconds 0.125" in found.text
