"""The public pages as a FastAPI application. They read; they never write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from monitor.core.model import COMPONENTS, Incident
from monitor.errors import EvidenceError
from monitor.store.figures import Figures
from monitor.web.advice import add_advice
from monitor.web.answers import KeptAnswers
from monitor.web.api.app import create_api
from monitor.web.citations import Proof as CitationProof
from monitor.web.citations import Register as CitationRegister
from monitor.web.citations import add_citations
from monitor.web.comparison import add_comparison
from monitor.web.documents import Desk, Documents, add_documents
from monitor.web.headers import SECURITY_HEADERS, SecurityHeaders
from monitor.web.incident_views import (
    IncidentRow,
    incident_id,
    incident_page,
    incident_row,
    last_seen,
    screenshots,
)
from monitor.web.language import N_, Languages, _, language_of, speaking
from monitor.web.log import LogFiles, add_log, add_verifier
from monitor.web.now import Watch
from monitor.web.opendata import MonthProof, add_open_data
from monitor.web.pages import GET, HERE, Clock, Pages, Publisher
from monitor.web.position import Position
from monitor.web.prose import add_prose
from monitor.web.reader import Blobs, Reader
from monitor.web.reviewed import decisions_on
from monitor.web.share import add_share, share_text
from monitor.web.statements import add_statements, statement_views
from monitor.web.statistics import add_statistics
from monitor.web.status import component_row, unwatched_rows
from monitor.web.typography import dated, french
from monitor.web.verifying import Register, Verify, add_verifying


@dataclass(frozen=True, kw_only=True)
class Offered:
    """Documents that can be made and verified on the pages."""

    documents: Documents
    register: Register
    verify: Verify | None = None


PICTURES = frozenset({"image/png", "image/webp", "image/jpeg"})
LATEST_INCIDENTS = 5
INCIDENTS_ON_A_PAGE = 50
NUMBER = re.compile(r"[0-9]{1,15}")


def create_app(
    *,
    reader: Reader,
    blobs: Blobs,
    publisher: Publisher,
    watched: Iterable[str],
    clock: Clock,
    figures: Figures,
    offered: Offered | None = None,
    log: LogFiles | None = None,
    register: CitationRegister | None = None,
    proof: CitationProof | None = None,
    exports: Path | None = None,
    month_proof: MonthProof | None = None,
) -> FastAPI:
    """The public application. ``watched`` are components, ``clock`` gives the time in UTC.

    What is None is not offered: ``offered`` is what the pages of documents need, ``log`` are the
    files of the transparency log, ``register`` keeps citations and ``proof`` proves their records,
    ``month_proof`` a month of open data,
    ``exports`` is where the open data lies.
    """
    app = FastAPI(title="anef-monitor", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages(publisher, clock)
    position = Position(reader, clock)
    watch = Watch(reader, figures, watched, clock, position)
    _add_status(app, pages, reader, watch)
    add_share(app, pages, watch)
    _add_incidents(app, pages, reader, blobs, proof)
    _add_captures(app, reader, blobs)
    add_advice(app, pages)
    add_prose(app, pages)
    add_statements(app, pages, reader)
    add_statistics(app, pages, figures, position, cite=register is not None)
    add_comparison(app, pages, figures, cite=register is not None)
    if register is not None:
        add_citations(app, pages, reader, register, figures, proof)
    _add_errors(app, pages)
    if offered is not None:
        pages.offers_documents()
        add_documents(app, Desk(offered.documents, pages))
        add_verifying(app, pages, offered.register, offered.verify, lambda: _has_keys(log))
    add_verifier(app)
    add_open_data(app, pages, exports, month_proof)
    if log is not None:
        add_log(app, log)
    api = create_api(
        reader=reader, figures=figures, watched=watch.watched, clock=clock, exports=exports
    )
    app.mount("/api/v1", api)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_middleware(Languages)
    app.add_middleware(KeptAnswers, position=position, clock=clock)
    app.add_middleware(SecurityHeaders, https=(publisher.public_url or "").startswith("https://"))
    return app


def _has_keys(log: LogFiles | None) -> bool:
    return log is not None and log.find("keys.json") is not None


def _add_status(app: FastAPI, pages: Pages, reader: Reader, watch: Watch) -> None:
    @app.api_route("/", methods=GET)
    def status() -> Response:
        now = watch.situation()
        latest = now.incidents[:LATEST_INCIDENTS]
        answer = pages.answer(
            "status.html",
            headline=now.headline,
            share=share_text(now.headline, pages.publisher, dated(now.moment)),
            components=[component_row(one, now.moment) for one in now.found],
            unwatched=unwatched_rows(watch.watched),
            incidents=_rows(reader, latest, now.moment),
        )
        answer.headers["cache-control"] = "public, no-cache"  # asked again each time: 304 or new
        return answer


def _rows(reader: Reader, incidents: Sequence[Incident], now: datetime) -> list[IncidentRow]:
    return [incident_row(one, now, last_seen(reader, one)) for one in incidents]


def _add_incidents(
    app: FastAPI, pages: Pages, reader: Reader, blobs: Blobs, proof: CitationProof | None
) -> None:
    @app.api_route("/incidents", methods=GET)
    def incidents(request: Request) -> Response:
        before = request.query_params.get("avant")
        if before is not None and not NUMBER.fullmatch(before):
            raise HTTPException(404)
        earlier = int(before) if before else None
        found = reader.incidents(before=earlier, limit=INCIDENTS_ON_A_PAGE + 1)
        shown = found[:INCIDENTS_ON_A_PAGE]
        return pages.answer(
            "incidents.html",
            incidents=_rows(reader, shown, pages.clock()),
            older=shown[-1].opened_sequence if len(found) > len(shown) else None,
            newest=before is None,
        )

    @app.api_route("/incidents/{component}-{sequence:int}", methods=GET)
    def incident(component: str, sequence: int) -> Response:
        found = _incident(reader, component, sequence)
        first = reader.observation(found.first_failing_sequence)
        page = incident_page(
            found,
            first,
            now=pages.clock(),
            last_seen=last_seen(reader, found),
            kept=frozenset(hash_ for hash_ in screenshots(first) if blobs.has(hash_)),
            vantages={one.id: one.label for one in pages.publisher.vantages},
        )
        about = incident_id(found)
        return pages.answer(
            "incident.html",
            page=page,
            decisions=_decisions(reader, found),
            statements=statement_views(reader.statements(about=about)),
            proof=f"/incidents/{about}/preuve.json" if proof else "",
        )

    @app.api_route("/incidents/{component}-{sequence:int}/preuve.json", methods=GET)
    def proven(component: str, sequence: int) -> Response:
        """The log's proof of the runs that made the incident, for verify.py."""
        found = _incident(reader, component, sequence)
        if proof is None:
            raise HTTPException(404)
        try:
            made = proof(found.first_failing_sequence, found.opened_sequence)
        except EvidenceError:  # no checkpoint covers them yet
            raise HTTPException(404) from None
        name = f"incident-{incident_id(found)}.json"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        text = json.dumps(made, ensure_ascii=False)
        return Response(text, media_type="application/json", headers=headers)


def _decisions(reader: Reader, incident: Incident) -> tuple[str, ...]:
    reviews = reader.reviews()
    if not reviews:
        return ()
    slots = reader.slots(
        component=incident.component,
        vantage=incident.vantage,
        after_sequence=incident.first_failing_sequence - 1,
        until=incident.ended_before,
    )
    return decisions_on(incident, [record.sequence for record in slots], reviews)


def _incident(reader: Reader, component: str, sequence: int) -> Incident:
    """Raises HTTPException 404."""
    known = reader.incidents(component=component) if component in COMPONENTS else ()
    found = next((one for one in known if one.opened_sequence == sequence), None)
    if found is None:
        raise HTTPException(404)
    return found


def _add_captures(app: FastAPI, reader: Reader, blobs: Blobs) -> None:
    @app.api_route("/captures/{sequence:int}/{sha256}", methods=GET)
    def capture(sequence: int, sha256: str) -> Response:
        """A picture, only where the run of this slot took it: no other stored file is public."""
        shot = screenshots(reader.observation(sequence)).get(sha256)
        if shot is None or shot.media_type not in PICTURES or not blobs.has(sha256):
            raise HTTPException(404)
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "etag": f'"{sha256}"',
            "content-disposition": "inline",
        }
        return Response(blobs.get(sha256), media_type=shot.media_type, headers=headers)


_ERROR_WORDS: Mapping[int, tuple[str, str]] = {
    404: (
        N_("Cette page n’existe pas."),
        N_("L’adresse est peut-être incomplète, ou l’image effacée."),
    ),
    413: (N_("Ce qui a été envoyé est trop grand."), N_("Rien n’en a été gardé.")),
    429: (N_("Trop de demandes."), N_("Attendez une minute, puis recommencez.")),
    405: (N_("Cette page se lit seulement."), N_("Rien ne peut lui être envoyé.")),
    500: (
        N_("La page n’a pas pu être préparée."),
        N_("Le défaut est de notre côté ; il ne dit rien du service surveillé."),
    ),
}


def _add_errors(app: FastAPI, pages: Pages) -> None:
    def answer(status: int) -> HTMLResponse:
        title, detail = _ERROR_WORDS.get(status, _ERROR_WORDS[404])
        words = {"title": french(_(title)), "detail": french(_(detail))}
        return pages.answer("error.html", status=status, **words)

    async def refused(_request: Request, error: Exception) -> Response:
        return answer(error.status_code if isinstance(error, StarletteHTTPException) else 404)

    async def failed(request: Request, _error: Exception) -> Response:
        with speaking(language_of(request.scope["path"])):
            found = answer(500)  # made outside of the middleware: it needs all of that itself
        found.headers.update(SECURITY_HEADERS)
        return found

    app.add_exception_handler(StarletteHTTPException, refused)
    app.add_exception_handler(Exception, failed)
