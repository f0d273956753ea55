"""From typed texts, files and options to attempts; and what is said of those that cannot be."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.certificates.attempt_files import from_options, from_rows, read_data, read_file
from monitor.certificates.declared import Typed, declared
from monitor.certificates.errors import BadRequest
from monitor.core.attempts import DeclaredAttempt
from monitor.core.model import Depth

PARIS = {"territory": "metropole", "component": "login"}
TWO = datetime(2026, 5, 13, 12, tzinfo=UTC)
"""14:00 in Paris."""


def typed(**values: Any) -> Typed:  # noqa: ANN401  any field
    return Typed(**{"day": "2026-05-13", "start": "14:00", **PARIS, **values})


@pytest.mark.parametrize("start", ["14:00", "14h", "14 h 00", "14h00", "14:00:00"])
@pytest.mark.parametrize("day", ["2026-05-13", "13/05/2026", "13.05.2026"])
def test_days_and_hours_as_people_write_them(day: str, start: str) -> None:
    found = declared(typed(day=day, start=start), 1)
    assert found == DeclaredAttempt(start=TWO, component="login")


@pytest.mark.parametrize(
    ("territory", "hours"),
    [("guyane", 17), ("mayotte", 11), ("Nouvelle-Calédonie", 3), ("America/Martinique", 18)],
)
def test_an_hour_is_that_of_the_territory(territory: str, hours: int) -> None:
    found = declared(typed(territory=territory), 1)
    assert found.start == datetime(2026, 5, 13, hours, tzinfo=UTC)


def test_a_range() -> None:
    found = declared(typed(end="16:00"), 1)
    assert (found.start, found.end) == (TWO, TWO + timedelta(hours=2))


def test_an_hour_that_comes_twice_is_the_range_of_both() -> None:
    found = declared(typed(day="2026-10-25", start="02:30"), 1)
    assert found.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.end == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_title_of_a_component_is_understood() -> None:
    assert declared(typed(component="choix du titre de sejour"), 1).component == "category"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day": ""}, "day", "Indiquez une date"),
        ({"day": "31/02/2026"}, "day", "n’est pas une date"),
        ({"day": "demain"}, "day", "n’est pas une date"),
        ({"day": "0026-05-13"}, "day", "Vérifiez l’année"),
        ({"start": ""}, "start", "Indiquez une heure"),
        ({"start": "25:00"}, "start", "n’est pas une heure"),
        ({"start": "quatorze"}, "start", "n’est pas une heure"),
        ({"end": "13:00"}, "end", "doit suivre son début"),
        ({"end": "14:00"}, "end", "doit suivre son début"),
        ({"territory": ""}, "territory", "sans fuseau horaire"),
        ({"territory": "Belgique"}, "territory", "n’est pas connu"),
        ({"component": ""}, "component", "Indiquez l’étape"),
        ({"component": "connection"}, "component", "n’existe pas"),
        ({"day": "2026-03-29", "start": "02:30"}, "start", "passage à l’heure d’été"),
        ({"reached": "loin"}, "reached", "form ou full"),
        ({"words": "x" * 2001}, "words", "trop long"),
        ({"category": "x" * 101}, "category", "trop longue"),
    ],
)
def test_each_field_has_its_sentence(changes: dict[str, str], field: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as caught:
        declared(typed(**changes), 3)
    assert (caught.value.field, caught.value.row) == (field, 3)
    assert caught.value.en


TOML = b"""
territory = "metropole"
component = "login"

[[attempt]]
at = "2026-05-13 14:00"
words = "Erreur 503"

[[attempt]]
at = 2026-05-13T14:00:00
reached = "form"

[[attempt]]
date = 2026-05-13
from = 14:00:00
to = "16:00"
personal = true
"""
JSON = (
    b'{"component": "login", "attempts": ['
    b'{"at": "2026-05-13T14:00+02:00"},'
    b'{"at": "2026-05-13T09:00-03:00", "territory": "guyane"},'
    b'{"at": "2026-05-13 14:00-16:00", "territory": "metropole"}]}'
)
CSV = (
    "\ufeffdate;from;to;territory;component;words\r\n"
    "13/05/2026;14:00;;metropole;Connexion;« rien »\r\n"
    "13/05/2026;14:00;16:00;metropole;login;\r\n"
).encode()


def test_toml() -> None:
    one, two, three = read_data(TOML, ".toml", {})
    assert (one.start, one.words) == (TWO, "Erreur 503")
    assert (two.start, two.depth) == (TWO, Depth.FORM)
    assert (three.end, three.personal) == (TWO + timedelta(hours=2), True)


def test_json() -> None:
    one, two, three = read_data(JSON, ".json", {})
    assert one.start == two.start == three.start == TWO
    assert two.territory == "guyane"
    assert three.until - three.start == timedelta(hours=2)


def test_csv() -> None:
    one, two = read_data(CSV, ".csv", {})
    assert (one.start, one.words) == (TWO, "« rien »")
    assert two.end == TWO + timedelta(hours=2)


def test_options() -> None:
    one, two, three = from_options(
        ["2026-05-13 14:00", "13/05/2026 14h-16h", "2026-05-13 14:00 - 16:00"], PARIS
    )
    assert one.end is None
    assert two == three
    assert two.until - two.start == timedelta(hours=2)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"= 3", ".toml", "TOML lisible"),
        (b"{", ".json", "JSON lisible"),
        (b"[" * 100_000, ".json", "JSON lisible"),
        (b"3", ".json", "JSON lisible"),
        (b'{"attempts": 3}', ".json", "JSON lisible"),
        (b"\xff\xfe", ".csv", "CSV lisible"),
        (b"date,from\n1,2,3,4\n", ".csv", "CSV lisible"),
        (b'[[attempt]]\nat = "2026-05-13 14:00"\ncomponent = "login"', ".toml", "fuseau"),
        (b'[[attempt]]\nat = "hier"\n', ".toml", "ne se lit pas"),
        (b'[[attempt]]\nheure = "hier"\n', ".toml", "champ connu"),
        (b'couleur = "x"\n[[attempt]]\nat = "2026-05-13"\n', ".toml", "champ connu"),
        (b"x" * 1_000_001, ".csv", "trop grand"),
    ],
)
def test_what_a_file_gets_wrong_is_said_in_one_sentence(data: bytes, kind: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as caught:
        read_data(data, kind, {})
    assert "\n" not in str(caught.value)


def test_a_row_is_named_by_its_number() -> None:
    with pytest.raises(BadRequest, match="Tentative 2 : Indiquez une heure"):
        from_rows([{"at": "2026-05-13 14:00"}, {"at": "2026-05-13"}], PARIS)


def test_a_file_that_is_not_there_and_one_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="ne peut pas être lu"):
        read_file(tmp_path / "a.toml", {})
    with pytest.raises(BadRequest, match=r"\.toml, \.json ou \.csv"):
        read_file(tmp_path / "a.docx", {})


@given(st.binary(max_size=300), st.sampled_from([".toml", ".json", ".csv"]))
def test_any_file_gives_attempts_or_a_sentence(data: bytes, kind: str) -> None:
    with suppress(BadRequest):
        read_data(data, kind, {})
