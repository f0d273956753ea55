"""What is kept of a page at the end of a step: a picture with personal zones masked, its text."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.async_api import CDPSession, Error, Page

from probes.masking import LIFT, PAINT
from probes.site import Site

PICTURE_LIMIT_SECONDS = 5.0
FONTS_LIMIT_SECONDS = 0.3
TEXT_LIMIT_CHARACTERS = 200_000
"""All of it is searched for secrets; the bundle keeps the beginning."""
SHORTEST_MASKED_CHARACTERS = 3
MASK_COLOUR = "#000000"
NOT_ON_PAGE = "asks the back end or a mailbox and touches nothing on the page: see network.json"
"""Why a step that went well has no picture of its own: the one before it shows the page."""
TAKES = 3
"""How often a picture is taken in which a personal zone moved, before there is none."""


@dataclass(frozen=True, kw_only=True)
class Capture:
    """The evidence of one step. ``png`` is None when the page could not be pictured, and then
    ``problem`` says why; evidence that cannot be taken never changes the verdict."""

    step: str
    failed: bool
    started_at: datetime | None = None
    """When the step began, UTC."""
    taken_at: datetime | None = None
    """When the picture was asked for, UTC; None when none was."""
    png: bytes | None = None
    text: str = ""
    problem: str | None = None


class Camera:
    """Takes the captures of one page.

    The browser is asked directly: Playwright's own picture takes twice the processor time, and
    does not look whether its masks still fit once the picture is there.
    """

    def __init__(self, page: Page, site: Site) -> None:
        self._page = page
        self._masks = list(site.redaction.mask_selectors)
        self._session: CDPSession | None = None

    async def take(self, step: str, *, failed: bool) -> Capture:
        """Picture and text of the page as it stands, personal zones masked in both."""
        try:
            async with asyncio.timeout(PICTURE_LIMIT_SECONDS):
                for _ in range(TAKES):
                    png, seen = await self._take()
                    if seen["covered"]:
                        return Capture(step=step, failed=failed, png=png, text=_masked(seen))
        except (Error, TimeoutError) as error:
            problem = (str(error) or "the picture took too long").splitlines()[0]
            return Capture(step=step, failed=failed, problem=problem)
        problem = "personal zones moved while the picture was taken"
        return Capture(step=step, failed=failed, text=_masked(seen), problem=problem)

    async def _take(self) -> tuple[bytes, dict[str, Any]]:
        """One picture, and what the page said before it was uncovered."""
        if self._session is None:
            self._session = await self._page.context.new_cdp_session(self._page)
        ready = await self._page.evaluate(
            PAINT, [self._masks, MASK_COLOUR, FONTS_LIMIT_SECONDS * 1000]
        )
        taken = await self._session.send("Page.captureScreenshot", _wanted(ready))
        seen = await self._page.evaluate(LIFT, [self._masks, ready["boxes"]])
        return base64.b64decode(taken["data"]), seen


def _wanted(ready: dict[str, Any]) -> dict[str, Any]:
    """What to ask the browser for: the window when it shows the whole page, else all of it."""
    wanted: dict[str, Any] = {"format": "png", "optimizeForSpeed": True}
    if ready["fits"]:
        return wanted
    clip = {"x": 0, "y": 0, "width": ready["width"], "height": ready["height"], "scale": 1}
    return {**wanted, "captureBeyondViewport": True, "clip": clip}


def _masked(seen: dict[str, Any]) -> str:
    """Visible text of the page, with the text of masked zones replaced by black squares."""
    text: str = seen["text"]
    for part in sorted(seen["masked"], key=len, reverse=True):
        if len(part) < SHORTEST_MASKED_CHARACTERS:
            continue
        text = text.replace(part, "■■■")
    return text[:TEXT_LIMIT_CHARACTERS]


async def take_capture(page: Page, step: str, site: Site, *, failed: bool) -> Capture:
    """One capture of a page of which no other is taken."""
    return await Camera(page, site).take(step, failed=failed)
