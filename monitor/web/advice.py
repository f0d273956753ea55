"""``/que-faire``: what a person can do whose page does not work, in five languages.

The words are data (``advice/*.toml``, one file a language, the same keys in each); telephone
numbers stand here once, so that no translation can get one wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI, HTTPException, Response

from monitor.web.pages import GET, Pages
from monitor.web.typography import french

FOLDER = Path(__file__).parent / "advice"
LANGUAGES = ("fr", "en", "es", "pt", "ar")
"""In the order of the switch. French is the page's own address, the others hang below it."""

PHONES: Mapping[str, str] = {
    "phone": "0\u00a0806\u00a0001\u00a0620",  # centre de contact citoyens, free of charge
    "justice": "30\u00a039",  # nearest point-justice
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The page in one language. ``direction`` is that of its script: ``ltr`` or ``rtl``."""

    language: str
    name: str
    direction: str
    title: str
    state: str
    print: str
    limits: str
    steps: tuple[Step, ...]

    @property
    def path(self) -> str:
        """Where this language is found."""
        return "/que-faire" if self.language == "fr" else f"/que-faire/{self.language}"


@lru_cache
def advice(language: str) -> Advice:
    """The words of one of LANGUAGES."""
    written = (FOLDER / f"{language}.toml").read_text(encoding="utf-8")
    read = tomllib.loads(french(written) if language == "fr" else written)
    steps = tuple(
        Step(title=one["title"], text=with_numbers(one["text"])) for one in read.pop("steps")
    )
    return Advice(language=language, steps=steps, **read)


def with_numbers(text: str) -> str:
    """The text with its telephone numbers, kept left to right in a text that runs the other way."""
    isolated = {name: f"\u2066{number}\u2069" for name, number in PHONES.items()}
    return text.format_map(isolated)


def add_advice(app: FastAPI, pages: Pages) -> None:
    """The page and its languages."""

    @app.api_route("/que-faire", methods=GET)
    def in_french() -> Response:
        return made("fr")

    @app.api_route("/que-faire/{language}", methods=GET)
    def in_another(language: str) -> Response:
        if language not in LANGUAGES[1:]:
            raise HTTPException(404)
        return made(language)

    def made(language: str) -> Response:
        others = [advice(one) for one in LANGUAGES]
        return pages.answer("advice.html", page=advice(language), languages=others)
