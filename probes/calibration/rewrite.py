"""A new site file in which only some selectors differ: line by line, so that comments stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

from monitor.errors import ConfigurationError

_HEADER = re.compile(r"\s*\[+\s*([^\]\s]+)\s*\]+\s*(?:#.*)?$")
_VALUE = re.compile(
    r"""(?P<before>\s*(?P<key>[A-Za-z0-9_-]+)\s*=\s*)"""
    r"""(?:"(?!"")(?:[^"\\]|\\.)*"|'(?!'')[^']*')(?P<after>\s*(?:\#.*)?)$"""
)


def with_selectors(text: str, changes: Mapping[str, str]) -> str:
    """The text of a site file with other values in its ``[selectors]``.

    Raises ConfigurationError when a value is not on one line of its own, or when anything else
    would come out changed: then the file is to be edited by hand.
    """
    lines = text.splitlines(keepends=True)
    table = ""
    done: set[str] = set()
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            table = header.group(1)
        found = _VALUE.match(line.rstrip("\r\n"))
        if table != "selectors" or found is None or found.group("key") not in changes:
            continue
        ending = line[len(line.rstrip("\r\n")) :]
        value = _quoted(changes[found.group("key")])
        lines[number] = found.group("before") + value + found.group("after") + ending
        done.add(found.group("key"))
    written = "".join(lines)
    if done != set(changes) or _read(written) != _expected(text, changes):
        raise ConfigurationError(
            "the site file cannot be changed line by line: edit "
            f"{', '.join(f'selectors.{key}' for key in changes)} by hand"
        )
    return written


def _quoted(value: str) -> str:
    if '"' in value and "'" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _read(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _expected(text: str, changes: Mapping[str, str]) -> dict[str, object]:
    raw = tomllib.loads(text)
    return {**raw, "selectors": {**raw["selectors"], **changes}}
