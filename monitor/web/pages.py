"""Templates with what every public page needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.core.model import Vantage
from monitor.web.language import PREFIX, _, language, link, twins
from monitor.web.typography import lasting, number, percent, precise

HERE = Path(__file__).parent
GET = ["GET", "HEAD"]

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How the robot behaves towards the site: the end of its User-Agent, runs a day, and seconds
    between two runs and after a refusal."""

    signature: str
    daily_budget: int
    floor_seconds: float
    backoff_seconds: float
    backoff_max_seconds: float


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who publishes what: printed on every page."""

    site_name: str
    rehearsal: bool = False
    operator: str = ""
    contact: str = ""
    version: str = ""
    public_url: str | None = None
    vantages: tuple[Vantage, ...] = ()
    conduct: Conduct | None = None


class Pages:
    """Makes pages from templates. ``clock`` gives the time in UTC."""

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self.publisher = publisher
        self.clock = clock
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.globals.update(
            link=link, language=language, lasting=lasting, number=number, percent=percent
        )
        self._environment.globals.update(documents=False, statistics=False)
        self._environment.install_gettext_callables(  # type: ignore[attr-defined]  # of i18n
            _, lambda one, several, n: _(one if n == 1 else several), newstyle=True
        )
        self._style = hashlib.sha256((HERE / "static/site.css").read_bytes()).hexdigest()[:12]

    def offers_documents(self) -> None:
        """Lead to the pages of documents from every page."""
        self._environment.globals["documents"] = True

    def answer(self, name: str, *, status: int = 200, **values: object) -> HTMLResponse:
        """A page; ``values`` are what its template shows."""
        text = self._environment.get_template(name).render(
            publisher=self.publisher,
            style=self._style,
            made=precise(self.clock()),
            status=status,
            here=twins() if status == 200 else {"fr": "/", "en": PREFIX},
            **values,
        )
        caching = "public, max-age=15" if status == 200 else "no-store"
        return HTMLResponse(text, status_code=status, headers={"cache-control": caching})
