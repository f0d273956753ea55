"""What a person does on the well site with a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from probes.site import Site
from probes.standin.account import CATEGORIES, DEMO_EMAIL, DEMO_NUMBER
from probes.standin.mail import RESET_SUBJECT
from probes.standin.server import StandIn
from tests.standin.mailbox import LocalMailbox
from tests.standin.steps import FILE, choose, open_documents, open_form, sign_in

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_bare_address_leads_to_a_home_page_that_works(
    page: Page, site: Site, standin: StandIn
) -> None:
    await page.goto(f"{standin.portal_origin}/")
    await page.locator(site.selectors.portal_ready).wait_for()
    assert page.url == site.pages.home
    for label in (
        "Se connecter",
        "Première visite ? Créer votre compte",
        "Je demande ou renouvelle un titre de séjour",
        "Je valide mon VLS-TS",
    ):
        assert await page.get_by_text(label).count() == 1
    assert await page.evaluate("referentiel.taille") > 500


async def test_signing_in_lands_on_the_account(page: Page, site: Site) -> None:
    await sign_in(page, site)
    await page.locator(site.selectors.signed_in).first.wait_for()
    assert page.url == site.pages.account
    assert await page.locator(".ui-tabview-title").count() == 3
    me = await page.evaluate("async (url) => (await fetch(url)).json()", site.api.me)
    assert me["blocking"] == {"should_be_blocked": False}
    assert me["dossier_en_cours"] == {"has_dossier_en_cours": False}


async def test_a_wrong_password_is_said_to_be_one(page: Page, site: Site) -> None:
    await sign_in(page, site, "faux")
    await expect(page.locator(site.selectors.error_alert)).to_contain_text("mot de passe invalide")


async def test_without_a_session_the_interface_answers_401(page: Page, site: Site) -> None:
    await page.goto(site.pages.home)
    status = await page.evaluate("async (u) => (await fetch(u)).status", site.api.sign_of_life)
    assert status in site.api.alive_statuses


async def test_every_category_is_listed_and_the_choice_is_kept(page: Page, site: Site) -> None:
    await choose(page, site)
    await page.goto(site.pages.account)
    await page.locator(site.selectors.open_request).click()
    await page.locator(site.selectors.category_list).wait_for()
    labels = await page.locator(site.selectors.category_options).all_inner_texts()
    assert tuple(labels) == CATEGORIES == site.category.expected


async def test_a_document_is_listed_as_it_was_sent_and_goes_away_again(
    page: Page, site: Site, standin: StandIn
) -> None:
    names = site.selectors
    await open_documents(page, site)
    row = page.locator(names.document_rows)
    await expect(row.locator(names.document_name)).to_have_text(site.upload.file_name)
    size = row.locator(names.document_size)
    assert await size.get_attribute("data-size") == str(len(FILE))
    await expect(size).to_have_text("1 386 octets")
    await row.locator(names.document_remove).click()
    await expect(row).to_have_count(0)
    assert standin.submissions == 0


async def test_the_reset_message_is_asked_for_and_comes(
    page: Page, site: Site, mailbox: LocalMailbox
) -> None:
    before = len(mailbox.messages)
    await open_form(page, site)
    await page.locator(site.selectors.forgot_password).click()
    await page.locator(site.selectors.reset_username).fill(DEMO_NUMBER)
    await page.locator(site.selectors.submit_reset).click()
    await expect(page.get_by_text(site.texts.reset_sent[0])).to_be_visible()
    assert await mailbox.grows(before, limit_seconds=3)
    assert mailbox.messages[-1]["to"] == DEMO_EMAIL
    assert site.texts.reset_mail_subject[0] in RESET_SUBJECT.lower()


async def test_progress_and_attestation_are_there(page: Page, site: Site) -> None:
    await sign_in(page, site)
    await page.locator(".ui-tabview-title", has_text="attestations").click()
    async with page.expect_download() as downloading:
        await page.locator("a.attestation").click()
    path = await (await downloading.value).path()
    assert path.read_bytes().startswith(b"%PDF-1.4")
    await page.locator("a.suivre-dossier").last.click()
    await expect(page.locator("li.stepsBox--item.active")).to_have_text("Remise du titre")


async def test_only_a_person_who_insists_submits(page: Page, site: Site) -> None:
    async with StandIn(portal_port=0, sso_port=0) as own:
        moved = site.model_copy(
            update={
                "pages": site.pages.model_copy(
                    update={
                        "sign_in": f"{own.portal_origin}/usagers/#/espace-personnel/"
                        "connexion-inscription"
                    }
                )
            }
        )
        await choose(page, moved)
        await page.goto(f"{own.portal_origin}/usagers/#/espace-personnel/demande/recapitulatif")
        assert own.submissions == 0
        await page.locator("button.deposer-demande").click()
        await expect(page.locator(".alerte--succes")).to_be_visible()
        assert own.submissions == 1
