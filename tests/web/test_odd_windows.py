"""The same window gives the same number everywhere, also where windows and ledgers are odd."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.certificates.build import outage_report
from monitor.certificates.errors import BadRequest
from monitor.certificates.model import Issuer, OutageReport
from monitor.certificates.plain import plain_of
from monitor.core.statistics import Figure, figure, shown_coverage, shown_percent
from monitor.core.windows import window
from monitor.metrics import Build, Metrics
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.api.app import create_api
from monitor.web.citations import Desk as CitationDesk
from monitor.web.pages import Pages
from monitor.web.typography import percent
from tests.core.ledgers import ledger
from tests.store.made_up import VANTAGES, empty, fill
from tests.web.client import Client
from tests.web.scenes import PUBLISHER
from tests.web.test_api import _site


@dataclass(frozen=True)
class Odd:
    """A window by its name, and a ledger with a slot each five minutes from ``begin`` on."""

    name: str
    begin: datetime
    word: str
    after: timedelta = timedelta(minutes=2)

    @property
    def now(self) -> datetime:
        return self.begin + timedelta(minutes=5 * len(self.word)) + self.after


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DAY = "U" * 150 + "DDD" + "U" * 60 + "M" * 4 + "?" + "U" * 40
ODD = {
    "today, clocks went forward": Odd("today", moment("2026-03-28T20:03"), DAY),
    "today, clocks went back": Odd("today", moment("2026-10-24T15:01"), DAY + "U" * 60),
    "the day itself": Odd("2026-03-29", moment("2026-03-28T20:03"), DAY + "U" * 60),
    "a month that began before": Odd("2026-04", moment("2026-04-10T09:01"), DAY),
    "since the decision": Odd("decision", moment("2026-05-04T20:58"), DAY),
    "a window that ends in the future": Odd(
        "2026-05-01..2026-05-31", moment("2026-05-04T07:00"), DAY
    ),
    "just under 80 % known": Odd("24h", moment("2026-06-01T07:00"), "U" * 230 + "." * 58),
    "nearly always up": Odd("30d", moment("2026-06-01T07:00"), "U" * 2998 + "DD"),
    "nothing known": Odd("24h", moment("2026-06-01T07:00"), "?" * 40),
    "nothing run": Odd("24h", moment("2026-06-01T07:00"), "." * 40),
    "one observation": Odd("7d", moment("2026-06-01T07:00"), "D"),
    "long silent": Odd("7d", moment("2026-06-01T07:00"), DAY, timedelta(days=30)),
}


@pytest.mark.parametrize("case", ODD.values(), ids=list(ODD))
def test_an_odd_window_gives_the_same_number_everywhere(case: Odd, tmp_path: Path) -> None:
    records = ledger(case.word, begin=case.begin)
    span = window(case.name, now=case.now)
    expected = figure(records, start=span.start, end=span.end, now=case.now)
    with open_store(sqlite_url(tmp_path / "odd.sqlite3")) as store:
        empty(store)
        fill(store, records)
        numbers = {
            "api": _by_api(store, case),
            "citation": _by_citation(store, case),
            "document": _by_document(store, case, expected),
            "metrics": _by_metrics(store, case, expected),
        }
        page = Client(_site(store, case.now)).get(f"/statistiques/login?fenetre={case.name}").text
    for name, number in numbers.items():
        assert number == (expected.availability, expected.coverage), name
    _shown(page, expected)


def _shown(page: str, expected: Figure) -> None:
    """What is printed is the value, neither better nor worse than the bounds, with few digits."""
    digits = expected.digits
    assert percent(shown_coverage(expected.coverage), 0) in page
    low, high = (shown_percent(one, digits) for one in expected.bounds)
    if expected.availability is None:
        assert "onnées insuffisantes" in page
        assert shown_coverage(expected.coverage) < 80
        return
    value = shown_percent(expected.availability, digits)
    assert low <= value <= high
    assert (value == 100) is (expected.availability == 1)
    for one in (low, value, high):
        assert percent(one, digits) in page


Number = tuple[float | None, float | None]


def _by_api(store: Store, case: Odd) -> Number:
    api = create_api(reader=store, figures=Figures(store), watched=(), clock=lambda: case.now)
    found = Client(api).get(f"/figures?component=login&window={case.name}").json()["figure"]
    return found["availability"], found["coverage"]


def _by_citation(store: Store, case: Odd) -> Number:
    pages = Pages(PUBLISHER, lambda: case.now)
    fields = {"etape": "login", "fenetre": case.name}
    made = CitationDesk(pages, store, store, Figures(store)).cite(fields)
    found = Client(_site(store, case.now)).get(f"/c/{made.code}.json").json()["figure"]
    return found["availability"], found["coverage"]


def _by_document(store: Store, case: Odd, expected: Figure) -> Number:
    """Where nothing was looked at no document is made."""
    if not expected.observations:
        with pytest.raises(BadRequest):
            _report(store, case)
        return expected.availability, expected.coverage
    found = plain_of(_report(store, case))["components"][0]["figure"]
    return found["availability"], found["coverage"]


def _report(store: Store, case: Odd) -> OutageReport:
    span = window(case.name, now=case.now)
    return outage_report(
        store,
        kept=lambda _: False,
        issuer=Issuer(site_name="Exemple"),
        rehearsal=True,
        components=["login"],
        start=span.start,
        end=span.end,
        now=case.now,
    )


def _by_metrics(store: Store, case: Odd, expected: Figure) -> Number:
    """Only for windows that roll; NaN is no figure."""
    if case.name not in ("24h", "7d", "30d"):
        return expected.availability, expected.coverage
    build = Build(version="", ruleset="")
    metrics = Metrics(components=["login"], vantages=list(VANTAGES), build=build)
    metrics.refresh(store, Figures(store), now=case.now)
    labels = {"component": "login", "window": case.name}
    ratio = metrics.registry.get_sample_value("anef_availability_ratio", labels)
    coverage = metrics.registry.get_sample_value("anef_coverage_ratio", labels)
    return None if ratio is None or math.isnan(ratio) else ratio, coverage
