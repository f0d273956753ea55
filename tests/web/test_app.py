"""The public pages over made-up ledgers."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi import FastAPI

from monitor.core.model import COMPONENTS, Step
from monitor.core.statistics import figure
from monitor.web import app as web
from monitor.web.app import create_app
from monitor.web.pages import Publisher
from monitor.web.typography import french
from monitor.web.words import title
from tests.core.ledgers import at, ledger
from tests.readers import ListFigures, ListReader
from tests.web.client import Client
from tests.web.scenes import NOW, PUBLISHER, MemoryBlobs, ninety_days, picture, pictured
from tests.web.test_typography import plain

WATCHED = ("portal", "login", "reset", "category", "upload")


class _Text(HTMLParser):
    """Collects what a reader reads, and the attributes that a screen reader reads."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quiet += tag in ("script", "style", "code")
        self.said += [value for name, value in attrs if name in ("alt", "aria-label") and value]

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.said.append(data)


def read(html: str) -> list[str]:
    """Every piece of text of a page."""
    parser = _Text()
    parser.feed(html)
    return parser.said


def application(
    reader: ListReader, blobs: MemoryBlobs, publisher: Publisher = PUBLISHER
) -> FastAPI:
    return create_app(
        reader=reader,
        figures=ListFigures(reader),
        blobs=blobs,
        publisher=publisher,
        watched=WATCHED,
        clock=lambda: NOW,
    )


@pytest.fixture(scope="module")
def scene() -> tuple[ListReader, MemoryBlobs]:
    blobs = MemoryBlobs()
    return pictured(ninety_days(), blobs), blobs


@pytest.fixture(scope="module")
def client(scene: tuple[ListReader, MemoryBlobs]) -> Client:
    return Client(application(*scene))


def small(word: str, publisher: Publisher = PUBLISHER) -> Client:
    """A client over one short ledger of ``login``."""
    blobs = MemoryBlobs()
    reader = pictured(ledger(word), blobs)
    app = create_app(
        reader=reader,
        figures=ListFigures(reader),
        blobs=blobs,
        publisher=publisher,
        watched=("login",),
        clock=lambda: at(len(word)),
    )
    return Client(app)


PATHS = ("/", "/incidents", "/nowhere", "/incidents/login-999999")


def all_paths(scene: tuple[ListReader, MemoryBlobs]) -> list[str]:
    newest = scene[0].incidents()[0]
    return [*PATHS, f"/incidents/{newest.component}-{newest.opened_sequence}"]


def test_the_status_page_shows_all_nine_components(client: Client) -> None:
    said = " ".join(read(client.get("/").text))
    assert all(title(component) in said for component in COMPONENTS)
    assert said.count("non surveillé") == len(COMPONENTS) - len(WATCHED)


def test_the_answer_is_the_only_first_heading(client: Client) -> None:
    (answer,) = re.findall(r"<h1[^>]*>(.*?)</h1>", client.get("/").text)
    assert plain(answer) == (
        "Oui, en partie : le choix du titre de séjour ne fonctionne pas depuis 9 h 22."
    )


def test_depth_is_shown_for_every_component_that_was_looked_at(client: Client) -> None:
    text = plain(client.get("/").text).replace("&nbsp;", " ")
    assert text.count("Profondeur : <strong>jusqu’au formulaire") == 2
    assert text.count("Profondeur : <strong>acte complet") == 2


def test_the_figure_is_the_one_of_the_one_function(
    scene: tuple[ListReader, MemoryBlobs], client: Client
) -> None:
    records = scene[0].slots(component="category")
    start = records[0].slot.scheduled_at
    found = figure(records, start=start, end=NOW, now=NOW)
    assert found.availability is not None
    shown = f"{found.availability * 100:.1f} %".replace(".", ",")
    assert f"<strong>{shown}</strong>" in plain(client.get("/").text)


def test_too_little_data_is_said_instead_of_a_figure(client: Client) -> None:
    assert client.get("/").text.count("Données insuffisantes") == 1


def test_bars_have_a_table_beside_them(client: Client) -> None:
    text = client.get("/").text
    assert text.count('<svg class="bars"') == text.count("<table>") == 4
    assert text.count("<th scope=row>") >= 90


def test_an_incident_shows_bounds_rule_and_the_first_failing_picture(
    scene: tuple[ListReader, MemoryBlobs], client: Client
) -> None:
    said = plain(" ".join(read(client.get(all_paths(scene)[-1]).text)))
    assert "entre le 12 mars 2026 à 9 h 07 min 00 s" in said
    assert "et le 12 mars 2026 à 9 h 22 min 05 s" in said
    assert "La liste des catégories de titre de séjour est vide." in said
    assert "Capture d’écran du premier relevé en échec" in said
    assert "n’est pas un constat de commissaire de justice" in said


def test_holes_and_respites_are_said_on_the_incident() -> None:
    said = plain(" ".join(read(small("UDDUD....DUU").get("/incidents/login-3").text)))
    assert "Continuité non observée" in said
    assert "Relevé réussi sans suite" in said


def test_a_start_without_flank_is_said() -> None:
    said = plain(" ".join(read(small("DD").get("/incidents/login-2").text)))
    assert "avant le 2 mars 2026 à 9 h 00 min 05 s" in said
    assert "aucun relevé réussi avant lui" in said


def test_incidents_are_shown_fifty_at_a_time_and_each_once() -> None:
    client, address, seen = small("UDDUU" * 60), "/incidents", list[str]()
    while address:
        page = client.get(address)
        assert len(page.content) < 100_000
        seen += re.findall(r'href="(/incidents/login-\d+)"', page.text)
        older = re.search(r'href="(/incidents\?avant=\d+)"', page.text)
        address = older.group(1) if older else ""
    assert len(seen) == len(set(seen)) == 60
    assert client.get("/incidents?avant=x").status_code == 404


def test_an_incident_keeps_its_address_when_it_goes_on() -> None:
    for word in ("UDD", "UDDD", "UDDDUU"):
        assert small(word).get("/incidents/login-3").status_code == 200


@pytest.mark.parametrize(
    "path", ["/nowhere", "/incidents/login-999999", "/incidents/nothing-1", "/captures/1/abc"]
)
def test_what_does_not_exist_is_a_french_page(client: Client, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 404
    assert "Cette page n’existe pas." in found.text
    assert found.headers["cache-control"] == "no-store"


def test_pages_can_be_asked_for_their_head_and_not_written_to(client: Client) -> None:
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


def test_a_fault_of_our_own_is_said_to_be_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ListReader()
    app = application(reader, MemoryBlobs())

    def broken() -> None:
        raise OSError("disk gone")

    monkeypatch.setattr(reader, "latest", broken)
    found = Client(app).get("/")
    assert found.status_code == 500
    assert "Le défaut est de notre côté" in found.text
    assert "disk gone" not in found.text
    assert found.headers["content-security-policy"].startswith("default-src 'none'")
    assert "The fault is ours" in Client(app).get("/en").text


def test_every_answer_is_locked_down_and_sets_no_cookie(
    scene: tuple[ListReader, MemoryBlobs], client: Client
) -> None:
    for path in [*all_paths(scene), "/static/site.css"]:
        headers = client.get(path).headers
        assert "script" not in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "set-cookie" not in headers


def test_strict_transport_only_where_the_public_address_is_https() -> None:
    assert "strict-transport-security" not in small("U").get("/").headers
    public = replace(PUBLISHER, public_url="https://exemple.invalid")
    assert "strict-transport-security" in small("U", public).get("/").headers


def test_pages_need_nothing_from_elsewhere_and_no_script(
    scene: tuple[ListReader, MemoryBlobs], client: Client
) -> None:
    for path in all_paths(scene):
        text = client.get(path).text
        assert "<script" not in text
        assert not re.search(r'\sstyle="', text)
        assert not re.search(r'(?:src|<link[^>]*href)="(?:https?:)?//', text)


def test_french_text_is_set_right(scene: tuple[ListReader, MemoryBlobs], client: Client) -> None:
    for path in all_paths(scene):
        for said in read(client.get(path).text):
            assert french(said) == said


def test_every_page_says_that_it_is_independent(
    scene: tuple[ListReader, MemoryBlobs], client: Client
) -> None:
    for path in all_paths(scene):
        text = client.get(path).text
        assert "Observatoire indépendant" in text
        assert "Toutes les heures sont celles de Paris" in text
        assert '<html lang="fr">' in text


def test_a_rehearsal_site_has_its_banner_on_every_page() -> None:
    rehearsal = small("UDD", replace(PUBLISHER, rehearsal=True))
    for path in ("/", "/incidents", "/incidents/login-3", "/nowhere"):
        assert "Site de répétition" in rehearsal.get(path).text
        assert "Site de répétition" not in small("UDD").get(path).text


def test_names_from_the_settings_cannot_become_markup() -> None:
    text = small("U", replace(PUBLISHER, operator="<b>x</b>")).get("/").text
    assert "<b>x</b>" not in text
    assert "&lt;b&gt;x" in text


def test_a_picture_is_served_as_what_it_is_and_kept_for_ever(
    scene: tuple[ListReader, MemoryBlobs], client: Client
) -> None:
    (source,) = re.findall(r'<img src="([^"]+)"', client.get(all_paths(scene)[-1]).text)
    found = client.get(source)
    assert found.content == picture()
    assert found.headers["content-type"] == "image/png"
    assert "immutable" in found.headers["cache-control"]


def test_no_other_stored_file_is_public(scene: tuple[ListReader, MemoryBlobs]) -> None:
    reader, blobs = scene
    client = Client(application(reader, blobs))
    secret = blobs.put(b"{}", "application/json").sha256
    first = next(iter(reader.observations))
    assert client.get(f"/captures/{first}/{secret}").status_code == 404


def test_a_picture_with_another_type_is_not_served() -> None:
    blobs = MemoryBlobs()
    reader = pictured(ledger("UDD"), blobs)
    page = blobs.put(b"<script>", "text/html")
    (sequence, observation), *_ = reader.observations.items()
    step = Step(name="s", outcome="failed", duration_seconds=1, screenshot=page)
    attempt = replace(observation.attempts[0], steps=(step,))
    reader.observations[sequence] = replace(observation, attempts=(attempt,))
    found = Client(application(reader, blobs)).get(f"/captures/{sequence}/{page.sha256}")
    assert found.status_code == 404


def test_a_picture_that_is_no_longer_kept_is_said() -> None:
    blobs = MemoryBlobs()
    reader = pictured(ledger("UDD"), blobs)
    blobs.files.clear()
    text = Client(application(reader, blobs)).get("/incidents/login-3").text
    assert "L’image n’est plus conservée." in text
    assert "<img" not in text


def _colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_reach_the_contrast_of_wcag_aa(scheme: str) -> None:
    css = (Path(web.__file__).parent / "static/site.css").read_text(encoding="utf-8")
    light, dark = css.split("@media screen and (prefers-color-scheme: dark)", 1)
    colours = _colours(light if scheme == "light" else dark.split("\n}\n", 1)[0])
    for ground in (colours["paper"], colours["sheet"]):
        for name in ("ink", "soft", "link", "good", "bad", "slow", "planned", "unsure", "off"):
            assert _contrast(colours[name], ground) >= 4.5, (name, ground)
        for name in ("bar-good", "bar-bad", "bar-planned", "edge"):
            assert _contrast(colours[name], ground) >= 3, (name, ground)
