"""What is kept of a document once it is issued: enough to find its evidence again, and nothing of
the person it was made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CODE_ALPHABET = "0123456789BCDFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32 without vowels: no letter to mistake for a digit, no word to spell."""

CODE_LENGTH = 10

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

OUTAGE, ATTEMPTS = "outage", "attempts"


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A document's line. ``kind`` is ``outage`` or ``attempts``.

    ``sha256`` is that of the PDF; None while it is being made, and for ever where that failed:
    the serial number is then used up. Record numbers are None where the period has no record.
    """

    number: int
    serial: str
    code: str
    kind: str
    components: tuple[str, ...]
    category: str | None = None
    period_start: datetime
    period_end: datetime
    first_sequence: int | None = None
    last_sequence: int | None = None
    specimen: bool
    made_at: datetime
    sha256: str | None = None


def normal_code(text: str) -> str | None:
    """The code that someone typed, as it was allotted; None when it cannot be one."""
    code = text.upper().translate(_READ_AS)
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET) else None


def shown_code(code: str) -> str:
    """In two halves, easier to read aloud and to type."""
    return f"{code[:5]}-{code[5:]}"
