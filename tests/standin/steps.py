"""Steps of a person's path, through the selectors of the site file."""

from __future__ import annotations

from playwright.async_api import Page, expect

from probes.site import Site
from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD

FILE = b"%PDF-1.4\r\n\r\n\xff\x00" * 99


async def open_form(page: Page, site: Site) -> None:
    await page.goto(site.pages.sign_in)
    await page.locator(site.selectors.open_sign_in).click()
    await page.locator(site.selectors.username).wait_for()


async def sign_in(page: Page, site: Site, password: str = DEMO_PASSWORD) -> None:
    await open_form(page, site)
    await page.locator(site.selectors.username).fill(DEMO_NUMBER)
    await page.locator(site.selectors.password).fill(password)
    await page.locator(site.selectors.submit_sign_in).click()


async def choose(page: Page, site: Site) -> None:
    names = site.selectors
    await sign_in(page, site)
    await page.locator(names.open_request).click()
    await page.locator(names.category_option.replace("{category}", site.category.choose)).click()
    await page.locator(names.category_next).click()
    await expect(page.locator(names.category_kept)).to_have_text(site.category.choose)


async def open_documents(page: Page, site: Site) -> None:
    await choose(page, site)
    await page.locator(site.selectors.open_documents).click()
    await page.locator(site.selectors.file_input).set_input_files(
        {"name": site.upload.file_name, "mimeType": "application/pdf", "buffer": FILE}
    )
