"""systemd's readiness and watchdog protocol (sd_notify(3)): a datagram to a Unix socket.

The watchdog is fed from the event loop, and only while slots keep coming in: a process that is
there but does no work is restarted.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping

log = logging.getLogger(__name__)


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell the supervisor. False when there is none, or it does not listen."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    path = "\0" + address[1:] if address.startswith("@") else address  # abstract namespace
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto(message.encode(), path)
    except OSError as error:
        log.warning("the supervisor cannot be told %s: %s", message, error.strerror)
        return False
    return True


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """How long the supervisor waits for a sign of life; None when it does not watch us."""
    given, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID")
    if not given.isdecimal() or int(given) == 0 or process not in (None, "", str(os.getpid())):
        return None
    return int(given) / 1e6


async def feed(is_alive: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Feed the watchdog twice as often as it asks for, as long as ``is_alive`` says so."""
    was_alive = True
    while True:
        alive = await is_alive()
        if alive:
            notify("WATCHDOG=1")
        elif was_alive:
            log.error("no slot comes in any more: the watchdog is not fed")
        was_alive = alive
        await asyncio.sleep(seconds / 2)
