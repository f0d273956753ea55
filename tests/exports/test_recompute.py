"""The script of every month and citation: it finds what is published, and nothing else."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from monitor.core.model import Depth, SlotRecord
from monitor.exports import recompute
from monitor.exports.publish import SUMS, free_period, month_period, publish
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import open_store
from tests.core.ledgers import slot_record
from tests.store.made_up import COMPONENTS, VANTAGES, empty, fill, made_up

HOUR = timedelta(hours=1)


def written(
    word: str,
    begin: datetime,
    *,
    component: str = "login",
    vantage: str = "local",
    depth: Depth = Depth.FULL,
    every: timedelta = HOUR,
) -> list[SlotRecord]:
    """A ledger as a word; a space is time without any slot."""
    return [
        slot_record(
            letter,
            begin + every * place,
            component=component,
            vantage=vantage,
            depth=depth,
            interval_seconds=every.total_seconds(),
        )
        for place, letter in enumerate(word)
        if letter != " "
    ]


@contextmanager
def month(folder: Path, name: str, *ledgers: Sequence[SlotRecord]) -> Iterator[Path]:
    """The published folder of a month."""
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
        empty(store)
        records = sorted((r for one in ledgers for r in one), key=lambda r: r.slot.scheduled_at)
        fill(store, records)
        later = datetime(int(name[:4]) + 1, 1, 1, tzinfo=UTC) + timedelta(days=90)
        period = month_period(name, now=later)
        yield publish(Figures(store), period, folder, publisher="Exemple").folder


def alone(folder: Path) -> subprocess.CompletedProcess[str]:
    """The folder's own script, without anything of ours in reach."""
    environment = {"PATH": os.environ["PATH"], "PYTHONSAFEPATH": "1"}
    command = [sys.executable, str(folder / "recompute.py"), str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env=environment, timeout=120
    )


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


EVENTFUL = (
    "UUUUDDDUDUUUUDUUUMMMUUU..... UUUUS" + "U" * 30 + "?BFL-UUDD       DDDU" + "U" * 40 + "DDDUU"
)
"""An outage with a respite, an isolated failure, maintenance, gaps, and what is not known."""

LEDGERS = {
    "outage, isolated, maintenance, gaps": (
        "2026-05",
        [written(EVENTFUL * 4, at(2026, 5, 2), component=c) for c in ("login", "category")],
    ),
    "an outage over both edges of the month": (
        "2026-05",
        [written("UU" + "D" * 60 + "U" * 600 + "DDUUD" * 30, at(2026, 4, 29))],
    ),
    "vantages that disagree": (
        "2026-05",
        [
            written("UUUDDDDDUUUMMUUUU" * 9, at(2026, 5, 3)),
            written("UUUUUDDDDUUMMUU.U" * 9, at(2026, 5, 3, 0), vantage="other"),
        ],
    ),
    "depths that disagree": (
        "2026-05",
        [
            written("UUDDUUDU" * 20, at(2026, 5, 3), every=2 * HOUR),
            written("UDUUDDUU" * 20, at(2026, 5, 3, 1), every=2 * HOUR, depth=Depth.FORM),
            written("UUUUDDUU" * 9, at(2026, 5, 4), component="category"),
        ],
    ),
    "the clock goes forward": ("2026-03", [written("UUUDD" * 60, at(2026, 3, 25))]),
    "the clock goes back": ("2026-10", [written("UUUDD" * 60, at(2026, 10, 20))]),
    "the leap day": ("2028-02", [written("UUUDD" * 60, at(2028, 2, 25))]),
    "the leap day of 2024": ("2024-02", [written("UUUDD" * 60, at(2024, 2, 25))]),
    "one observation": ("2026-05", [written("U", at(2026, 5, 9, 7))]),
    "one failure": ("2026-05", [written("D", at(2026, 5, 9, 7))]),
    "nothing yet": ("2026-05", [written("UU", at(2026, 6, 9, 7))]),
    "nothing any more": ("2026-05", [written("UUDD", at(2026, 3, 9, 7))]),
}


@pytest.mark.parametrize("name", LEDGERS)
def test_what_is_published_is_found_again(name: str, tmp_path: Path) -> None:
    when, ledgers = LEDGERS[name]
    with month(tmp_path, when, *ledgers) as folder:
        assert list(recompute.wrong_in(folder)) == []


@pytest.mark.parametrize("seed", range(4))
def test_any_ledger_is_found_again(seed: int, tmp_path: Path) -> None:
    """Two components, two vantages, two depths by chance around a change of clocks."""
    chance = random.Random(seed)
    ledgers = [list(made_up(chance, c, v, 6.0)) for c in COMPONENTS for v in VANTAGES]
    for name in ("2026-03", "2026-04"):
        (tmp_path / name).mkdir()
        with month(tmp_path / name, name, *ledgers) as folder:
            assert list(recompute.wrong_in(folder)) == []


def test_the_script_alone_says_how_many_it_found(tmp_path: Path) -> None:
    with month(tmp_path, *_first()) as folder:
        done = alone(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "daily figures recomputed, 0 differences" in done.stdout


def test_an_empty_month_is_found_empty(tmp_path: Path) -> None:
    with month(tmp_path, "2026-05") as folder:
        done = alone(folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == ["0 daily figures recomputed, 0 differences"]


def _first() -> tuple[str, *tuple[Sequence[SlotRecord], ...]]:
    when, ledgers = LEDGERS["outage, isolated, maintenance, gaps"]
    return (when, *ledgers)


CELLS = (
    ("observations", "outcome", "down"),
    ("observations", "outcome", "up"),
    ("observations", "depth", "form"),
    ("observations", "vantage", "elsewhere"),
    ("observations", "component", "category"),
    ("observations", "in_incident", None),
    ("observations", "interval_seconds", "60"),
    ("observations", "started_at", "2026-05-02T05:29:00.000000Z"),
    *(("incidents", name, "7") for name in ("opened_sequence", "failing_slots", "holes")),
    ("incidents", "vantage", "elsewhere"),
    ("incidents", "component", "portal"),
    ("incidents", "kind", "maintenance"),
    ("incidents", "rule", "another"),
    ("incidents", "started_after", "2026-05-02T05:29:00.000000Z"),
    ("incidents", "started_before", "2026-05-02T05:29:00.000000Z"),
    ("incidents", "ended_after", "2026-05-02T05:29:00.000000Z"),
    ("incidents", "ended_before", "2026-05-02T05:29:00.000000Z"),
    ("components", "first_slot_at", "2026-05-01T12:00:00.000000Z"),
    ("components", "first_full_at", "2026-05-03T12:00:00.000000Z"),
    *(
        ("daily", name, "0.5")
        for name in (
            "available_seconds",
            "degraded_seconds",
            "unavailable_seconds",
            "maintenance_seconds",
            "unknown_seconds",
            "availability",
            "availability_without_maintenance",
            "coverage",
            "lower_bound",
            "upper_bound",
            "observations",
            "isolated_failures",
        )
    ),
    ("daily", "day", "2026-05-30"),
    ("daily", "start", "2026-05-02T00:00:01.000000Z"),
    ("daily", "component", "upload"),
)


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with month(tmp_path_factory.mktemp("eventful"), *_first()) as folder:
        yield folder


@pytest.mark.parametrize(("table", "column", "value"), CELLS)
def test_one_changed_cell_is_found(
    eventful: Path, table: str, column: str, value: str | None
) -> None:
    """Also by who has the sums right: it is the computation that finds it."""
    file, sums = eventful / f"{table}.csv", eventful / SUMS
    before, named = file.read_bytes(), sums.read_bytes()
    rows = list(csv.DictReader(io.StringIO(before.decode())))
    changed = _row_to_change(rows, column, value)
    changed[column] = value or {"true": "false", "false": "true"}[changed[column]]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    try:
        file.write_text(out.getvalue())
        assert f"{file.name} is not the file that SHA256SUMS names" in list(
            recompute.wrong_in(eventful)
        )
        old, new = (hashlib.sha256(one).hexdigest().encode() for one in (before, file.read_bytes()))
        sums.write_bytes(named.replace(old, new))
        found = [list(recompute.wrong_in(eventful, one)) for one in ("fr", "en")]
        assert len(found[0]) == len(found[1]) > 0
        assert not any("belong together" in one for one in found[1])
    finally:
        file.write_bytes(before)
        sums.write_bytes(named)


HOSTILE: dict[str, tuple[str, Callable[[str], str], str]] = {
    "a line removed": ("observations.csv", lambda text: _without_line(text, 40), "is "),
    "a line twice": ("observations.csv", lambda text: text + text.split("\n")[9] + "\n", "once"),
    "a line cut short": ("daily.csv", lambda text: text[:-40], "daily.csv cannot be read at line"),
    "a word for a number": ("daily.csv", lambda text: text.replace(",0.0,", ",nil,", 1), "at line"),
    "a column removed": ("incidents.csv", lambda text: text.replace(",holes", ""), "the columns"),
    "semicolons": ("observations.csv", lambda text: text.replace(",", ";"), "the columns"),
    "other bytes": ("components.csv", lambda text: text.replace("login", "login\udce9"), "line 2"),
    "a hash swapped": (SUMS, lambda text: text.replace("a", "b", 1), "SHA256SUMS names"),
    "the definition edited": (
        "README.fr.md",
        lambda text: text.replace("80", "50"),
        "README.fr.md is not the file that SHA256SUMS names",
    ),
    "the description edited": (
        "datapackage.json",
        lambda text: text.replace("fields", "columns"),
        "datapackage.json is not the file",
    ),
    "the description broken": ("datapackage.json", lambda text: text[:-9], "cannot be read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_each_hostile_edit_is_told_in_a_sentence(eventful: Path, name: str, tmp_path: Path) -> None:
    """By the folder's own script, as a stranger runs it: words, never a traceback."""
    folder = shutil.copytree(eventful, tmp_path / "copied")
    file, edit, said = HOSTILE[name]
    text = (folder / file).read_text()
    assert edit(text) != text
    (folder / file).write_text(edit(text), errors="surrogateescape")
    done = alone(folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert said in done.stdout
    assert any(file in line for line in done.stdout.splitlines()) or file == SUMS


def _without_line(text: str, number: int) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[:number] + lines[number + 1 :])


@pytest.mark.parametrize("name", ["daily.csv", "README.en.md", "components.csv"])
def test_a_missing_file_is_told(eventful: Path, name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(eventful, tmp_path / "copied")
    (folder / name).unlink()
    done = alone(folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert f"{name} is missing" in done.stdout


def test_what_is_no_folder_of_ours_is_told(tmp_path: Path) -> None:
    shutil.copy(recompute.__file__, tmp_path)
    done = alone(tmp_path)
    assert done.returncode == 2
    assert "is no month and no citation" in done.stdout


def _row_to_change(rows: list[dict[str, str]], column: str, value: str | None) -> dict[str, str]:
    """One in which the new value says something else: of ``login`` while it worked, or failed."""
    wanted = {"up": "down", "down": "up"}.get(value or "")
    if column == "outcome":
        return next(one for one in rows[6:] if one["outcome"] == wanted)
    if column == "in_incident":
        return next(one for one in rows if one["outcome"] == "down")
    return next((one for one in rows[4:] if one[column] != value), rows[0])


def test_a_day_that_is_left_out_is_found(eventful: Path) -> None:
    file = eventful / "daily.csv"
    before = file.read_bytes()
    try:
        file.write_bytes(b"".join(before.splitlines(keepends=True)[:-1]))
        assert any("is not published" in one for one in recompute.wrong_in(eventful))
    finally:
        file.write_bytes(before)


def test_another_tool_finds_the_same_seconds(eventful: Path) -> None:
    """DuckDB over the same files: how long each day was known to work, from one vantage."""
    query = f"""
      with slots as (
        select *, coalesce(started_at, scheduled_at) as begun from
          read_csv(['{eventful}/lead_in.csv', '{eventful}/observations.csv'], union_by_name = true)
      ), held as (
        select component, begun, outcome, least(
          coalesce(lead(begun) over (partition by component order by begun), 'infinity'),
          begun + to_seconds(2.5 * interval_seconds)) as over from slots
      )
      select d.component, d.day,
        sum(epoch_us(least(over, d."end") - greatest(begun, d.start)) / 1e6)
      from held join read_csv('{eventful}/daily.csv') d
        on d.component = held.component and over > d.start and begun < d."end"
      where outcome in ('up', 'degraded') and depth = 'any' group by all
    """
    with duckdb.connect() as connection:
        found = {row[:2]: row[2] for row in connection.execute(query).fetchall()}
    daily = pl.read_csv(eventful / "daily.csv", try_parse_dates=True)
    published = {
        (row["component"], row["day"]): row["available_seconds"]
        for row in daily.rows(named=True)
        if row["depth"] == "any" and row["available_seconds"]
    }
    assert found == pytest.approx(published)


def test_a_part_of_a_month_is_found_again(tmp_path: Path) -> None:
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        empty(store)
        fill(store, written(EVENTFUL * 3, at(2026, 5, 2)))
        period = free_period(at(2026, 5, 3, 7), at(2026, 5, 5, 9), now=at(2026, 5, 5, 8))
        made = publish(Figures(store), period, tmp_path, publisher="")
    assert list(recompute.wrong_in(made.folder)) == []
