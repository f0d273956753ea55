"""``/citations`` and ``/c/{code}``: a figure frozen under an address, with its sentence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from threading import Lock
from typing import Protocol

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from monitor.core.checkpoint import Checkpoint
from monitor.core.cited import Citation, code_of, places_of, values_of
from monitor.core.model import Depth, Vantage
from monitor.core.scopes import PATH, Scope
from monitor.core.windows import window
from monitor.errors import EvidenceError
from monitor.exports.edges import Period
from monitor.exports.package import LICENCES
from monitor.exports.publish import PROOF, package
from monitor.store.figures import Figures
from monitor.web.bodies import TooLarge, fields_of
from monitor.web.cited_words import DEFINITION, cited_figure, sentence_of
from monitor.web.language import LANGUAGES, _, link, speaking
from monitor.web.limits import RateLimit
from monitor.web.pages import GET, Pages
from monitor.web.reader import Reader
from monitor.web.statements import statement_views
from monitor.web.statistics_views import shown
from monitor.web.typography import french, number, precise

A_MINUTE, A_DAY = 6, 500
"""Citations that one visitor, and all together, may make: each is kept for ever."""

MOST_SLOTS = 100_000
"""In a folder. It is made while the visitor waits, in memory; more than that is in the months."""


Proof = Callable[[int, int], dict[str, object]]
"""A proof of every leaf from one slot's to another's. Raises EvidenceError while it
cannot."""


class Register(Protocol):
    """Where citations are kept."""

    def citation(self, code: str) -> Citation | None:
        """The citation of this code."""

    def cite(self, made: Citation) -> Citation:
        """Keep a citation."""

    def citations_since(self, moment: datetime) -> int:
        """How many were made since then."""

    def last_checkpoint(self) -> Checkpoint | None:
        """The last signed state of the log."""

    def vantages(self) -> Mapping[str, Vantage]:
        """Every registered vantage, by id."""


class Desk:
    """Makes citations, and shows them again."""

    def __init__(
        self,
        pages: Pages,
        reader: Reader,
        register: Register,
        figures: Figures,
        proof: Proof | None = None,
    ) -> None:
        self.pages, self.reader, self.register, self.figures = pages, reader, register, figures
        self._proof = proof
        self._busy = Lock()

    def cite(self, fields: dict[str, str]) -> Citation:
        """Freeze what a form asks for. Raises HTTPException."""
        now = self.pages.clock().replace(microsecond=0)
        if self.register.citations_since(now - timedelta(days=1)) >= A_DAY:
            raise HTTPException(429)
        component, depth = fields.get("etape", ""), fields.get("profondeur", "")
        if component not in self.figures.components() or depth not in ("", *Depth):
            raise HTTPException(404)
        try:
            span = window(fields.get("fenetre", ""), now=now)
        except ValueError:
            raise HTTPException(404) from None
        scope = Scope(component=component, depth=Depth(depth) if depth else None)
        found = self.figures.figure(scope, span.start, span.end, now=now)
        values, last = values_of(found), self.register.last_checkpoint()
        return self.register.cite(
            Citation(
                code=code_of(scope, span.name, now, values),
                scope=scope,
                window=span.name,
                start=span.start,
                end=span.end,
                as_of=now,
                values=values,
                checkpoint=last.label if last else "",
                root=last.root if last else "",
                places=places_of(found, self.register.vantages()),
            )
        )

    def _found(self, code: str) -> Citation:
        """The citation of this code. Raises HTTPException 404."""
        cited = self.register.citation(code)
        if cited is None:
            raise HTTPException(404)
        return cited

    def show(self, code: str) -> Response:
        """The page of a citation: what was frozen, and what is different since. Raises
        HTTPException 404."""
        cited = self._found(code)
        scope, now = cited.scope, self.pages.clock()
        again = self.figures.figure(scope, cited.start, cited.end, now=cited.as_of)
        second = self.figures.second(scope, cited.start, cited.end, now=now)
        second_value = ""
        if second is not None:
            second_value = shown(second.availability, second.digits) or _("données insuffisantes")
        return self.pages.answer(
            "citation.html",
            code=code,
            cited=cited_figure(cited),
            second=second_value,
            frozen=precise(cited.as_of),
            checkpoint=cited.checkpoint,
            root=cited.root,
            values=cited.values,
            is_still=cited.is_still(again),
            sentences=[(name, self._sentence(cited, name)) for name in LANGUAGES],
            statements=statement_views(self.reader.statements(about=code)),
            address=self._address(cited),
        )

    def _address(self, cited: Citation) -> str:
        return (self.pages.publisher.public_url or "").rstrip("/") + f"/c/{cited.code}"

    def _sentence(self, cited: Citation, name: str) -> str:
        publisher = self.pages.publisher
        with speaking(name):
            who = publisher.operator or publisher.public_url or "anef-monitor"
            said = sentence_of(cited, who)
            return f"[{_('SITE DE RÉPÉTITION')}] {said}" if publisher.rehearsal else said

    def folder(self, code: str) -> Response:
        """All that it takes to compute a citation again with us gone, as ZIP: the data as known
        when it was made, their definition, the script, and the log's proof of the records. One is
        made at a time. Raises HTTPException 404, 429 while another is made."""
        cited = self._found(code)
        if not self._busy.acquire(blocking=False):
            raise HTTPException(429)
        try:
            within = self._sequences(cited)
            if len(within) > MOST_SLOTS:
                return self._too_long()
            data = self._archive(cited, self._proof_of(within))
        finally:
            self._busy.release()
        headers = {"content-disposition": f'attachment; filename="citation-{code}.zip"'}
        return Response(data, media_type="application/zip", headers=headers)

    def _archive(self, cited: Citation, proof: dict[str, object] | None) -> bytes:
        name = f"citation-{cited.code}"
        own = {"citation.json": self._json(cited)}
        if proof is not None:
            own[PROOF] = json.dumps(proof, ensure_ascii=False).encode()
        files = package(
            self.figures,
            Period(name=name, start=cited.figure_start, end=cited.figure_end, known_at=cited.as_of),
            publisher=self.pages.publisher.operator,
            only=cited.scope.component,
            cited=own,
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for one, data in files.items():
                entry = zipfile.ZipInfo(f"{name}/{one}", cited.as_of.timetuple()[:6])
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _too_long(self) -> Response:
        detail = _(
            "Ce dossier contiendrait plus de {n} relevés. Les mois des données ouvertes les "
            "contiennent, avec le même script."
        ).format(n=number(MOST_SLOTS))
        title = _("Cette période est trop longue pour un dossier.")
        return self.pages.answer("error.html", status=413, title=title, detail=french(detail))

    def _sequences(self, cited: Citation) -> list[int]:
        """The slots that the figure rests on; one more than MOST_SLOTS for any more."""
        component = cited.scope.component
        slots = self.reader.slots(
            component=None if component == PATH else component,
            since=cited.figure_start,
            until=cited.figure_end,
        )
        return [one.sequence for one in islice(slots, MOST_SLOTS + 1)]

    def _proof_of(self, within: list[int]) -> dict[str, object] | None:
        if self._proof is None or not within:
            return None
        try:
            return self._proof(min(within), max(within))
        except EvidenceError:  # no checkpoint covers them yet
            return None

    def plain(self, code: str) -> bytes:
        """A citation for machines, as JSON. Raises HTTPException 404."""
        return self._json(self._found(code))

    def _json(self, cited: Citation) -> bytes:
        value = {
            "schema": "citation/1",
            "code": cited.code,
            "address": self._address(cited),
            "component": cited.scope.component,
            "depth": cited.scope.depth.value if cited.scope.depth else None,
            "window": cited.window,
            "as_of": cited.as_of.isoformat(),
            "figure": cited.figures,
            "vantages": [vars(one) for one in cited.vantages],
            "checkpoint": cited.checkpoint,
            "root": cited.root,
            "definition_fr": DEFINITION[0],
            "definition_en": DEFINITION[1],
            "sentence_fr": self._sentence(cited, "fr"),
            "sentence_en": self._sentence(cited, "en"),
            "licences": LICENCES,
        }
        return f"{json.dumps(value, ensure_ascii=False, indent=1)}\n".encode()


def add_citations(
    app: FastAPI,
    pages: Pages,
    reader: Reader,
    register: Register,
    figures: Figures,
    proof: Proof | None = None,
) -> None:
    """The button's address, the permanent address, the same for machines, and as a folder.
    ``proof`` proves a range of slots; None without a log."""
    desk = Desk(pages, reader, register, figures, proof)
    limit, folders = RateLimit(A_MINUTE, 60), RateLimit(A_MINUTE, 60)

    @app.post("/citations")
    async def cite(request: Request) -> Response:
        if not limit.allows(request.client.host if request.client else ""):
            raise HTTPException(429)
        try:
            fields = await fields_of(request)
        except TooLarge:
            raise HTTPException(413) from None
        made = await run_in_threadpool(desk.cite, fields)
        with speaking("en" if fields.get("langue") == "en" else "fr"):
            return RedirectResponse(link(f"/c/{made.code}"), status_code=303)

    @app.api_route("/c/{code}.json", methods=GET)
    def machines(code: str) -> Response:
        headers = {"access-control-allow-origin": "*"}
        return Response(desk.plain(code), media_type="application/json", headers=headers)

    @app.api_route("/c/{code}.zip", methods=GET)
    def folder(code: str, request: Request) -> Response:
        if not folders.allows(request.client.host if request.client else ""):
            raise HTTPException(429)
        return desk.folder(code)

    @app.api_route("/c/{code}", methods=GET)
    def show(code: str) -> Response:
        return desk.show(code)
