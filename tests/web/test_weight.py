"""Pages stay light when all nine components are watched from three vantages for ninety days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from monitor.core.model import COMPONENTS, SlotRecord, Vantage
from monitor.store.blobs import FolderBlobs
from monitor.store.store import Store
from tests.core.ledgers import slot_record
from tests.store.made_up import fill
from tests.web.whole_site import LARGEST_BYTES, NOW, WholeSite, whole_site

VANTAGES = tuple(Vantage(id=f"v{n}", label=f"Lieu {n}", asn=64500 + n) for n in range(3))
INTERVAL = timedelta(hours=6)
DAYS = 90


def eventful() -> Iterator[SlotRecord]:
    """Every day of every component has a failure, a maintenance and something not known."""
    chance = random.Random(11)
    for component in COMPONENTS:
        for number in range(DAYS * 4):
            moment = NOW - timedelta(days=DAYS) + number * INTERVAL
            letter = chance.choice("UUDM.") if number % 4 else "D"
            for vantage in VANTAGES:
                yield slot_record(
                    letter,
                    moment + timedelta(seconds=chance.uniform(0, 900)),
                    component=component,
                    vantage=vantage.id,
                    interval_seconds=INTERVAL.total_seconds(),
                )


def remember(store: Store, _blobs: FolderBlobs) -> None:
    for vantage in VANTAGES:
        store.register_vantage(vantage)
    fill(store, sorted(eventful(), key=lambda one: one.slot.scheduled_at))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    with whole_site(tmp_path_factory.mktemp("heavy"), remember, COMPONENTS) as served:
        yield served


def weights(site: WholeSite) -> dict[str, int]:
    """Bytes of every page, French and English."""
    paths = [path for some in site.paths.values() for path in some]
    with httpx.Client(base_url=site.url, timeout=60) as client:
        return {path: len(client.get(path).content) for path in paths}


def test_every_page_is_light_with_nine_eventful_components(site: WholeSite) -> None:
    found = weights(site)
    assert len(found) > 40
    assert {path: size for path, size in found.items() if size > LARGEST_BYTES} == {}


def test_each_of_the_nine_has_its_ninety_days_as_bars_and_as_a_table(site: WholeSite) -> None:
    page = httpx.get(site.url, timeout=60).text
    assert page.count('<svg class="bars"') == page.count("<table>") == len(COMPONENTS)
    assert page.count("<th scope=row>") >= len(COMPONENTS) * DAYS


def test_a_code_that_is_a_citation_s_leads_there(site: WholeSite) -> None:
    code = next(
        path.removeprefix("/c/")
        for some in site.paths.values()
        for path in some
        if path.startswith("/c/")
    )
    answer = httpx.get(f"{site.url}/en/r/{code}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/c/{code}")
    assert httpx.get(f"{site.url}/r/BCDFGHJKMN").status_code == 404
