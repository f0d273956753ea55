"""The data package's descriptor (Frictionless) and its two READMEs."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from monitor.exports.edges import Period
from monitor.exports.fields import MEANINGS, TABLES, Field

DATASET_VERSION = "1"
"""Raised when a field changes its name or meaning."""

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

_MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def descriptor(
    period: Period, tables: Mapping[str, pl.DataFrame], publisher: str
) -> dict[str, object]:
    """``datapackage.json``; it depends on nothing but the period and the data."""
    return {
        "profile": "tabular-data-package",
        "name": f"anef-monitor-{period.name}",
        "title": f"Disponibilité de l’ANEF, {period.name}",
        "description": MEANINGS["observations"][1],
        "version": DATASET_VERSION,
        "created": period.known_at.isoformat(),
        "temporal": {"start": period.start.isoformat(), "end": period.end.isoformat()},
        "licenses": LICENCES,
        "contributors": [{"title": publisher, "role": "publisher"}] if publisher else [],
        "resources": [
            _resource(name, kind, tables[name]) for name in TABLES for kind in ("csv", "parquet")
        ],
    }


def _resource(name: str, kind: str, table: pl.DataFrame) -> dict[str, object]:
    french, english = MEANINGS[name]
    return {
        "name": f"{name}-{kind}".replace("_", "-"),
        "path": f"{name}.{kind}",
        "format": kind,
        "mediatype": _MEDIA[kind],
        "encoding": "utf-8",
        "description": f"{french} / {english}",
        "rows": table.height,
        "schema": {"fields": [_field(one) for one in TABLES[name]], "missingValues": [""]},
    }


def _field(one: Field) -> dict[str, object]:
    found: dict[str, object] = {
        "name": one.name,
        "type": one.type,
        "title": one.fr,
        "description": one.en,
    }
    if one.type == "datetime":
        found["format"] = "any"
    return {**found, "unit": one.unit} if one.unit else found


def readme_fr(period: Period) -> str:
    """What the folder holds, for a French reader."""
    files = "\n".join(f"- `{name}.csv`, `{name}.parquet` : {MEANINGS[name][0]}" for name in TABLES)
    return f"""# Disponibilité de l’ANEF, {period.name}

Observations d’un observatoire indépendant, du {period.start.isoformat()} au \
{period.end.isoformat()} (UTC), telles qu’elles étaient connues le {period.known_at.isoformat()}.

{files}

`datapackage.json` dit le sens et l’unité de chaque champ, `SHA256SUMS` les empreintes.
Une observation vaut jusqu’au créneau suivant du même point d’observation, au plus 2,5 fois \
l’intervalle prévu ; le reste n’est pas connu et ne compte ni comme panne ni comme bon \
fonctionnement. Disponibilité = temps disponible / temps connu ; sous 80 % de couverture, il n’y a \
pas de chiffre. Un échec isolé n’est pas une panne : il reste dans les bornes.

Ces fichiers ne changent plus. Une relecture ou un nouveau jeu de règles donne un second chiffre, \
publié à part.

Licence : Licence Ouverte 2.0 (Etalab) ou CC-BY-4.0, au choix.
"""


def readme_en(period: Period) -> str:
    """The same for an English one."""
    files = "\n".join(f"- `{name}.csv`, `{name}.parquet`: {MEANINGS[name][1]}" for name in TABLES)
    return f"""# Availability of ANEF, {period.name}

Observations of an independent observatory, from {period.start.isoformat()} to \
{period.end.isoformat()} (UTC), as known on {period.known_at.isoformat()}.

{files}

`datapackage.json` says what every field means and its unit, `SHA256SUMS` the hashes.
An observation holds until the next slot of the same vantage, at most 2.5 of the planned interval; \
the rest is not known and counts neither as down nor as up. Availability = available time / known \
time; under 80 % of coverage there is no figure. An isolated failure is no outage: it stays within \
the bounds.

These files do not change any more. A review or a newer set of rules gives a second figure, \
published apart.

Licence: Licence Ouverte 2.0 (Etalab) or CC-BY-4.0, as you like.
"""
