"""A stand-in with a real SMTP server behind it, a real browser, and health before every test."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from probes.site import SITES, Site, load_site
from probes.standin.mail import Relay
from probes.standin.server import StandIn
from tests.standin.mailbox import LocalMailbox

BROWSER = "/usr/bin/chromium-headless-shell"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def mailbox() -> Iterator[LocalMailbox]:
    """A real SMTP server that keeps what it is given."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    box = LocalMailbox(port)
    box.controller.start()
    yield box
    box.controller.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_standin(mailbox: LocalMailbox) -> AsyncIterator[StandIn]:
    """One stand-in for the whole session."""
    relay = Relay(host="127.0.0.1", port=mailbox.port)
    async with StandIn(portal_port=0, sso_port=0, smtp=relay) as standin:
        yield standin


@pytest.fixture
def site(standin: StandIn) -> Site:
    """The site file that ships with the program, on the stand-in's ports."""
    return load_site(Path(SITES) / "standin.toml", standin.origins)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The headless shell."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=[*ARGUMENTS])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page of a fresh context. No guard here: what a page does is seen as it is."""
    context = await browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(5000)
    page = await context.new_page()
    yield page
    await context.close()
