"""French, and English by a switch: each page's English twin lies below ``/en``.

French is written in the code and in the templates; the catalogue ``locales/en.po`` gives the
English of each text. A text that it lacks stays French: a test holds that it lacks none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from starlette.types import ASGIApp, Receive, Scope, Send

LANGUAGES = ("fr", "en")
CATALOGUE = Path(__file__).parent / "locales/en.po"
PREFIX = "/en"

_current: ContextVar[str] = ContextVar("language", default="fr")
_asked: ContextVar[str] = ContextVar("asked", default="/")


def language() -> str:
    """The language of the page that is being made: one of LANGUAGES."""
    return _current.get()


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """What is made inside is in this language."""
    token = _current.set(wanted)
    try:
        yield
    finally:
        _current.reset(token)


@lru_cache
def catalogue() -> Catalog:
    """The English texts."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def _(text: str) -> str:
    """This French text in the language of the page."""
    if language() == "fr":
        return text
    found = catalogue().get(text)
    return cast("str", found.string) if found and found.string else text


def N_(text: str) -> str:  # noqa: N802  the name by which extraction knows it
    """Marks a text for the catalogue, to be translated where it is used."""
    return text


def link(path: str) -> str:
    """The address of one of our pages in the language of the page that leads to it."""
    return path if language() == "fr" else PREFIX + (path if path != "/" else "")


def twins() -> dict[str, str]:
    """The addresses of the page that is being made, by language."""
    with speaking("en"):
        return {"fr": _asked.get(), "en": link(_asked.get())}


def language_of(path: str) -> str:
    """The language that an address asks for."""
    return "en" if path == PREFIX or path.startswith(PREFIX + "/") else "fr"


class Languages:
    """ASGI middleware: an address below ``/en`` is that of the page without it, in English."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with language and address set for all that is made on the way."""
        path = scope.get("path", "")
        wanted = language_of(path)
        if wanted == "en":
            path = path.removeprefix(PREFIX) or "/"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        _asked.set(path)
        with speaking(wanted):
            await self._app(scope, receive, send)
