"""Kept answers: made once for everyone, and never older than the ledger."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import Receive, Scope, Send

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.errors import StoreError
from monitor.store.state_reader import Place
from monitor.web.answers import KeptAnswers, kept_for
from monitor.web.app import create_app
from monitor.web.headers import FORM_POLICY
from monitor.web.position import Position
from tests.core.ledgers import BEGIN, ledger
from tests.readers import ListFigures, ListReader
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs

MOMENT = timedelta(seconds=1)
"""Enough for the ledger to be asked again."""


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = BEGIN + timedelta(minutes=10)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Counting:
    """An application that says how often it was asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked, self.status = 0, status
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        number = self.asked
        await self.may_answer.wait()
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"1")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"%d" % number})


class Made:
    """A counting application behind kept answers."""

    def __init__(self, status: int = 200) -> None:
        self.clock, self.inside = Clock(), Counting(status)
        self.reader = ListReader(ledger("UU"))
        position = Position(self.reader, self.clock)
        self.app = KeptAnswers(self.inside, position=position, clock=self.clock)

    async def ask(self, *paths: str, **headers: str) -> list[Response]:
        """All at once."""
        transport = ASGITransport(app=self.app)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with AsyncClient(transport=transport, base_url="http://pages") as client:
            return await asyncio.gather(*(client.get(path, headers=named) for path in paths))

    async def texts(self, *paths: str) -> list[str]:
        return [answer.text for answer in await self.ask(*paths)]


async def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    made = Made()
    made.inside.may_answer.clear()
    asking = asyncio.create_task(made.texts(*["/"] * 50))
    while not made.inside.asked:
        await asyncio.sleep(0)
    made.inside.may_answer.set()
    assert await asking == ["1"] * 50


async def test_one_who_goes_away_takes_the_answer_from_nobody() -> None:
    made = Made()
    made.inside.may_answer.clear()
    first = asyncio.create_task(made.texts("/"))
    while not made.inside.asked:
        await asyncio.sleep(0)
    other = asyncio.create_task(made.texts("/"))
    await asyncio.sleep(0)
    first.cancel()
    made.inside.may_answer.set()
    assert await other == ["1"]


async def test_an_answer_is_good_for_some_seconds() -> None:
    made, begun = Made(), Clock().now
    said = []
    for seconds in (0, 4.9, 5.1, 9.9, 11):
        made.clock.now = begun + timedelta(seconds=seconds)
        said += await made.texts("/")
    assert said == ["1", "1", "2", "2", "3"]


async def test_a_clock_that_is_set_back_makes_no_answer_old() -> None:
    made = Made()
    await made.texts("/")
    made.clock.now -= timedelta(hours=1)
    assert await made.texts("/") == ["2"]


@pytest.mark.parametrize("path", ["/", "/en", "/statistiques/login", "/api/v1/figures?window=7d"])
async def test_a_new_slot_ends_every_answer(path: str) -> None:
    made = Made()
    assert await made.texts(path, path) == ["1", "1"]
    made.reader.records = ledger("UUD")
    made.clock.now += MOMENT
    assert await made.texts(path) == ["2"]


async def test_other_questions_have_other_answers() -> None:
    made = Made()
    asked = ["/statistiques", "/en/statistiques", "/statistiques?fenetre=7d"]
    assert len(set(await made.texts(*asked))) == 3
    assert len(set(await made.texts(*asked))) == 3
    assert made.inside.asked == 3


async def test_whoever_has_an_answer_already_is_told_so() -> None:
    made = Made()
    (first,) = await made.ask("/")
    (again,) = await made.ask("/", if_none_match=f'"other", W/{first.headers["etag"]}')
    assert (again.status_code, again.content) == (304, b"")
    assert "content-type" not in again.headers
    made.reader.records = ledger("UUD")
    made.clock.now += MOMENT
    (new,) = await made.ask("/", if_none_match=first.headers["etag"])
    assert (new.status_code, new.text) == (200, "2")


async def test_a_first_visitor_who_has_an_older_answer_leaves_a_whole_one_for_the_others() -> None:
    made = Made()
    await made.ask("/", if_none_match='"older"')
    assert await made.texts("/") == ["1"]


@pytest.mark.parametrize("status", [404, 500])
async def test_what_went_wrong_is_not_kept(status: int) -> None:
    made = Made(status)
    await made.ask("/incidents/login-9")
    (answer,) = await made.ask("/incidents/login-9")
    assert (answer.text, "etag" in answer.headers) == ("2", False)


async def test_nothing_is_kept_while_the_ledger_cannot_be_read() -> None:
    made = Made()
    await made.texts("/")

    class Unreadable(ListReader):
        def place(self) -> Place:
            raise StoreError("away")

    made.app._position = Position(Unreadable(ledger("UU")), made.clock)
    assert await made.texts("/") + await made.texts("/") == ["2", "3"]


async def test_no_more_than_so_many_answers_are_remembered() -> None:
    made = Made()
    for number in range(400):
        await made.texts(f"/statistiques?n={number}")
    assert len(made.app._kept) == 128
    assert await made.texts("/statistiques?n=399") == ["400"]


PERSONAL = (
    "/releves/concordance",
    "/releves/dysfonctionnement",
    "/verifier",
    "/c/abc",
    "/c/abc.zip",
    "/r/abc",
    "/captures/1/abc",
    "/donnees/2026-03/observations.csv",
    "/log/checkpoint",
)


@pytest.mark.parametrize("path", PERSONAL)
def test_what_a_person_typed_and_what_is_large_is_never_kept(path: str) -> None:
    assert not kept_for({"type": "http", "method": "GET", "path": path})
    assert not kept_for({"type": "http", "method": "GET", "path": f"/en{path}"})


def test_what_is_sent_is_never_kept() -> None:
    assert kept_for({"type": "http", "method": "GET", "path": "/"})
    assert not kept_for({"type": "http", "method": "POST", "path": "/"})
    assert not kept_for({"type": "websocket", "path": "/"})


# with the pages


def site(reader: ListReader, clock: Clock) -> FastAPI:
    return create_app(
        reader=reader,
        figures=ListFigures(reader),
        blobs=MemoryBlobs(),
        publisher=PUBLISHER,
        watched=("login",),
        clock=clock,
    )


def test_the_first_line_follows_the_ledger_at_once() -> None:
    reader, clock = ListReader(ledger("UU")), Clock()
    client = Client(site(reader, clock))
    for word, said in (("UU", "Non"), ("UUD", "Un échec"), ("UUDD", "Oui")):
        reader.records = ledger(word)
        clock.now = reader.records[-1].slot.scheduled_at + timedelta(seconds=60)
        for path in ("/", "/badge.svg"):
            _, _, title = client.get(path).text.partition("<title>")
            assert title.startswith(said)
        assert client.get("/").headers["cache-control"] == "public, no-cache"


def test_a_correction_is_seen_at_once() -> None:
    reader, clock = ListReader(ledger("UU")), Clock()
    client = Client(site(reader, clock))
    assert "au plus tard à midi" not in client.get("/corrections").text
    reader.said.append(
        PublicStatement(
            number=1,
            kind=StatementKind.CORRECTION,
            about="login-4",
            text="L’incident a commencé au plus tard à midi.",
            published="à 13 h",
            wrong_since=clock.now,
            made_at=clock.now,
        )
    )
    clock.now += MOMENT
    assert "au plus tard à midi" in client.get("/corrections").text


def test_not_modified_says_nothing_else_about_what_the_page_may_do() -> None:
    """Browsers take the headers of a 304 for those of the page that they have."""
    reader, clock = ListReader(ledger("UU")), Clock()
    client = Client(site(reader, clock))
    first = client.get("/")
    again = client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    policy = "content-security-policy"
    assert again.headers[policy] == first.headers[policy] != FORM_POLICY
