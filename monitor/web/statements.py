"""``/corrections``: what was wrong, and what was answered. The same lines stand beside what they
are about."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import FastAPI, Response

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.leaf import statement_text
from monitor.core.model import COMPONENTS
from monitor.web.language import N_, _, link
from monitor.web.pages import GET, Pages
from monitor.web.reader import Reader
from monitor.web.typography import NBSP, french, precise
from monitor.web.words import title

KIND_WORDS = {
    StatementKind.CORRECTION: N_("Correction"),
    StatementKind.ANSWER: N_("Réponse de l’administration"),
}


@dataclass(frozen=True, kw_only=True)
class StatementView:
    """An entry in words. Its texts stay in the language in which they were written."""

    number: int
    kind: str
    when: str
    about: str
    subject: str
    url: str
    published: str
    wrong_since: str
    text: str
    source: str
    sha256: str


def statement_view(one: PublicStatement) -> StatementView:
    """What a page shows of an entry."""
    return StatementView(
        number=one.number,
        kind=_(KIND_WORDS[one.kind]),
        when=precise(one.made_at),
        about=one.about,
        subject=_subject(one.about),
        url=_address(one.about),
        published=french(one.published),
        wrong_since=precise(one.wrong_since) if one.wrong_since else "",
        text=french(one.text),
        source=french(one.source),
        sha256=hashlib.sha256(statement_text(one)).hexdigest(),
    )


def statement_views(entries: Iterable[PublicStatement]) -> tuple[StatementView, ...]:
    """The newest first."""
    return tuple(statement_view(one) for one in sorted(entries, key=lambda one: -one.number))


def _subject(about: str) -> str:
    """What it is about in words: an incident by its number and step, a document by its code."""
    component, _dash, number = about.partition("-")
    if component not in COMPONENTS:
        return about
    words = french(_("incident n° {number}, {name}")).replace("n° ", f"n°{NBSP}")
    return words.format(number=number, name=title(component))


def _address(about: str) -> str:
    component = about.partition("-")[0]
    if component in COMPONENTS:
        return link(f"/incidents/{about}")
    return link(f"/r/{about}") if about else ""


def add_statements(app: FastAPI, pages: Pages, reader: Reader) -> None:
    """The page."""

    @app.api_route("/corrections", methods=GET)
    def corrections() -> Response:
        return pages.answer("corrections.html", entries=statement_views(reader.statements()))
