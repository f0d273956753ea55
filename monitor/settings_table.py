"""The table of all settings, read from the models that define them.

Loading, the environment names, the reference page and the example file all come from this table,
so that none of them can name a setting that is not there or leave one out.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

ENVIRONMENT_PREFIX = "ANEF_"

_KINDS: dict[Any, str] = {
    str: "text",
    SecretStr: "secret",
    Path: "path",
    int: "whole number",
    float: "number",
    bool: "true or false",
    tuple: "list",
    dict: "table",
    Literal: "choice",
}


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting. ``default`` is None where nothing is set unless the operator sets it.

    ``example`` is a value to show in its place; None where the default shows what to write.
    """

    path: tuple[str, ...]
    kind: str  # one of the values of _KINDS
    choices: tuple[str, ...] = ()
    default: Any = None
    example: Any = None
    description: str

    @property
    def name(self) -> str:
        """The dotted name, as in messages: ``web.port``."""
        return ".".join(self.path)

    @property
    def environment(self) -> str:
        """The environment variable that sets it: ``ANEF_WEB__PORT``."""
        return ENVIRONMENT_PREFIX + "__".join(self.path).upper()

    @property
    def environment_file(self) -> str | None:
        """The variable that names a file holding the value; None where no text is expected."""
        return f"{self.environment}_FILE" if self.kind in ("text", "secret") else None


def settings_table(model: type[BaseModel], path: tuple[str, ...] = ()) -> tuple[Setting, ...]:
    """Every setting of the tree below ``model``, in the order of definition."""
    rows: list[Setting] = []
    for name, field in model.model_fields.items():
        part = _part(field)
        if part is not None:
            rows.extend(settings_table(part, (*path, name)))
        else:
            rows.append(_setting((*path, name), field))
    return tuple(rows)


def parts_table(model: type[BaseModel]) -> dict[str, str]:
    """The tables of ``monitor.toml`` with what each is about."""
    parts = {name: _part(field) for name, field in model.model_fields.items()}
    return {name: part.__doc__ or "" for name, part in parts.items() if part is not None}


def entry_parts(model: type[BaseModel], path: tuple[str, ...] = ()) -> dict[str, type[BaseModel]]:
    """The tables of which there can be any number, by name, as in ``alerts.targets.NAME``."""
    found: dict[str, type[BaseModel]] = {}
    for name, field in model.model_fields.items():
        part, inner = _part(field), get_args(field.annotation)
        if part is not None:
            found |= entry_parts(part, (*path, name))
        elif get_origin(field.annotation) is dict and _is_model(_bare(inner[1])):
            found[".".join((*path, name, "NAME"))] = inner[1]
    return found


def _part(field: FieldInfo) -> type[BaseModel] | None:
    kind: Any = field.annotation
    return kind if _is_model(kind) else None


def _is_model(kind: Any) -> bool:  # noqa: ANN401  any type expression
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _setting(path: tuple[str, ...], field: FieldInfo) -> Setting:
    annotation = _bare(field.annotation)
    kind = _KINDS[get_origin(annotation) or annotation]
    return Setting(
        path=path,
        kind=kind,
        choices=get_args(annotation) if kind == "choice" else (),
        default=None if field.is_required() else field.get_default(call_default_factory=True),
        example=next(iter(field.examples or ()), None),
        description=field.description or "",
    )


def _bare(annotation: Any) -> Any:  # noqa: ANN401  any type expression
    """The type without ``| None`` and without what Annotated adds."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        (only,) = (kind for kind in get_args(annotation) if kind is not types.NoneType)
        return _bare(only)
    return annotation
