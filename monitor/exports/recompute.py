# ruff: noqa: T201  a script says what it finds
"""Recompute the published figures from the published observations, with polars alone.

    python recompute.py FOLDER

FOLDER is a month of open data or a citation. Nothing of anef-monitor is used, nothing is asked of
any server; the exit code is 1 when something published does not follow from the observations.

Recomputed, for every component at any depth and at full depth and for the whole path: which
failures belong to an incident; for every day (Europe/Paris) the seconds of each kind, availability,
coverage, both bounds, observations and isolated failures; and the cited figure. Method:

- An observation holds until the next slot of its vantage, at most 2.5 of its planned intervals.
- Two failures in a row, not more than that apart, open an incident; two good runs in a row close
  it. A failure outside of incidents is isolated, and not known. Runs that know nothing are passed
  over.
- Vantages that know must agree. At full depth only full runs know anything.
- The whole path is down while any component is down, and works while all of them do; a component
  belongs to it from its first full run.
- Availability is working time over known time, and empty under 80 % of known time.

lead_in.csv and lead_out.csv are the few slots around the period that decide at its edges.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

GOOD, BAD = {"up", "degraded"}, {"down", "maintenance"}
Row = dict[str, Any]
Span = tuple[int, int, str]  # from and to in microseconds, and what is said of it


def read(folder: Path, name: str) -> pl.DataFrame:
    """A table as text, its moments in microseconds."""
    table = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
    moments = [one for one in table.columns if one.endswith("_at") or one in ("start", "end")]
    return table.with_columns(pl.col(moments).str.to_datetime(time_zone="UTC").dt.epoch("us"))


def slots(folder: Path) -> list[Row]:
    """Every slot in order of time, with how long it holds."""
    found = pl.concat([read(folder, name) for name in ("lead_in", "observations", "lead_out")])
    longest = (pl.col("interval_seconds").cast(pl.Float64) * 2_500_000).cast(pl.Int64)
    start, number = pl.coalesce("started_at", "scheduled_at"), pl.col("sequence").cast(pl.Int64)
    found = found.with_columns(start=start, longest=longest, number=number).sort("start", "number")
    following = pl.col("start").shift(-1).over("component", "vantage")
    held = pl.min_horizontal(following, pl.col("start") + pl.col("longest"))
    return found.with_columns(end=held).to_dicts()


def in_incidents(runs: Iterable[Row]) -> set[str]:
    """The failures of one vantage that belong to an incident, by their sequence."""
    found, failures, good, last = set[str](), list[str](), 0, Row()
    for run in runs:
        if run["outcome"] in GOOD:
            good += 1
            if good == 2 or len(failures) == 1:
                failures = []
        else:
            if len(failures) == 1 and run["start"] - last["start"] > last["longest"]:
                failures = []
            good, failures = 0, [*failures, run["sequence"]]
            if len(failures) > 1:
                found.update(failures)
        last = run
    return found


def sweep(voices: Iterable[tuple[str, Span]], judge: Callable[[set[str]], str]) -> Iterator[Span]:
    """What all voices that speak at a moment say together; "" is not known."""
    edges = [(at, begins, who, said) for who, (a, b, said) in voices if a < b
             for at, begins in ((a, True), (b, False))]  # fmt: skip
    saying, reached = dict[str, str](), 0
    for at, begins, who, said in sorted(edges):
        if saying and at > reached:
            yield reached, at, judge(set(saying.values()))
        reached = at
        if begins:
            saying[who] = said
        else:
            del saying[who]


def vantages_agree(said: set[str]) -> str:
    """Where some say that it works and others that it does not, it is not known."""
    for kind, strongest in ((GOOD, "up"), (BAD, "down")):
        if said <= kind:
            return strongest if strongest in said else said.pop()
    return ""


def way_is_open(said: set[str]) -> str:
    """For the whole path: one that is down is enough, and all must work."""
    if said & BAD:
        return "down" if "down" in said else "maintenance"
    return ("degraded" if "degraded" in said else "up") if said <= GOOD else ""


def with_gaps(known: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    """The spans within [start, end), what lies between them as not known."""
    for a, b, said in known:
        if b > start < end:
            if a > start:
                yield start, a, ""
            yield max(a, start), b, said
            start = b
    if start < end:
        yield start, end, ""


class Watched:
    """The runs of one component that count at a depth, and what they say."""

    def __init__(self, rows: list[Row], depth: str) -> None:
        self.runs = [one for one in rows if one["outcome"] not in ("missed", "skipped")
                     and depth in ("any", one["depth"])]  # fmt: skip
        known = [one for one in self.runs if one["outcome"] in GOOD | BAD]
        by_vantage = groupby(
            sorted(known, key=lambda one: one["vantage"]), lambda one: one["vantage"]
        )
        self.joined = set[str]().union(*(in_incidents(list(runs)) for _vantage, runs in by_vantage))
        self.isolated = {one["sequence"] for one in known if one["outcome"] in BAD} - self.joined
        voices = [(one["vantage"], (one["start"], one["end"], one["outcome"]))
                  for one in known if one["sequence"] not in self.isolated]  # fmt: skip
        self.spans = list(sweep(voices, vantages_agree))


class WholePath:
    """All components together, each from its first full run on."""

    def __init__(self, full: dict[str, Watched], since: dict[str, int], end: int) -> None:
        self.runs = [run for name in since for run in full[name].runs]
        self.isolated = {one for name in since for one in full[name].isolated}
        voices = [(name, span) for name, begin in since.items()
                  for span in with_gaps(full[name].spans, begin, end)]  # fmt: skip
        self.spans = list(sweep(voices, way_is_open))


def figure(of: Watched | WholePath, start: int, end: int) -> Row:
    """What is published of [start, end), under the names of its columns."""
    spent = Counter[str]()
    for a, b, said in of.spans:
        spent[said] += max(min(b, end) - max(a, start), 0)
    works, fails = spent["up"] + spent["degraded"], spent["down"] + spent["maintenance"]
    window, up, known = (end - start) / 1e6, works / 1e6, (works + fails) / 1e6
    enough = window > 0 and known / window >= 0.8
    announced = spent["maintenance"] / 1e6
    here = [one for one in of.runs if start <= one["start"] < end]
    return {
        "available_seconds": up,
        "degraded_seconds": spent["degraded"] / 1e6,
        "unavailable_seconds": fails / 1e6,
        "maintenance_seconds": announced,
        "unknown_seconds": window - known,
        "known_seconds": known,
        "availability": up / known if enough else None,
        "availability_without_maintenance": (
            up / (known - announced) if enough and known > announced else None
        ),
        "coverage": known / window if window else 0.0,
        "lower_bound": up / window if window else 0.0,
        "upper_bound": (window - (known - up)) / window if window else 1.0,
        "observations": len(here),
        "isolated_failures": sum(one["sequence"] in of.isolated for one in here),
    }


def days_of(start: int, end: int) -> list[tuple[str, int, int]]:
    """The days of Europe/Paris of [start, end), cut at its edges: 23 or 25 hours now and then."""
    paris = pl.Series([start, end - 1], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(
        "Europe/Paris"
    )
    days = pl.date_range(paris[0].date(), paris[1].date(), eager=True)
    midnights = [days, days.dt.offset_by("1d")]
    edges = [
        one.cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Paris").dt.epoch("us")
        for one in midnights
    ]
    return [(str(day), max(a, start), min(b, end)) for day, a, b in zip(days, *edges, strict=True)]


def differences(what: str, found: Row, published: Row) -> Iterator[str]:
    """What is published otherwise than it was found."""
    for name in found.keys() & published.keys():
        said = published[name]
        if found[name] != (None if said is None else float(said)):
            yield f"{what}: {name} is {found[name]}, published {said}"


def wrong_beginnings(
    known: list[Row], seen: dict[str, list[Row]], column: str, start: int, end: int
) -> Iterator[str]:
    """Components that are said to begin at another moment than their first row tells."""
    for one in known:
        first = next((row["start"] for row in seen[one["component"]] if row["start"] < end), None)
        said = one[column]
        if first is not None and (said is None or said > first or start <= said != first):
            yield f"{one['component']}: {column} is not {said}"


def wrong_in(folder: Path) -> Iterator[str]:
    """A sentence for everything that does not follow from the observations."""
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            yield f"{name} is not the file that SHA256SUMS names"
    described = json.loads((folder / "datapackage.json").read_text())["temporal"]
    edges = pl.Series([described["start"], described["end"]]).str.to_datetime(time_zone="UTC")
    start, end = edges.dt.epoch("us")
    rows, known = slots(folder), read(folder, "components").to_dicts()
    names = {
        one["component"]: [row for row in rows if row["component"] == one["component"]]
        for one in known
    }
    of_any = {name: Watched(mine, "any") for name, mine in names.items()}
    full = {name: Watched(mine, "full") for name, mine in names.items()}
    scopes: dict[tuple[str, str], Watched | WholePath] = {
        **{(name, "any"): one for name, one in of_any.items()},
        **{(name, "full"): one for name, one in full.items()},
    }
    since = {one["component"]: one["first_full_at"] for one in known if one["first_full_at"]}
    scopes["whole_path", "full"] = WholePath(full, since, end)
    yield from wrong_beginnings(known, names, "first_slot_at", start, end)
    runs = {name: one.runs for name, one in full.items()}
    yield from wrong_beginnings(known, runs, "first_full_at", start, end)
    for row in rows:
        joined = row["sequence"] in of_any[row["component"]].joined
        if start <= row["start"] < end and joined != (row["in_incident"] == "true"):
            yield f"slot {row['sequence']}: in_incident is {joined}"
    begins = {one["component"]: one["first_slot_at"] for one in known}
    begins["whole_path"] = min(since.values(), default=end)
    daily = {
        (one["component"], one["depth"], one["day"]): one
        for one in read(folder, "daily").to_dicts()
    }
    for (name, depth), of in scopes.items():
        for day, low, high in days_of(max(start, begins[name]), end):
            found, published = figure(of, low, high), daily.pop((name, depth, day), None)
            if published is not None:
                found |= {"start": low, "end": high}
                yield from differences(f"{day} {name} {depth}", found, published)
            elif depth == "any" or found["observations"]:
                yield f"{day} {name} {depth}: is not published"
    yield from (f"{key}: there is no such day" for key in daily)
    if (folder / "citation.json").exists():
        cited = json.loads((folder / "citation.json").read_text())
        said = dict(cited["figure"])
        said["lower_bound"], said["upper_bound"] = said.pop("bounds")
        del said["start"], said["end"]
        of = scopes[cited["component"], cited["depth"] or "any"]
        yield from differences("the citation", figure(of, start, end), said)


def main(folder: Path) -> int:
    """Print what differs; 0 when nothing does."""
    wrong = list(wrong_in(folder))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    days = read(folder, "daily").height
    print(f"{days} daily figures recomputed, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
