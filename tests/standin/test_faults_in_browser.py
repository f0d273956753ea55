"""Faults as a real browser sees them. No guard here: what a page does is seen as it is."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Error, Page, expect

from probes.site import Site
from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.server import StandIn
from tests.standin.steps import open_documents, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_crashed_script_renders_nothing(page: Page, site: Site, standin: StandIn) -> None:
    standin.set_fault("script_crash")
    async with page.expect_event("pageerror") as failing:
        await page.goto(site.pages.home)
    assert "etatInitial" in str(await failing.value)
    assert (await page.inner_text("body")).strip() == ""


async def test_a_blank_page_has_an_empty_body(page: Page, site: Site, standin: StandIn) -> None:
    standin.set_fault("blank_page")
    await page.goto(site.pages.home)
    assert await page.inner_html("body") == ""


async def test_an_endless_spinner_stays(page: Page, site: Site, standin: StandIn) -> None:
    standin.set_fault("endless_spinner")
    await page.goto(site.pages.home)
    await page.locator(site.selectors.spinner).wait_for()
    with pytest.raises(Error):
        await page.locator(site.selectors.portal_ready).wait_for(timeout=600)
    assert await page.locator(site.selectors.spinner).is_visible()


@pytest.mark.parametrize(
    ("fault", "error"),
    [("connection_reset", "ERR_CONNECTION_RESET"), ("redirect_loop", "ERR_TOO_MANY_REDIRECTS")],
)
async def test_the_browser_says_what_the_network_did(
    fault: str, error: str, page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault(fault)
    with pytest.raises(Error, match=error):
        await page.goto(site.pages.home)


async def test_a_sign_in_server_that_resets_is_seen_from_the_portal(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("sso_reset")
    await page.goto(site.pages.sign_in)
    async with page.expect_event("requestfailed") as failing:
        await page.locator(site.selectors.open_sign_in).click()
    assert (await failing.value).failure == "net::ERR_CONNECTION_RESET"


async def test_a_maintenance_banner_closes_the_entries(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("maintenance_banner")
    await page.goto(site.pages.home)
    await expect(page.locator("h1")).to_have_text("Site en maintenance")
    assert await page.locator(site.selectors.portal_ready).count() == 0
    await page.goto(site.pages.sign_in)
    await expect(page.locator(site.selectors.open_sign_in)).to_be_disabled()


async def test_alarming_news_stand_on_a_page_that_works(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("news_words")
    await page.goto(site.pages.home)
    await page.locator(site.selectors.portal_ready).wait_for()
    news = await page.locator(".actualites").inner_text()
    assert "erreur 503" in news
    assert "Maintenance" in news


async def test_the_cookies_banner_is_in_the_way_until_it_is_answered(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("cookies_banner")
    await page.goto(site.pages.sign_in)
    accept = page.locator(site.selectors.cookie_banner_accept)
    await accept.wait_for()
    with pytest.raises(Error, match="intercepts pointer events"):
        await page.locator(site.selectors.open_sign_in).click(timeout=500)
    await accept.click()
    await page.locator(site.selectors.open_sign_in).click()
    await page.locator(site.selectors.username).wait_for()


async def test_a_redesigned_portal_has_other_selectors_and_still_works(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("redesign")
    await page.goto(site.pages.home)
    await page.get_by_text("Entrer dans mon espace").click()
    assert await page.locator(site.selectors.portal_ready).count() == 0
    await page.wait_for_url(site.pages.sign_in)
    await expect(page.locator("h1")).to_have_text("Connexion ou inscription")
    assert await page.locator(site.selectors.open_sign_in).count() == 0
    await page.get_by_text("Entrer dans mon espace").click()
    await page.locator(site.selectors.username).fill(DEMO_NUMBER)
    await page.locator(site.selectors.password).fill(DEMO_PASSWORD)
    await page.locator(site.selectors.submit_sign_in).click()
    await page.get_by_text("Commencer une démarche").click()
    await page.get_by_text("Visiteur").click()
    await expect(page.locator(".rappel")).to_have_text("Visiteur")


async def test_half_a_redesign_changes_the_categories_only(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("half_redesign")
    await sign_in(page, site)
    await page.locator(site.selectors.open_request).click()
    await page.get_by_text("Visiteur").wait_for()
    assert await page.locator(site.selectors.category_list).count() == 0
    await page.get_by_text("Visiteur").click()
    await expect(page.locator(site.selectors.category_kept)).to_have_text("Visiteur")


async def test_a_redesigned_sign_in_form_has_other_fields(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("sign_in_redesign")
    await page.goto(site.pages.sign_in)
    await page.locator(site.selectors.open_sign_in).click()
    await page.get_by_text("Phrase secrète").wait_for()
    assert await page.locator(site.selectors.username).count() == 0


async def test_an_expired_password_leads_to_the_required_action(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("password_expired")
    await sign_in(page, site)
    await page.wait_for_url("**/required-action?execution=UPDATE_PASSWORD*")
    await expect(page.locator("h1")).to_have_text("Réinitialisez votre mot de passe")


async def test_a_sign_in_loop_shows_the_form_again_without_a_word(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("sign_in_loop")
    await sign_in(page, site)
    await page.wait_for_url("**/protocol/openid-connect/auth*")
    await page.locator(site.selectors.username).wait_for()
    assert await page.locator(site.selectors.error_alert).count() == 0


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("session_dropped", "Votre session a expiré"),
        ("api_error", "Une erreur technique est survenue"),
        ("api_html", "Une erreur est survenue"),
        ("wrong_password_always", "mot de passe invalide"),
    ],
)
async def test_a_failed_sign_in_shows_an_alert(
    fault: str, shown: str, page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault(fault)
    await sign_in(page, site)
    await expect(page.locator(site.selectors.error_alert)).to_contain_text(shown)
    assert await page.locator(site.selectors.signed_in).count() == 0


async def test_an_expired_session_ends_after_the_dashboard(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("expired_session")
    await sign_in(page, site)
    await page.locator(site.selectors.signed_in).first.wait_for()
    status = await page.evaluate("async (u) => (await fetch(u)).status", site.api.me)
    assert status == 401


@pytest.mark.parametrize("fault", ["account_blocked", "pending_file"])
async def test_an_account_that_may_not_ask_finds_no_way_to(
    fault: str, page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault(fault)
    await sign_in(page, site)
    await page.locator(site.selectors.signed_in).first.wait_for()
    assert await page.locator(site.selectors.open_request).count() == 0
    assert await page.locator(site.selectors.error_alert).count() == 0


async def test_an_empty_list_of_categories_is_still_a_list(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("categories_empty")
    await sign_in(page, site)
    await page.locator(site.selectors.open_request).click()
    await page.locator(site.selectors.category_list).wait_for()
    assert await page.locator(site.selectors.category_options).count() == 0


async def test_disabled_categories_cannot_be_clicked(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("category_disabled")
    await sign_in(page, site)
    await page.locator(site.selectors.open_request).click()
    option = site.selectors.category_option.replace("{category}", "Étudiant")
    with pytest.raises(Error):
        await page.locator(option).click(timeout=500)


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("upload_413", "trop volumineux"),
        ("upload_415", "Format de fichier non accepté"),
        ("upload_generic_error", "Une erreur est survenue"),
    ],
)
async def test_a_refused_document_shows_an_alert(
    fault: str, shown: str, page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault(fault)
    await open_documents(page, site)
    await expect(page.locator(site.selectors.error_alert)).to_contain_text(shown)


async def test_an_endless_upload_keeps_turning(page: Page, site: Site, standin: StandIn) -> None:
    standin.set_fault("upload_endless")
    await open_documents(page, site)
    await expect(page.locator(site.selectors.spinner)).to_contain_text("Envoi du document")
    assert await page.locator(site.selectors.document_rows).count() == 0


# what a careless page does besides: seen without a guard, so that a guard has something to stop

CARELESS = {
    "third_party_request": "third_party_requests",
    "third_party_redirect": "third_party_requests",
    "third_party_needed": "third_party_requests",
    "redirect_elsewhere": "third_party_requests",
    "forbidden_post": "submissions",
    "forbidden_beacon": "submissions",
    "service_worker": "submissions",
    "web_socket": "web_sockets",
}


@pytest.mark.parametrize("fault", CARELESS)
async def test_a_careless_page_does_harm_when_nothing_guards(fault: str, page: Page) -> None:
    async with StandIn(portal_port=0, sso_port=0, fault=fault) as own:
        await page.goto(f"{own.portal_origin}/usagers/")
        counted, until = 0, time.monotonic() + 5
        while not counted and time.monotonic() < until:
            await page.wait_for_timeout(20)
            counted = getattr(own, CARELESS[fault])
        assert counted >= 1


async def test_a_page_that_needs_a_third_party_fails_without_it(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("third_party_needed")
    await page.route("**/bibliotheque.js", lambda route: route.abort())
    await page.goto(site.pages.home)
    await expect(page.locator(site.selectors.error_alert)).to_be_visible()
    assert await page.locator(site.selectors.portal_ready).count() == 0
