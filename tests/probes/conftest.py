"""The site file of the stand-in, and a real browser on its first page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from probes.browser import WarmBrowser
from probes.site import Site
from probes.standin.server import StandIn
from tests.rehearsal import site_of, warm_browser


@pytest.fixture
def site(standin: StandIn) -> Site:
    """Its site file."""
    return site_of(standin)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(shared_standin: StandIn) -> AsyncIterator[WarmBrowser]:
    """A browser for each file, behind the guard."""
    async with warm_browser(site_of(shared_standin)) as warm:
        yield warm


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: WarmBrowser, site: Site) -> AsyncIterator[Page]:
    """A fresh page that shows the portal."""
    async with browser.fresh_page() as page:
        await page.goto(site.pages.home)
        yield page
