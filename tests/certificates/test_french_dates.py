"""What people write, and what is read of it."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.certificates.french_dates import MOST_FOUND, Found, read_attempts

TODAY = date(2026, 6, 3)
"""A Wednesday."""


def read(text: str) -> list[tuple[date, time | None, time | None]]:
    return [(one.day, one.start, one.end) for one in read_attempts(text, today=TODAY)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mercredi 13 mai vers 14h", (date(2026, 5, 13), time(13, 45), time(14, 15))),
        ("mardi 13 mai vers 14h", (date(2025, 5, 13), time(13, 45), time(14, 15))),
        ("Le 13 mai 2026 à 14 h 05", (date(2026, 5, 13), time(14, 5), None)),
        ("le 13 mai 2026 à 14 heures", (date(2026, 5, 13), time(14), None)),
        ("13/05/2026 14:30", (date(2026, 5, 13), time(14, 30), None)),
        ("13/05 à 9h", (date(2026, 5, 13), time(9), None)),
        ("13.05.26 à 9 h", (date(2026, 5, 13), time(9), None)),
        ("2026-05-13 08:00", (date(2026, 5, 13), time(8), None)),
        ("le 1er juin de 9h à 11h30", (date(2026, 6, 1), time(9), time(11, 30))),
        ("le 1er juin entre 9 h et 11 h", (date(2026, 6, 1), time(9), time(11))),
        ("1er juin, 14h-16h", (date(2026, 6, 1), time(14), time(16))),
        ("1er juin, 14 h – 16 h", (date(2026, 6, 1), time(14), time(16))),
        ("1er juin 14-16h", (date(2026, 6, 1), time(14), time(16))),
        ("hier à midi", (date(2026, 6, 2), time(12), None)),
        ("avant-hier à 8h du soir", (date(2026, 6, 1), time(20), None)),
        ("aujourd’hui à 7h30 du matin", (date(2026, 6, 3), time(7, 30), None)),
        ("ce matin à 7h", (date(2026, 6, 3), time(7), None)),
        ("ce matin", (date(2026, 6, 3), time(6), time(12))),
        ("mardi à 10h", (date(2026, 6, 2), time(10), None)),
        ("mercredi dernier à 10h", (date(2026, 5, 27), time(10), None)),
        ("le 2 juin dans l’après-midi", (date(2026, 6, 2), time(12), time(18))),
        ("le 24 décembre à 10h", (date(2025, 12, 24), time(10), None)),
        ("le 29 févr. 2024 à 10h", (date(2024, 2, 29), time(10), None)),
        ("LE 3 AOÛT 2025 À 10H15", (date(2025, 8, 3), time(10, 15), None)),
        ("le 13\u00a0mai 2026 à 14\u202fh\u202f05", (date(2026, 5, 13), time(14, 5), None)),
        ("le 13 mai", (date(2026, 5, 13), None, None)),
    ],
)
def test_one_attempt(text: str, expected: tuple[date, time | None, time | None]) -> None:
    assert read(text)[0] == expected


def test_a_message_with_several_attempts() -> None:
    message = (
        "Bonjour Maître,\nJ’ai essayé mardi 12 mai vers 14h et encore à 16h30, puis le 19 mai "
        "de 9h à 10h. Rien ne marche depuis le 20 mai.\nMon numéro : 9901234567, tél. 06 12 34 "
        "56 78."
    )
    assert read(message) == [
        (date(2026, 5, 12), time(13, 45), time(14, 15)),
        (date(2026, 5, 12), time(16, 30), None),
        (date(2026, 5, 19), time(9), time(10)),
        (date(2026, 5, 20), None, None),
    ]


def test_a_wrong_weekday_is_said() -> None:
    (found,) = read_attempts("mardi 13 mai 2026 à 14h", today=TODAY)
    assert found.doubt == "ce jour est un mercredi, pas un mardi"


def test_a_year_that_was_left_out_is_said() -> None:
    (found,) = read_attempts("le 13 mai à 14h", today=TODAY)
    assert found.doubt == "année déduite"


@pytest.mark.parametrize(
    "text", ["", "rien du tout", "le 32 mai à 10h", "31/02/2026", "2026-13-45", "99/99/9999", "h"]
)
def test_what_is_no_date_gives_nothing(text: str) -> None:
    assert read(text) == []


def test_an_hour_that_does_not_exist_is_left_out() -> None:
    assert read("le 13 mai 2026 à 25h") == [(date(2026, 5, 13), None, None)]


def test_what_is_said_twice_is_read_once() -> None:
    assert len(read("le 13 mai 2026 à 10h, oui le 13 mai 2026 à 10h")) == 1


@given(st.text(max_size=300))
def test_anything_may_be_pasted(text: str) -> None:
    assert len(read_attempts(text, today=TODAY)) <= MOST_FOUND


@given(st.text("0123456789h:/.- àetdemijunoctv\n", max_size=200))
def test_anything_like_dates_may_be_pasted(text: str) -> None:
    for one in read_attempts(text, today=TODAY):
        assert isinstance(one, Found)
        assert one.end is None or (one.start is not None and one.start < one.end)


def test_a_long_message_takes_no_long_time() -> None:
    """No regular expression here goes back and forth over the whole text."""
    for evil in ("1" * 20_000, "de " * 7_000, "1 h " * 5_000, "mardi " * 3_300, "a a a " * 3_300):
        assert len(read_attempts(evil, today=TODAY)) <= MOST_FOUND
