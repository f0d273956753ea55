"""Listening on an address and serving an application there, until the block ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from monitor.errors import ConfigurationError

LEAVE_SECONDS = 2
"""That answers on their way have when the block ends."""


@contextmanager
def _no_signals() -> Iterator[None]:
    """Signals belong to the command, not to one of its two servers."""
    yield


@contextmanager
def listening(host: str, port: int, setting: str) -> Iterator[socket.socket]:
    """A socket bound to the address; port 0 takes any free one.

    Raises ConfigurationError, which names the setting, when it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio turns Nagle's delay off only where it can see TCP.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {host}:{port} ({error.strerror}): set {setting} to a free port"
            ) from error
        yield listener


@asynccontextmanager
async def serving(app: Any, listener: socket.socket) -> AsyncIterator[str]:  # noqa: ANN401  ASGI
    """Serve an ASGI application; gives its address once it answers."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LEAVE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.capture_signals = _no_signals  # type: ignore[method-assign]  # ours, not uvicorn's
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield url_of(listener)
    finally:
        server.should_exit = True
        await task


def url_of(listener: socket.socket) -> str:
    """Where a bound socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
