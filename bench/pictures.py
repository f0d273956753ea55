"""The pictures of the README, made from a real demo: ``python -m bench.pictures``.

Plays the demo, photographs the status page while the scripted outage goes on, keeps what the
terminal showed, and copies the picture that the monitor itself took of the failing step.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from contextlib import suppress
from pathlib import Path

import httpx
from PIL import Image
from playwright.async_api import Browser, async_playwright
from rich.console import Console

from monitor.demo import run_demo
from monitor.installation import find_browser
from monitor.store.blobs import open_blobs
from monitor.store.store import open_store

TARGET = Path(__file__).parent.parent / "docs" / "img"
PORT = 8699
PAGE = f"http://127.0.0.1:{PORT}/"
FAILING = 'class="answer tone-bad"'


async def main() -> None:
    """Write every picture into ``docs/img``."""
    TARGET.mkdir(exist_ok=True)
    console = Console(record=True, width=96, file=io.StringIO())
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        demo = asyncio.create_task(run_demo(folder=data, port=PORT, leave=False, console=console))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_browser().executable, args=["--no-sandbox"]
            )
            await photograph_outage(browser, demo)
            while "Status page" not in console.export_text(clear=False):
                await _second(demo)
            terminal = console.export_svg(title="make demo", clear=False)
            await photograph_terminal(browser, terminal)
            await browser.close()
        save_failure(data)
        demo.cancel()
        with suppress(asyncio.CancelledError):
            await demo


async def _second(demo: asyncio.Task[int]) -> None:
    """Wait a little. Raises what ended the demo, when it is over too early."""
    await asyncio.sleep(1)
    if demo.done():
        await demo
        raise RuntimeError("the demo ended before it was pictured")


async def photograph_outage(browser: Browser, demo: asyncio.Task[int]) -> None:
    """The status page as soon as it says that something is down."""
    async with httpx.AsyncClient() as client:
        while FAILING not in await _page(client):
            await _second(demo)
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    await page.goto(PAGE)
    await page.screenshot(path=TARGET / "status-wide.png", full_page=True)
    await page.close()


async def _page(client: httpx.AsyncClient) -> str:
    """The status page; "" while nothing is served yet."""
    try:
        return (await client.get(PAGE)).text
    except httpx.TransportError:
        return ""


async def photograph_terminal(browser: Browser, terminal_svg: str) -> None:
    """What the terminal showed."""
    page = await browser.new_page(viewport={"width": 1240, "height": 800})
    await page.set_content(f"<body style='margin:0'>{terminal_svg}</body>")
    await page.locator("svg").first.screenshot(path=TARGET / "demo.png")
    await page.close()


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
