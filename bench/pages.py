"""Pictures of every page, to be looked at: ``python -m bench.pages FOLDER [WORD…]``.

The site of the tests over a made-up ledger, each page wide and narrow, light and dark, and the
advice as it prints. With words only the pages whose address holds one of them.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from monitor.installation import find_browser
from tests.web.whole_site import whole_site

WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SOME = ("/en", "/en/statistiques", "/en/comparaison", "/en/methode", "/que-faire/")
"""English pages, and the advice in other languages, that are pictured as well."""


def main(folder: Path, words: list[str]) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, whole_site(Path(data)) as site:
        french, english = site.paths["fr"], site.paths["en"]
        paths = [*french, *(one for one in english if one.startswith(SOME) or one == "/en")]
        wanted = [one for one in paths if not words or any(word in one for word in words)]
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=find_browser().executable, args=["--no-sandbox"]
            )
            for path in wanted:
                photograph(browser, site.url, path, folder)
            print_advice(browser, site.url, folder)
            browser.close()


def photograph(browser: Browser, url: str, path: str, folder: Path) -> None:
    """One page in all four combinations."""
    name = re.sub(r"\W+", "-", path).strip("-") or "accueil"
    for width in WIDTHS:
        for scheme in SCHEMES:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.goto(url + path)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
            page.close()


def print_advice(browser: Browser, url: str, folder: Path) -> None:
    """The advice as PDF; it is meant for one sheet."""
    page = browser.new_page()
    page.goto(url + "/que-faire")
    page.pdf(path=folder / "que-faire.pdf", format="A4")
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
