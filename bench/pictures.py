"""The pictures of the README, made from a real demo: ``python -m bench.pictures``.

Plays the demo, keeps what the terminal showed, photographs the status page and the incident's
page, and copies the picture that the monitor itself took of the failing step.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import suppress
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright
from rich.console import Console

from monitor.demo import run_demo
from monitor.installation import find_browser
from monitor.store.blobs import open_blobs
from monitor.store.store import open_store

TARGET = Path(__file__).parent.parent / "docs" / "img"
PORT = 8699
WIDTHS = {"wide": 1280, "phone": 390}


async def main() -> None:
    """Write every picture into ``docs/img``."""
    TARGET.mkdir(exist_ok=True)
    console = Console(record=True, width=96, file=io.StringIO())
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        demo = asyncio.create_task(run_demo(folder=data, port=PORT, leave=False, console=console))
        while "Status page" not in console.export_text(clear=False):
            await asyncio.sleep(1)
            if demo.done():
                await demo
        await photograph(console.export_svg(title="make demo", clear=False))
        save_failure(data)
        demo.cancel()
        with suppress(asyncio.CancelledError):
            await demo


async def photograph(terminal_svg: str) -> None:
    """The terminal, and the pages at both widths."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_browser().executable, args=["--no-sandbox"]
        )
        page = await browser.new_page(viewport={"width": 1240, "height": 800})
        await page.set_content(f"<body style='margin:0'>{terminal_svg}</body>")
        await page.locator("svg").first.screenshot(path=TARGET / "demo.png")
        for name, width in WIDTHS.items():
            await page.set_viewport_size({"width": width, "height": 900})
            await _visit(page, "/", f"status-{name}.png")
            await _visit(page, "/incidents", f"incidents-{name}.png")
        await page.set_viewport_size({"width": 1280, "height": 900})
        await page.goto(f"http://127.0.0.1:{PORT}/incidents")
        await page.locator("main a[href^='/incidents/']").first.click()
        await page.screenshot(path=TARGET / "incident.png", full_page=True)
        await browser.close()


async def _visit(page: Page, path: str, name: str) -> None:
    await page.goto(f"http://127.0.0.1:{PORT}{path}")
    await page.screenshot(path=TARGET / name, full_page=True)


def save_failure(data: Path) -> None:
    """The monitor's own picture of the first step that failed."""
    with open_store(f"sqlite:///{data / 'monitor.sqlite3'}") as store:
        incident = store.incidents(component="category")[0]
        observation = store.observation(incident.first_failing_sequence)
    assert observation is not None
    failed = next(s for a in observation.attempts for s in a.steps if s.outcome == "failed")
    assert failed.screenshot is not None
    picture = open_blobs(str(data / "blobs")).get(failed.screenshot.sha256)
    with Image.open(io.BytesIO(picture)) as image:
        image.save(TARGET / "failure.png", optimize=True)


if __name__ == "__main__":
    asyncio.run(main())
