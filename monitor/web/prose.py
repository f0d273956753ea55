"""The pages of prose: the method, and who the robot is. One template a language."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, HTTPException, Response

from monitor.web.language import language
from monitor.web.pages import GET, HERE, Pages
from monitor.web.typography import day

CAMPAIGN = HERE / "campaign.json"
"""What `make accuracy` found last, in the numbers that the method page prints."""


@lru_cache
def campaign() -> dict[str, Any]:
    """The accuracy campaign's results, on the simulated site."""
    found: dict[str, Any] = json.loads(CAMPAIGN.read_text(encoding="utf-8"))
    return found


def add_prose(app: FastAPI, pages: Pages) -> None:
    """``/methode``, and ``/robot`` where there is a robot to speak of."""

    @app.api_route("/methode", methods=GET)
    def method() -> Response:
        found = campaign()
        made_at = day(datetime.fromisoformat(found["made_at"]))
        return pages.answer(f"methode.{language()}.html", campaign=found, campaign_day=made_at)

    @app.api_route("/robot", methods=GET)
    def robot() -> Response:
        if pages.publisher.conduct is None:
            raise HTTPException(404)
        return pages.answer(f"robot.{language()}.html")
