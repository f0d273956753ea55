"""ETag and 304 for answers, HEAD, and their being readable from any page. No cookie, ever."""

from __future__ import annotations

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_AGE_SECONDS = 60

PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
}
"""What a browser is told that asks first, as it does before it sends If-None-Match."""


class Revalidated:
    """ASGI middleware: a fingerprint on every good answer, and 304 to who has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the answer back until its fingerprint is known; answers here are small."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send)
            return
        asked, is_head = Headers(scope=scope).get("if-none-match", ""), scope["method"] == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}
        held: list[Message] = []

        async def keep(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, keep)
        for message in _finished(held, asked):
            is_body = message["type"] == "http.response.body"
            await send({**message, "body": b""} if is_head and is_body else message)


def _finished(held: list[Message], asked: str) -> list[Message]:
    start, *bodies = held
    headers = MutableHeaders(raw=start["headers"])
    headers["access-control-allow-origin"] = "*"
    headers["access-control-expose-headers"] = "ETag"
    if start["status"] != 200:
        return [{**start, "headers": headers.raw}, *bodies]
    body = b"".join(message.get("body", b"") for message in bodies)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers["etag"] = tag
    headers.setdefault("cache-control", f"public, max-age={MAX_AGE_SECONDS}")
    if tag in (one.strip().removeprefix("W/") for one in asked.split(",")):
        for name in ("content-length", "content-type"):
            del headers[name]
        return [
            {"type": "http.response.start", "status": 304, "headers": headers.raw},
            {"type": "http.response.body", "body": b""},
        ]
    return [
        {**start, "headers": headers.raw},
        {"type": "http.response.body", "body": body},
    ]
