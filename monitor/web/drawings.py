"""Answers that are a chart: SVG to see, PNG to print."""

from __future__ import annotations

from fastapi import Response

from monitor.exports.charts import Chart

KEPT_SECONDS = 60
MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
"""By the suffix of the address."""


def picture(made: bytes, suffix: str) -> Response:
    """A drawing as an answer that anyone may keep for KEPT_SECONDS."""
    headers = {"cache-control": f"public, max-age={KEPT_SECONDS}"}
    return Response(made, media_type=MEDIA[suffix], headers=headers)


def drawn(chart: Chart, suffix: str) -> Response:
    """The same of a chart that was not drawn yet."""
    return picture(chart.png() if suffix == "png" else chart.svg().encode(), suffix)
