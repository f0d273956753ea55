"""Whole answers kept for everyone who asks for the same: made once until the ledger has gone on.

What is kept says nothing about a visitor. A new slot, review or correction ends it within half a
second; time alone ends it after some seconds, since "now" and rolling windows move on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import StoreError
from monitor.store.state_reader import Place
from monitor.web.language import PREFIX
from monitor.web.pages import Clock
from monitor.web.position import Position

NOW_FOR, OTHERS_FOR = timedelta(seconds=5), timedelta(seconds=15)
"""How old an answer about the state now may be, and any other one."""

NOW = frozenset({"/", "/badge.svg", "/apercu.png", "/incidents.atom", "/api/v1/components"})
_PAGES = ("que-faire", "donnees", "corrections", "methode", "robot")
PUBLIC = frozenset({"statistiques", "comparaison", "graphiques", "incidents", "api", *_PAGES})
"""The first parts of other addresses that are kept: whatever a person typed is on none of them."""

MOST = 128
LARGEST_BYTES = 300_000
MAKERS = 2
"""Answers made at the same time; the others wait. More would only slow each other down."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer, and where the ledger was when it was made."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: str
    place: Place
    made_at: datetime


Name = tuple[str, str, bytes]
"""Method, path, query."""


def kept_for(scope: Scope) -> timedelta:
    """For how long the answer to a request may be kept; nothing for not at all."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return timedelta()
    path = scope["path"]
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        path = path.removeprefix(PREFIX) or "/"
    if path in NOW:
        return NOW_FOR
    first, _, rest = path[1:].partition("/")
    is_file = first == "donnees" and rest  # as large as a month is
    return OTHERS_FOR if first in PUBLIC and not is_file else timedelta()


class KeptAnswers:
    """ASGI middleware. Errors pass through and are not kept."""

    def __init__(self, app: ASGIApp, *, position: Position, clock: Clock) -> None:
        self._app, self._position, self._clock = app, position, clock
        self._kept: OrderedDict[Name, Answer] = OrderedDict()
        self._making: dict[tuple[Name, Place], asyncio.Task[Answer]] = {}
        self._makers = asyncio.Semaphore(MAKERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what is kept, or with what is made now."""
        span = kept_for(scope)
        if not span:
            await self._app(scope, receive, send)
            return
        name = (scope["method"], scope["path"], scope.get("query_string", b""))
        place = await self._place()
        if place is None:
            await self._app(scope, receive, send)
            return
        found = self._kept.get(name)
        if found is None or found.place != place or not self._is_new(found, span):
            found = await self._made(name, place, scope)
        for message in _told(found, Headers(scope=scope).get("if-none-match", "")):
            await send(message)

    def _is_new(self, found: Answer, span: timedelta) -> bool:
        """False also for an answer of the future: then the clock was set back."""
        return timedelta() <= self._clock() - found.made_at < span

    async def _place(self) -> Place | None:
        """None when the ledger cannot be read: then nothing kept is good."""
        try:
            return self._position.known or await run_in_threadpool(self._position)
        except StoreError:
            return None

    async def _made(self, name: Name, place: Place, scope: Scope) -> Answer:
        """Made by the first who asks; whoever asks meanwhile waits for it."""
        making = self._making.get((name, place))
        if making is None:
            making = asyncio.create_task(self._make(name, place, scope))
            self._making[name, place] = making
            making.add_done_callback(lambda _done: self._making.pop((name, place)))
        return await asyncio.shield(making)  # one who goes away takes nothing from the others

    async def _make(self, name: Name, place: Place, scope: Scope) -> Answer:
        held: list[Message] = []

        async def keep(message: Message) -> None:
            held.append(message)

        async with self._makers:
            made_at = self._clock()
            await self._app(_unconditional(scope), _nothing, keep)
        made = _answer(held, place, made_at)
        if made.status == 200 and len(made.body) <= LARGEST_BYTES:
            self._kept[name] = made
            self._kept.move_to_end(name)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made


def _unconditional(scope: Scope) -> Scope:
    """The same question from someone who has nothing yet."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"if-none-match"]
    return {**scope, "headers": headers}


async def _nothing() -> Message:
    """Nobody leaves before the answer is whole: it is made for all."""
    await asyncio.Event().wait()
    raise AssertionError


def _answer(held: Iterable[Message], place: Place, made_at: datetime) -> Answer:
    start, *bodies = held
    headers = MutableHeaders(raw=list(start["headers"]))
    body = b"".join(message.get("body", b"") for message in bodies)
    etag = headers.get("etag") or f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if start["status"] == 200:
        headers["etag"] = etag
    return Answer(
        status=start["status"],
        headers=tuple(headers.raw),
        body=body,
        etag=etag,
        place=place,
        made_at=made_at,
    )


def _told(answer: Answer, asked: str) -> tuple[Message, Message]:
    """The answer, or 304 for whoever has it already. The headers are a list of its own: those on
    the way out add to it."""
    headers = list(answer.headers)
    tags = [one.strip().removeprefix("W/") for one in asked.split(",")]
    if answer.status == 200 and (answer.etag in tags or "*" in tags):
        headers = [pair for pair in headers if pair[0] not in (b"content-length", b"content-type")]
        return (
            {"type": "http.response.start", "status": 304, "headers": headers},
            {"type": "http.response.body", "body": b""},
        )
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": answer.body},
    )
