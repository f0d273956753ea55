"""The data package's descriptor, as the Data Package standard 2.0 asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import polars as pl

from monitor.exports.edges import Period
from monitor.exports.fields import KEYS, MEANINGS, TABLES, Field

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

DATASET_VERSION = "1.1.0"
"""The first number is raised when a field changes its name or meaning."""

LICENCES = [
    {
        "name": "etalab-2.0",
        "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
        "title": "Licence Ouverte / Open Licence 2.0 (Etalab)",
    },
    {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0 International",
    },
]

DESCRIPTION = (
    "Every slot planned in the period, run or not, the incidents and the daily figures that follow "
    "from them. Each .csv has a .parquet twin of the same name; SHA256SUMS names every file. "
    "Either licence may be chosen."
)

_SEES_A_COMPONENT = ("observations", "lead_in", "lead_out", "incidents")


def descriptor(
    period: Period, tables: Mapping[str, pl.DataFrame], files: Mapping[str, bytes], publisher: str
) -> dict[str, object]:
    """``datapackage.json``; it depends on nothing but the period and the data.

    Only the CSV are its resources: a reader without the Parquet library finds all of it valid.
    ``files`` are their bytes. ``temporal``, ``rows`` and ``unit`` are additions of ours, which
    the standard allows.
    """
    found: dict[str, object] = {
        "$schema": PROFILE,
        "name": f"anef-monitor-{period.name.lower()}",
        "title": f"Disponibilité de l’ANEF, {period.name}",
        "description": DESCRIPTION,
        "version": DATASET_VERSION,
        "created": period.known_at.isoformat(),
        "temporal": {"start": period.start.isoformat(), "end": period.end.isoformat()},
        "keywords": ["ANEF", "availability", "disponibilité", "France"],
        "licenses": LICENCES,
    }
    if publisher:  # the standard has no empty list of contributors
        found["contributors"] = [{"title": publisher, "roles": ["publisher"]}]
    resources = [_resource(name, tables[name], files[f"{name}.csv"]) for name in TABLES]
    return {**found, "resources": resources}


def _resource(name: str, table: pl.DataFrame, data: bytes) -> dict[str, object]:
    french, english = MEANINGS[name]
    return {
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        "title": french,
        "description": english,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "rows": table.height,
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"'},
        "schema": _schema(name),
    }


def _schema(name: str) -> dict[str, object]:
    found: dict[str, object] = {
        "fields": [_field(one) for one in TABLES[name]],
        "missingValues": [""],
        "primaryKey": list(KEYS[name]),
    }
    if name in _SEES_A_COMPONENT:
        reference = {"resource": "components", "fields": ["component"]}
        found["foreignKeys"] = [{"fields": ["component"], "reference": reference}]
    return found


def _field(one: Field) -> dict[str, object]:
    found: dict[str, object] = {
        "name": one.name,
        "type": one.type,
        "title": one.fr,
        "description": f"{one.en} ({one.unit})" if one.unit else one.en,
        "constraints": _constraints(one),
    }
    return {**found, "unit": one.unit} if one.unit else found


def _constraints(one: Field) -> dict[str, object]:
    found: dict[str, object] = {"required": one.required}
    if one.among:
        found["enum"] = list(one.among)
    if one.type in ("integer", "number"):
        found["minimum"] = 0
    if one.unit == "1":
        found["maximum"] = 1
    return found
