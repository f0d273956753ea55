"""Pictures as they are kept: every pixel of what failed, a small copy of what went well."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

PNG, WEBP = "image/png", "image/webp"
LARGEST_WEBP_PIXELS = 16383
"""Width and height that the format can hold."""
GOOD_QUALITY = 70
"""Of the pictures of good runs: the lowest of those that ``python -m bench.evidence`` measures
whose worst tile stays over 32 dB. Flat pages take the same bytes as without loss, pages with
pictures less than half, and all of them less processor time."""
REMEMBERED_PICTURES = 48
"""Pages that are well look the same run after run, to the last pixel: encoded once, they need no
more processor time. About 6 MB."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An encoded picture. ``encoding`` says in the manifest whether pixels were lost."""

    suffix: str
    media_type: str
    encoding: str
    data: bytes


def encode_picture(png: bytes, *, lossless: bool) -> Picture:
    """A PNG as WebP: the same pixels, or nearly. A page too tall for that format stays a PNG."""
    webp = webp_of(png, None if lossless else GOOD_QUALITY)
    if webp is None:
        return Picture(suffix="png", media_type=PNG, encoding="lossless", data=png)
    encoding = "lossless" if lossless else f"lossy, quality {GOOD_QUALITY}"
    return Picture(suffix="webp", media_type=WEBP, encoding=encoding, data=webp)


@lru_cache(maxsize=REMEMBERED_PICTURES)
def webp_of(png: bytes, quality: int | None) -> bytes | None:
    """The picture as WebP, lossless without ``quality``; None when the format cannot hold it."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        if max(picture.size) > LARGEST_WEBP_PIXELS:
            return None
        plain = picture.convert("RGB")
        if quality is None:
            plain.save(out, "WEBP", lossless=True, method=2)
        else:
            plain.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
