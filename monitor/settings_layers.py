"""The layers of the settings: ``monitor.toml``, then the environment, then secret files.

Each layer is read into plain values with the place each came from, so that a message about a
faulty value can name that place. Nothing here knows a particular setting.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.errors import ConfigurationError
from monitor.settings_table import ENVIRONMENT_PREFIX, Setting

_FILE = "_FILE"


@dataclass(frozen=True, kw_only=True)
class Layers:
    """All values given by the operator, as a tree, and where each came from.

    ``sources`` is keyed by the setting's path; a setting left at its default is not in it.
    """

    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[tuple[str, ...], str] = field(default_factory=dict)

    def put(self, path: tuple[str, ...], value: Any, source: str) -> None:  # noqa: ANN401
        """Set one value, over what an earlier layer gave."""
        tree = self.values
        for name in path[:-1]:
            tree = tree.setdefault(name, {})
        tree[path[-1]] = value
        self.sources[path] = source

    def get(self, path: tuple[str, ...]) -> Any:  # noqa: ANN401  a TOML-like value
        """The value given at ``path``. Raises KeyError where none was given."""
        value: Any = self.values
        for name in path:
            value = value[name]
        return value

    def source(self, path: tuple[str, ...]) -> str:
        """Where the value at ``path``, or the nearest one around or below it, came from."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.sources:
                return self.sources[path[:length]]
        below = (source for key, source in self.sources.items() if key[: len(path)] == path)
        return next(below, "settings")


def read_layers(
    table: tuple[Setting, ...], path: Path | None, environ: Mapping[str, str], ignored: str
) -> Layers:
    """All layers, the later over the earlier. ``ignored`` is a variable that is no setting.

    Raises ConfigurationError for what cannot be read and for what is not in the table.
    """
    layers = Layers()
    if path is not None:
        _put_file(layers, table, path)
    _put_environment(layers, table, environ, ignored)
    return layers


def _put_file(layers: Layers, table: tuple[Setting, ...], path: Path) -> None:
    known = {row.path: row for row in table}
    for key, value in _leaves(_read_toml(path), set(known)):
        if key not in known:
            raise ConfigurationError(_unknown_key(path, key, set(known)))
        if isinstance(value, bool) and known[key].kind in ("number", "whole number"):
            # Python takes true for 1, a reader of TOML does not
            raise ConfigurationError(f"{path}: {known[key].name} must be a number, not {value}")
        layers.put(key, value, str(path))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error


def _leaves(
    tree: dict[str, Any], known: set[tuple[str, ...]], path: tuple[str, ...] = ()
) -> Iterable[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        key = (*path, name)
        is_part = any(row[: len(key)] == key and row != key for row in known)
        if is_part and isinstance(value, dict):
            yield from _leaves(value, known, key)
        else:
            yield key, value


def _unknown_key(path: Path, key: tuple[str, ...], known: set[tuple[str, ...]]) -> str:
    name = ".".join(key)
    if any(row[: len(key)] == key for row in known):
        return f"{path}: {name} must be a table, written as [{name}]"
    names = {".".join(row[:length]) for row in known for length in range(1, len(row) + 1)}
    return f"{path}: there is no setting {name}{_suggestion(name, names)}"


def _suggestion(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "; see docs/settings.md for those there are"


def _put_environment(
    layers: Layers, table: tuple[Setting, ...], environ: Mapping[str, str], ignored: str
) -> None:
    plain = {row.environment: row for row in table}
    files = {row.environment_file: row for row in table if row.environment_file}
    ours = sorted(n for n in environ if n.startswith(ENVIRONMENT_PREFIX) and n != ignored)

    def is_file(name: str) -> bool:
        return name in files or (name not in plain and name.endswith(_FILE))

    for name in sorted(ours, key=is_file):  # secret files last: they win
        if name in plain:
            layers.put(plain[name].path, _from_text(plain[name], environ[name]), name)
        elif name in files:
            layers.put(files[name].path, _read_value(name, Path(environ[name])), name)
        else:
            _put_entry(layers, table, name, environ[name])


def _from_text(row: Setting, text: str) -> Any:  # noqa: ANN401  a TOML-like value
    if row.kind == "list":
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _put_entry(layers: Layers, table: tuple[Setting, ...], name: str, text: str) -> None:
    """One entry of a table setting, ``ANEF_SCHEDULE__INTERVALS__PORTAL``, or a value within one,
    ``ANEF_ALERTS__TARGETS__TEAM__URL``; with ``_FILE`` after it, the file that holds it."""
    for row in table:
        entry = name.removeprefix(f"{row.environment}__")
        if row.kind == "table" and entry not in (name, ""):
            value = _read_value(name, Path(text)) if entry.endswith(_FILE) else text
            layers.put((*row.path, *entry.removesuffix(_FILE).lower().split("__")), value, name)
            return
    known = [n for row in table for n in (row.environment, row.environment_file) if n]
    raise ConfigurationError(
        f"the environment variable {name} names no setting{_suggestion(name, known)}"
    )


def _read_value(name: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: the file {path} is not UTF-8 text") from error
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot read {path}: {error.strerror}") from error
    if not value:
        raise ConfigurationError(f"{name}: the file {path} is empty")
    return value
