"""The control address of the switchboard, on the portal's origin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.errors import ConfigurationError
from probes.standin.faults import FAULTS, Switchboard
from probes.standin.pages import data


def control_routes(
    board: Switchboard, status: Callable[[], dict[str, Any]], forget: Callable[[], None]
) -> list[Route]:
    """``GET/POST /_standin/fault``, ``GET /_standin/status``, ``POST /_standin/forget``, and
    ``GET /_standin/reference/{n}``: addresses that answer whatever the fault."""

    async def read(_request: Request) -> Response:
        every = [asdict(fault) for fault in FAULTS.values()]
        return data({"fault": board.current.name, "faults": every})

    async def write(request: Request) -> Response:
        try:
            fault = board.set(str((await request.json())["fault"]))
        except (ValueError, KeyError, TypeError):
            return data({"error": 'send {"fault": "name"} as JSON'}, 400)
        except ConfigurationError as error:
            return data({"error": str(error)}, 400)
        return data({"fault": fault.name})

    async def state(_request: Request) -> Response:
        return data(status())

    async def clean(_request: Request) -> Response:
        forget()
        return data(status())

    async def reference(_request: Request) -> Response:
        return data({"reference": True})

    return [
        Route("/_standin/fault", read, methods=["GET"]),
        Route("/_standin/fault", write, methods=["POST"]),
        Route("/_standin/status", state),
        Route("/_standin/forget", clean, methods=["POST"]),
        Route("/_standin/reference/{n}", reference),
    ]
