"""Opening, closing and working the stand-in from outside."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from monitor.errors import ConfigurationError
from probes.standin.faults import FAULTS
from probes.standin.portal import DRAFT, SUBMIT
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.standin.visitor import AUTH, FILE, Visitor, new_client

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_control_address_lists_and_sets_faults(standin: StandIn) -> None:
    async with new_client() as client:
        url = f"{standin.portal_origin}/_standin/fault"
        listed = (await client.get(url)).json()
        assert listed["fault"] == "none"
        assert [fault["name"] for fault in listed["faults"]] == list(FAULTS)
        assert (await client.post(url, json={"fault": "captcha"})).json() == {"fault": "captcha"}
    assert standin.fault.name == "captcha"


@pytest.mark.parametrize("body", [b"", b"[]", b'"none"', b"{}", b'{"fault": "capcha"}'])
async def test_the_control_address_refuses_what_is_no_fault(body: bytes, standin: StandIn) -> None:
    async with new_client() as client:
        answer = await client.post(f"{standin.portal_origin}/_standin/fault", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert standin.fault.name == "none"


@pytest.mark.parametrize("fault", ["connection_reset", "hang_before_answer", "http_503"])
async def test_control_and_references_answer_whatever_the_fault(
    fault: str, standin: StandIn
) -> None:
    standin.set_fault(fault)
    async with new_client() as client:
        status = await client.get(f"{standin.portal_origin}/_standin/status")
        reference = await client.get(f"{standin.portal_origin}/_standin/reference/2")
    assert status.json()["fault"] == fault
    assert reference.status_code == 200


async def test_every_call_of_the_submit_endpoint_is_counted() -> None:
    async with StandIn(portal_port=0, sso_port=0) as standin, new_client() as client:
        assert standin.submissions == 0
        await client.post(standin.portal_origin + SUBMIT)
        await client.get(standin.portal_origin + SUBMIT)
        assert standin.submissions == 2
        assert standin.status()["submissions"] == 2


async def test_requests_of_both_origins_are_counted_and_the_controls_own_are_not() -> None:
    async with StandIn(portal_port=0, sso_port=0) as standin, new_client() as client:
        await client.get(f"{standin.portal_origin}/")
        await client.get(f"{standin.sso_origin}/nowhere")
        await client.get(f"{standin.portal_origin}/_standin/status")
        assert standin.requests == 2


async def test_a_code_opens_one_session_only(standin: StandIn) -> None:
    async with new_client() as client:
        visitor = Visitor(standin, client)
        assert await visitor.sign_in()
        code = visitor.answers["sign_in.send"].location.partition("code=")[2].partition("&")[0]
        answer = await client.post(f"{standin.portal_origin}/api/session", json={"code": code})
    assert answer.status_code == 401


async def test_the_session_cookie_is_out_of_reach_of_scripts(standin: StandIn) -> None:
    async with new_client() as client:
        await Visitor(standin, client).sign_in()
        cookie = next(iter(client.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")


@pytest.mark.parametrize(
    "query",
    [
        {"client_id": "another", "redirect_uri": "PORTAL/usagers/"},
        {"client_id": "anef-usagers", "redirect_uri": "http://localhost:1/usagers/"},
        {"client_id": "anef-usagers"},
    ],
)
async def test_the_sign_in_server_sends_no_code_elsewhere(
    query: dict[str, str], standin: StandIn
) -> None:
    filled = {k: v.replace("PORTAL", standin.portal_origin) for k, v in query.items()}
    async with new_client() as client:
        answer = await client.get(standin.sso_origin + AUTH, params=filled)
    assert answer.status_code == 400


async def test_the_draft_outlives_the_session_and_is_forgotten_on_demand(standin: StandIn) -> None:
    documents = f"{standin.portal_origin}{DRAFT}/documents"
    for _ in range(2):
        async with new_client() as client:
            await Visitor(standin, client).sign_in()
            await client.post(documents, files={"document": FILE})
    async with new_client() as client:
        visitor = Visitor(standin, client)
        await visitor.sign_in()
        listed = (await client.get(documents)).json()
        assert [(d["nom"], d["taille"]) for d in listed] == [(FILE[0], len(FILE[1]))]
        standin.forget()
        await visitor.sign_in()
        assert (await client.get(documents)).json() == []


async def test_a_file_of_another_type_is_refused(standin: StandIn) -> None:
    async with new_client() as client:
        await Visitor(standin, client).sign_in()
        url = f"{standin.portal_origin}{DRAFT}/documents"
        answer = await client.post(url, files={"document": ("a.txt", b"a", "text/plain")})
        empty = await client.post(url, content=b"no multipart")
    assert (answer.status_code, empty.status_code) == (415, 400)


async def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            async with StandIn(portal_port=0, sso_port=port):
                pass
    assert str(caught.value) == f"port {port} is already in use; choose another with --port"


async def test_an_unknown_fault_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(ConfigurationError, match="did you mean"):
        StandIn(fault="http_505")


async def test_ports_are_free_again_after_closing_even_while_a_request_hangs() -> None:
    async with StandIn(portal_port=0, sso_port=0, fault="hang_before_answer") as standin:
        origins, started = standin.origins, time.monotonic()
        async with new_client(timeout_seconds=10) as client:
            hanging = asyncio.create_task(client.get(f"{standin.portal_origin}/"))
            async with asyncio.timeout(5):
                while standin.requests == 0:
                    await asyncio.sleep(0.01)
            await standin.__aexit__(None, None, None)
            with pytest.raises(httpx.TransportError):
                await hanging
        assert time.monotonic() - started < 5
    ports = [int(origin.rsplit(":", 1)[1]) for origin in origins.values()]
    async with StandIn(portal_port=ports[0], sso_port=ports[1]) as again:
        assert again.origins == origins


async def test_a_stand_in_lives_in_a_thread_of_its_own() -> None:
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as standin:
        standin.set_fault("http_504")
        async with new_client() as client:
            assert (await client.get(f"{standin.portal_origin}/usagers/")).status_code == 504


async def test_a_thread_that_cannot_open_says_why() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigurationError, match="already in use"),
            standin_thread(StandIn(portal_port=port, sso_port=0)),
        ):
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_command_in_order(number: signal.Signals) -> None:
    program = (
        "import asyncio\n"
        "from probes.standin.run import serve_forever\n"
        "from probes.standin.server import StandIn\n"
        "say = lambda line: print(line, flush=True)\n"
        "asyncio.run(serve_forever(StandIn(portal_port=0, sso_port=0), say=say))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        first = await process.stdout.readline()
        while b"Ctrl+C" not in await process.stdout.readline():
            pass
        process.send_signal(number)
        out, err = await process.communicate()
    assert first.startswith(b"Portal")
    assert (process.returncode, err) == (0, b"")
    assert b"closed" in out
