"""Writing TOML: the standard library only reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def to_toml(values: Mapping[str, Any]) -> str:
    """TOML of nested mappings, lists of mappings, strings, numbers, truths, lists and paths.
    None is left out."""
    return "\n".join(_lines(values, ())) + "\n"


def _lines(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    tables = {key: value for key, value in values.items() if _is_table(value)}
    for key, value in values.items():
        if key not in tables and value is not None:
            yield f"{json.dumps(key)} = {_scalar(value)}"
    for key, value in tables.items():
        inner = (*path, key)
        name = ".".join(json.dumps(part) for part in inner)
        if isinstance(value, Mapping):
            yield f"[{name}]"
            yield from _lines(value, inner)
            continue
        for one in value:
            yield f"[[{name}]]"
            yield from _lines(one, inner)


def _is_table(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    if not isinstance(value, list | tuple):
        return False
    return bool(value) and isinstance(value[0], Mapping)


def _scalar(value: object) -> str:
    if isinstance(value, Path):
        return json.dumps(str(value))
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_scalar(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
