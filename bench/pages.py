"""Pictures of every page, to be looked at: ``python -m bench.pages FOLDER [WORD…]``.

The site of the tests over a made-up ledger, French and English, each page wide and narrow, light
and dark; the forms as they answer; the advice as it prints; and the situations of
``bench.situations``. With words only what has one of them in its address or its name.
"""

from __future__ import annotations

import logging
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from bench.situations import SITUATIONS, staged
from monitor.installation import find_browser
from monitor.web.language import PREFIX
from tests.web.whole_site import PDF, whole_site

WIDTHS, HEIGHT = (1280, 390), 900
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ADVICE = "que-faire"
MESSAGE = "J’ai essayé lundi 11 mai vers 11 h 25, puis le 11 mai de 9 h à 10 h."


def main(folder: Path, words: list[str]) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.ERROR)  # the page about an error of ours is pictured too
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=find_browser().executable, args=["--no-sandbox"]
        )
        camera = Camera(browser, folder, words)
        with tempfile.TemporaryDirectory() as data, whole_site(Path(data)) as site:
            camera.whole(site.url, [*site.paths["fr"], *site.paths["en"]])
        for name, found in SITUATIONS.items():
            if camera.wants(name):
                with tempfile.TemporaryDirectory() as data, staged(found, Path(data)) as url:
                    camera.situation(name, url, found.paths)
        browser.close()


def fill_in_badly(page: Page) -> None:
    """Nothing is filled in."""
    page.click("button[value=see]:visible >> nth=-1")


def fill_in(page: Page) -> None:
    """One attempt during the outage of the made-up ledger, one before it."""
    page.click("summary >> nth=0")
    page.fill("[name=message]", MESSAGE)
    page.click("button[value=read]")


def fill_in_and_see(page: Page) -> None:
    """The same, compared."""
    fill_in(page)
    page.click("button[value=see]:visible >> nth=-1")


def verify(page: Page) -> None:
    """A document whose code is known and whose bytes differ."""
    page.set_input_files("#file", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.click("form[method=post] button")


ACTS: Mapping[str, tuple[str, Callable[[Page], None]]] = {
    "form-wrong": ("/releves/concordance", fill_in_badly),
    "form-read": ("/releves/concordance", fill_in),
    "form-seen": ("/releves/concordance", fill_in_and_see),
    "form-verified": ("/verifier", verify),
}
"""What forms answer: a name, the page, and what is done on it."""

WRONG = (
    "/releves/dysfonctionnement?first=2026-05-12&last=2026-05-11",
    "/r?code=0000",
)
"""Addresses of forms that were filled in badly."""


class Camera:
    """Takes what is wanted."""

    def __init__(self, browser: Browser, folder: Path, words: list[str]) -> None:
        self._browser, self._folder, self._words = browser, folder, words

    def wants(self, name: str) -> bool:
        """Whether this address or name has one of the words."""
        return not self._words or any(word in name for word in self._words)

    def whole(self, url: str, paths: list[str]) -> None:
        """Every page of the whole site, its forms' answers, and the printed advice."""
        for path in (*paths, *(start + path for start in ("", PREFIX) for path in WRONG)):
            if self.wants(path):
                self.take(_name(path), url + path)
            if self.wants("print") and path.startswith(f"/{ADVICE}"):
                self.print(_name(path), url + path)
        for name, (path, act) in ACTS.items():
            for start in ("", PREFIX):
                if self.wants(name):
                    self.take(_name(f"{start}/{name}"), url + start + path, act)

    def situation(self, name: str, url: str, paths: tuple[str, ...]) -> None:
        """The pages of one situation in both languages."""
        for path in paths:
            for start in ("", PREFIX):
                address = start + (path if path != "/" or not start else "")
                self.take(f"{name}-{_name(address)}", url + address)

    def take(self, name: str, address: str, act: Callable[[Page], None] | None = None) -> None:
        """One page in all four combinations, with its charts loaded. It is asked for once: a
        visitor may send forms only so often."""
        with self._page() as page:
            page.goto(address)
            if act:
                act(page)
            page.evaluate(LOAD_PICTURES)
            page.wait_for_function(ALL_LOADED)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHT})
                for scheme in SCHEMES:
                    page.emulate_media(color_scheme=scheme)
                    target = self._folder / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=target, full_page=True)

    def print(self, name: str, address: str) -> None:
        """One page as it prints; the advice is meant for one sheet."""
        with self._page() as page:
            page.goto(address)
            page.pdf(path=self._folder / f"{name}.pdf", format="A4")

    @contextmanager
    def _page(self) -> Iterator[Page]:
        page = self._browser.new_page(viewport={"width": WIDTHS[0], "height": HEIGHT})
        try:
            yield page
        finally:
            page.close()


LOAD_PICTURES = """() => document.querySelectorAll('img').forEach(one => one.loading = 'eager')"""
ALL_LOADED = """() => [...document.images].every(one => one.complete)"""


def _name(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-") or "accueil"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
