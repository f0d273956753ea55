"""The stand-in as calibration sees it: well, redesigned, unwell. A real browser, the real guard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from monitor.app import browser_plan
from monitor.installation import find_browser
from monitor.settings import Settings
from probes.base import Account, Means
from probes.browser import WarmBrowser
from probes.calibration.findings import Calibration, PageFinding, proposals
from probes.calibration.walk import NEEDS_ACCOUNT, PAGES, calibrate
from probes.guard import compile_allow_list
from probes.site import SITES, Site, load_site
from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.run import standin_thread
from probes.standin.server import StandIn

ACCOUNT = Account(number=DEMO_NUMBER, password=DEMO_PASSWORD)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A calibration, and what it did to the site."""

    found: Calibration
    submissions: int

    def page(self, name: str) -> PageFinding:
        return next(page for page in self.found.pages if page.name == name)

    def missing_on(self, name: str) -> list[str]:
        return [one.key for one in self.page(name).keys if one.is_missing]


async def _calibrate(site: Site, account: Account | None) -> Calibration:
    plan = browser_plan(Settings(), site, find_browser())
    async with WarmBrowser(plan, compile_allow_list(site)) as browser:
        return await calibrate(
            browser, site=site, means=Means(account=account), clock=lambda: datetime.now(UTC)
        )


def _see(fault: str, account: Account | None = ACCOUNT) -> Seen:
    with standin_thread(StandIn(portal_port=0, sso_port=0, fault=fault)) as standin:
        site = load_site(SITES / "standin.toml", standin.origins)
        found = asyncio.run(_calibrate(site, account))
        return Seen(found=found, submissions=standin.submissions)


@pytest.fixture(scope="module")
def well() -> Seen:
    """A healthy site with an account."""
    return _see("none")


@pytest.fixture(scope="module")
def redesigned() -> Seen:
    """A healthy site in a new design."""
    return _see("redesign")


def test_every_page_of_a_healthy_site_is_reached_and_fits(well: Seen) -> None:
    assert [page.name for page in well.found.pages] == list(PAGES)
    assert [page.problem for page in well.found.pages] == [""] * len(PAGES)
    assert well.found.missing == ()
    assert proposals(well.found.pages) == {}
    assert well.found.blocked == ()


def test_nothing_alarming_matches_a_healthy_page(well: Seen) -> None:
    assert not [one for page in well.found.pages for one in page.keys if one.alarming]
    assert not [text for page in well.found.pages for text in page.texts]
    assert well.page("categories").labels_missing == ()


def test_matches_are_counted(well: Seen) -> None:
    options = well.page("categories").key("category_options")
    assert options is not None
    assert (options.count, options.visible) == (6, 6)


def _size(png: bytes | None) -> tuple[int, int]:
    assert png is not None
    return Image.open(BytesIO(png)).size


def test_pictures_are_cut_to_what_matches(well: Seen) -> None:
    found = well.page("home").key("open_sign_in")
    assert found is not None
    assert _size(found.png) < _size(well.page("home").png)


def test_personal_zones_are_black_before_the_picture(well: Seen) -> None:
    found = well.page("form").key("username")
    assert found is not None
    assert found.png is not None
    image = Image.open(BytesIO(found.png)).convert("RGB")
    assert image.getpixel((image.width // 2, image.height // 2)) == (0, 0, 0)


def test_a_redesign_is_followed_through_what_is_suggested(redesigned: Seen) -> None:
    assert redesigned.missing_on("home") == ["portal_ready", "open_sign_in"]
    assert "Entrer dans mon espace" in redesigned.page("form").reached_by
    assert redesigned.missing_on("form") == []
    assert redesigned.missing_on("account") == ["open_request"]
    assert redesigned.page("categories").was_seen


def test_a_redesign_gets_proposals_that_a_person_would_make(redesigned: Seen) -> None:
    found = proposals(redesigned.found.pages)

    assert found["open_sign_in"] == "button:has-text('Entrer dans mon espace')"
    assert found["portal_ready"] == "button:has-text('Commencer une démarche')"
    assert found["category_option"] == "button:has-text('{category}')"
    assert "category_next" not in found


def test_suggestions_come_with_pictures(redesigned: Seen) -> None:
    found = redesigned.page("home").key("open_sign_in")
    assert found is not None
    assert _size(found.suggestions[0].png) > (10, 10)


def test_half_a_redesign_is_found_where_it_is() -> None:
    seen = _see("half_redesign")

    assert {name: missing for name in PAGES if (missing := seen.missing_on(name))} == {
        "categories": ["category_list", "category_options", "category_option", "category_next"]
    }
    assert proposals(seen.found.pages)["category_list"] == ".tuiles"
    assert seen.submissions == 0


def test_credentials_go_into_no_field_that_the_file_does_not_name() -> None:
    seen = _see("sign_in_redesign")

    assert seen.missing_on("form") == ["username", "password", "submit_sign_in", "forgot_password"]
    assert seen.page("account").problem.endswith("the sign-in form does not match")
    assert proposals(seen.found.pages)["username"] == 'input[name="identifiant_usager"]'


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("http_503", "http_5xx"),
        ("maintenance_banner", "maintenance_announced"),
        ("captcha", "captcha"),
    ],
)
def test_nothing_is_learned_from_a_page_that_is_unwell(fault: str, rule: str) -> None:
    seen = _see(fault, None)

    assert seen.page("home").problem.partition(":")[0] == rule
    assert seen.found.missing == ()
    assert proposals(seen.found.pages) == {}


def test_without_an_account_the_pages_behind_it_are_named() -> None:
    seen = _see("none", None)

    assert [page.problem for page in seen.found.pages[4:]] == [NEEDS_ACCOUNT] * 4
    assert seen.found.missing == ()


def test_nothing_was_ever_submitted(well: Seen, redesigned: Seen) -> None:
    assert (well.submissions, redesigned.submissions) == (0, 0)
