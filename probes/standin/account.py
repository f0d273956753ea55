"""The rehearsal account and what the site knows about it. Every person here is invented."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass

DEMO_NUMBER = "9900000001"
"""The demonstration account's number: ten digits, of no one."""

DEMO_PASSWORD = "repetition-sans-valeur"
"""The demonstration account's password: known to all, opens nothing but this site."""

DEMO_EMAIL = "zelie.testard@exemple.invalid"
"""Where reset messages go unless a relay names another recipient."""

CATEGORIES: tuple[str, ...] = (
    "Étudiant",
    "Visiteur",
    "Passeport talent",
    "Travailleur saisonnier",
    "Famille de Français",
    "Bénéficiaire de la protection internationale",
)
"""The categories of permits that the site offers."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Invented personal data: what redaction must keep out of pictures."""

    number: str = DEMO_NUMBER
    last_name: str = "TESTARD-FICTIF"
    first_name: str = "Zélie"
    email: str = DEMO_EMAIL
    birth_date: str = "29/02/1996"
    nationality: str = "Syldave"
    address: str = "12 bis, rue de la Répétition, 99999 Villefictive"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document of the draft. ``size`` is in bytes."""

    id: str
    name: str
    size: int


class Draft:
    """The account's draft of a request: one category and its documents, kept between sessions."""

    def __init__(self) -> None:
        self.category: str | None = None
        self._documents: dict[str, Document] = {}

    @property
    def documents(self) -> tuple[Document, ...]:
        """What was put in, oldest first."""
        return tuple(self._documents.values())

    def add(self, name: str, size: int) -> Document:
        """Keep a document; one of the same name takes the place of the older one."""
        for old in self.documents:
            if old.name == name:
                del self._documents[old.id]
        document = Document(id=secrets.token_hex(8), name=name, size=size)
        self._documents[document.id] = document
        return document

    def remove(self, document_id: str) -> bool:
        """True when there was such a document."""
        return self._documents.pop(document_id, None) is not None


class Counters:
    """What was asked of the site; read by tests from other threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}

    def add(self, what: str) -> None:
        """Count one more."""
        with self._lock:
            self._counts[what] = self._counts.get(what, 0) + 1

    def get(self, what: str) -> int:
        """How many so far."""
        with self._lock:
            return self._counts.get(what, 0)
