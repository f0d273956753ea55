"""What a document is made of: blocks of plain values, laid out by ``templates/document.typ``.

A text is a string, or a list of strings and runs (``bold``, ``code``, ``link``). No
mark-up is read in a string: words of a page or of a person cannot become layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Block = dict[str, Any]
Run = dict[str, str]
Text = str | Sequence[str | Run]


def bold(text: str) -> Run:
    """Strong."""
    return {"b": text}


def code(text: str) -> Run:
    """Hashes, addresses, identifiers."""
    return {"code": text}


def link(address: str, text: str | None = None) -> Run:
    """An address that can be followed on a screen and read on paper."""
    return {"link": address, "text": text or address}


def heading(text: Text, level: int = 1) -> Block:
    """Starts a section; never the last line of a page."""
    return {"kind": "heading", "level": level, "text": text}


def paragraph(text: Text) -> Block:
    """Running text."""
    return {"kind": "paragraph", "text": text}


def small(text: Text) -> Block:
    """A remark."""
    return {"kind": "small", "text": text}


def items(texts: Iterable[Text]) -> Block:
    """A list."""
    return {"kind": "list", "items": list(texts)}


def quote(text: Text, source: Text = "") -> Block:
    """Someone else's words, and where they stand."""
    return {"kind": "quote", "text": text, "source": source}


def notice(text: Text) -> Block:
    """What must not be missed."""
    return {"kind": "notice", "text": text}


def essentials(texts: Iterable[Text]) -> Block:
    """What a reader of two minutes takes away."""
    return {"kind": "essentials", "items": list(texts)}


def facts(rows: Iterable[tuple[Text, Text]]) -> Block:
    """Names and values."""
    return {"kind": "facts", "rows": [list(row) for row in rows]}


def table(head: Sequence[Text], rows: Iterable[Sequence[Text]], widths: Sequence[int]) -> Block:
    """Rows under a head that is repeated on every page. A width of 0 is as wide as its content."""
    body = [list(row) for row in rows]
    return {"kind": "table", "head": list(head), "rows": body, "widths": list(widths)}


def picture(file: str, alt: str, caption: Text) -> dict[str, Any]:
    """One picture of ``pictures``; ``file`` is the name under which the maker puts it."""
    return {"file": file, "alt": alt, "caption": caption}


def pictures(of: Iterable[dict[str, Any]]) -> Block:
    """One or two pictures side by side."""
    return {"kind": "pictures", "items": list(of)}


def qr(svg: str, value: str, text: Text, alt: str) -> Block:
    """A square code beside the same code in letters."""
    return {"kind": "code", "svg": svg, "code": value, "text": text, "alt": alt}
