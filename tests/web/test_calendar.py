"""Days that are not like others, and ledgers that have just begun: pages and API say them right."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.model import SlotRecord
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import open_store
from monitor.web.app import create_app
from monitor.web.typography import written_day
from tests.store.made_up import empty, fill
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs, history, numbered
from tests.web.test_typography import plain


@contextmanager
def site(folder: Path, now: datetime, *ledgers: Sequence[SlotRecord]) -> Iterator[Client]:
    """The site over these ledgers at this moment."""
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
        empty(store)
        fill(store, numbered(*ledgers))
        yield Client(
            create_app(
                reader=store,
                figures=Figures(store),
                blobs=MemoryBlobs(),
                publisher=PUBLISHER,
                watched=("login", "category"),
                clock=lambda: now,
            )
        )


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return plain(answer.text).replace("&nbsp;", " ")


def api(client: Client, path: str) -> Any:  # noqa: ANN401  JSON
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def days(client: Client, window: str) -> dict[str, float]:
    """Hours of each day of a window."""
    found = api(client, f"/daily?component=login&window={window}")["days"]
    return {one["day"]: one["figure"]["window_seconds"] / 3600 for one in found}


DAYS = [
    (datetime(2028, 3, 2, 11, tzinfo=UTC), "2028-02", "2028-02-29", 24, "29 février"),
    (datetime(2024, 3, 2, 11, tzinfo=UTC), "2024-02", "2024-02-29", 24, "29 février"),
    (datetime(2026, 4, 2, 11, tzinfo=UTC), "2026-03", "2026-03-29", 23, "29 mars"),
    (datetime(2026, 11, 2, 11, tzinfo=UTC), "2026-10", "2026-10-25", 25, "25 octobre"),
]


@pytest.mark.parametrize(("now", "month", "day", "hours", "said"), DAYS)
def test_a_day_has_its_hours(
    tmp_path: Path, now: datetime, month: str, day: str, hours: int, said: str
) -> None:
    """Down from six to twelve (UTC) on the day in question."""
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    events = {"D": [((now - noon) / timedelta(hours=1) + 6, 6)]}
    ledger = history("login", days=36, interval_seconds=7200, events=events, now=now)
    with site(tmp_path, now, ledger) as client:
        found, days_in_month = days(client, month), monthrange(noon.year, noon.month)[1]
        assert len(found) == days_in_month
        assert found[day] == hours
        assert {one for name, one in found.items() if name != day} == {24}
        figure = api(client, f"/figures?component=login&window={day}")["figure"]
        assert figure["coverage"] == pytest.approx(1)
        assert figure["availability"] == pytest.approx((hours - 6) / hours, abs=0.09)
        assert plain(written_day(noon.date())) in text(
            client, f"/statistiques/login?fenetre={month}"
        )
        assert said in text(client, "/")


def test_a_component_that_was_added_last_week_is_said_to_be_new(tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    old = history("login", days=120, interval_seconds=21_600, now=now)
    new = history("category", days=7, interval_seconds=3600, now=now)
    with site(tmp_path, now, old, new) as client:
        first = text(client, "/")
        assert "depuis le 18 novembre" in first
        assert "sur 90 jours" in first
        since = {
            one["component"]: one["watched_since"]
            for one in api(client, "/components")["components"]
        }
        assert since["category"] == "2026-11-18T10:00:00Z"
        figure = api(client, "/figures?component=category&window=30d")["figure"]
        assert figure["start"] == since["category"]
        assert figure["coverage"] == pytest.approx(1)
        assert len(api(client, "/daily?component=category&window=90d")["days"]) == 8
        assert "18 novembre" in text(client, "/statistiques/category?fenetre=30d")


def test_one_observation_is_no_figure(tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    only = history("login", days=0.5, interval_seconds=86_400 / 4, now=now)[:1]
    with site(tmp_path, now, only) as client:
        assert api(client, "/observations")["next_after"] is None
        page = text(client, "/statistiques/login?fenetre=7d")
        figure = api(client, "/figures?component=login&window=7d")["figure"]
        assert figure["observations"] == 1
        assert (figure["availability"] is None) == ("insuffisantes" in page)


def test_an_empty_ledger_says_that_watching_begins(tmp_path: Path) -> None:
    with site(tmp_path, datetime(2026, 11, 25, 10, tzinfo=UTC)) as client:
        assert "la surveillance commence" in text(client, "/")
        assert api(client, "/observations") == {"observations": [], "next_after": None}
        states = {one["state"] for one in api(client, "/components")["components"]}
        assert states <= {"unwatched", "not_known"}
        figure = api(client, "/figures?component=login")["figure"]
        assert (figure["availability"], figure["observations"]) == (None, 0)
