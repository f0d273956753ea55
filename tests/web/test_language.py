"""English by a switch: complete, never mixed, and the same facts as in French."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from babel.messages.extract import extract_from_dir

from monitor.web.language import catalogue, language, link, speaking
from monitor.web.pages import HERE
from monitor.web.typography import between, day, french, hour, lasting, number, percent, precise
from tests.web.client import Client
from tests.web.scenes import NOW, MemoryBlobs, ninety_days, pictured
from tests.web.test_app import application, read

TEMPLATES = "templates/**.html"
PLACES = re.compile(r"\{\w+\}|%\(\w+\)s|%%|</?\w+")
ACCENTS = re.compile(r"[àâçéèêëîïôùûœ«»]", re.IGNORECASE)
NAMES = ("Administration numérique", "Association d’exemple", "Exemple Télécom", "Français")
"""What stays as it is in English: names."""


def written() -> set[str]:
    """Every text of the code and the templates that is to be translated."""
    return {
        str(message)
        for folder in (HERE, HERE.parent / "exports")
        for _, _, message, _, _ in extract_from_dir(
            folder,
            method_map=[("**.py", "python"), (TEMPLATES, "jinja2.ext:babel_extract")],
            options_map={TEMPLATES: {"trim_blocks": "true", "lstrip_blocks": "true"}},
            keywords={"_": None, "N_": None},
        )
    }


def test_catalogue_has_every_text_and_no_other() -> None:
    english = {str(one.id) for one in catalogue() if one.id and one.string and not one.fuzzy}
    assert written() - english == set()
    assert english - written() == set()


def test_translations_fill_in_the_same_values() -> None:
    for one in catalogue():
        if one.id:
            wanted = sorted(PLACES.findall(str(one.id)))
            assert sorted(PLACES.findall(str(one.string))) == wanted, one.id


def site() -> Client:
    blobs = MemoryBlobs()
    return Client(application(pictured(ninety_days(), blobs), blobs))


@pytest.mark.parametrize("path", ["", "/incidents", "/incidents/{incident}", "/nowhere"])
def test_english_pages_hold_no_french(path: str) -> None:
    client = site()
    found = re.search(r'href="/incidents/([a-z]+-\d+)"', client.get("/incidents").text)
    assert found is not None
    page = client.get("/en" + path.format(incident=found[1]))
    assert '<html lang="en">' in page.text
    for text in read(page.text):
        if not any(name in text for name in NAMES):
            assert not ACCENTS.search(text), text


def test_pages_lead_to_their_twin_and_stay_in_their_language() -> None:
    client = site()
    french_page, english_page = client.get("/incidents").text, client.get("/en/incidents").text
    assert 'href="/en/incidents" lang="en"' in french_page
    assert 'href="/incidents" lang="fr"' in english_page
    inside = re.findall(r'href="(/[^"?]*)"', english_page.split("<main", 1)[1])
    assert inside
    assert all(one == "/en" or one.startswith("/en/") for one in inside)


def test_address_of_a_page_that_is_not_there_is_not_put_into_a_link() -> None:
    page = site().get("/en//elsewhere.invalid")
    assert page.status_code == 404
    assert "elsewhere" not in page.text


def test_one_reader_s_language_is_not_another_s() -> None:
    client = site()
    assert '<html lang="fr">' in client.get("/").text
    assert '<html lang="en">' in client.get("/en").text
    assert '<html lang="fr">' in client.get("/").text
    assert language() == "fr"


def test_english_times_and_numbers() -> None:
    moment = datetime(2026, 3, 1, 8, 5, 7, tzinfo=UTC)
    with speaking("en"):
        assert day(moment) == "1\u00a0March 2026"
        assert hour(moment) == "9:05"
        assert precise(moment) == "1\u00a0March 2026 at 9:05:07"
        later = moment + timedelta(minutes=5)
        assert between(moment, later, moment) == "between 9:05 and 9:10"
        assert between(moment, later, NOW) == "on 1\u00a0March 2026 between 9:05 and 9:10"
        assert lasting(2 * 86400 + 4 * 3600) == "2\u00a0d 4\u00a0h"
        assert lasting(3 * 3600 + 5 * 60) == "3\u00a0h\u00a005"
        assert (number(25920), percent(99.24, 1)) == ("25,920", "99.2%")
        assert french("It's: so") == "It’s: so"
        assert link("/") == "/en"
    assert link("/") == "/"
