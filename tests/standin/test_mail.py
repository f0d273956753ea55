"""The reset message is really sent, or really not."""

from __future__ import annotations

import re
import socket

import pytest

from probes.standin.account import DEMO_EMAIL
from probes.standin.mail import RESET_SUBJECT, Postman, Relay
from probes.standin.server import StandIn
from tests.standin.mailbox import LocalMailbox
from tests.standin.visitor import REALM, new_client

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _ask(standin: StandIn, number: str) -> str:
    url = f"{standin.sso_origin}{REALM}/login-actions/reset-credentials"
    async with new_client() as client:
        return (await client.post(url, data={"username": number})).text


async def test_the_message_reaches_the_account(standin: StandIn, mailbox: LocalMailbox) -> None:
    before = len(mailbox.messages)
    text = await _ask(standin, "9900000001")
    assert "Un message a été envoyé" in text
    assert await mailbox.grows(before, limit_seconds=2)
    message = mailbox.messages[-1]
    assert message["subject"] == RESET_SUBJECT
    assert message["to"] == DEMO_EMAIL
    assert re.search(r"http://localhost:\d+/auth/\S+action-token\?key=", message.get_content())


async def test_an_unknown_number_gets_the_same_page_and_no_message(
    standin: StandIn, mailbox: LocalMailbox
) -> None:
    before = len(mailbox.messages)
    text = await _ask(standin, "9900000002")
    assert "Un message a été envoyé" in text
    assert not await mailbox.grows(before, limit_seconds=0.3)


async def test_a_late_message_comes_late(standin: StandIn, mailbox: LocalMailbox) -> None:
    standin.set_fault("reset_mail_late")
    before = len(mailbox.messages)
    await _ask(standin, "9900000001")
    assert not await mailbox.grows(before, limit_seconds=1)
    assert await mailbox.grows(before, limit_seconds=4)


async def test_without_a_relay_the_page_is_the_same_and_the_status_says_why() -> None:
    async with StandIn(portal_port=0, sso_port=0) as standin:
        assert "Un message a été envoyé" in await _ask(standin, "9900000001")
        assert standin.status()["mail"] == {"sent": 0, "note": "asked for, not sent: no relay"}


async def test_a_relay_that_is_not_there_is_noted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    postman = Postman(Relay(host="127.0.0.1", port=port))
    postman.post("http://localhost/")
    await postman.settle()
    assert postman.sent == 0
    assert postman.note.startswith("not sent: ")
