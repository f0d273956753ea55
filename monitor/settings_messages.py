"""Faulty settings in one sentence: where, which, what is wrong, what to write instead."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.settings_layers import Layers
from monitor.settings_table import Setting

_EXPECTED: dict[str, str] = {
    "text": "text in quotes",
    "secret": "text in quotes",
    "path": "a path in quotes",
    "whole number": "a whole number",
    "number": "a number",
    "true or false": "true or false",
    "list": 'a list, as in ["a", "b"]',
    "table": "a table, as in { portal = 300 }",
}

_BOUNDS: dict[str, str] = {
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be {le:g} or less",
    "too_short": "needs at least {min_length} of them",
    "string_pattern_mismatch": "does not have the right form ({pattern})",
}


_ENTRIES: dict[str, str] = {
    "missing": "is needed and not set",
    "extra_forbidden": "is no setting",
    "model_type": "must be a table of its own",
}


def explain(error: ValidationError, layers: Layers, table: tuple[Setting, ...]) -> str:
    """One sentence about the first fault. The value of a secret is never in it."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = tuple(str(part) for part in first["loc"] if part != "[key]")
    row = _row(table, path)
    given = "" if first["type"] == "value_error" else _given(layers, path, row)
    name = ".".join(part for part in path if not part.isdigit())
    return f"{layers.source(path)}: {name} {_wrong(first, row)}{given}"


def _row(table: tuple[Setting, ...], path: tuple[str, ...]) -> Setting | None:
    return next((row for row in table if path[: len(row.path)] == row.path), None)


def _wrong(first: ErrorDetails, row: Setting | None) -> str:
    kind = first["type"]
    if kind == "value_error":
        said = first["msg"].removeprefix("Value error, ")
        return said if said.startswith(("must", "needs", "has")) else f"cannot be used: {said}"
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**first.get("ctx", {}))
    if kind == "literal_error" and row:
        choices = ", ".join(row.choices) or first.get("ctx", {}).get("expected", "")
        return f"must be one of {choices}"
    if kind in _ENTRIES:
        return _ENTRIES[kind]
    if kind.endswith(("_type", "_parsing", "_from_float")) and row:
        return f"must be {_expected(first, row)}"
    return f"cannot be used: {first['msg']}"


def _expected(first: ErrorDetails, row: Setting) -> str:
    """What to write; inside a list or a table, what one entry must be."""
    if len(first["loc"]) == len(row.path):
        return _EXPECTED[row.kind]
    return "a number" if first["type"].startswith("float") else "text in quotes"


def _given(layers: Layers, path: tuple[str, ...], row: Setting | None) -> str:
    value = _value(layers, path)
    if row is None or row.kind == "secret" or row.path[0] in ("account", "alerts") or value is None:
        return ""
    return f", not {value!r}" if isinstance(value, str | int | float) else ""


def _value(layers: Layers, path: tuple[str, ...]) -> Any:  # noqa: ANN401  a TOML-like value
    try:
        return layers.get(path)
    except (KeyError, TypeError):
        return None
