"""Every page of the site over one real store of ninety days, served on loopback."""

from __future__ import annotations

import hashlib
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi import FastAPI

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.scopes import PATH
from monitor.exports.publish import month_period, publish
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.figures import Figures
from monitor.store.store import Store, open_store
from monitor.web.advice import LANGUAGES
from monitor.web.app import Offered, create_app
from monitor.web.documents import Documents
from monitor.web.language import PREFIX
from monitor.web.pages import Clock, Conduct
from tests.certificates.scenes import BEGIN, ISSUER, LOCAL, at
from tests.certificates.scenes import fill as observe
from tests.store.made_up import fill
from tests.web.scenes import PUBLISHER, history, numbered

WATCHED = ("portal", "login", "reset", "category", "upload")
TODAY = "U" * 20 + "DDDD" + "U" * 20 + "DD"
"""The last hours of ``login``: one outage is over, one goes on."""

NOW = at(len(TODAY))
LARGEST_BYTES = 100_000
"""Of a page without its pictures."""

MONTH = "2026-03"
"""Of open data."""

PDF = b"%PDF-1.7 made"
CONDUCT = Conduct(
    signature="anef-monitor/0.1.0 (+https://anef.exemple.invalid/robot)",
    daily_budget=800,
    floor_seconds=300,
    backoff_seconds=600,
    backoff_max_seconds=21600,
)
STRANGE = replace(PUBLISHER, public_url="https://anef.exemple.invalid", conduct=CONDUCT)
"""Its public address is not the one at which it is served: a page that asked it would be seen."""


class Said:
    """What whoever verifies documents found."""

    def __init__(self, name: str, passed: bool, fr: str, en: str) -> None:
        self.name, self.passed, self.fr, self.en = name, passed, fr, en


CHECKS = (
    Said("document_signature", True, "La signature est bonne.", "The signature is good."),
    Said("document_hash", False, "Le document a été modifié.", "The document was changed."),
)


@dataclass(frozen=True, kw_only=True)
class WholeSite:
    """Where it is served, and the paths of all pages, by language."""

    url: str
    paths: Mapping[str, tuple[str, ...]]


def remember(store: Store, blobs: FolderBlobs) -> None:
    """Ninety days of all components, and today's failing runs of ``login`` with pictures."""
    store.register_vantage(LOCAL)
    past = {"D": [(800, 30), (1300, 50)], "M": [(700, 30)], ".": [(1500, 60)]}
    lines = (
        history(name, days=90, interval_seconds=12 * 3600, events=past, now=BEGIN)
        for name in WATCHED
    )
    fill(store, numbered(*lines))
    for first, run in spans(TODAY):
        kept = blobs if "D" in run else None
        observe(store, run, first=first, blobs=kept, flags=("refusal_not_excluded",))
    for component in ("portal", "category"):
        observe(store, "U" * len(TODAY), component=component)


def spans(word: str) -> Iterator[tuple[int, str]]:
    """The runs of equal letters, each with its place."""
    for found in re.finditer(r"(.)\1*", word):
        yield found.start(), found[0]


def say(store: Store) -> str:
    """A correction, an answer, and an issued document; returns the document's code."""
    newest = store.incidents(component="login")[0]
    about = f"{newest.component}-{newest.opened_sequence}"
    said = PublicStatement(
        number=0,
        kind=StatementKind.CORRECTION,
        about=about,
        text="L’incident a commencé plus tard que ce qui était affiché.",
        published="depuis 8 h 10",
        wrong_since=at(21),
        made_at=NOW,
    )
    answered = replace(
        said,
        kind=StatementKind.ANSWER,
        text="Une mise à jour était en cours.",
        published="",
        wrong_since=None,
        source="Courriel du 12 mai 2026",
    )
    for one in (said, answered):
        store.add_statement(one)
    reserved = store.reserve_certificate(
        kind="attempts",
        components=("login",),
        period=(BEGIN, NOW),
        sequences=(1, 200),
        specimen=False,
        now=NOW,
    )
    store.complete_certificate(reserved.number, hashlib.sha256(PDF).hexdigest())
    return reserved.code


def application(
    store: Store,
    blobs: FolderBlobs,
    exports: Path,
    watched: Sequence[str] = WATCHED,
    clock: Clock = lambda: NOW,
) -> FastAPI:
    """All that can be offered is offered."""
    documents = Documents(
        ledger=store,
        blobs=blobs,
        issuer=ISSUER,
        rehearsal=False,
        watched=watched,
        make=lambda _report: PDF,
    )
    return create_app(
        reader=store,
        blobs=blobs,
        publisher=STRANGE,
        watched=watched,
        clock=clock,
        offered=Offered(documents=documents, register=store, verify=lambda _data: list(CHECKS)),
        figures=Figures(store),
        register=store,
        exports=exports,
    )


def _quiet(app: FastAPI) -> uvicorn.Config:
    """As the service has it: no line about visitors, no name of the server."""
    return uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Its address on loopback while it is served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(_quiet(app))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def cited(url: str) -> str:
    """The code of a citation, made as a visitor makes one."""
    fields = {"etape": "login", "fenetre": "30d"}
    answer = httpx.post(
        f"{url}/citations",
        content=urlencode(fields),
        headers={"content-type": "application/x-www-form-urlencoded"},
        timeout=60,
    )
    return answer.headers["location"].rpartition("/")[2]


def paths_of(store: Store, *, document: str, citation: str) -> Mapping[str, tuple[str, ...]]:
    """Each page once in French and once in English; the advice in each of its languages."""
    incidents = store.incidents(component="login")[:2]
    period = f"first={BEGIN - timedelta(days=3):%Y-%m-%d}&last={NOW:%Y-%m-%d}"
    both = (
        "/",
        "/incidents",
        *(f"/incidents/{one.component}-{one.opened_sequence}" for one in incidents),
        "/methode",
        "/robot",
        "/corrections",
        "/donnees",
        "/donnees/api",
        "/statistiques",
        "/statistiques/login?fenetre=90d",
        "/comparaison",
        "/comparaison?etape=login&periode1=7d&periode2=90d&malgre=1",
        "/comparaison?etape=login&periode1=2099-01&du2=2026-05-01",
        f"/statistiques/{PATH}?fenetre=30d",
        f"/c/{citation}",
        "/releves",
        "/releves/concordance",
        "/releves/dysfonctionnement",
        f"/releves/dysfonctionnement?step-login=1&{period}",
        f"/releves/dysfonctionnement?step-login=1&first={NOW:%Y-%m-%d}",
        "/verifier",
        f"/r/{document}",
        "/nowhere",
    )
    advice = tuple("/que-faire" + (f"/{one}" if one != "fr" else "") for one in LANGUAGES)
    english = tuple(PREFIX + (path if path != "/" else "") for path in both)
    return {"fr": (*both, *advice), "en": english}


@contextmanager
def whole_site(
    folder: Path,
    fill_in: Callable[[Store, FolderBlobs], None] = remember,
    watched: Sequence[str] = WATCHED,
) -> Iterator[WholeSite]:
    """The site over a new store in a folder, which ``fill_in`` fills."""
    blobs = FolderBlobs(folder / "blobs")
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
        fill_in(store, blobs)
        document = say(store)
        month = month_period(MONTH, now=NOW)
        publish(Figures(store), month, folder / "open-data", publisher=PUBLISHER.operator)
        with served(application(store, blobs, folder / "open-data", watched)) as url:
            paths = paths_of(store, document=document, citation=cited(url))
            yield WholeSite(url=url, paths=paths)
