"""The published tables of a period, as they were known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import polars as pl

from monitor.core.model import Depth, Incident, SlotRecord
from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure
from monitor.core.timeline import Timeline
from monitor.core.windows import day_bounds, days_of
from monitor.exports.edges import Period, edges_of, full_since, line_of
from monitor.exports.fields import TABLES, Field
from monitor.store.figures import Figures

_KINDS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "datetime": pl.Datetime("us", "UTC"),
}


def tables(figures: Figures, period: Period, *, only: str = PATH) -> dict[str, pl.DataFrame]:
    """Every table of the period, by name; ``only`` what a figure of this component rests on: all
    of it for the whole path. Errors are those of the store."""
    since = {
        name: at
        for name, at in figures.components().items()
        if name != PATH and only in (PATH, name) and at < period.end
    }
    full = {name: at for name, at in full_since(figures, period).items() if name in since}
    lines = {name: line_of(figures, name, period, period.start, period.end) for name in since}
    around = {name: edges_of(figures, name, period, full.get(name)) for name in since}
    rows: dict[str, Iterable[Mapping[str, object]]] = {
        "observations": [
            row
            for line in lines.values()
            for row in _observations(line, line.slots_within(period.start, period.end))
        ],
        "lead_in": [row for one in around.values() for row in _observations(*one.before)],
        "lead_out": [row for one in around.values() for row in _observations(*one.after)],
    }
    made = {name: _frame(name, sorted(found, key=_by_sequence)) for name, found in rows.items()}
    made["components"] = _frame("components", _components(since, full))
    made["incidents"] = _frame("incidents", _incidents(figures, since, period))
    path = (Scope(component=PATH, depth=Depth.FULL),) if only == PATH else ()
    scopes = (
        *(Scope(component=name) for name in since),
        *(Scope(component=name, depth=Depth.FULL) for name in since),
        *path,
    )
    made["daily"] = _frame("daily", _daily(figures, scopes, period))
    return made


def _components(
    since: Mapping[str, datetime], full: Mapping[str, datetime]
) -> Iterable[Mapping[str, object]]:
    for name, begins in since.items():
        yield {"component": name, "first_slot_at": begins, "first_full_at": full.get(name)}


def _frame(name: str, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    fields = TABLES[name]
    schema = {field.name: _KINDS[field.type] for field in fields}
    return pl.DataFrame([_ordered(fields, row) for row in rows], schema=schema, orient="row")


def _ordered(fields: Sequence[Field], row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[field.name] for field in fields)


def _by_sequence(row: Mapping[str, object]) -> int:
    sequence = row["sequence"]
    return sequence if isinstance(sequence, int) else 0


def _observations(line: Timeline, records: Iterable[SlotRecord]) -> Iterable[Mapping[str, object]]:
    for one in records:
        yield {
            **vars(one.slot),
            **vars(one),
            "outcome": one.outcome.value,
            "ruleset": one.ruleset or None,
            "depth": one.depth.value,
            "flags": _words(one.flags),
            "in_incident": one.sequence in line.joined,
        }


def _incidents(
    figures: Figures, components: Iterable[str], period: Period
) -> list[Mapping[str, object]]:
    found: list[Incident] = []
    for name in components:
        scope = Scope(component=name)
        found += figures.figure(scope, period.start, period.end, now=period.known_at).incidents
    found.sort(key=lambda one: one.opened_sequence)
    return [{**vars(one), "holes": len(one.holes)} for one in found]


def _daily(figures: Figures, scopes: Iterable[Scope], period: Period) -> list[Mapping[str, object]]:
    days = days_of(period.start, period.end)
    spans = [_part(day, period) for day in days]
    return [
        _day(day, scope, found)
        for scope in scopes
        for day, found in zip(days, figures.figures(scope, spans, now=period.known_at), strict=True)
        if found.window_seconds and (scope.depth is None or found.observations)
    ]


def _part(day: date, period: Period) -> tuple[datetime, datetime]:
    begins, ends = day_bounds(day)
    return max(begins, period.start), min(ends, period.end)


def _day(day: date, scope: Scope, found: Figure) -> Mapping[str, object]:
    return {
        **vars(found),
        "day": day,
        "component": scope.component,
        "depth": scope.depth.value if scope.depth else "any",
        "unknown_seconds": round(found.unknown_seconds, 6),
        "lower_bound": found.bounds[0],
        "upper_bound": found.bounds[1],
        "incidents": len(found.incidents),
        "rulesets": _words(found.rulesets),
        "intervals_seconds": _words(f"{one:g}" for one in found.intervals_seconds),
        "vantages": _words(found.vantages),
    }


def _words(some: Iterable[str]) -> str | None:
    """None for none: an empty text would be another thing than an empty cell to some readers."""
    return " ".join(some) or None
