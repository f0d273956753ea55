"""The reference page and the example file of the settings, written from their table.

``python -m monitor.settings_docs FOLDER`` writes both; a test holds that they are up to date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from monitor.settings import FILE_VARIABLE, TABLE, Settings
from monitor.settings_table import Setting, entry_parts, parts_table, settings_table

PAGE = "settings.md"
EXAMPLE = "monitor.example.toml"

_INTRODUCTION = f"""\
# Settings

<!-- Written by `make docs` from monitor/settings.py: change it there. -->

Every setting, with its default. All of them have one that is safe: without any file the monitor
looks at ANEF from this machine, without an account, and keeps what it finds in `./var`.

The order, the later over the earlier:

1. the defaults below;
2. `monitor.toml` in the folder where the program starts, or the file that `--config` or the
   environment variable `{FILE_VARIABLE}` names; [{EXAMPLE}]({EXAMPLE}) is a file to begin with;
3. environment variables, as in `ANEF_WEB__PORT=8080`; a list is written with commas, an entry of a
   table as in `ANEF_SCHEDULE__INTERVALS__PORTAL=600` or `ANEF_ALERTS__TARGETS__TEAM__QUIET=…`;
4. files named by environment variables that end in `_FILE`, as in
   `ANEF_ACCOUNT__PASSWORD_FILE=/run/secrets/anef_password`: they hold the value and nothing else.
   Every setting of the type text or secret can be given so.

A relative path starts at the folder of `monitor.toml`, or at the folder where the program starts if
there is no such file. A key that does not exist, a value of the wrong type, a secret that is empty
or a file that cannot be read stops the program with one sentence and exit code 2. A secret is never
printed and has no default.
"""

_EXAMPLE_HEAD = """\
# Settings of anef-monitor. Copy this file to monitor.toml and remove the “# ” before what you
# change; what is left out keeps its default. docs/settings.md says more.
# What is shown is the default, or an example where nothing is set by default.
# Passwords are better kept in files: see “_FILE” there.
"""


def page() -> str:
    """The reference page, in Markdown."""
    parts = {"": "For the whole program.", **parts_table(Settings)}
    sections = [_section(name, about, _rows(name)) for name, about in parts.items()]
    for name, model in entry_parts(Settings).items():
        rows = settings_table(model, tuple(name.split(".")))
        sections.append(_section(name, model.__doc__ or "", rows))
    return "\n".join([_INTRODUCTION, *sections])


def example() -> str:
    """A settings file that changes nothing, every setting in it as a comment."""
    parts = {"": "", **parts_table(Settings)}
    return "\n".join(
        [_EXAMPLE_HEAD, *(_example_part(name, about) for name, about in parts.items())]
    )


def _rows(part: str) -> Iterator[Setting]:
    return (row for row in TABLE if row.path[:-1] == ((part,) if part else ()))


def _section(part: str, about: str, settings: Iterable[Setting]) -> str:
    head = f"## `[{part}]`" if part else "## At the top of the file"
    rows = [
        f"| `{row.path[-1]}` | {_kind(row)} | {_default(row)} | {row.description} | "
        f"`{row.environment}` |"
        for row in settings
    ]
    table = [
        "| setting | type | default | what it is | environment |",
        "| --- | --- | --- | --- | --- |",
    ]
    return "\n".join([head, "", about, "", *table, *rows, ""])


def _kind(row: Setting) -> str:
    return " or ".join(f"`{choice}`" for choice in row.choices) or row.kind


def _default(row: Setting) -> str:
    if row.default is None or row.default == "":
        return "not set"
    return f"`{_toml(row.default)}`"


def _example_part(part: str, about: str) -> str:
    lines = [f"# {about}", f"[{part}]"] if part else []
    for row in _rows(part):
        lines += [f"# {row.description}", f"# {row.path[-1]} = {_shown(row)}"]
    return "\n".join([*lines, ""])


def _shown(row: Setting) -> str:
    return _toml(row.default if row.example is None else row.example)


def _toml(value: Any) -> str:  # noqa: ANN401  any default
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def main(folder: Path) -> None:
    """Write both files into ``folder``."""
    (folder / PAGE).write_text(page(), encoding="utf-8")
    (folder / EXAMPLE).write_text(example(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
