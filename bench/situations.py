"""What the site must say well and seldom shows: each a small ledger, and the pages to look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI

from monitor.core.model import Depth, Vantage
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.certificates.scenes import LOCAL, at, fill
from tests.store.made_up import fill as fill_records
from tests.web.scenes import history, numbered
from tests.web.test_comparison import NOW as COMPARED_AT
from tests.web.test_comparison import SAME, ledger
from tests.web.whole_site import application, served

TWO = ("portal", "login")
LYON = Vantage(id="lyon", label="Lyon", operator="Autre Télécom", asn=64501, country="FR")
BEFORE = "U" * 30
"""A quiet morning, in letters of ``tests.certificates.scenes``: one each ten minutes."""

REVISED = SAME.replace("login", "portal")
"""Two periods between which the rules changed."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """``words`` are the last hours of components; ``fill_in`` writes what words cannot say.
    ``later`` is how long ago the last slot was; a ``broken`` store has lost its slots."""

    words: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ("/",)
    fill_in: Callable[[Store, FolderBlobs], None] = lambda _store, _blobs: None
    flags: tuple[str, ...] = ()
    later: timedelta = timedelta(minutes=5)
    broken: bool = False
    watched: tuple[str, ...] = TWO
    now: datetime | None = None


def _both(word: str) -> dict[str, str]:
    return dict.fromkeys(TWO, BEFORE + word)


def _disagreeing(store: Store, blobs: FolderBlobs) -> None:
    for vantage, word in ((LOCAL, "DDDD"), (LYON, "UUUU")):
        fill(store, BEFORE + word, vantage=vantage, blobs=blobs)


def _new_component(store: Store, _blobs: FolderBlobs) -> None:
    store.register_vantage(LOCAL)
    now = at(len(BEFORE))
    lines = (
        history("portal", days=90, interval_seconds=6 * 3600, now=now),
        history("upload", days=6, interval_seconds=1800, depth=Depth.FULL, now=now),
    )
    fill_records(store, numbered(*lines))


def _many(store: Store, blobs: FolderBlobs) -> None:
    fill(store, "UUDDUUMMUU" * 60, blobs=blobs)


def _revised(store: Store, _blobs: FolderBlobs) -> None:
    store.register_vantage(LOCAL)
    ledger(store)


SITUATIONS: Mapping[str, Situation] = {
    "empty": Situation(
        paths=(
            "/",
            "/incidents",
            "/statistiques",
            "/comparaison",
            "/corrections",
            "/releves/dysfonctionnement",
        )
    ),
    "one-observation": Situation(
        words={"portal": "U"},
        paths=("/", "/statistiques", "/statistiques/portal?fenetre=24h", "/comparaison"),
    ),
    "new-component": Situation(
        fill_in=_new_component,
        watched=("portal", "upload"),
        paths=("/", "/statistiques/upload?fenetre=90d", "/comparaison?etape=upload&periode2=30d"),
        now=at(len(BEFORE)),
    ),
    "all-down": Situation(words=_both("DDDD"), paths=("/", "/apercu.png")),
    "doubtful": Situation(words=_both("DDDD"), flags=("refusal_not_excluded",)),
    "unconfirmed": Situation(words=_both("D")),
    "recovering": Situation(words=_both("DDDU")),
    "slow": Situation(words=_both("SSS")),
    "maintenance": Situation(words=_both("MMMM"), paths=("/", "/incidents")),
    "part-known": Situation(words={"portal": BEFORE, "login": BEFORE[:-3] + "BLF"}),
    "not-known": Situation(words=_both("FFF")),
    "behind": Situation(words=_both("UUU"), later=timedelta(hours=5)),
    "disagreeing": Situation(fill_in=_disagreeing, watched=("login",), now=at(34.5)),
    "many-incidents": Situation(
        fill_in=_many, now=at(600.5), paths=("/incidents", "/incidents?avant=300")
    ),
    "our-fault": Situation(words=_both("U"), broken=True),
    "changed-method": Situation(
        fill_in=_revised,
        watched=("portal", "login", "category"),
        paths=(SAME, REVISED, f"{REVISED}&malgre=1"),
        now=COMPARED_AT,
    ),
}


def moment(found: Situation) -> datetime:
    """The time on the clock of a situation."""
    length = max(map(len, found.words.values()), default=0)
    return found.now or at(length - 1) + found.later


@contextmanager
def staged(found: Situation, folder: Path) -> Iterator[str]:
    """The address of the site in this situation."""
    blobs = FolderBlobs(folder / "blobs")
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
        for name, word in found.words.items():
            fill(store, word, component=name, flags=found.flags, blobs=blobs, depth=Depth.FORM)
        found.fill_in(store, blobs)
        if found.broken:
            with sqlite3.connect(folder / "monitor.sqlite3") as database:
                database.executescript("PRAGMA foreign_keys = OFF; DROP TABLE slot")
        with served(_site(store, blobs, folder, found)) as url:
            yield url


def _site(store: Store, blobs: FolderBlobs, folder: Path, found: Situation) -> FastAPI:
    now = moment(found)
    return application(store, blobs, folder / "open-data", found.watched, clock=lambda: now)
