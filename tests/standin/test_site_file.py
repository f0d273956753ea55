"""The stand-in and its site file agree."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import Page, expect

from monitor.core.model import COMPONENTS
from probes.guard import compile_allow_list
from probes.site import Site
from probes.standin.account import DEMO_NUMBER
from probes.standin.portal import DRAFT, SUBMIT
from probes.standin.server import StandIn
from tests.standin.steps import open_documents, open_form

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_slow_answers_fit_between_the_site_files_limits(
    page: Page, site: Site, standin: StandIn
) -> None:
    standin.set_fault("slow_portal")
    started = time.monotonic()
    await page.goto(site.pages.home, wait_until="commit")
    committed = time.monotonic() - started
    await page.locator(site.selectors.portal_ready).wait_for()
    total = time.monotonic() - started
    assert site.probes["portal"].slow_seconds < committed < site.limits.action_seconds
    assert total < site.limits.step_seconds


async def test_the_site_file_has_a_plan_for_every_probe(site: Site) -> None:
    assert set(site.probes) == set(COMPONENTS[:5])
    assert site.rehearsal
    assert site.is_loopback


async def test_the_guard_rules_list_the_journeys_and_never_the_submission(
    site: Site, standin: StandIn
) -> None:
    allowed = compile_allow_list(site)
    portal, sso = standin.portal_origin, standin.sso_origin
    realm = f"{sso}/auth/realms/anef-usagers/login-actions"
    assert allowed.allows("POST", f"{portal}{DRAFT}")
    assert allowed.allows("DELETE", f"{portal}{DRAFT}/documents/0123456789abcdef")
    assert allowed.allows("POST", f"{realm}/authenticate?execution=a")
    for method, url in (
        ("POST", portal + SUBMIT),
        ("GET", portal + SUBMIT),
        ("POST", f"{realm}/required-action"),
        ("GET", f"{portal}/usagers/veille.js"),
        ("GET", f"{portal}/api/canal"),
        ("DELETE", f"{portal}{DRAFT}"),
    ):
        assert not allowed.allows(method, url), (method, url)


async def test_a_healthy_journey_asks_for_nothing_that_the_guard_would_stop(
    page: Page, site: Site
) -> None:
    allowed = compile_allow_list(site)
    stopped: list[str] = []
    page.on(
        "request",
        lambda r: None if allowed.allows(r.method, r.url) else stopped.append(r.url),
    )
    await page.goto(site.pages.home)
    await open_documents(page, site)
    await page.locator(site.selectors.document_remove).click()
    await expect(page.locator(site.selectors.document_rows)).to_have_count(0)
    await open_form(page, site)
    await page.locator(site.selectors.forgot_password).click()
    await page.locator(site.selectors.reset_username).fill(DEMO_NUMBER)
    await page.locator(site.selectors.submit_reset).click()
    await page.get_by_text(site.texts.reset_sent[0]).wait_for()
    assert stopped == []
