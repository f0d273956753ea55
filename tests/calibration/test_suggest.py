"""Suggestions: near, lasting, and never for what submits."""

from __future__ import annotations

import pytest

from probes.calibration.findings import Element
from probes.calibration.suggest import kind_of, selector_of, suggestions
from probes.site import SITES, Site, load_site


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(SITES / "standin.toml")


def _button(text: str, *, zone: str = "main", classes: tuple[str, ...] = ()) -> Element:
    return Element(tag="button", type="button", text=text, zone=zone, classes=classes)


def _tile(text: str) -> Element:
    return Element(
        tag="button", type="button", text=text, parent_tag="div", parent_classes=("tuiles",)
    )


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        (Element(tag="input", type="text"), "field"),
        (Element(tag="input", type="password"), "password"),
        (Element(tag="input", type="submit"), "submit"),
        (Element(tag="input", type="radio"), "button"),
        (Element(tag="button", type="submit", in_form=True), "submit"),
        (Element(tag="button", type="submit"), "button"),
        (Element(tag="a"), "link"),
        (Element(tag="div", role="button"), "button"),
        (Element(tag="label"), "label"),
        (Element(tag="table"), "box"),
    ],
)
def test_elements_are_told_apart_by_what_they_are_good_for(element: Element, kind: str) -> None:
    assert kind_of(element) == kind


@pytest.mark.parametrize(
    ("element", "selector"),
    [
        (Element(tag="a", text="Se connecter"), "a:has-text('Se connecter')"),
        (Element(tag="div", role="button", text="Entrer"), "[role=button]:has-text('Entrer')"),
        (Element(tag="input", type="text", name="usager"), 'input[name="usager"]'),
        (Element(tag="input", type="text", name="kc-3f9a2b7c"), 'input[type="text"]'),
        (Element(tag="button", type="submit", in_form=True, text="OK"), 'button[type="submit"]'),
        (Element(tag="table", classes=("css-1x9", "notification-table")), ".notification-table"),
        (Element(tag="div", classes=("ng-tns-c12",)), None),
        (Element(tag="a", text="L'espace"), None),
        (Element(tag="a", text="{portal}"), None),
        (Element(tag="a", text="a >> b"), None),
        (Element(tag="a", text=""), None),
    ],
)
def test_a_selector_is_one_that_a_person_would_write(
    element: Element, selector: str | None
) -> None:
    assert selector_of(element) == selector


def test_the_same_words_come_first(site: Site) -> None:
    found = suggestions("open_sign_in", site, [_button("Mon espace"), _button("Se connecter")])

    assert [one.label for one in found] == ["Se connecter", "Mon espace"]


def test_other_words_for_the_same_thing_are_found(site: Site) -> None:
    found = suggestions("forgot_password", site, [Element(tag="a", text="Accès perdu ?")])

    assert found[0].is_confident


def test_what_stands_in_the_frame_of_the_page_counts_less(site: Site) -> None:
    elements = [_button("Mon espace", zone="header"), _button("Mon espace personnel")]

    found = suggestions("open_sign_in", site, elements)

    assert [one.label for one in found] == ["Mon espace personnel", "Mon espace"]
    assert not suggestions("open_sign_in", site, [_button("Mon compte", zone="footer")])


@pytest.mark.parametrize(
    "label",
    ["Déposer ma demande", "Soumettre la demande", "Payer le timbre", "Supprimer ma demande"],
)
def test_what_submits_or_pays_is_never_suggested(site: Site, label: str) -> None:
    for key in ("portal_ready", "open_request", "category_next"):
        assert suggestions(key, site, [_button(label)]) == ()


def test_a_category_is_never_the_button_that_goes_on(site: Site) -> None:
    assert suggestions("category_next", site, [_tile("Étudiant")]) == ()


def test_categories_are_found_by_their_labels(site: Site) -> None:
    elements = [_tile("Étudiant"), _tile("Visiteur"), _button("Aide")]

    found = {
        key: suggestions(key, site, elements)[0].selector
        for key in ("category_list", "category_options", "category_option")
    }

    assert found == {
        "category_list": ".tuiles",
        "category_options": ".tuiles button",
        "category_option": "button:has-text('{category}')",
    }


def test_one_known_label_alone_is_no_list(site: Site) -> None:
    assert not suggestions("category_list", site, [_tile("Étudiant")])[0].is_confident
    assert suggestions("category_list", site, [_tile("Aide"), _tile("Visiteur")]) == ()


def test_a_field_beside_a_password_is_the_username(site: Site) -> None:
    beside = Element(tag="input", type="text", name="compte", in_form=True, beside_password=True)
    search = Element(tag="input", type="search", name="recherche", zone="header")

    found = suggestions("username", site, [search, beside])

    assert found[0].selector == 'input[name="compte"]'


def test_nothing_near_gives_nothing(site: Site) -> None:
    assert suggestions("open_sign_in", site, [_button("Plan du site")]) == ()
    assert suggestions("spinner", site, [_button("Se connecter")]) == ()
