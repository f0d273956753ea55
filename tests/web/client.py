"""A browser's side of an application in this process: no port, no deprecated test client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response


class Client:
    """Asks one application, one request at a time. Faults of the application are answers."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return asyncio.run(self._ask("GET", path, headers=headers))

    def head(self, path: str) -> Response:
        return asyncio.run(self._ask("HEAD", path))

    def options(self, path: str) -> Response:
        return asyncio.run(self._ask("OPTIONS", path))

    def post(self, path: str, **content: Any) -> Response:  # noqa: ANN401  data, files, headers
        return asyncio.run(self._ask("POST", path, **content))

    async def _ask(self, method: str, path: str, **content: Any) -> Response:  # noqa: ANN401
        transport = ASGITransport(app=self._app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://pages") as client:
            return await client.request(method, path, **content)
