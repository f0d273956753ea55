"""What is kept of a page at the end of a step: a picture with personal zones masked, its text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from playwright.async_api import Error, Page

from probes.site import Site

PICTURE_LIMIT_SECONDS = 5.0
TEXT_LIMIT_CHARACTERS = 20_000
SHORTEST_MASKED_CHARACTERS = 3

PAGE_TEXT = """(selectors) => {
  const clone = document.body ? document.body.innerText : '';
  const masked = [];
  for (const selector of selectors) {
    for (const element of document.querySelectorAll(selector)) {
      const text = (element.innerText || element.value || '').trim();
      if (text) masked.push(text);
      for (const field of element.querySelectorAll('input, textarea, select'))
        if (field.value) masked.push(field.value);
    }
  }
  return {text: clone, masked};
}"""


@dataclass(frozen=True, kw_only=True)
class Capture:
    """The evidence of one step. ``png`` is None when the page could not be pictured, and then
    ``problem`` says why; evidence that cannot be taken never changes the verdict."""

    step: str
    failed: bool
    png: bytes | None = None
    text: str = ""
    problem: str | None = None


async def take_capture(page: Page, step: str, site: Site, *, failed: bool) -> Capture:
    """Picture and text of the page as it stands, personal zones masked before the picture."""
    masks = [page.locator(selector) for selector in site.redaction.mask_selectors]
    try:
        async with asyncio.timeout(PICTURE_LIMIT_SECONDS):
            png = await page.screenshot(
                type="png",
                full_page=True,
                mask=masks,
                mask_color="#000000",
                animations="disabled",
                timeout=PICTURE_LIMIT_SECONDS * 1000,
            )
            text = await _masked_text(page, site)
    except (Error, TimeoutError) as error:
        problem = (str(error) or "the picture took too long").splitlines()[0]
        return Capture(step=step, failed=failed, problem=problem)
    return Capture(step=step, failed=failed, png=png, text=text)


async def _masked_text(page: Page, site: Site) -> str:
    """Visible text of the page, with the text of masked zones replaced by black squares."""
    seen = await page.evaluate(PAGE_TEXT, list(site.redaction.mask_selectors))
    text: str = seen["text"][:TEXT_LIMIT_CHARACTERS]
    for part in sorted(seen["masked"], key=len, reverse=True):
        if len(part) < SHORTEST_MASKED_CHARACTERS:
            continue
        text = text.replace(part, "■■■")
    return text
