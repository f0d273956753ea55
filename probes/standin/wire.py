"""Faults below HTTP: connections that are reset, or that say nothing more."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class OpenWire(H11Protocol):
    """uvicorn's protocol, with the transport in the request's scope (``state.transport``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio; remembers the transport for this connection's requests."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def _unsupported_upgrade_warning(self) -> None:
        """WebSockets are refused here on purpose: nothing to warn about."""


async def until_gone(receive: Receive) -> None:
    """Wait until the other side, or the server's end, has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def reset(scope: Scope, receive: Receive, _send: Send) -> None:
    """Close the connection with RST: no answer, no orderly end."""
    transport: Any = scope["state"]["transport"]
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    await until_gone(receive)


async def hang_before_answer(_scope: Scope, receive: Receive, _send: Send) -> None:
    """Say nothing at all."""
    await until_gone(receive)


async def hang_before_body(_scope: Scope, receive: Receive, send: Send) -> None:
    """Send the status and the headers, then nothing."""
    await _start(send)
    await until_gone(receive)


async def hang_during_body(_scope: Scope, receive: Receive, send: Send) -> None:
    """Send the beginning of a page, then nothing."""
    await _start(send)
    begun = "<!doctype html><html lang=fr><title>Étrangers en France</title><body><p>Charg"
    await send({"type": "http.response.body", "body": begun.encode(), "more_body": True})
    await until_gone(receive)


async def _start(send: Send) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
