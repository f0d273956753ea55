"""How many bytes a check's evidence takes, and how long it takes: ``python -m bench.evidence``.

Each probe runs some times on a site that is well, and some times with a fault. Files are kept
under their content, so that a picture that was kept before takes nothing: both the bytes of a run
and the bytes that a further run adds are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rich.console import Console
from rich.table import Table

from bench.costs import Cost, front_page_ways, measure_cost, print_costs, print_ways
from bench.ground import Bench, Ground, bench_settings, open_bench, standin_process
from bench.quality import LEAST_DECIBELS, Quality, chosen, measure_qualities
from bench.shots import Way
from monitor.core.model import Observation
from monitor.evidence.pictures import GOOD_QUALITY, encode_picture
from monitor.settings import Settings
from probes.mailbox import Mailbox
from probes.site import Site

ACTION_SECONDS = 1.0
FAULTS: dict[str, str] = {
    "portal": "http_503",
    "login": "session_dropped",
    "reset": "reset_page_error",
    "category": "categories_empty",
    "upload": "upload_413",
}
"""Component: the fault under which it is measured."""
LATE_FAULTS = {"portal": "api_error", "upload": "upload_413"}
"""Faults that come at the end: every page before them is pictured without loss."""


class EveryMessageCame(Mailbox):
    """A mailbox that needs no server: evidence is measured here, not mail."""

    async def send_control(self, _subject: str, *, at: datetime) -> None:
        """Send nothing."""

    async def has_message(self, _subjects: Iterable[str], *, since: datetime) -> bool:  # noqa: ARG002
        """It is there."""
        return True


MAILBOX = EveryMessageCame(
    imap_host="127.0.0.1",
    imap_port=0,
    imap_tls=False,
    username="bench",
    password="none",
    address="bench@localhost",
    smtp_host="127.0.0.1",
    smtp_port=0,
    smtp_starttls=False,
    smtp_username=None,
    smtp_password=None,
)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Of one slot: bytes of its files, how many of them were new, seconds of its attempts outside
    their steps (pictures and texts; the context's end too), and seconds to keep it all."""

    outcome: str
    files: int
    bytes_all: int
    bytes_new: int
    manifest_bytes: int
    capture_seconds: float
    keep_seconds: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """Medians of a probe's slots under one fault. ``bytes_all`` is a run of which every picture
    is new, ``bytes_new`` what a run adds to those before it."""

    component: str
    fault: str
    outcome: str
    files: float
    bytes_all: float
    bytes_new: float
    manifest_bytes: float
    capture_seconds: float
    keep_seconds: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All lines, and what a slot takes in the database."""

    lines: tuple[Line, ...]
    database_bytes_per_slot: float
    encoding_seconds: float
    """Median of encoding one picture without loss that was not seen before."""
    good_bytes: float
    failing_bytes: float
    """Medians over the probes of a check's evidence, well and unwell."""
    manifest_bytes: float
    costs: tuple[Cost, ...]
    ways: tuple[Way, ...]
    qualities: tuple[Quality, ...]


async def taken(bench: Bench, component: str) -> Taken:
    """Run one slot and see what its evidence takes."""
    observed = await bench.observe(component)
    seen = observed.observation
    new = {file.sha256: file for file in observed.files if not bench.blobs.has(file.sha256)}
    started = time.monotonic()
    await bench.keep(observed)
    return Taken(
        outcome=seen.verdict.outcome.value,
        files=len(observed.files),
        bytes_all=sum(len(file.data) for file in observed.files),
        bytes_new=sum(len(file.data) for file in new.values()),
        manifest_bytes=sum(len(f.data) for f in observed.files if f.name == "manifest.json"),
        capture_seconds=_outside_steps(seen),
        keep_seconds=time.monotonic() - started,
    )


def _outside_steps(observation: Observation) -> float:
    return sum(
        attempt.duration_seconds - sum(step.duration_seconds for step in attempt.steps)
        for attempt in observation.attempts
    )


async def measure(ground: Ground, folder: Path, *, runs: int) -> Measured:
    """Every probe, well and unwell. The database is looked at over the good runs."""
    settings = bench_settings(folder, ground.origins)
    async with open_bench(settings, action_seconds=ACTION_SECONDS) as bench:
        means = replace(bench.watch.means, mailbox=MAILBOX)
        bench.watch = replace(bench.watch, means=means, site=_with_reset(bench.watch.site))
        await bench.check("portal")
        before = _database_bytes(settings)
        good = [await _line(bench, ground, component, "none", runs) for component in FAULTS]
        grown = _database_bytes(settings) - before
        bad = [await _line(bench, ground, *fault, runs) for fault in FAULTS.items()]
        ground.set_fault("none")
        costs = [await measure_cost(bench, component, runs) for component in FAULTS]
        ways = await front_page_ways(bench, runs)
        pictures = await _lossless_pictures(bench, ground)
    encoding = [_encoding_seconds(picture) for picture in pictures]
    return Measured(
        lines=tuple(line for pair in zip(good, bad, strict=True) for line in pair),
        database_bytes_per_slot=grown / ((runs + 1) * len(good)),
        encoding_seconds=median(one for one in encoding if one is not None),
        good_bytes=median(line.bytes_all for line in good),
        failing_bytes=median(line.bytes_all for line in bad),
        manifest_bytes=median(line.manifest_bytes for line in good),
        costs=tuple(costs),
        ways=ways,
        qualities=measure_qualities(pictures),
    )


async def _lossless_pictures(bench: Bench, ground: Ground) -> list[bytes]:
    """Every page of the site with every pixel, from runs that fail at their last step."""
    found: dict[str, bytes] = {}
    for component, fault in LATE_FAULTS.items():
        ground.set_fault(fault)
        ground.forget()
        observed = await bench.observe(component)
        found |= {f.sha256: f.data for f in observed.files if f.media_type == "image/webp"}
    ground.set_fault("none")
    return list(found.values())


def _database_bytes(settings: Settings) -> int:
    """Bytes of the SQLite database, what is still in its log included."""
    path = settings.state_dir / "monitor.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        pages, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "page_size")
        )
    return int(pages) * int(size)


def _encoding_seconds(data: bytes) -> float | None:
    """Seconds that this picture took when it was new; None when it is no picture."""
    if not data.startswith(b"RIFF"):
        return None
    png = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.save(png, "PNG", pnginfo=_unseen())
    started = time.monotonic()
    encode_picture(png.getvalue(), lossless=True)
    return time.monotonic() - started


def _unseen() -> PngInfo:
    """A note that makes the file another one than any that was encoded before."""
    note = PngInfo()
    note.add_text("bench", "encoded anew")
    return note


def _with_reset(site: Site) -> Site:
    """The site with a reset probe that may ask."""
    return site.model_copy(update={"reset": site.reset.model_copy(update={"enabled": True})})


async def _line(bench: Bench, ground: Ground, component: str, fault: str, runs: int) -> Line:
    """Some slots of a probe under a fault, after one that puts its pictures into the folder."""
    ground.set_fault(fault)
    ground.forget()
    slots = [await taken(bench, component) for _ in range(runs + 1)][1:]
    return Line(
        component=component,
        fault=fault,
        outcome=slots[-1].outcome,
        files=median(slot.files for slot in slots),
        bytes_all=median(slot.bytes_all for slot in slots),
        bytes_new=median(slot.bytes_new for slot in slots),
        manifest_bytes=median(slot.manifest_bytes for slot in slots),
        capture_seconds=median(slot.capture_seconds for slot in slots),
        keep_seconds=median(slot.keep_seconds for slot in slots),
    )


def print_measured(found: Measured) -> None:
    """For a person."""
    table = Table(box=None, pad_edge=False)
    for heading in ("probe", "fault", "outcome"):
        table.add_column(heading)
    for heading in ("files", "KB", "KB new", "capture s", "keep s"):
        table.add_column(heading, justify="right")
    for line in found.lines:
        table.add_row(
            line.component,
            line.fault,
            line.outcome,
            f"{line.files:.0f}",
            f"{line.bytes_all / 1000:.1f}",
            f"{line.bytes_new / 1000:.1f}",
            f"{line.capture_seconds:.2f}",
            f"{line.keep_seconds:.2f}",
        )
    console = Console(highlight=False)
    console.print(table)
    print_costs(console, found.costs)
    print_ways(console, found.ways)
    _print_qualities(console, found.qualities)
    console.print(
        f"\nmedian evidence of a check: {found.good_bytes / 1000:.0f} KB when all went well, "
        f"{found.failing_bytes / 1000:.0f} KB when it failed; of it the manifests, which stay for "
        f"ever: {found.manifest_bytes / 1000:.1f} KB"
    )
    console.print(f"database: {found.database_bytes_per_slot:.0f} bytes a good slot")
    console.print(f"encoding a picture not seen before: {found.encoding_seconds * 1000:.0f} ms")


def _print_qualities(console: Console, measured: tuple[Quality, ...]) -> None:
    table = Table(box=None, pad_edge=False, title="\nPictures of good runs, by quality")
    for heading in ("WebP", "KB", "ms a picture", "worst tile dB"):
        table.add_column(heading, justify="left" if heading == "WebP" else "right")
    for one in measured:
        name = "lossless" if one.quality is None else f"quality {one.quality}"
        decibels = "" if one.quality is None else f"{one.worst_decibels:.1f}"
        size, took = f"{one.bytes_all / 1000:.0f}", f"{one.milliseconds:.0f}"
        table.add_row(name, size, took, decibels)
    console.print(table)
    console.print(
        f"{measured[0].pictures} pages; lowest quality with {LEAST_DECIBELS:.0f} dB in its worst "
        f"tile: {chosen(measured)}; in use: {GOOD_QUALITY}"
    )


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="bench.evidence", description=__doc__)
    parser.add_argument("--runs", type=int, default=8, help="of each probe, well and unwell")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with standin_process() as ground, tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(ground, Path(folder), runs=asked.runs))
    if asked.json:
        print(json.dumps(asdict(found), indent=2))  # noqa: T201  the command's output
    else:
        print_measured(found)


if __name__ == "__main__":
    main()
