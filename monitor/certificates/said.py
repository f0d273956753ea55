"""Both languages of a document side by side, and the document's way to write moments and figures.

Unlike the pages, documents are not translated by a catalogue: a sentence that a judge may weigh is
read in both languages at once by whoever changes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.core.statistics import Figure, shown_coverage, shown_percent
from monitor.web.language import language
from monitor.web.typography import NBSP, french, hour, lasting, percent, precise

__all__ = ["hour", "known_share", "lasting", "listed", "moment", "named", "said", "share", "shown"]


def said(fr: str, en: str) -> str:
    """The sentence in the language of the document."""
    return french(fr) if language() == "fr" else en


def listed(parts: Iterable[str]) -> str:
    """A list in one line; French puts a space before its semicolons."""
    return said(" ; ", "; ").join(parts)


def moment(at: datetime) -> str:
    """A moment to the second, on the clock of Paris."""
    return precise(at)


def named(fr: str) -> str:
    """A French text kept in any language: a name, a message, a quotation."""
    return french(fr)


def share(part: float, digits: int = 0) -> str:
    """A part as a percentage, never rounded up to 100."""
    return percent(shown_percent(part, digits), digits)


def known_share(figure: Figure) -> str:
    """The known part of the window, never rounded up."""
    return percent(shown_coverage(figure.coverage), 0)


def shown(figure: Figure, *, without_maintenance: bool = False) -> str | None:
    """The availability with no more digits than the sampling allows; None without a figure."""
    value = figure.availability_without_maintenance if without_maintenance else figure.availability
    if value is None:
        return None
    digits = figure.digits
    return percent(shown_percent(value, digits), digits)


def number_sign(number: int | str) -> str:
    """ "n° 12", "no. 12"."""
    return f"n°{NBSP}{number}" if language() == "fr" else f"no.{NBSP}{number}"
