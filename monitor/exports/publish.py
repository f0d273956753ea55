"""Folders of open data: made once, never changed, their hashes in the transparency log."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from monitor.core.scopes import PATH
from monitor.core.windows import PARIS, month_bounds, window
from monitor.errors import ConfigurationError, StoreError
from monitor.exports.edges import Period
from monitor.exports.package import descriptor
from monitor.exports.readme import LANGUAGES, readme
from monitor.exports.tables import tables
from monitor.store.figures import Figures

SUMS = "SHA256SUMS"
PROOF = "proof.json"
SCRIPT = Path(__file__).with_name("recompute.py")
"""Goes with the data, so that whoever has them needs nothing else of ours."""

SETTLED = timedelta(hours=72)
"""A month is complete so long after its end: no slot of ours reaches further (2.5 x 24 hours)."""


class Log(Protocol):
    """Where the hashes of complete months are kept."""

    def append_leaf(self, kind: str, subject: int | None, leaf: dict[str, Any]) -> int:
        """Append a leaf. Raises StoreError when the log has not begun."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A folder of open data. ``sha256`` is that of its SHA256SUMS, which names all other files;
    ``is_new`` is false when it was there already, ``leaf`` its place in the log."""

    name: str
    folder: Path
    sha256: str
    size_bytes: int
    is_new: bool = False
    leaf: int | None = None


def month_period(name: str, *, now: datetime) -> Period:
    """A calendar month that is complete. Raises ConfigurationError otherwise."""
    try:
        month = window(name, now=now)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    if len(name) != len("2026-11"):
        raise ConfigurationError(f"{name} is no month: write 2026-11")
    if now < month.end + SETTLED:
        raise ConfigurationError(
            f"{name} is not complete before {(month.end + SETTLED).isoformat()}: "
            "for what there is until now, write --since and --until"
        )
    return Period(name=name, start=month.start, end=month.end, known_at=month.end + SETTLED)


def free_period(start: datetime, end: datetime, *, now: datetime) -> Period:
    """Any period, as known now. Raises ConfigurationError when it is empty."""
    if end <= start:
        raise ConfigurationError("the period is empty: --until must come after --since")
    until = min(end, now)
    if until <= start:
        raise ConfigurationError("the period has not begun yet")
    shown = "_".join(
        moment.astimezone(PARIS).strftime("%Y-%m-%dT%H%M") for moment in (start, until)
    )
    return Period(name=shown, start=start, end=until, known_at=now)


def complete_months(figures: Figures, *, now: datetime) -> tuple[str, ...]:
    """The months since the first slot that are complete, oldest first."""
    first = min(figures.components().values(), default=now).astimezone(PARIS)
    year, month = first.year, first.month
    found = []
    while month_bounds(year, month)[1] + SETTLED <= now:
        found.append(f"{year:04}-{month:02}")
        year, month = year + month // 12, month % 12 + 1
    return tuple(found)


def publish(figures: Figures, period: Period, to: Path, *, publisher: str) -> Published:
    """Write the folder of a period. One that is there is left as it is and only checked.

    Raises ConfigurationError when it cannot be written, or when one of its files was changed.
    """
    folder = to / period.name
    if folder.exists():
        return checked(folder)
    files = package(figures, period, publisher=publisher)
    try:
        to.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=to, prefix=".making-") as place:
            made = Path(place) / period.name
            made.mkdir()
            for name, content in files.items():
                _write(made / name, content)
            made.replace(folder)  # whole or not at all
    except OSError as error:
        raise ConfigurationError(f"cannot write to {to}: {error.strerror}") from error
    return replace(checked(folder), is_new=True)


def package(
    figures: Figures,
    period: Period,
    *,
    publisher: str,
    only: str = PATH,
    cited: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Every file of a period by its name; the same bytes whenever it is made. Of a citation, it
    holds ``only`` what belongs to the cited component, and ``cited`` besides; PROOF may be one of
    these files."""
    made = tables(figures, period, only=only)
    files: dict[str, bytes] = dict(cited or {})
    for name, table in made.items():
        files[f"{name}.csv"] = _csv(table)
        files[f"{name}.parquet"] = _parquet(table)
    text = json.dumps(descriptor(period, made, files, publisher), ensure_ascii=False, indent=2)
    files["datapackage.json"] = f"{text}\n".encode()
    for one in LANGUAGES:
        is_cited, is_proven = cited is not None, PROOF in files
        text = readme(period, one, cited=is_cited, proven=is_proven)
        files[f"README.{one}.md"] = text.encode()
    files[SCRIPT.name] = SCRIPT.read_bytes()
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files[SUMS] = "".join(lines).encode()
    return files


def _csv(table: pl.DataFrame) -> bytes:
    """RFC 4180 but for lines that end with LF: no mark of byte order, a decimal point, moments in
    UTC, an empty cell for what is not there."""
    return table.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ").encode()


def _parquet(table: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    table.write_parquet(target, compression="zstd", statistics=True)
    return target.getvalue()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def checked(folder: Path) -> Published:
    """What a folder holds. Raises ConfigurationError when a file is missing or was changed."""
    try:
        text = (folder / SUMS).read_bytes()
        for line in text.decode().splitlines():
            wanted, _, name = line.partition("  ")
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != wanted:
                raise ConfigurationError(f"{folder / name} was changed: published files never are")
        size = sum(file.stat().st_size for file in folder.iterdir())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{folder} is no complete export: {error}") from error
    digest = hashlib.sha256(text).hexdigest()
    return Published(name=folder.name, folder=folder, sha256=digest, size_bytes=size)


def published(to: Path) -> Iterator[Published]:
    """The complete months in a folder, oldest first; nothing when there is no such folder."""
    for folder in sorted(to.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]")):
        if folder.is_dir():
            yield checked(folder)


def listed(to: Path) -> Iterator[Published]:
    """The same without reading every file again; a folder that is being made is left out."""
    for folder in sorted(to.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]")):
        if (folder / SUMS).is_file():
            digest = hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
            size = sum(file.stat().st_size for file in folder.iterdir())
            yield Published(name=folder.name, folder=folder, sha256=digest, size_bytes=size)


def log_month(log: Log, one: Published) -> Published:
    """Put the hash of a complete month into the log; None for ``leaf`` while there is no log.

    Raises StoreError when the log holds another hash of this month.
    """
    leaf: dict[str, Any] = {
        "schema": "leaf/1",
        "kind": "export",
        "name": one.name,
        "month": one.name,
        "sha256": one.sha256,
    }
    try:
        return replace(one, leaf=log.append_leaf("export", int(one.name.replace("-", "")), leaf))
    except StoreError as error:
        if "not begun" in str(error):
            return one
        raise
