"""What a page shows becomes signals: words only where they block, pictures without the person."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.async_api import Page

from monitor.core.model import SignalKind
from probes import observe
from probes.browser import WarmBrowser
from probes.capture import take_capture
from probes.site import Site

K = SignalKind
FILLING = "<p>" + "Le site fonctionne comme d’habitude. " * 20 + "</p>"


@pytest.mark.parametrize(
    ("text", "wording", "holds"),
    [
        ("Site en MAINTENANCE", "maintenance", True),
        ("Vérification de sécurité", "verification de securite", True),
        ("service\n  momentanément\u00a0indisponible", "service momentanément indisponible", True),
        ("Le site va bien", "maintenance", False),
    ],
)
def test_words_are_compared_without_case_accents_or_spacing(
    text: str, wording: str, holds: bool
) -> None:
    assert (observe.says(text, [wording]) == wording) is holds


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ("net::ERR_NAME_NOT_RESOLVED at http://a", K.NETWORK_ERROR, "dns"),
        ("net::ERR_CERT_DATE_INVALID", K.NETWORK_ERROR, "tls"),
        ("net::ERR_CONNECTION_RESET", K.NETWORK_ERROR, "reset"),
        ("net::ERR_CONNECTION_REFUSED", K.NETWORK_ERROR, "connect"),
        ("net::ERR_CONNECTION_TIMED_OUT", K.NETWORK_ERROR, "timeout"),
        ("net::ERR_INTERNET_DISCONNECTED", K.NETWORK_ERROR, "disconnected"),
        ("net::ERR_TOO_MANY_REDIRECTS", K.REDIRECT_LOOP, ""),
        ("net::ERR_INCOMPLETE_CHUNKED_ENCODING", K.BODY_TIMEOUT, "ERR_INCOMPLETE_CHUNKED_ENCODING"),
        ("Target page, context or browser has been closed", K.BROWSER_GONE, "lost during the step"),
    ],
)
def test_an_error_of_the_network_has_its_word(message: str, kind: K, text: str) -> None:
    (found,) = observe.from_error(message, "open")
    assert (found.kind, found.text, found.step) == (kind, text, "open")


def test_any_other_error_says_nothing() -> None:
    assert observe.from_error("Locator.click: element is not stable", "open") == []


# in a real browser, on pages of our own

in_browser = pytest.mark.asyncio(loop_scope="module")


async def kinds(page: Page, site: Site, body: str, title: str = "Étrangers en France") -> set[K]:
    await page.set_content(f"<title>{title}</title><body>{body}</body>")
    return {signal.kind for signal in await observe.from_page(page, site, "open")}


PAGES: dict[str, tuple[str, set[K]]] = {
    "a healthy page": (FILLING, set()),
    "maintenance as the heading": (
        "<h1>Site en maintenance</h1>" + FILLING,
        {K.MAINTENANCE_WORDING},
    ),
    "an alert": (
        "<div role=alert>Service momentanément indisponible</div>" + FILLING,
        {K.UNAVAILABLE_WORDING},
    ),
    "a bare page": ("<p>Service unavailable</p>", {K.UNAVAILABLE_WORDING, K.BARE_PAGE}),
    "news on a healthy page": (
        "<section class=actualites><h1>Maintenance et erreur 503</h1></section>" + FILLING,
        set(),
    ),
    "words in the text of a long page": ("<p>La maintenance est finie.</p>" + FILLING, set()),
    "a hidden alert": (
        "<div role=alert style='display:none'>Site en maintenance</div>" + FILLING,
        set(),
    ),
    "an error of the site": (
        "<div class='fr-alert--error'>Une erreur est survenue</div>" + FILLING,
        {K.ERROR_TEXT},
    ),
    "an error of the account": (
        "<div class='fr-alert--error'>Identifiant ou mot de passe invalide.</div>" + FILLING,
        {K.CREDENTIALS_REFUSED},
    ),
    "a CAPTCHA": ("<div class=captcha>x</div>" + FILLING, {K.CAPTCHA}),
    "a firewall": ("<h1>Request rejected</h1><p>Support ID: 1</p>", {K.FIREWALL_PAGE, K.BARE_PAGE}),
    "a spinner": ("<div class=chargement>…</div>" + FILLING, {K.SPINNER}),
    "nothing at all": ("", {K.BLANK_PAGE, K.BARE_PAGE}),
    "a picture and no word": (
        "<svg width=20 height=20><rect width=20 height=20 /></svg>",
        {K.BARE_PAGE},
    ),
}


@in_browser
@pytest.mark.parametrize("case", PAGES)
async def test_a_page_shows_just_this(case: str, page: Page, site: Site) -> None:
    body, expected = PAGES[case]
    assert await kinds(page, site, body) == expected


@in_browser
async def test_the_title_speaks_for_the_page(page: Page, site: Site) -> None:
    assert K.MAINTENANCE_WORDING in await kinds(page, site, FILLING, "Site en maintenance")


@in_browser
async def test_a_page_whose_script_never_rests_is_asked_no_longer_than_the_limit(
    page: Page, site: Site
) -> None:
    await page.evaluate("() => { setTimeout(() => { while (true) {} }); }")
    assert await observe.look(page, site) is None


FIELDS = """<style>input { width: 300px; height: 40px }</style>
<input name=username value=9900000001><input name=password value=hidden-word>
<p class=donnee-personnelle>Marie Exemple</p><p>Bonjour Marie Exemple</p>"""


@in_browser
async def test_personal_zones_are_black_in_the_picture_and_gone_from_the_text(
    page: Page, site: Site
) -> None:
    await page.set_content(FIELDS)
    boxes = [await page.locator(s).bounding_box() for s in site.redaction.mask_selectors]
    taken = await take_capture(page, "open", site, failed=False)
    assert taken.png is not None
    with Image.open(io.BytesIO(taken.png)) as picture:
        for box in boxes:
            assert box is not None
            left, top = int(box["x"]) + 2, int(box["y"]) + 2
            right, bottom = int(box["x"] + box["width"]) - 2, int(box["y"] + box["height"]) - 2
            zone = picture.convert("RGB").crop((left, top, right, bottom))
            assert zone.getcolors() == [(zone.width * zone.height, (0, 0, 0))]
    assert "Marie Exemple" not in taken.text
    assert "Bonjour" in taken.text


@in_browser
async def test_a_picture_that_cannot_be_taken_is_a_reason_and_no_exception(
    browser: WarmBrowser, site: Site
) -> None:
    async with browser.fresh_page() as page:
        await page.close()
        taken = await take_capture(page, "open", site, failed=True)
    assert taken.png is None
    assert taken.problem
