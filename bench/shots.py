"""Where the time of one picture goes: the same page, pictured in every way there is, in turn.

What is in use covers personal zones, pictures the whole page and reads its text. Beside it stand
the browser's own part of that, the same with another encoding, of the window alone, of hardly any
pixel (what is left is one frame of the compositor), and Playwright's own picture.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.async_api import CDPSession, Page

from probes.browser import VIEWPORT_WIDTH
from probes.capture import Camera
from probes.site import Site

PAGE_HEIGHT = 950
"""Of the stand-in's front page: a little more than the window."""
FAST = {"format": "png", "optimizeForSpeed": True}
WHOLE = {
    "captureBeyondViewport": True,
    "clip": {"x": 0, "y": 0, "width": VIEWPORT_WIDTH, "height": PAGE_HEIGHT, "scale": 1},
}
ASKED: dict[str, Mapping[str, Any]] = {
    "whole page, fast PNG": {**FAST, **WHOLE},
    "whole page, small PNG": {"format": "png", **WHOLE},
    "whole page, JPEG": {"format": "jpeg", "quality": 50, **WHOLE},
    "window, fast PNG": FAST,
    "10 x 10 pixels": {**FAST, "clip": {"x": 0, "y": 0, "width": 10, "height": 10, "scale": 1}},
}


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to take a picture: its median, and how often it takes what is in use."""

    name: str
    seconds: float
    ratio: float


async def measure_ways(page: Page, site: Site, *, rounds: int) -> tuple[Way, ...]:
    """Every way, in turn, of the page as it stands."""
    session = await page.context.new_cdp_session(page)
    ways = _ways(page, Camera(page, site), session)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, take in ways.items():
            started = time.monotonic()
            await take()
            seconds[name].append(time.monotonic() - started)
    medians = {name: median(taken[1:]) for name, taken in seconds.items()}
    in_use = next(iter(medians.values()))
    return tuple(Way(name=n, seconds=s, ratio=s / in_use) for n, s in medians.items())


def _ways(
    page: Page, camera: Camera, session: CDPSession
) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is in use comes first."""

    def asking(wanted: Mapping[str, Any]) -> Callable[[], Awaitable[object]]:
        return lambda: session.send("Page.captureScreenshot", dict(wanted))

    return {
        "in use: masks, whole page, text": lambda: camera.take("bench", failed=False),
        **{name: asking(wanted) for name, wanted in ASKED.items()},
        "Playwright's, whole page": lambda: page.screenshot(full_page=True),
    }
