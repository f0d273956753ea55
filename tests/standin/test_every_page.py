"""Every page says what it is, fits a phone, and keeps personal data in masked zones."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from probes.site import Site
from probes.standin.account import Person
from probes.standin.pages import REHEARSAL
from probes.standin.server import StandIn
from tests.standin.steps import open_form, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="session")


ROUTES = (
    "#/",
    "#/espace-personnel/connexion-inscription",
    "#/espace-personnel/mon-compte",
    "#/espace-personnel/mon-dossier",
    "#/espace-personnel/demande/categorie",
    "#/espace-personnel/demande/formulaire",
    "#/espace-personnel/demande/documents",
    "#/espace-personnel/demande/recapitulatif",
    "#/informations",
)


async def _says_so_and_fits(page: Page) -> None:
    await expect(page.get_by_text(REHEARSAL).first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


async def test_every_page_says_that_it_is_a_rehearsal_and_fits_a_phone(
    page: Page, site: Site, standin: StandIn
) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await open_form(page, site)
    await _says_so_and_fits(page)
    await page.locator(site.selectors.forgot_password).click()
    await _says_so_and_fits(page)
    await sign_in(page, site)
    await page.locator(site.selectors.signed_in).first.wait_for()
    for route in ROUTES:
        await page.goto(f"{standin.portal_origin}/usagers/{route}")
        await page.locator("main h1").wait_for()
        await _says_so_and_fits(page)


@pytest.mark.parametrize(
    "fault",
    [
        *("http_503", "maintenance_page", "maintenance_title", "unavailable_page", "captcha"),
        *("firewall_page", "too_many_429", "forbidden_403", "maintenance_banner", "redesign"),
        "endless_spinner",
    ],
)
async def test_pages_of_faults_say_so_too(
    fault: str, page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault(fault)
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto(site.pages.home)
    await _says_so_and_fits(page)


async def test_planted_personal_data_is_in_masked_zones_only(
    page: Page, site: Site, standin: StandIn
) -> None:
    await sign_in(page, site)
    await page.locator(site.selectors.signed_in).first.wait_for()
    person = Person()
    for route in ROUTES[2:]:
        await page.goto(f"{standin.portal_origin}/usagers/{route}")
        await page.locator("main h1").wait_for()
        await page.evaluate(
            "(s) => document.querySelectorAll(s).forEach((e) => e.remove())",
            ", ".join(site.redaction.mask_selectors),
        )
        left = await page.content()
        for private in (person.number, person.last_name, person.email, person.address):
            assert private not in left, route
