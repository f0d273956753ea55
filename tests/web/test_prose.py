"""The method and the robot's page."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.accuracy.__main__ import DOCS, PUBLISHED, for_the_page
from monitor.web.pages import Conduct
from tests.readers import ListReader
from tests.web.client import Client
from tests.web.scenes import PUBLISHER, MemoryBlobs
from tests.web.test_app import application, read
from tests.web.test_typography import plain

CONDUCT = Conduct(
    signature="anef-monitor/0 (+https://exemple.invalid)",
    daily_budget=321,
    floor_seconds=300,
    backoff_seconds=900,
    backoff_max_seconds=21600,
)


def site() -> Client:
    publisher = replace(PUBLISHER, conduct=CONDUCT)
    return Client(application(ListReader([]), MemoryBlobs(), publisher))


def test_method_prints_the_numbers_of_the_last_campaign() -> None:
    report = json.loads((DOCS / "accuracy.json").read_text(encoding="utf-8"))
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == for_the_page(report)
    text = plain(" ".join(read(site().get("/methode").text)))
    assert "site simulé" in text
    assert f"n = {report['false_outage_chances']:,}".replace(",", " ") in text
    assert f"{100 * report['false_outage_upper_95']:.2f} %".replace(".", ",") in text


@pytest.mark.parametrize("path", ["/methode", "/en/methode", "/robot", "/en/robot"])
def test_prose_is_there_in_both_languages(path: str) -> None:
    page = site().get(path)
    assert page.status_code == 200
    assert f'<html lang="{"en" if path.startswith("/en") else "fr"}">' in page.text


def test_robot_says_how_it_is_recognised_how_it_behaves_and_whom_to_write_to() -> None:
    text = plain(" ".join(read(site().get("/robot").text)))
    assert "321 passages par jour" in text
    assert "5 min" in text
    assert CONDUCT.signature in site().get("/robot").text
    assert f'href="{PUBLISHER.contact}"' in site().get("/robot").text.split("<footer")[0]


def test_without_a_robot_there_is_no_page_about_one() -> None:
    assert Client(application(ListReader([]), MemoryBlobs())).get("/robot").status_code == 404
