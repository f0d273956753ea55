"""The rehearsal site by itself: for the command line, and in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.server import StandIn


async def serve_forever(standin: StandIn, *, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then close in order. Raises ConfigurationError.

    ``say`` gets one line at a time: the addresses, the account, how to work the switchboard.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with standin:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            for line in introduction(standin):
                say(line)
            await stop.wait()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
    say("Rehearsal site closed.")


def introduction(standin: StandIn) -> list[str]:
    """What an operator needs to know of a rehearsal site that has just opened."""
    control = f"{standin.portal_origin}/_standin/fault"
    return [
        f"Portal          {standin.portal_origin}/",
        f"Sign-in server  {standin.sso_origin}/",
        f"Account         {DEMO_NUMBER} / {DEMO_PASSWORD}",
        f"Fault           {standin.fault.name}: {standin.fault.en}",
        f"Switchboard     GET {control}   (every fault by name)",
        f"""                curl -d '{{"fault": "http_503"}}' {control}""",
        "Ctrl+C ends it.",
    ]


@contextlib.contextmanager
def standin_thread(standin: StandIn) -> Iterator[StandIn]:
    """The rehearsal site in a thread of its own, for callers without an event loop.

    Raises what opening it raises.
    """
    opened = threading.Event()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
    errors: list[BaseException] = []
    thread = threading.Thread(
        target=_in_thread, args=(standin, opened, loops, errors), name="standin", daemon=True
    )
    thread.start()
    opened.wait()
    try:
        if errors:
            raise errors[0]
        yield standin
    finally:
        for loop, stop in loops:
            loop.call_soon_threadsafe(stop.set)
        thread.join()


def _in_thread(
    standin: StandIn,
    opened: threading.Event,
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]],
    errors: list[BaseException],
) -> None:
    async def serve() -> None:
        stop = asyncio.Event()
        async with standin:
            loops.append((asyncio.get_running_loop(), stop))
            opened.set()
            await stop.wait()

    try:
        asyncio.run(serve())
    except Exception as error:  # noqa: BLE001  handed to the thread that waits
        errors.append(error)
    finally:
        opened.set()
