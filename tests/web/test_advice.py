"""The page on what to do: the same in each language, short enough for a telephone and a sheet."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from monitor.installation import find_browser
from monitor.web.advice import FOLDER, LANGUAGES, PHONES, advice
from tests.readers import ListReader
from tests.web.client import Client
from tests.web.scenes import MemoryBlobs
from tests.web.test_app import application

CLIENT = Client(application(ListReader([]), MemoryBlobs()))
STYLE = (Path(__file__).parents[2] / "monitor/web/static/site.css").read_text(encoding="utf-8")


def shape(language: str) -> tuple[object, ...]:
    read = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return tuple(sorted(read)), len(read["steps"]), [sorted(one) for one in read["steps"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    assert shape(language) == shape("fr")
    words = " ".join(step.text for step in advice(language).steps)
    assert all(number in words for number in PHONES.values())
    assert "7" in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_in_its_language_and_leads_to_all_others(language: str) -> None:
    page = CLIENT.get(advice(language).path)
    assert page.status_code == 200
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.text
    for other in LANGUAGES:
        assert f'href="{advice(other).path}"' in page.text


@pytest.mark.parametrize("path", ["/que-faire/fr", "/que-faire/de", "/que-faire/../fr"])
def test_language_that_is_not_there_is_a_page_that_is_not_there(path: str) -> None:
    assert CLIENT.get(path).status_code == 404


def test_page_fits_a_telephone_and_a_sheet() -> None:
    texts = {language: CLIENT.get(advice(language).path).text for language in LANGUAGES}
    with sync_playwright() as driver:
        found = find_browser("auto", None)
        browser = driver.chromium.launch(executable_path=found.executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        for language, text in texts.items():
            page.set_content(text.replace("</head>", f"<style>{STYLE}</style></head>"))
            steps = page.locator(".advice-steps").bounding_box()
            assert steps is not None
            assert steps["y"] + steps["height"] <= 844, language
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, language
            sheets = page.pdf(format="A4").count(b"/Type /Page\n")
            assert sheets == 1, language
        browser.close()
