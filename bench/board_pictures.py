"""The pictures of the boards: ``python -m bench.board_pictures FOLDER`` photographs the built page.

``FOLDER`` holds what ``npm run build`` made of ``grafana/drawn``, with ``data.json`` beside it.
"""

from __future__ import annotations

import asyncio
import functools
import io
import re
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from monitor.installation import find_browser
from tests.grafana.expressions import DASHBOARDS

TARGET = Path(__file__).parent.parent / "docs" / "img"


class Quiet(SimpleHTTPRequestHandler):
    """Serves without a word."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _tell(error: Exception) -> None:
    sys.stderr.write(f"{error}\n")


async def main(folder: Path) -> None:
    """Write one picture for each board into ``docs/img``."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_browser().executable, args=["--no-sandbox"]
            )
            page = await browser.new_page(
                viewport={"width": 1600, "height": 1200}, timezone_id="Europe/Paris"
            )
            page.on("pageerror", _tell)
            for name in DASHBOARDS:
                await page.goto(f"http://127.0.0.1:{server.server_port}/?board={name}")
                board = page.locator("#board")
                await board.wait_for(timeout=60_000)
                links = board.locator("a[href*='/incidents/']")
                await page.wait_for_timeout(4000)  # curves draw in their own time
                require_good_links([await one.get_attribute("href") for one in await links.all()])
                picture = Image.open(io.BytesIO(await board.screenshot()))
                picture.save(TARGET / f"tableau-{name}.webp", lossless=True, method=4)
            await browser.close()
        server.shutdown()


def require_good_links(urls: list[str | None]) -> None:
    """A link to an incident names one. Raises ValueError for one that does not."""
    bad = [url for url in urls if not re.search(r"/incidents/[a-z]+-[0-9]+$", url or "")]
    if bad:
        raise ValueError(f"no page of an incident: {bad}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
