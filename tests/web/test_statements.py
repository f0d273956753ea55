"""Corrections and answers where they are read: their own page, and beside what they are about."""

from __future__ import annotations

from datetime import timedelta

from monitor.core.corrected import PublicStatement, StatementKind
from tests.web.client import Client
from tests.web.scenes import NOW, MemoryBlobs, ninety_days, pictured
from tests.web.test_app import application, read
from tests.web.test_typography import plain


def entry(about: str, number: int = 1) -> PublicStatement:
    return PublicStatement(
        number=number,
        kind=StatementKind.CORRECTION,
        about=about,
        text="La panne a fini à 9 h 40.",
        published="La panne a fini à 9 h 30.",
        wrong_since=NOW - timedelta(days=2),
        made_at=NOW,
    )


def test_a_correction_stands_on_its_page_and_on_the_incident_s() -> None:
    blobs = MemoryBlobs()
    reader = pictured(ninety_days(), blobs)
    newest, other = reader.incidents()[:2]
    name = f"{newest.component}-{newest.opened_sequence}"
    reader.said.append(entry(name))
    client = Client(application(reader, blobs))
    everything = plain(" ".join(read(client.get("/corrections").text)))
    assert "La panne a fini à 9 h 40." in everything
    assert "La panne a fini à 9 h 30." in everything
    assert f'href="/incidents/{name}"' in client.get("/corrections").text
    assert "9 h 40" in plain(client.get(f"/incidents/{name}").text)
    elsewhere = client.get(f"/incidents/{other.component}-{other.opened_sequence}").text
    assert "La panne a fini" not in elsewhere


def test_without_any_the_page_says_so() -> None:
    client = Client(application(pictured(ninety_days(), MemoryBlobs()), MemoryBlobs()))
    assert "Rien n’a été corrigé" in client.get("/corrections").text
    assert "Nothing has been corrected" in client.get("/en/corrections").text
