"""The same journey in bare Playwright: the same browser, flags, clicks, waits and pictures, and
nothing else. No guard, no network log, no masks, no page text, no store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from probes.base import Account
from probes.browser import FLAGS, VIEWPORT_HEIGHT, VIEWPORT_WIDTH, BrowserPlan
from probes.journeys import CALL
from probes.site import Site


@asynccontextmanager
async def bare_browser(plan: BrowserPlan) -> AsyncIterator[Browser]:
    """A browser as the monitor starts it, without the monitor."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=plan.executable, args=[*FLAGS], chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            await browser.close()


class BareCategory:
    """The category probe as a script of a dozen lines would do it."""

    def __init__(self, browser: Browser, site: Site, account: Account, folder: Path) -> None:
        self._browser = browser
        self._site = site
        self._account = account
        self._folder = folder
        self._pictures = 0

    async def run(self) -> None:
        """One journey in a fresh context. Raises Playwright's errors."""
        context = await self._browser.new_context(
            locale="fr-FR",
            timezone_id="Europe/Paris",
            viewport={"width": VIEWPORT_WIDTH, "height": VIEWPORT_HEIGHT},
        )
        try:
            page = await context.new_page()
            await self._sign_in(page)
            await self._choose(page)
        finally:
            await context.close()

    async def _sign_in(self, page: Page) -> None:
        names = self._site.selectors
        await page.goto(self._site.pages.sign_in, wait_until="commit")
        await page.locator(names.open_sign_in).first.wait_for()
        await self._picture(page)
        await page.locator(names.open_sign_in).first.click()
        await page.locator(names.username).first.wait_for()
        await self._picture(page)
        await page.locator(names.username).first.fill(self._account.number)
        await page.locator(names.password).first.fill(self._account.password)
        await page.locator(names.submit_sign_in).first.click()
        await page.locator(names.signed_in).first.wait_for()
        await self._picture(page)
        await page.evaluate(CALL, [self._site.api.me, 2000])

    async def _choose(self, page: Page) -> None:
        names, wanted = self._site.selectors, self._site.category.choose
        await page.locator(names.open_request).first.click()
        await page.locator(names.category_options).first.wait_for()
        await self._picture(page)
        await page.locator(names.category_options).all_inner_texts()
        await self._picture(page)
        await page.locator(names.category_option.replace("{category}", wanted)).first.click()
        await self._picture(page)
        await page.locator(names.category_next).first.click()
        await page.locator(names.category_kept).first.inner_text()
        await self._picture(page)

    async def _picture(self, page: Page) -> None:
        self._pictures += 1
        await page.screenshot(full_page=True, path=self._folder / f"{self._pictures}.png")
