"""``/donnees``: what the open data are, the months there are, and the script that checks them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import FileResponse

from monitor.exports.fields import MEANINGS, TABLES
from monitor.exports.package import LICENCES
from monitor.exports.publish import SCRIPT, SUMS, listed
from monitor.web.api_page import add_api_page
from monitor.web.language import N_, _, language
from monitor.web.pages import GET, Pages
from monitor.web.typography import french, number

MEDIA = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".md": "text/markdown",
}
MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """A field of a table, in words."""

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class TableView:
    """A published table."""

    name: str
    meaning: str
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, kw_only=True)
class MonthView:
    """A month that can be downloaded: (what it is, its files); ``sha256`` is that of its sums."""

    name: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    kilobytes: str
    sha256: str
    is_proven: bool


def table_views() -> tuple[TableView, ...]:
    """Every table in the language of the page."""
    place = 0 if language() == "fr" else 1
    return tuple(
        TableView(
            name=name,
            meaning=french(MEANINGS[name][place]),
            fields=tuple(
                FieldRow(
                    name=one.name,
                    type=one.type,
                    unit=one.unit or "",
                    meaning=french((one.fr, one.en)[place]),
                )
                for one in fields
            ),
        )
        for name, fields in TABLES.items()
    )


def files_of(folder: Path) -> tuple[str, ...]:
    """The files that a month's sums name, and the sums; empty when there is no such month."""
    try:
        sums = (folder / SUMS).read_text(encoding="utf-8")
    except OSError:
        return ()
    return (*(line.partition("  ")[2] for line in sums.splitlines()), SUMS)


GROUPS = {
    "observations": N_("Relevés"),
    "lead_in": N_("Derniers créneaux d’avant"),
    "lead_out": N_("Premiers créneaux d’après"),
    "components": N_("Composantes"),
    "incidents": N_("Incidents"),
    "daily": N_("Jour par jour"),
}
OTHERS = N_("Notice et vérification")


def grouped(files: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The files of a month by what they hold; a heap of names tells nobody which to take."""
    found = {name: tuple(one for one in files if one.startswith(f"{name}.")) for name in GROUPS}
    known = {one for some in found.values() for one in some}
    others = tuple(one for one in files if one not in known)
    groups = [(_(GROUPS[name]), some) for name, some in found.items()]
    return tuple((label, some) for label, some in (*groups, (_(OTHERS), others)) if some)


MonthProof = Callable[[int], Mapping[str, object] | None]
"""The log's proof of a month (202605), None while there is none."""


def proof_of(month: str, proof: MonthProof | None) -> Mapping[str, object] | None:
    """The proof of a month by its name."""
    return proof(int(month.replace("-", ""))) if proof else None


def month_views(folder: Path | None, proof: MonthProof | None) -> tuple[MonthView, ...]:
    """The newest first."""
    found = reversed(tuple(listed(folder))) if folder else ()
    return tuple(
        MonthView(
            name=one.name,
            groups=grouped(files_of(one.folder)),
            kilobytes=number(round(one.size_bytes / 1000)),
            sha256=one.sha256,
            is_proven=proof_of(one.name, proof) is not None,
        )
        for one in found
    )


def add_open_data(
    app: FastAPI, pages: Pages, exports: Path | None, proof: MonthProof | None = None
) -> None:
    """The page, the files of each month, its proof, and ``/recompute.py``. ``exports`` is the
    folder into which months are published."""
    script = SCRIPT.read_text(encoding="utf-8")
    add_api_page(app, pages)

    @app.api_route("/donnees", methods=GET)
    def page() -> Response:
        return pages.answer(
            "donnees.html",
            tables=table_views(),
            months=month_views(exports, proof),
            licences=LICENCES,
            script=script,
        )

    @app.api_route("/donnees/{month}/proof.json", methods=GET)
    def month_proof(month: str) -> Response:
        """That the hash of the month's sums is in the log. It is none of the month's own files,
        which never change."""
        found = proof_of(month, proof) if MONTH.fullmatch(month) else None
        if found is None:
            raise HTTPException(404)
        headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=3600"}
        return Response(json.dumps(found), media_type="application/json", headers=headers)

    @app.api_route("/donnees/{month}/{name}", methods=GET)
    def month_file(month: str, name: str) -> Response:
        """Only what the month's own sums name."""
        if exports is None or not MONTH.fullmatch(month):
            raise HTTPException(404)
        if name not in files_of(exports / month):
            raise HTTPException(404)
        file = exports / month / name
        headers = {"cache-control": "public, max-age=86400", "access-control-allow-origin": "*"}
        return FileResponse(file, media_type=MEDIA.get(file.suffix, "text/plain"), headers=headers)

    @app.api_route("/recompute.py", methods=GET)
    def recompute() -> Response:
        headers = {"content-disposition": 'attachment; filename="recompute.py"'}
        return Response(script, media_type="text/x-python", headers=headers)
