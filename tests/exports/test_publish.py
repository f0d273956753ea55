"""Open data: complete, unchanging, described, and enough to recompute what is published."""

from __future__ import annotations

import hashlib
import json
import random
import runpy
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from monitor.core.model import SlotRecord
from monitor.core.reviewed import Decision
from monitor.core.scopes import PATH, Scope
from monitor.core.windows import day_bounds
from monitor.errors import ConfigurationError
from monitor.exports.fields import TABLES
from monitor.exports.publish import (
    SUMS,
    Published,
    checked,
    complete_months,
    free_period,
    log_month,
    month_period,
    package,
    publish,
    published,
)
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from tests.store.made_up import COMPONENTS, VANTAGES, empty, fill, made_up

NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
RECOMPUTE = "recompute.py"


def records() -> list[SlotRecord]:
    """Nine days around the change of clocks, over the end of March."""
    chance = random.Random(11)
    found = [one for c in COMPONENTS for v in VANTAGES for one in made_up(chance, c, v, 9.0)]
    return sorted(found, key=lambda one: one.slot.scheduled_at)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as opened:
        empty(opened)
        fill(opened, records())
        yield opened


@pytest.fixture(scope="module")
def figures(store: Store) -> Figures:
    return Figures(store)


@pytest.fixture(scope="module")
def march(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Published:
    to = tmp_path_factory.mktemp("open")
    return publish(figures, month_period("2026-03", now=NOW), to, publisher="Exemple")


def test_a_month_made_again_is_the_same_bytes(figures: Figures) -> None:
    period = month_period("2026-03", now=NOW)
    later = month_period("2026-03", now=NOW + timedelta(days=300))
    assert package(figures, period, publisher="x") == package(figures, later, publisher="x")


def test_a_month_that_is_there_is_left_as_it_is(figures: Figures, march: Published) -> None:
    period = month_period("2026-03", now=NOW)
    again = publish(figures, period, march.folder.parent, publisher="Another")
    assert (again.sha256, again.is_new) == (march.sha256, False)
    assert [one.name for one in published(march.folder.parent)] == ["2026-03"]


def test_a_changed_file_is_noticed(figures: Figures, tmp_path: Path) -> None:
    made = publish(figures, month_period("2026-03", now=NOW), tmp_path, publisher="x")
    with (made.folder / "daily.csv").open("a") as file:
        file.write(" ")
    with pytest.raises(ConfigurationError, match=r"daily\.csv was changed"):
        checked(made.folder)


def test_the_sums_name_every_file(march: Published) -> None:
    lines = (march.folder / SUMS).read_text().splitlines()
    named = {line.split("  ")[1]: line.split("  ")[0] for line in lines}
    files = {file.name: file for file in march.folder.iterdir() if file.name != SUMS}
    assert named.keys() == files.keys()
    for name, file in files.items():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == named[name]


def test_the_package_describes_every_column_and_row(march: Published) -> None:
    described = json.loads((march.folder / "datapackage.json").read_text())
    assert {one["name"] for one in described["licenses"]} == {"etalab-2.0", "CC-BY-4.0"}
    for one in described["resources"]:
        path = march.folder / one["path"]
        for table in (pl.read_csv(path), pl.read_parquet(path.with_suffix(".parquet"))):
            assert table.height == one["rows"]
            assert table.columns == [field["name"] for field in one["schema"]["fields"]]
        assert all(field["title"] and field["description"] for field in one["schema"]["fields"])
    assert len(described["resources"]) == len(TABLES)


def test_csv_and_parquet_hold_the_same(march: Published) -> None:
    for name in TABLES:
        table = pl.read_parquet(march.folder / f"{name}.parquet")
        text = table.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
        assert text == (march.folder / f"{name}.csv").read_text()


def test_every_slot_of_the_month_is_there_once(march: Published, store: Store) -> None:
    inside = pl.read_parquet(march.folder / "observations.parquet")["sequence"].to_list()
    end = month_period("2026-03", now=NOW).end
    wanted = [r.sequence for r in store.slots() if (r.started_at or r.slot.scheduled_at) < end]
    assert inside == wanted


def test_the_daily_figures_are_those_of_the_one_function(
    march: Published, figures: Figures
) -> None:
    known_at = month_period("2026-03", now=NOW).known_at
    rows = pl.read_parquet(march.folder / "daily.parquet").rows(named=True)
    assert {row["component"] for row in rows} == {*COMPONENTS, PATH}
    for row in rows:
        if row["depth"] != "any":
            continue
        scope = Scope(component=row["component"])
        found = figures.figure(scope, *day_bounds(row["day"]), now=known_at)
        assert (row["availability"], row["coverage"]) == (found.availability, found.coverage)


@pytest.mark.parametrize("month", ["2026-03", "2026-04"])
def test_a_script_that_knows_nothing_of_us_recomputes_every_day(
    figures: Figures, tmp_path: Path, month: str
) -> None:
    later = NOW + timedelta(days=30)
    made = publish(figures, month_period(month, now=later), tmp_path, publisher="")
    command = [sys.executable, str(made.folder / RECOMPUTE), str(made.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 differ" in done.stdout


def test_the_script_says_when_a_published_figure_is_wrong(
    figures: Figures, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = publish(figures, month_period("2026-03", now=NOW), tmp_path, publisher="")
    daily = pl.read_csv(made.folder / "daily.csv")
    daily.with_columns(pl.col("available_seconds") + 60).write_csv(made.folder / "daily.csv")
    assert runpy.run_path(str(made.folder / RECOMPUTE))["main"](made.folder) == 1
    assert "published" in capsys.readouterr().out


def test_another_tool_reads_the_files(march: Published) -> None:
    query = f"select count(*) from '{march.folder}/observations.parquet' where outcome = 'up'"
    with duckdb.connect() as connection:
        (found,) = connection.execute(query).fetchone() or (0,)
    working = pl.read_csv(march.folder / "observations.csv")["outcome"] == "up"
    assert found == working.sum() > 50


def test_a_month_is_complete_three_days_after_its_end() -> None:
    with pytest.raises(ConfigurationError, match="not complete before"):
        month_period("2026-03", now=datetime(2026, 4, 3, 21, 59, tzinfo=UTC))
    assert month_period("2026-03", now=datetime(2026, 4, 3, 22, tzinfo=UTC)).name == "2026-03"


@pytest.mark.parametrize("name", ["2026-3", "2026-03-02", "7d", "mars"])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        month_period(name, now=NOW)


def test_an_empty_period_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="empty"):
        free_period(NOW, NOW, now=NOW)
    with pytest.raises(ConfigurationError, match="not begun"):
        free_period(NOW + timedelta(days=1), NOW + timedelta(days=2), now=NOW)


def test_months_begin_with_the_first_slot(figures: Figures) -> None:
    assert complete_months(figures, now=NOW) == ("2026-03",)
    assert complete_months(figures, now=NOW + timedelta(days=30)) == ("2026-03", "2026-04")


def test_an_empty_ledger_has_no_month(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "empty.sqlite3")) as empty_store:
        nothing = Figures(empty_store)
        assert complete_months(nothing, now=NOW) == ()
        made = publish(nothing, month_period("2026-03", now=NOW), tmp_path, publisher="")
    assert pl.read_csv(made.folder / "daily.csv").height == 0


def test_the_hash_of_a_month_goes_into_the_log_once(store: Store, march: Published) -> None:
    assert log_month(store, march).leaf is None
    store.begin_log({"schema": "leaf/1", "kind": "epoch", "number": 1})
    first, second = log_month(store, march), log_month(store, march)
    assert first.leaf is not None
    assert first.leaf == second.leaf
    (text,) = store.leaf_texts(first.leaf, first.leaf + 1)
    assert json.loads(text)["sha256"] == march.sha256


def test_a_month_is_the_same_bytes_after_a_slot_of_it_was_judged_again(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "judged.sqlite3")) as store:
        empty(store)
        known = fill(store, records())
        figures, period = Figures(store), month_period("2026-03", now=NOW)
        before = package(figures, period, publisher="x")
        failing = next(one for one in known if one.outcome.is_failing)
        store.add_reviews([failing.sequence], decision=Decision.OUR_FAULT, by="", note="", now=NOW)
        assert figures.second(Scope(component=failing.slot.component), period.start, NOW, now=NOW)
        assert package(figures, period, publisher="x") == before
