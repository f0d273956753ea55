"""The data package as the standard asks for it, its CSV as people open them, its README as true."""

from __future__ import annotations

import ast
import csv
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from frictionless import Package, Report

from monitor.core.model import SlotRecord
from monitor.exports.fields import TABLES
from monitor.exports.publish import SCRIPT, month_period, publish
from monitor.exports.readme import LANGUAGES
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import open_store
from tests.store.made_up import COMPONENTS, VANTAGES, empty, fill, made_up

NOW = datetime(2026, 4, 20, 12, tzinfo=UTC)
CATEGORY = 'Étudiant, « talent » ; dit "x"\nsur deux lignes'
"""All that a careless reader stumbles over."""

DOCUMENTED = Path(__file__).parents[2] / "docs/open-data.md"
BLOCKS = re.compile(r"(?:^    .+\n)+", re.MULTILINE)


def eventful() -> list[SlotRecord]:
    chance = random.Random(11)
    found = [one for c in COMPONENTS for v in VANTAGES for one in made_up(chance, c, v, 9.0)]
    chosen = [replace(one, category=CATEGORY if one.started_at else None) for one in found]
    return sorted(chosen, key=lambda one: one.slot.scheduled_at)


def folder_of(to: Path, records: list[SlotRecord], publisher: str) -> Path:
    with open_store(sqlite_url(to / "monitor.sqlite3")) as store:
        empty(store)
        fill(store, records)
        period = month_period("2026-03", now=NOW)
        return publish(Figures(store), period, to / "open", publisher=publisher).folder


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Folders of a month with much, with one observation, and with nothing."""
    made = {"eventful": (eventful(), "Exemple"), "one": (eventful()[:1], ""), "none": ([], "")}
    return {
        name: folder_of(tmp_path_factory.mktemp(name), records, publisher)
        for name, (records, publisher) in made.items()
    }


@pytest.fixture
def month(months: Mapping[str, Path], tmp_path: Path) -> Path:
    """A copy of the eventful one, in a folder with nothing else."""
    return shutil.copytree(months["eventful"], tmp_path / "copied")


def validated(folder: Path) -> Report:
    report: Report = Package(str(folder / "datapackage.json")).validate()
    return report


@pytest.mark.parametrize("name", ["eventful", "one", "none"])
def test_the_standard_s_own_tool_finds_nothing_wrong(months: Mapping[str, Path], name: str) -> None:
    report = validated(months[name])
    assert report.flatten(["type", "message"]) == []
    assert [task.name for task in report.tasks] == list(TABLES)


@pytest.mark.parametrize(
    ("table", "old", "new", "kind"),
    [
        ("observations", ",up,", ",upp,", "constraint-error"),
        ("observations", "2026-03-28T", "28/03/2026 ", "type-error"),
        ("observations", "2,login,other", "1,login,other", "primary-key"),
        ("observations", ",login,", ",logout,", "foreign-key"),
        ("daily", ",any,", ",,", "constraint-error"),
        ("daily", ",0.0,", ",-1,", "constraint-error"),
        ("incidents", ",down,", ",up,", "constraint-error"),
        ("components", "first_full_at", "first_at", "incorrect-label"),
    ],
)
def test_the_schema_says_enough_to_find_a_wrong_cell(
    month: Path, table: str, old: str, new: str, kind: str
) -> None:
    file = month / f"{table}.csv"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    kinds = {one[0] for one in validated(month).flatten(["type"])}
    assert kind in kinds
    assert "hash-count" in kinds


def test_the_description_has_what_version_2_asks_besides(months: Mapping[str, Path]) -> None:
    """What ``check-datapackage`` found, which needs a newer Python than this program."""
    for folder in months.values():
        described = json.loads((folder / "datapackage.json").read_text())
        assert described["$schema"].startswith("https://datapackage.org/profiles/2.")
        assert re.fullmatch(r"[-a-z0-9._/]+", described["name"])
        assert re.fullmatch(r"\d+\.\d+\.\d+", described["version"])
        assert described.get("contributors") != []
        assert all(one["name"] and one["path"] for one in described["licenses"])
        for one in described["resources"]:
            assert one["bytes"] == (folder / one["path"]).stat().st_size
            assert one["type"] == "table"
            for field in one["schema"]["fields"]:
                assert field["title"]
                assert f"({field.get('unit', '')})" in field["description"] + "()"


def test_csv_are_plain_for_every_reader(month: Path) -> None:
    """No mark of byte order, lines end with LF, and an empty cell is nothing but empty."""
    for name in TABLES:
        data = (month / f"{name}.csv").read_bytes()
        assert not data.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in data
        assert b',"",' not in data
        rows = list(csv.reader(data.decode().splitlines(keepends=True), strict=True))
        assert {len(one) for one in rows} == {len(TABLES[name])}


def test_duckdb_and_polars_read_them_as_they_are(month: Path) -> None:
    wanted = pl.read_parquet(month / "observations.parquet")
    read = pl.read_csv(month / "observations.csv", try_parse_dates=True)
    kinds = {"in_incident": pl.Boolean, "duration_seconds": pl.Float64, "sequence": pl.Int64}
    assert {name: read.schema[name] for name in kinds} == kinds
    assert read["started_at"].dtype == pl.Datetime("us", "UTC")
    assert read["category"].to_list() == wanted["category"].to_list()
    assert read["started_at"].null_count() == wanted["started_at"].null_count() > 0
    with duckdb.connect() as connection:
        table = connection.read_csv(str(month / "observations.csv"))
        found = dict(zip(table.columns, map(str, table.types), strict=True))
        assert found["started_at"] == "TIMESTAMP WITH TIME ZONE"
        assert found["in_incident"] == "BOOLEAN"
        assert found["duration_seconds"] == "DOUBLE"
        query = "count(*) filter (availability is null), count(*) filter (isolated_failures = 0)"
        daily = f"select {query} from '{month}/daily.csv'"
        nothing, zero = connection.sql(daily).fetchall()[0]
    days = pl.read_parquet(month / "daily.parquet")
    assert nothing == days["availability"].null_count() > 0
    assert zero == (days["isolated_failures"] == 0).sum() > 0


def differing(folder: Path) -> list[tuple[object, ...]]:
    """What the query of the documentation finds in a folder."""
    (query,) = re.findall(r"```sql\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{folder}'")
        return connection.execute(query).fetchall()


def test_the_documented_query_finds_every_day_as_published(
    months: Mapping[str, Path], month: Path
) -> None:
    for name in ("eventful", "one"):
        assert differing(months[name]) == [], name
    text = (month / "observations.csv").read_text()
    (month / "observations.csv").write_text(text.replace(",up,", ",unknown,", 20))
    assert differing(month) != []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_of_the_readme_does_what_it_says(month: Path, language: str) -> None:
    """In the folder itself, with a bare Python and nothing of ours in reach."""
    text = (month / f"README.{language}.md").read_text()
    commands = [one.strip() for one in BLOCKS.findall(text)]
    commands += re.findall(r"`(sha256sum [^`]+)`", text)
    assert len(commands) == 2
    bare = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in commands:
        done = subprocess.run(
            shlex.split(command.replace("python3", "python3 -I -S")),
            cwd=month,
            env={"PATH": bare, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        if "recompute" in command:
            ending = {"fr": "recalculés, 0 différence", "en": "recomputed, 0 differences"}
            assert done.stdout.rstrip().endswith(ending[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_readme_names_every_file_and_no_other(month: Path, language: str) -> None:
    text = (month / f"README.{language}.md").read_text()
    named = set(re.findall(r"`([A-Za-z_]+\.(?:csv|parquet|json|py)|SHA256SUMS)`", text))
    named -= {"read.csv", "proof.json"}  # of R; to be had from the observatory
    there = {file.name for file in month.iterdir()} - {f"README.{one}.md" for one in LANGUAGES}
    assert named == there


def test_the_script_needs_nothing_but_an_old_python() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
