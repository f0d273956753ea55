"""Pieces of a page's picture. The whole picture was taken with its personal zones covered, and it
was seen that they were; a piece of it is as safe."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image
from playwright.async_api import Error, Locator

MARGIN_PIXELS = 16
WIDEST_PIXELS, TALLEST_PIXELS = 1000, 500
BOX_LIMIT_MS = 1000
SCROLLED = "() => [scrollX, scrollY]"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A page from its top to its end. ``png`` is None when it could not be had."""

    png: bytes | None

    async def of(self, target: Locator) -> bytes | None:
        """The element with a margin around it; None when it has no place in the picture."""
        if self.png is None:
            return None
        try:
            box = await target.bounding_box(timeout=BOX_LIMIT_MS)
            left, top = await target.page.evaluate(SCROLLED)
        except Error:
            return None
        if box is None:
            return None
        return crop(self.png, box["x"] + left, box["y"] + top, box["width"], box["height"])


def crop(png: bytes, left: float, top: float, width: float, height: float) -> bytes | None:
    """A piece of a picture with a margin, no larger than an operator needs; pixels."""
    with Image.open(BytesIO(png)) as image:
        box = (
            max(int(left) - MARGIN_PIXELS, 0),
            max(int(top) - MARGIN_PIXELS, 0),
            min(int(left + min(width, WIDEST_PIXELS)) + MARGIN_PIXELS, image.width),
            min(int(top + min(height, TALLEST_PIXELS)) + MARGIN_PIXELS, image.height),
        )
        if box[2] <= box[0] or box[3] <= box[1]:
            return None
        out = BytesIO()
        image.crop(box).save(out, "PNG")
        return out.getvalue()
