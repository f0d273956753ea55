"""Every page in a real browser: usable by everybody, and nothing of it goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # no types
from playwright.sync_api import Browser, Page, Response, sync_playwright

from monitor.installation import find_browser
from monitor.web.headers import FORM_POLICY, SECURITY_HEADERS
from tests.web.whole_site import LARGEST_BYTES, PDF, WholeSite, whole_site

WIDTHS = {1280: 800, 390: 844}
NARROWEST = 320
SCHEMES = ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that a colour scheme can break."""

PREPARE = """() => {
    document.querySelectorAll('details').forEach(one => one.open = true);
    document.querySelectorAll('tbody tr:nth-child(n + 4)').forEach(one => one.remove());
}"""
"""Everything is unfolded; rows like the three before them are not looked at again."""

RUN = """only => axe.run({runOnly: only, resultTypes: ['violations'], preload: false})"""
OVERFLOW = """() => document.documentElement.scrollWidth > innerWidth"""
LARGE = """() => { document.documentElement.style.fontSize = '200%'; }"""
"""Text at twice its size."""

LEVELS = """() => [...document.querySelectorAll('h1, h2, h3, h4')].map(one => +one.tagName[1])"""
SMALL = """() => {
    const wanted = 'a, button, input:not([type=hidden]), select, textarea, summary';
    const bare = text => text.replace(/[\\s·.,]/g, '').length;
    const isInText = one => {  // a link among words is as high as they are
        let block = one.parentElement;
        while (getComputedStyle(block).display === 'inline') block = block.parentElement;
        const links = [...block.querySelectorAll('a')].map(link => link.textContent).join('');
        return getComputedStyle(one).display === 'inline'
            && bare(block.textContent) > bare(links);
    };
    return [...document.querySelectorAll(wanted)].filter(one => {
        const box = one.getBoundingClientRect();
        const isSeen = box.width > 0 && box.right > 0;
        return isSeen && (box.width < 24 || box.height < 24) && !isInText(one);
    }).map(one => one.outerHTML.slice(0, 120));
}"""
"""What is smaller than 24 by 24 pixels (WCAG 2.2, 2.5.8) and no link in a sentence."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    with whole_site(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        found = find_browser("auto", None)
        opened = driver.chromium.launch(executable_path=found.executable, args=["--no-sandbox"])
        yield opened
        opened.close()


class Visitor:
    """One page of the browser, and all that it asked for and complained of."""

    def __init__(self, page: Page, site: WholeSite) -> None:
        self.page, self.site = page, site
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.failed: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._responded)

    def _responded(self, response: Response) -> None:
        if response.status >= 400:
            self.failed.append(response.url)

    def open(self, path: str) -> Response:
        answer = self.page.goto(self.site.url + path)
        assert answer is not None
        return answer

    def wrongs(self) -> list[str]:
        """What is wrong with the page as it stands, light and dark, wide and narrow."""
        self.page.evaluate(PREPARE)
        self.page.evaluate(AXE_SCRIPT)
        found = [
            wrong
            for width, height in WIDTHS.items()
            for scheme in SCHEMES
            for wrong in self._wrongs(width, height, scheme)
        ]
        return [*found, *self._outline(), *self._enlarged()]

    def _outline(self) -> Iterator[str]:
        levels = [0, *self.page.evaluate(LEVELS)]
        if levels.count(1) != 1 or any(low + 1 < high for low, high in pairwise(levels)):
            yield f"headings {levels[1:]}"

    def _enlarged(self) -> Iterator[str]:
        """The narrowest window that WCAG knows (1.4.10), then letters of twice the size (1.4.4)."""
        for width, text in ((NARROWEST, ""), (1280, LARGE), (390, LARGE)):
            self.page.set_viewport_size({"width": width, "height": 800})
            if text:
                self.page.evaluate(text)
            if self.page.evaluate(OVERFLOW):
                yield f"{width}{' large' if text else ''}: scrolls sideways"

    def _wrongs(self, width: int, height: int, scheme: Any) -> Iterator[str]:  # noqa: ANN401
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)
        is_first = scheme == SCHEMES[0]
        kind, values = ("tag", TAGS) if is_first else ("rule", COLOURS)
        found = self.page.evaluate(RUN, {"type": kind, "values": values})
        for one in found["violations"]:
            for node in one["nodes"]:
                yield f"{width} {scheme}: {one['id']} {node['target']} {node['html'][:120]}"
        if self.page.evaluate(OVERFLOW):
            yield f"{width} {scheme}: scrolls sideways"
        if is_first:
            yield from (f"{width}: small {one}" for one in self.page.evaluate(SMALL))


@pytest.fixture
def visitor(browser: Browser, site: WholeSite) -> Iterator[Visitor]:
    with browser.new_context() as context:
        yield Visitor(context.new_page(), site)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_for_everybody_and_keeps_to_itself(visitor: Visitor, language: str) -> None:
    """WCAG 2.2 A and AA as far as axe can tell; no sideways scrolling; small; no cookie; nothing
    asked of anybody else; no complaint of the browser, of which a blocked resource would be one."""
    wrong: list[str] = []
    for path in visitor.site.paths[language]:
        answer = visitor.open(path)
        assert answer.status == (404 if path.endswith("/nowhere") else 200), path
        wrong += [f"{path} {name}" for name in missing_headers(answer)]
        if len(answer.body()) > LARGEST_BYTES:
            wrong.append(f"{path} has {len(answer.body())} bytes")
        wrong += [f"{path} {one}" for one in visitor.wrongs()]
    assert wrong == []
    assert [one for one in visitor.asked if not one.startswith(visitor.site.url + "/")] == []
    assert [one for one in visitor.failed if not one.endswith("/nowhere")] == []
    assert [one for one in visitor.complaints if "404" not in one] == []
    assert visitor.page.context.cookies() == []


def missing_headers(answer: Response) -> list[str]:
    """Names of security headers that are not as they must be."""
    policy = "content-security-policy"
    found = dict(answer.headers)
    if found.get(policy) == FORM_POLICY:
        found[policy] = SECURITY_HEADERS[policy]
    wrong = [name for name, value in SECURITY_HEADERS.items() if found.get(name) != value]
    return wrong + [name for name in ("set-cookie", "server") if name in found]


def test_forms_and_what_they_find_are_for_everybody(visitor: Visitor) -> None:
    """Filled in and sent by the browser, so that the policy lets them through."""
    page, wrong = visitor.page, list[str]()
    visitor.open("/releves/concordance")
    page.fill("[name=day-1]", "2026-05-11")
    page.fill("[name=start-1]", "11:25")
    page.select_option("[name=component-1]", "login")
    page.click("button[value=see]:visible >> nth=-1")
    assert page.locator(".findings > li").count() == 1
    wrong += visitor.wrongs()
    visitor.open("/releves/concordance")
    page.click("button[value=see]:visible >> nth=-1")
    assert page.locator("[aria-invalid]").count() > 0
    wrong += visitor.wrongs()
    visitor.open("/en/verifier")
    page.set_input_files("#file", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.click("form[method=post] button")
    assert page.locator(".checks-list li").count() >= 2
    wrong += visitor.wrongs()
    visitor.open("/statistiques/login?fenetre=24h")
    page.click("form button")
    assert "/c/" in page.url
    assert wrong == []
    assert visitor.complaints == []


def test_the_page_can_be_used_by_keyboard_alone(visitor: Visitor) -> None:
    """The first key leads past the navigation."""
    visitor.open("/")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip"
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.id") == "contenu"


def test_a_page_that_is_not_for_everybody_is_noticed(visitor: Visitor) -> None:
    """The rules above can fail: contrast, a missing name, size, headings, sideways scrolling."""
    visitor.open("/robot")
    visitor.page.evaluate(
        """() => document.querySelector('main').insertAdjacentHTML('beforeend',
        '<p class="frame quiet"><input></p><h4></h4>'
        + '<div class="wide"><img src="/static/icon.svg"></div>')"""
    )
    visitor.page.evaluate("document.querySelector('.wide').style.width = '2000px'")
    visitor.page.evaluate("document.querySelector('.lead').style.color = '#808080'")
    visitor.page.evaluate("document.querySelector('main input').style.height = '9px'")
    wrong = " ".join(visitor.wrongs())
    rules = ("label", "image-alt", "scrolls sideways", "color-contrast", "small <input", "headings")
    for rule in rules:
        assert rule in wrong


def test_a_document_s_record_says_of_an_open_incident_what_the_list_says(visitor: Visitor) -> None:
    said = []
    (record,) = [path for path in visitor.site.paths["fr"] if path.startswith("/r/")]
    for path in ("/incidents", record):
        visitor.open(path)
        said.append(visitor.page.locator(".incident", has_text="en cours").inner_text())
    assert said[0] == said[1]
    assert "Au moins 10" in said[1]
