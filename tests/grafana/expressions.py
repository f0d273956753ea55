"""Every expression of boards and rules, as Prometheus would be asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser

from grafana.boards.__main__ import HOME
from grafana.boards.alerts import ALERTS
from grafana.boards.rules import RECORDED

DASHBOARDS: Mapping[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((HOME / "dashboards").glob("*.json"))
}

VARIABLES = {
    "$__rate_interval": "2m",
    "$__interval": "30s",
    "$__range": "1h",
    "$composant": "category",
    "$site": "http://localhost:8600",
}
"""What Grafana puts in for a variable."""


@dataclass(frozen=True, kw_only=True)
class Expression:
    """``written`` as in the board; ``kind`` is panel, annotation, recording or alert."""

    where: str
    written: str
    kind: str
    over_time: bool = False

    @property
    def asked(self) -> str:
        """With its variables replaced."""
        text = self.written
        for name, value in VARIABLES.items():
            text = text.replace(name, value)
        return text


def panels(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel, also those inside rows; no rows."""
    for panel in board["panels"]:
        yield from panels(panel) if panel.get("panels") else ()
        if panel["type"] != "row":
            yield panel


def _of_board(board: Mapping[str, Any]) -> Iterator[Expression]:
    for panel in panels(board):
        for target in panel.get("targets", ()):
            yield Expression(
                where=f"{board['title']}: {panel['title']}",
                written=target["expr"],
                kind="panel",
                over_time=bool(target.get("range")),
            )
    for mark in board["annotations"]["list"]:
        yield Expression(
            where=f"{board['title']}: {mark['name']}",
            written=mark["expr"],
            kind="annotation",
            over_time=True,
        )


EXPRESSIONS: tuple[Expression, ...] = (
    *(found for board in DASHBOARDS.values() for found in _of_board(board)),
    *(Expression(where=name, written=expr, kind="recording") for name, expr in RECORDED.items()),
    *(Expression(where=one.name, written=one.expr, kind="alert") for one in ALERTS),
)


def metric_names(expr: str) -> set[str]:
    """The metrics that an expression reads. Raises ValueError for what is no PromQL."""
    found: set[str] = set()

    def note(node: Any) -> bool:  # noqa: ANN401  the parser's own kinds of node
        if isinstance(node, promql_parser.VectorSelector):
            found.add(str(node.name))
        return True

    promql_parser.walk(promql_parser.parse(expr), pre_visit=note)
    return found
