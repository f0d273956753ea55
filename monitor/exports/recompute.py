# ruff: noqa: T201  a script says what it finds
"""Recompute the published daily figures from the published observations, with polars alone.

    python recompute.py FOLDER

FOLDER is a month of open data (observations.csv, lead_in.csv, daily.csv). Nothing of anef-monitor
is used. Every day of every component, at any depth, must come out as it was published; the exit
code is 1 when one does not. Method: an observation holds until the next slot of its vantage, at
most 2.5 of its intervals; a failure outside of incidents is not known; several vantages count only
where those that know agree.
"""

import sys
from pathlib import Path

import polars as pl

OK, BAD = ("up", "degraded"), ("down", "maintenance")


def holding(folder: Path) -> pl.DataFrame:
    """What each observation says, from when to when, in microseconds: 1 works, 0 does not."""
    files = [folder / "lead_in.csv", folder / "observations.csv"]
    slots = pl.concat([pl.read_csv(file, infer_schema=False) for file in files])
    begun = pl.coalesce("started_at", "scheduled_at").str.to_datetime(time_zone="UTC")
    number = pl.col("sequence").cast(pl.Int64)
    slots = slots.with_columns(number, start=begun.dt.epoch("us")).sort("start", "sequence")
    following = pl.col("start").shift(-1).over("component", "vantage")
    held = (pl.col("interval_seconds").cast(pl.Float64) * 2_500_000).cast(pl.Int64)
    failed = pl.col("outcome").is_in(BAD) & (pl.col("in_incident") == "true")
    return slots.with_columns(
        end=pl.min_horizontal(following, pl.col("start") + held),
        said=pl.when(pl.col("outcome").is_in(OK)).then(1).when(failed).then(0),
    ).drop_nulls("said")


def day(says: pl.DataFrame, low: int, high: int) -> tuple[int, int]:
    """Available and known microseconds of [low, high)."""
    here = says.filter(pl.col("end") > low, pl.col("start") < high).select(
        pl.col("start").clip(low, high), pl.col("end").clip(low, high), "said"
    )
    edges = pl.concat([here["start"], here["end"]]).unique().sort()
    spans = pl.DataFrame({"a": edges, "b": edges.shift(-1)}).drop_nulls()
    agreed = (
        spans.join_where(here, pl.col("start") <= pl.col("a"), pl.col("end") >= pl.col("b"))
        .group_by("a", "b")
        .agg(least=pl.col("said").min(), most=pl.col("said").max())
        .filter(pl.col("least") == pl.col("most"))
    )
    lengths = agreed["b"] - agreed["a"]
    return int((lengths * agreed["most"]).sum()), int(lengths.sum())


def main(folder: Path) -> int:
    """Print what differs; 0 when nothing does."""
    says = holding(folder)
    daily = pl.read_csv(folder / "daily.csv", infer_schema_length=None)
    rows = daily.filter(pl.col("depth") == "any").with_columns(
        pl.col("start", "end").str.to_datetime(time_zone="UTC").dt.epoch("us")
    )
    wrong = 0
    for row in rows.iter_rows(named=True):
        up, known = day(
            says.filter(pl.col("component") == row["component"]), row["start"], row["end"]
        )
        share = up / known if known >= 0.8 * (row["end"] - row["start"]) else None
        seconds = row["available_seconds"], row["unavailable_seconds"]
        if (share, up / 1e6, (known - up) / 1e6) != (row["availability"], *seconds):
            wrong += 1
            print(f"{row['day']} {row['component']}: {share}, published {row['availability']}")
    print(f"{rows.height} days recomputed, {wrong} differ")
    return 1 if wrong or not rows.height else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
