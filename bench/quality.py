"""How much a picture of a good run may lose: bytes, time and the worst tile, by quality.

The measure is the peak signal-to-noise ratio (PSNR, in decibels) of the worst tile of 32 pixels,
in grey: text that got blurred somewhere counts as much as the whole page.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from PIL import Image, ImageChops, ImageMath

TILE_PIXELS = 32
QUALITIES = (40, 50, 60, 70, 80)
LEAST_DECIBELS = 32.0
"""Of the worst tile. Text of 14 pixels reads without a trace at and above it; we looked."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What one quality did to all pictures. ``quality`` is None without loss."""

    quality: int | None
    pictures: int
    bytes_all: int
    milliseconds: float
    worst_decibels: float


def measure_qualities(pictures: Iterable[bytes]) -> tuple[Quality, ...]:
    """Every quality on every picture, and the same without loss."""
    opened = [Image.open(io.BytesIO(data)).convert("RGB") for data in dict.fromkeys(pictures)]
    return tuple(_measure(opened, quality) for quality in (None, *QUALITIES))


def chosen(measured: Iterable[Quality]) -> int | None:
    """The lowest quality whose worst tile is good enough."""
    fitting = [
        one.quality
        for one in measured
        if one.quality is not None and one.worst_decibels >= LEAST_DECIBELS
    ]
    return min(fitting, default=None)


def _measure(pictures: list[Image.Image], quality: int | None) -> Quality:
    sizes, times, worst = [], [], [math.inf]
    for picture in pictures:
        out, started = io.BytesIO(), time.monotonic()
        if quality is None:
            picture.save(out, "WEBP", lossless=True, method=2)
        else:
            picture.save(out, "WEBP", quality=quality, method=2)
        times.append(time.monotonic() - started)
        sizes.append(len(out.getvalue()))
        worst.append(worst_tile_decibels(picture, Image.open(out)))
    return Quality(
        quality=quality,
        pictures=len(pictures),
        bytes_all=sum(sizes),
        milliseconds=median(times) * 1000,
        worst_decibels=min(worst),
    )


def worst_tile_decibels(before: Image.Image, after: Image.Image) -> float:
    """PSNR of the tile that lost most; infinite when nothing was lost."""
    lost = ImageChops.difference(before.convert("L"), after.convert("L"))
    squares = ImageMath.lambda_eval(lambda given: given["d"] * given["d"], d=lost).convert("F")
    tiles = (max(1, before.width // TILE_PIXELS), max(1, before.height // TILE_PIXELS))
    error = squares.resize(tiles, Image.Resampling.BOX).getextrema()[1]
    return 10 * math.log10(255**2 / error) if error else math.inf
