"""The public API: documented, cached, readable from anywhere, with the numbers of everywhere."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from monitor.certificates.build import outage_report
from monitor.certificates.model import Issuer
from monitor.certificates.plain import plain_of
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import figure_of
from monitor.core.timeline import timeline
from monitor.exports.publish import free_period, month_period, publish
from monitor.metrics import Build, Metrics
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.api.app import create_api
from monitor.web.app import create_app
from monitor.web.citations import Desk as CitationDesk
from monitor.web.pages import Pages
from tests.core.ledgers import at, ledger
from tests.store.made_up import COMPONENTS, VANTAGES, empty, fill, made_up
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs

NOW = datetime(2026, 4, 4, 7, 0, tzinfo=UTC)

LIMITED = settings(
    max_examples=15,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Ask = Callable[[str], Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    chance = random.Random(5)
    found = [one for c in COMPONENTS for v in VANTAGES for one in made_up(chance, c, v, 7.0)]
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as opened:
        empty(opened)
        fill(opened, sorted(found, key=lambda one: one.slot.scheduled_at))
        yield opened


@pytest.fixture(scope="module")
def figures(store: Store) -> Figures:
    return Figures(store)


@pytest.fixture(scope="module")
def api(store: Store, figures: Figures, folder: Path) -> FastAPI:
    to = folder / "open-data"
    publish(figures, month_period("2026-03", now=NOW), to, publisher="")
    return create_api(
        reader=store, figures=figures, watched=COMPONENTS, clock=lambda: NOW, exports=to
    )


@pytest.fixture(scope="module")
def ask(api: FastAPI) -> Ask:
    def asked(path: str) -> Any:  # noqa: ANN401  JSON
        answer = Client(api).get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


def test_no_question_gets_an_undocumented_answer(api: FastAPI) -> None:
    found = schemathesis.openapi.from_asgi(
        "/openapi.json", api, config=SchemathesisConfig.from_dict({"seed": 1})
    )
    seen: list[int] = []

    def check(case: Case[Any]) -> None:
        # Which component goes with which depth is said in words, not in the schema.
        answer = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        seen.append(answer.status_code)

    for operation in found.get_all_operations():
        assert isinstance(operation, Ok)
        LIMITED(given(operation.ok().as_strategy())(check))()
    assert 200 in seen
    assert 422 in seen
    assert max(seen) < 500


def test_the_same_window_gives_the_same_number_everywhere(tmp_path: Path) -> None:
    """Also in a citation, on its page, and in a document."""
    now = at(2016)  # a week
    with open_store(sqlite_url(tmp_path / "steady.sqlite3")) as store:
        empty(store)
        fill(store, ledger("U" * 900 + "D" * 31 + "." * 40 + "U" * 800 + "M" * 45 + "U" * 200))
        numbers = {
            "function": _by_function(store, now),
            "figures": _by_figures(store, now),
            "api": _by_api(store, now),
            "metrics": _by_metrics(store, now),
            "open data": _by_open_data(store, now, tmp_path),
            "document": _by_document(store, now),
            "citation": _by_citation(store, now),
        }
        page = _page(store, now)
    assert numbers["function"] == (1900 * 300 / (1976 * 300), 1976 / 2016)
    for name, number in numbers.items():
        assert number == numbers["function"], name
    assert "96,2\u202f%" in page  # 1,900 of 1,976 known slots, with the digits they allow


Number = tuple[float | None, float | None]


def _by_function(store: Store, now: datetime) -> Number:
    line = timeline(store.slots(component="login"), now=now)
    found = figure_of(line, start=now - timedelta(days=7), end=now)
    return found.availability, found.coverage


def _by_figures(store: Store, now: datetime) -> Number:
    week = now - timedelta(days=7)
    found = Figures(store).figure(Scope(component="login"), week, now, now=now)
    return found.availability, found.coverage


def _by_api(store: Store, now: datetime) -> Number:
    api = create_api(reader=store, figures=Figures(store), watched=(), clock=lambda: now)
    found = Client(api).get("/figures?component=login&window=7d").json()["figure"]
    return found["availability"], found["coverage"]


def _by_metrics(store: Store, now: datetime) -> Number:
    build = Build(version="", ruleset="")
    metrics = Metrics(components=["login"], vantages=list(VANTAGES), build=build)
    metrics.refresh(store, Figures(store), now=now)
    labels = {"component": "login", "window": "7d"}
    return (
        metrics.registry.get_sample_value("anef_availability_ratio", labels),
        metrics.registry.get_sample_value("anef_coverage_ratio", labels),
    )


def _by_document(store: Store, now: datetime) -> Number:
    report = outage_report(
        store,
        kept=lambda _: False,
        issuer=Issuer(site_name="Exemple"),
        rehearsal=True,
        components=["login"],
        start=now - timedelta(days=7),
        end=now,
        now=now,
    )
    found = plain_of(report)["components"][0]["figure"]
    return found["availability"], found["coverage"]


def _site(store: Store, now: datetime) -> FastAPI:
    return create_app(
        reader=store,
        blobs=MemoryBlobs(),
        publisher=PUBLISHER,
        watched=("login",),
        clock=lambda: now,
        figures=Figures(store),
        register=store,
    )


def _page(store: Store, now: datetime) -> str:
    return Client(_site(store, now)).get("/statistiques/login?fenetre=7d").text


def _by_citation(store: Store, now: datetime) -> Number:
    pages, fields = Pages(PUBLISHER, lambda: now), {"etape": "login", "fenetre": "7d"}
    made = CitationDesk(pages, store, store, Figures(store)).cite(fields)
    found = Client(_site(store, now)).get(f"/c/{made.code}.json").json()["figure"]
    return found["availability"], found["coverage"]


def _by_open_data(store: Store, now: datetime, folder: Path) -> Number:
    """From the CSV of the period alone, day by day."""
    period = free_period(now - timedelta(days=7), now, now=now)
    made = publish(Figures(store), period, folder, publisher="")
    days = pl.read_csv(made.folder / "daily.csv").filter(pl.col("depth") == "any")
    up, down = (sum(days[name].to_list()) for name in ("available_seconds", "unavailable_seconds"))
    return up / (up + down), (up + down) / (7 * 86_400)


def test_a_day_is_the_same_in_the_api_and_in_the_open_data(ask: Ask, folder: Path) -> None:
    rows = pl.read_csv(folder / "open-data" / "2026-03" / "daily.csv").rows(named=True)
    published = {
        row["day"]: row["availability"]
        for row in rows
        if (row["component"], row["depth"]) == ("login", "any")
    }
    days = ask("/daily?component=login&window=2026-03")["days"]
    assert {one["day"]: one["figure"]["availability"] for one in days} == published
    assert len(published) == 4


def test_a_figure_comes_with_what_it_rests_on(ask: Ask) -> None:
    found = ask(f"/figures?component={PATH}&window=7d")
    assert found["scope"] == {
        "component": PATH,
        "depth": None,
        "vantage": None,
        "category": None,
    }
    one = found["figure"]
    assert 0 <= one["lower_bound"] <= one["upper_bound"] <= 1
    assert one["observations"] > 100
    assert len(ask("/hours-of-week?component=login")["hours"]) == 168


def test_a_comparison_across_a_change_has_no_difference(ask: Ask) -> None:
    found = ask("/comparisons?component=login&first=2026-03-30&second=2026-04-01")["comparison"]
    assert found["difference"] is None or found["changes"] == []


def test_observations_come_in_pages(ask: Ask, store: Store) -> None:
    seen, after = [], 0
    while after is not None:
        page = ask(f"/observations?component=login&limit=200&after={after}")
        seen += [one["sequence"] for one in page["observations"]]
        after = page["next_after"]
    assert seen == [one.sequence for one in store.slots(component="login")]


def test_incidents_come_in_pages_and_one_by_one(ask: Ask) -> None:
    first = ask("/incidents?limit=1")
    (one,) = first["incidents"]
    following = ask(f"/incidents?limit=1&before={first['next_before']}")["incidents"]
    assert following[0]["id"] != one["id"]
    assert ask(f"/incidents/{one['id'].replace('-', '/')}") == one


def test_components_are_all_nine(ask: Ask) -> None:
    found = {one["component"]: one for one in ask("/components")["components"]}
    assert len(found) == 9
    assert found["upload"]["state"] == "unwatched"
    assert found["login"]["watched_since"].startswith("2026-03-28")


def test_open_data_is_listed_with_its_hash(ask: Ask) -> None:
    (month,) = ask("/exports")["exports"]
    assert (month["name"], len(month["sha256"])) == ("2026-03", 64)


def test_an_answer_is_cached_and_readable_from_anywhere(api: FastAPI) -> None:
    client = Client(api)
    first = client.get("/figures?component=login")
    assert first.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in first.headers
    again = client.get("/figures?component=login", {"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/figures?component=login", {"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/figures", 422, "component"),
        ("/figures?component=portail", 422, "there is no component 'portail'"),
        ("/figures?component=login&window=soon", 422, "soon is no window"),
        ("/figures?component=login&start=2026-01-01T00:00", 422, "start"),
        ("/figures?component=login&start=2027-01-01T00:00Z", 422, "start must come before end"),
        (f"/figures?component={PATH}&depth=form", 422, "the whole path is of full runs"),
        ("/incidents/login/9999999", 404, "there is no incident login-9999999"),
        ("/nothing", 404, "there is nothing at this address; /api/v1/ lists"),
        ("/components/", 404, "there is nothing at this address"),
        ("/figures?component=login&windw=7d", 422, "windw: there is no such parameter; there are"),
        ("/components?x=1", 422, "x: there is no such parameter; there are none here"),
        ("/figures?component=login&component=category", 422, "given more than once"),
        ("/figures?component=login&vantage=ici", 422, "no vantage 'ici'; there are local, other"),
        ("/observations?start=2026-04-01", 422, "with a time zone, as 2026-11-01T00:00:00Z"),
        ("/observations?start=2026-04-01T00:00:00+02:00", 422, "a + is %2B"),
        ("/observations?limit=beaucoup", 422, "limit: write a whole number"),
        ("/observations?limit=1001", 422, "less than or equal to 1000"),
        ("/daily?component=login&window=%C3%A9t%C3%A9", 422, "été is no window"),
    ],
)
def test_an_error_is_one_clear_sentence(api: FastAPI, path: str, status: int, said: str) -> None:
    answer = Client(api).get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_the_index_leads_to_everything(ask: Ask, api: FastAPI) -> None:
    index = ask("/")
    assert [one["address"] for one in index["endpoints"]] == list(api.openapi()["paths"])
    examples = [one["example"] for one in index["endpoints"] if one["example"]]
    assert len(examples) >= 8
    for one in examples:
        ask(one)
    assert {one["name"] for one in index["licences"]} == {"etalab-2.0", "CC-BY-4.0"}
    assert "known time" in index["definition"]


def test_every_field_and_parameter_is_described_with_its_unit(api: FastAPI) -> None:
    documented = api.openapi()
    for name, schema in documented["components"]["schemas"].items():
        if name in ("Problem", "HTTPValidationError", "ValidationError") or "enum" in schema:
            continue
        for field, value in schema["properties"].items():
            words = value.get("description", "")
            assert words, f"{name}.{field}"
            if field.endswith("seconds"):
                assert "in seconds" in words, f"{name}.{field}"
            if field.endswith("_bytes"):
                assert "in bytes" in words, f"{name}.{field}"
            if field in ("availability", "coverage", "lower_bound", "upper_bound", "lost_ratio"):
                assert "0 to 1" in words, f"{name}.{field}"
            if "date-time" in json.dumps(value):
                assert "UTC" in words, f"{name}.{field}"
    for path, routes in documented["paths"].items():
        for one in routes["get"].get("parameters", ()):
            assert one.get("description"), f"{path} {one['name']}"


def test_a_browser_may_ask_first_and_ask_for_the_head_alone(api: FastAPI) -> None:
    client, path = Client(api), "/figures?component=login"
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-length"] == str(len(whole.content))
    assert client.head("/nothing").status_code == 404
    asked = client.options(path)
    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers["access-control-allow-methods"] == "GET, HEAD"
    assert asked.headers["access-control-allow-headers"] == "*"
    assert whole.headers["access-control-expose-headers"] == "ETag"


def test_seconds_have_no_noise(ask: Ask) -> None:
    for one in ask("/daily?component=login&window=30d")["days"]:
        assert one["figure"]["unknown_seconds"] == round(one["figure"]["unknown_seconds"], 6)


def test_every_route_is_described(api: FastAPI) -> None:
    for path, routes in api.openapi()["paths"].items():
        for route in routes.values():
            assert route["summary"], path
            assert {"200", "422"} <= route["responses"].keys()
    json.dumps(api.openapi())


def test_an_empty_database_answers_everything(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "empty.sqlite3")) as nothing:
        api = create_api(reader=nothing, figures=Figures(nothing), watched=(), clock=lambda: NOW)
        for path in (
            "/",
            "/components",
            "/figures?component=login",
            f"/figures?component={PATH}&window=all",
            "/daily?component=login",
            "/hours-of-week?component=login",
            "/comparisons?component=login&first=7d&second=30d",
            "/incidents",
            "/observations",
            "/exports",
        ):
            assert Client(api).get(path).status_code == 200, path
        found = Client(api).get("/figures?component=login").json()["figure"]
        assert (found["availability"], found["insufficient"]) == (None, True)


def test_a_component_added_last_week_says_since_when(ask: Ask) -> None:
    found = ask("/figures?component=category&window=365d")["figure"]
    assert found["start"].startswith("2026-03-28")
    assert found["window_seconds"] < 8 * 86_400
