"""Attempts from a file (TOML, JSON, CSV) or from ``--attempt`` options.

A row says ``at`` ("2026-05-13 14:00", "2026-05-13 14:00-16:00", or with an offset) or ``date``,
``from`` and ``to``; then ``territory``, ``component``, ``category``, ``reached`` ("form" or
"full"), ``personal`` and ``words``. What stands outside the rows holds for every row. The file's
name and content are never written anywhere.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from monitor.certificates.declared import FULL, Typed, declared
from monitor.certificates.errors import BadRequest
from monitor.core.attempts import DeclaredAttempt
from monitor.core.territories import BY_ID, METROPOLE

LARGEST_FILE_BYTES = 1_000_000

_FIELDS = frozenset(
    {"at", "date", "from", "to", "territory", "component", "category", "reached", "personal"}
    | {"words"}
)
_AT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4})(?:[ T]+(?P<start>[\d:h ]+?))?"
    r"(?:\s*[-–/]\s*(?P<end>[\d:h ]+?))?\s*"
)
_TRUE = frozenset({"true", "1", "oui", "yes", "vrai"})

Row = Mapping[str, Any]


def read_file(path: Path, defaults: Row) -> tuple[DeclaredAttempt, ...]:
    """The attempts of a file; ``defaults`` hold where neither a row nor the file says otherwise.

    Raises BadRequest with one sentence that names the row.
    """
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise BadRequest(
            "file",
            "Le fichier des tentatives doit finir par .toml, .json ou .csv.",
            "The file of attempts must end in .toml, .json or .csv.",
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadRequest(
            "file",
            f"Le fichier des tentatives ne peut pas être lu : {error.strerror}.",
            f"The file of attempts cannot be read: {error.strerror}.",
        ) from error
    return read_data(data, kind, defaults)


def read_data(data: bytes, kind: str, defaults: Row) -> tuple[DeclaredAttempt, ...]:
    """The same from its bytes; ``kind`` is ``.toml``, ``.json`` or ``.csv``."""
    if len(data) > LARGEST_FILE_BYTES:
        raise BadRequest(
            "file",
            "Le fichier des tentatives est trop grand.",
            "The file of attempts is too large.",
        )
    try:
        common, rows = _READERS[kind](data.decode("utf-8-sig"))
    except (ValueError, csv.Error, RecursionError) as error:  # TOML and JSON errors are ValueErrors
        raise BadRequest(
            "file",
            f"Le fichier des tentatives n’est pas un {kind[1:].upper()} lisible ({error}).",
            f"The file of attempts is no readable {kind[1:].upper()} ({error}).",
        ) from error
    return from_rows(rows, {**defaults, **common})


def from_rows(rows: Sequence[Row], defaults: Row) -> tuple[DeclaredAttempt, ...]:
    """Attempts of rows, in their order. Raises BadRequest."""
    return tuple(
        _attempt(_merged(row, defaults, number), number) for number, row in enumerate(rows, 1)
    )


def from_options(options: Iterable[str], defaults: Row) -> tuple[DeclaredAttempt, ...]:
    """Attempts of ``--attempt "2026-05-13 14:00-16:00"``. Raises BadRequest."""
    return from_rows([{"at": option} for option in options], defaults)


def _toml(text: str) -> tuple[Row, Sequence[Row]]:
    return _tree(tomllib.loads(text))


def _json(text: str) -> tuple[Row, Sequence[Row]]:
    return _tree(json.loads(text))


def _tree(found: object) -> tuple[Row, Sequence[Row]]:
    """``attempt`` or ``attempts`` are the rows, the rest holds for all; a bare list is rows."""
    if isinstance(found, list):
        found = {"attempts": found}
    if not isinstance(found, dict):
        raise ValueError("a table of attempts is expected")
    rows = found.pop("attempt", None) or found.pop("attempts", None) or []
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise ValueError("attempts must be a list of tables")
    return found, rows


def _csv(text: str) -> tuple[Row, Sequence[Row]]:
    """Comma or semicolon, whichever the first line has more of; an empty cell says nothing."""
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows = []
    for row in reader:
        if None in row:
            raise ValueError(f"line {reader.line_num} has more cells than the first line")
        rows.append({name.strip(): value for name, value in row.items() if value})
    return {}, [row for row in rows if row]


_READERS = {".toml": _toml, ".json": _json, ".csv": _csv}


def _merged(row: Row, defaults: Row, number: int) -> Row:
    unknown = sorted(str(name) for name in row.keys() | defaults.keys() if name not in _FIELDS)
    if unknown:
        raise BadRequest(
            "file",
            f"Tentative {number} : « {unknown[0][:40]} » n’est pas un champ connu "
            f"({', '.join(sorted(_FIELDS))}).",
            f"Attempt {number}: {unknown[0][:40]!r} is no known field.",
            row=number,
        )
    return {**{name: value for name, value in defaults.items() if value}, **row}


def _attempt(row: Row, number: int) -> DeclaredAttempt:
    typed = Typed(
        **_when(row, number),
        component=str(row.get("component", "")),
        category=str(row.get("category", "")),
        reached=str(row.get("reached", FULL)),
        personal=str(row.get("personal", "")).casefold() in _TRUE,
        words=str(row.get("words", "")),
    )
    try:
        return declared(typed, number)
    except BadRequest as error:
        raise BadRequest(
            error.field,
            f"Tentative {number} : {error.fr}",
            f"Attempt {number}: {error.en}",
            row=number,
        ) from None


def _when(row: Row, number: int) -> dict[str, str]:
    """Day, hours and territory as texts; a moment with an offset is turned to the local clock."""
    territory, at = str(row.get("territory", "")), row.get("at")
    if at is None:
        names = {"day": "date", "start": "from", "end": "to"}
        texts = {ours: _text(row.get(theirs)) for ours, theirs in names.items()}
        return {**texts, "territory": territory}
    moment = _moment(at)
    if moment is not None:
        where = BY_ID.get(territory or METROPOLE, BY_ID[METROPOLE])
        local = moment.astimezone(where.clock)
        day, start = f"{local:%Y-%m-%d %H:%M}".split()
        return {"day": day, "start": start, "territory": territory or METROPOLE}
    found = _AT.fullmatch(_text(at).strip())
    if found is None:
        raise BadRequest(
            "at",
            f"Tentative {number} : « {_text(at)[:60]} » ne se lit pas ; écrivez 2026-05-13 14:00 "
            "ou 2026-05-13 14:00-16:00.",
            f"Attempt {number}: {_text(at)[:60]!r} cannot be read; write 2026-05-13 14:00 or "
            "2026-05-13 14:00-16:00.",
            row=number,
        )
    texts = {name: found[name] or "" for name in ("day", "start", "end")}
    return {**texts, "territory": territory}


def _moment(at: object) -> datetime | None:
    """A moment with its offset, "2026-05-13T14:00+02:00"; None for anything else."""
    if isinstance(at, str) and "T" in at:
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return None
    return at if isinstance(at, datetime) and at.tzinfo else None


def _text(value: object) -> str:
    """A TOML date or time as it is written, anything else as a text."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return "" if value is None else str(value)
