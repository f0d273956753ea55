"""The confusion matrix as a picture: rows are what was true, columns what the monitor said."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from bench.accuracy.judge import FAILING
from bench.accuracy.scenario import Truth

COLUMNS = (
    "up",
    "degraded",
    "down",
    "maintenance",
    "blocked",
    "layout_changed",
    "monitor_fault",
    "unknown",
    "missed",
    "skipped",
)
CELL_WIDTH, CELL_HEIGHT, LEFT, TOP = 76, 40, 150, 116
INK, PAPER, LINE = "#1b1b1b", "#ffffff", "#c9c9c9"
GOOD, NEUTRAL, BAD = "#2e7d4f", "#5b6b7a", "#b3261e"


def confusion_svg(confusion: Mapping[str, Mapping[str, int]]) -> str:
    """An SVG of the counts. A false claim of an outage would be red; knowledge is green, and
    what is not known is grey."""
    rows = [truth.value for truth in Truth]
    width = LEFT + CELL_WIDTH * len(COLUMNS) + 20
    height = TOP + CELL_HEIGHT * len(rows) + 68
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="t" font-family="system-ui, sans-serif" font-size="13">',
        '<title id="t">Rehearsal site: slots by what was true and what the monitor said</title>',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        _text(20, 26, "Rehearsal site, not ANEF: true (rows) and said (columns)", bold=True),
    ]
    for number, column in enumerate(COLUMNS):
        x = LEFT + CELL_WIDTH * number + CELL_WIDTH / 2
        parts.append(_text(x, TOP - 10, column, turn=-35, anchor="start"))
    for number, row in enumerate(rows):
        parts.extend(_row(row, TOP + CELL_HEIGHT * number, confusion.get(row, {})))
    parts.extend(_text(20, height - 38 + 20 * n, line) for n, line in enumerate(_LEGEND))
    return "\n".join([*parts, "</svg>"]) + "\n"


_LEGEND = (
    "green: as true · grey: not known, or one failure for another",
    "red: an outage claimed where the site did not fail, or health where it did",
)


def _row(row: str, y: float, counts: Mapping[str, int]) -> list[str]:
    parts = [_text(LEFT - 10, y + CELL_HEIGHT / 2 + 5, row, anchor="end")]
    total = sum(counts.values()) or 1
    for number, column in enumerate(COLUMNS):
        x, count = LEFT + CELL_WIDTH * number, counts.get(column, 0)
        opacity = 0.12 + 0.78 * count / total if count else 0.0
        parts.append(
            f'<rect x="{x}" y="{y}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" '
            f'fill="{_colour(row, column)}" fill-opacity="{opacity:.2f}" stroke="{LINE}"/>'
        )
        if count:
            ink = PAPER if opacity > 0.5 else INK
            middle = x + CELL_WIDTH / 2
            parts.append(
                _text(middle, y + CELL_HEIGHT / 2 + 5, str(count), anchor="middle", ink=ink)
            )
    return parts


def _colour(row: str, column: str) -> str:
    fails = Truth(row).is_site_failure
    if row == column:
        return GOOD
    if column in FAILING and not fails:
        return BAD
    if column in ("up", "degraded"):
        return BAD if fails else GOOD
    return NEUTRAL


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    turn: int = 0,
    ink: str = INK,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    turned = f' transform="rotate({turn} {x:g} {y:g})"' if turn else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{ink}"{weight}{turned}>'
        f"{escape(text)}</text>"
    )
