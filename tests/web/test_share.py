"""What leaves the site: text to copy, badge, preview, feed."""

from __future__ import annotations

import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from monitor.web.pages import Publisher
from monitor.web.share import ATOM, CARD_HEIGHT, CARD_WIDTH, LONGEST_TEXT, share_text
from monitor.web.status import Headline
from monitor.web.typography import precise
from tests.web.client import Client
from tests.web.scenes import NOW, PUBLISHER, MemoryBlobs, ninety_days, pictured
from tests.web.test_app import application, read, small
from tests.web.test_typography import plain

PUBLIC = replace(PUBLISHER, public_url="https://observatoire.invalid")


@pytest.fixture(scope="module")
def client() -> Client:
    blobs = MemoryBlobs()
    return Client(application(pictured(ninety_days(), blobs), blobs, PUBLIC))


@pytest.mark.parametrize("rehearsal", [False, True])
@pytest.mark.parametrize("words", [4, 30, 200])
def test_text_to_copy_is_whole_and_short(words: int, rehearsal: bool) -> None:
    said = "Oui\u00a0: " + " ".join(["mot"] * words) + "."
    answer = Headline(tone="bad", short="En panne", answer=said, details=("Ceci. " * 9,) * 4)
    publisher: Publisher = replace(PUBLIC, rehearsal=rehearsal)
    text = share_text(answer, publisher, precise(NOW))
    assert len(text) <= LONGEST_TEXT
    assert text.endswith("https://observatoire.invalid")
    assert "heure de Paris" in text
    assert ("RÉPÉTITION" in text) is rehearsal
    assert answer.answer in text or "En panne." in text


def test_status_page_offers_the_same_answer_to_copy(client: Client) -> None:
    page = client.get("/")
    assert any(text.startswith("ANEF\u00a0: Oui, en partie") for text in read(page.text))


@pytest.mark.parametrize(
    ("word", "said"), [("UU", "fonctionne"), ("UUDD", "ne fonctionne pas"), ("UUBB", "non connu")]
)
def test_badge_says_the_state_and_never_takes_unknown_for_down(word: str, said: str) -> None:
    badge = small(word).get("/badge.svg")
    assert badge.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(badge.text)
    assert root.attrib["aria-label"] == f"ANEF: {said}"


def test_badge_of_one_failing_component_does_not_speak_of_all(client: Client) -> None:
    assert "ANEF: fonctionne en partie" in client.get("/badge.svg").text


def test_preview_is_a_picture_of_the_size_that_networks_expect(client: Client) -> None:
    preview = client.get("/apercu.png")
    with Image.open(io.BytesIO(preview.content)) as picture:
        assert picture.size == (CARD_WIDTH, CARD_HEIGHT)
        assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 20, "nothing is written"
    assert 'property="og:image" content="https://observatoire.invalid/apercu.png"' in (
        client.get("/").text
    )


def test_feed_lists_the_incidents_of_the_page_with_whole_addresses(client: Client) -> None:
    root = ET.fromstring(client.get("/en/incidents.atom").content)
    entries = root.findall(f"{{{ATOM}}}entry")
    listed = client.get("/en/incidents").text
    assert entries
    for entry in entries:
        address = entry.findtext(f"{{{ATOM}}}id") or ""
        assert address.startswith("https://observatoire.invalid/en/incidents/")
        assert address.removeprefix("https://observatoire.invalid") in listed
    assert entries[0].findtext(f"{{{ATOM}}}title") == "Choosing a permit: down"
    updated = [entry.findtext(f"{{{ATOM}}}updated") or "" for entry in entries]
    assert root.findtext(f"{{{ATOM}}}updated") == max(updated)


def test_feed_without_incidents_is_a_feed() -> None:
    root = ET.fromstring(small("UU").get("/incidents.atom").content)
    assert root.findall(f"{{{ATOM}}}entry") == []
    assert plain(root.findtext(f"{{{ATOM}}}title") or "").startswith("Incidents de l’ANEF")
