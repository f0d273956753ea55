"""The rehearsal site as a running thing: two origins on loopback, and a third party to avoid."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor.errors import ConfigurationError
from probes.standin.account import Counters
from probes.standin.control import control_routes
from probes.standin.faults import Fault, FaultChange, Switchboard
from probes.standin.gate import PORTAL_STEPS, SIGN_IN_STEPS, Gate
from probes.standin.mail import Postman, Relay
from probes.standin.pages import notice
from probes.standin.portal import Portal
from probes.standin.sign_in import SignInServer
from probes.standin.timeline import Event, check_timeline, load_timeline, play
from probes.standin.wire import OpenWire

PORTAL_PORT = 8701
SSO_PORT = 8702


@dataclass(frozen=True, kw_only=True)
class TlsFiles:
    """A certificate with those that sign it, the site's own first, and its key (PEM). It must
    hold for ``localhost`` and for 127.0.0.1."""

    chain: Path
    key: Path


class StandIn:
    """The rehearsal site. An async context manager: it listens inside, and is closed after.

    Port 0 takes any free port. Raises ConfigurationError when a port is taken, the fault is
    unknown, or the timeline cannot be used. With ``tls`` both origins are served over it.
    ``set_fault`` and the counters may be used from any
    thread.
    """

    def __init__(
        self,
        *,
        portal_port: int = PORTAL_PORT,
        sso_port: int = SSO_PORT,
        fault: str = "none",
        timeline: Path | Sequence[Event] | None = None,
        smtp: Relay | None = None,
        host: str = "127.0.0.1",
        tls: TlsFiles | None = None,
    ) -> None:
        self._ports = {"portal": portal_port, "sso": sso_port}
        self._tls = tls
        self._scheme = "https" if tls else "http"
        self._host = host
        self._board = Switchboard(fault)
        self._timeline = _events(timeline)
        self._counters = Counters()
        self._postman = Postman(smtp)
        self._third_party = ""
        self._running = AsyncExitStack()
        self._sign_in = SignInServer(
            board=self._board, postman=self._postman, portal_origin=lambda: self.portal_origin
        )
        self._portal = Portal(
            board=self._board,
            counters=self._counters,
            redeem=self._sign_in.redeem,
            sso_origin=lambda: self.sso_origin,
            third_party=lambda: self._third_party,
        )

    @property
    def portal_origin(self) -> str:
        """Scheme, host and port of the portal."""
        return f"{self._scheme}://127.0.0.1:{self._ports['portal']}"

    @property
    def sso_origin(self) -> str:
        """Scheme, host and port of the sign-in server: another host name, so another site."""
        return f"{self._scheme}://localhost:{self._ports['sso']}"

    @property
    def origins(self) -> dict[str, str]:
        """For ``load_site(…, origins)``."""
        return {"portal": self.portal_origin, "sso": self.sso_origin}

    @property
    def submissions(self) -> int:
        """Calls of the endpoint that submits a request: 0, or a probe did harm."""
        return self._counters.get("submissions")

    @property
    def issued(self) -> tuple[str, ...]:
        """Every sign-in code, session cookie and reset key that was given out: what no evidence
        may hold."""
        return (*self._sign_in.issued, *self._portal.issued)

    @property
    def requests(self) -> int:
        """Requests of both origins, the switchboard's own apart."""
        return self._counters.get("requests")

    @property
    def third_party_requests(self) -> int:
        """Requests that reached the third party: 0, or the guard let one slip by."""
        return self._counters.get("third_party_requests")

    @property
    def web_sockets(self) -> int:
        """WebSockets that were asked for."""
        return self._counters.get("web_sockets")

    @property
    def fault(self) -> Fault:
        """The fault that is on now."""
        return self._board.current

    @property
    def history(self) -> tuple[FaultChange, ...]:
        """Every fault that was switched on and when, oldest first."""
        return self._board.history

    def set_fault(self, name: str) -> Fault:
        """Switch a fault on for every following request. Raises ConfigurationError."""
        return self._board.set(name)

    def forget(self) -> None:
        """Drop every session and the draft of the account."""
        self._portal.forget()

    def status(self) -> dict[str, Any]:
        """What ``GET /_standin/status`` answers."""
        return {
            "fault": self.fault.name,
            "origins": self.origins,
            "requests": self.requests,
            "submissions": self.submissions,
            "third_party_requests": self.third_party_requests,
            "web_sockets": self.web_sockets,
            "mail": {"sent": self._postman.sent, "note": self._postman.note},
        }

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            listeners = [
                opening.enter_context(_listen(self._host, self._ports["portal"])),
                opening.enter_context(_listen(self._host, self._ports["sso"])),
                opening.enter_context(_listen(self._host, 0)),
            ]
            portal, sso, third = (listener.getsockname()[1] for listener in listeners)
            self._ports = {"portal": portal, "sso": sso}
            self._third_party = f"{self._scheme}://127.0.0.1:{third}"
            opening.push_async_callback(self._postman.close)
            await opening.enter_async_context(_serving(self._apps(), listeners, self._tls))
            if self._timeline:
                await opening.enter_async_context(_playing(self._timeline, self.set_fault))
            self._running = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._running.aclose()

    def _apps(self) -> tuple[ASGIApp, ASGIApp, ASGIApp]:
        control = control_routes(self._board, self.status, self.forget)
        return (
            self._gated(self._portal.app(control), PORTAL_STEPS),
            self._gated(self._sign_in.app(), SIGN_IN_STEPS),
            _third_party(self._counters),
        )

    def _gated(self, app: ASGIApp, steps: dict[str, Any]) -> Gate:
        return Gate(app, board=self._board, counters=self._counters, steps=steps)


def _events(timeline: Path | Sequence[Event] | None) -> tuple[Event, ...]:
    if timeline is None:
        return ()
    if isinstance(timeline, Path):
        return load_timeline(timeline)
    check_timeline(timeline, name="given")
    return tuple(timeline)


def _listen(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named: 40 ms an answer
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigurationError(_why_not(error, host, port)) from error
    return listener


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is already in use; choose another with --port"
    return f"cannot listen on {host}:{port}: {error.strerror}"


def _third_party(counters: Counters) -> Starlette:
    async def count(_request: Request) -> Response:
        counters.add("third_party_requests")
        text = "Ce site tiers ne devrait être demandé par personne."
        return notice(title="Un autre site", heading="Un autre site", text=text)

    return Starlette(routes=[Route("/{path:path}", count)])


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: who runs the event loop decides when to stop."""

    def __init__(self, app: ASGIApp, tls: TlsFiles | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=OpenWire,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=2,
                ssl_certfile=tls.chain if tls else None,
                ssl_keyfile=tls.key if tls else None,
            )
        )
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See uvicorn; does nothing."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn; tells who waits."""
        await super().startup(sockets)
        self.listening.set()

    def cut(self) -> None:
        """Close every connection at once, also those that a fault keeps waiting."""
        for connection in list(self.server_state.connections):
            transport: Any = connection.transport
            transport.abort()


@contextlib.asynccontextmanager
async def _serving(
    apps: Sequence[ASGIApp], listeners: Sequence[socket.socket], tls: TlsFiles | None
) -> AsyncIterator[None]:
    """Serve all while inside; they stop together, so that closing costs the wait of one."""
    servers = [_Server(app, tls) for app in apps]
    pairs = zip(servers, listeners, strict=True)
    tasks = [asyncio.create_task(server.serve([listener])) for server, listener in pairs]
    await asyncio.gather(*(server.listening.wait() for server in servers))
    try:
        yield
    finally:
        for server in servers:
            server.should_exit = True
            server.cut()
        await asyncio.gather(*tasks)


@contextlib.asynccontextmanager
async def _playing(
    events: Sequence[Event], set_fault: Callable[[str], object]
) -> AsyncIterator[None]:
    task = asyncio.create_task(play(events, set_fault))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
