"""What was published and turned out wrong, and what the administration answered. Appended only:
neither is ever changed, and neither changes what it speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StatementKind(StrEnum):
    """Who speaks."""

    CORRECTION = "correction"  # we were wrong
    ANSWER = "answer"  # "réponse de l'administration"


@dataclass(frozen=True, kw_only=True)
class PublicStatement:
    """One entry of ``/corrections``. ``about`` is an incident ("login-123"), the code of a
    citation or of a document, or "" for the whole site. ``published`` is what stood there before
    and ``wrong_since`` since when (corrections); ``source`` is who answers (answers)."""

    number: int
    kind: StatementKind
    about: str
    text: str
    published: str = ""
    wrong_since: datetime | None = None
    source: str = ""
    made_at: datetime
