"""The public pages in a process of their own: visitors never slow what is being measured.

Measured before it was so: a busy status page made slots start too late to be run, and a healthy
site look slow. The process reads the same store and ends with the monitor. If it ends by itself it
is started again; the socket stays open meanwhile, so visitors only wait. Its priority is the common
one: a lower one would make it hold the store's lock longer, and the monitor wait for that.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pickle
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from monitor.errors import ConfigurationError, MonitorError
from monitor.settings import Settings
from probes.site import Site

END_SECONDS = 5.0
AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the process is told on its standard input, which stays open as long as it may run."""

    settings: Settings
    site: Site
    listener: int


class FrontError(MonitorError):
    """The process of the public pages could not start."""


class Front:
    """The monitor's hold of that process. Entered, it is being started; ``serve`` lets it answer;
    left, it has ended."""

    def __init__(self, settings: Settings, site: Site, listener: socket.socket) -> None:
        self._given = Given(settings=settings, site=site, listener=listener.fileno())
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._process = await self._launch()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._end()

    @property
    def pid(self) -> int:
        """Its number at this moment."""
        return self._process.pid

    async def serve(self) -> None:
        """Return once pages are answered. The store is open by then, and the log has begun.

        Raises ConfigurationError for what the process cannot do with the settings.
        """
        await self._open()
        self._watching = asyncio.create_task(self._watch())

    async def _launch(self) -> asyncio.subprocess.Process:
        """A process that has its modules read by the time it is told what to serve."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.front_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[self._given.listener],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )

    async def _open(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(ConnectionError):
            self._process.stdin.write(pickle.dumps(self._given))
            await self._process.stdin.drain()
        answer = await self._process.stdout.readline()
        if not answer:
            raise FrontError("the process of the public pages ended while it started")
        if said := json.loads(answer)["error"]:
            raise ConfigurationError(said)

    async def _watch(self) -> None:
        while True:
            code = await self._process.wait()
            log.error("the process of the public pages ended (%s) and is started again", code)
            await asyncio.sleep(AGAIN_SECONDS)
            self._process = await self._launch()
            try:
                await self._open()
            except MonitorError as error:
                log.error("%s", error)  # it has ended, or ends: tried again
                await self._end()

    async def _end(self) -> None:
        if self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()  # which it takes for its end
            with suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await self._process.wait()
                    return
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
