"""``/citations`` and ``/c/{code}``: a figure frozen under an address, with its sentence."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from monitor.core.checkpoint import Checkpoint
from monitor.core.cited import Citation, code_of, values_of
from monitor.core.model import Depth
from monitor.core.scopes import Scope
from monitor.core.windows import window
from monitor.errors import EvidenceError
from monitor.exports.edges import Period
from monitor.exports.publish import package
from monitor.store.figures import Figures
from monitor.web.bodies import TooLarge, fields_of
from monitor.web.language import LANGUAGES, _, link, speaking
from monitor.web.limits import RateLimit
from monitor.web.pages import GET, Pages
from monitor.web.reader import Reader
from monitor.web.statements import statement_views
from monitor.web.statistics_views import figure_line, scope_title, sentence_of
from monitor.web.typography import precise

A_MINUTE, A_DAY = 6, 500
"""Citations that one visitor, and all together, may make: each is kept for ever."""


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
            )
        )

    def show(self, code: str) -> Response:
        """The page of a citation. Raises HTTPException 404."""
        cited = self.register.citation(code)
        if cited is None:
            raise HTTPException(404)
        scope, now = cited.scope, self.pages.clock()
        again = self.figures.figure(scope, cited.start, cited.end, now=cited.as_of)
        second = self.figures.second(scope, cited.start, cited.end, now=now)
        week = self.figures.week(scope, cited.start, cited.end, now=cited.as_of)
        return self.pages.answer(
            "citation.html",
            code=code,
            title=scope_title(scope.component),
            line=figure_line(scope, again, week, second, cited.as_of),
            frozen=precise(cited.as_of),
            checkpoint=cited.checkpoint,
            root=cited.root,
            values=cited.values,
            is_still=cited.is_still(again),
            sentences=[(name, self._sentence(cited, name)) for name in LANGUAGES],
            statements=statement_views(self.reader.statements(about=code)),
            address=(self.pages.publisher.public_url or "").rstrip("/") + f"/c/{code}",
        )

    def _sentence(self, cited: Citation, name: str) -> str:
        publisher = self.pages.publisher
        with speaking(name):
            again = self.figures.figure(cited.scope, cited.start, cited.end, now=cited.as_of)
            said = sentence_of(
                cited.scope.component,
                again,
                depth=cited.scope.depth,
                code=cited.code,
                publisher=publisher.operator or publisher.public_url or "anef-monitor",
            )
            return f"[{_('SITE DE RÉPÉTITION')}] {said}" if publisher.rehearsal else said

    def folder(self, code: str) -> bytes:
        """All that it takes to compute a citation again with us gone, as ZIP: the data as known
        when it was made, their definition, the script, and the log's proof of the records.
        Raises HTTPException 404."""
        cited = self.register.citation(code)
        if cited is None:
            raise HTTPException(404)
        period = Period(
            name=f"citation-{code}",
            start=cited.figure_start,
            end=cited.figure_end,
            known_at=cited.as_of,
        )
        publisher = self.pages.publisher
        files = package(self.figures, period, publisher=publisher.operator)
        text = json.dumps(self.plain(code), ensure_ascii=False, indent=1)
        files["citation.json"] = f"{text}\n".encode()
        if (proof := self._proof_of(cited)) is not None:
            files["proof.json"] = json.dumps(proof, ensure_ascii=False).encode()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                entry = zipfile.ZipInfo(f"{period.name}/{name}", cited.as_of.timetuple()[:6])
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def _proof_of(self, cited: Citation) -> dict[str, object] | None:
        if self._proof is None:
            return None
        within = [
            one.sequence
            for one in self.reader.slots(since=cited.figure_start, until=cited.figure_end)
        ]
        try:
            return self._proof(min(within), max(within)) if within else None
        except EvidenceError:  # no checkpoint covers them yet
            return None

    def plain(self, code: str) -> dict[str, object]:
        """A citation for machines. Raises HTTPException 404."""
        cited = self.register.citation(code)
        if cited is None:
            raise HTTPException(404)
        return {
            "schema": "citation/1",
            "code": cited.code,
            "component": cited.scope.component,
            "depth": cited.scope.depth.value if cited.scope.depth else None,
            "window": cited.window,
            "as_of": cited.as_of.isoformat(),
            "figure": cited.figures,
            "checkpoint": cited.checkpoint,
            "root": cited.root,
            "sentence_fr": self._sentence(cited, "fr"),
            "sentence_en": self._sentence(cited, "en"),
        }


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
        text = json.dumps(desk.plain(code), ensure_ascii=False, indent=1)
        return Response(text, media_type="application/json")

    @app.api_route("/c/{code}.zip", methods=GET)
    def folder(code: str, request: Request) -> Response:
        if not folders.allows(request.client.host if request.client else ""):
            raise HTTPException(429)
        headers = {"content-disposition": f'attachment; filename="citation-{code}.zip"'}
        return Response(desk.folder(code), media_type="application/zip", headers=headers)

    @app.api_route("/c/{code}", methods=GET)
    def show(code: str) -> Response:
        return desk.show(code)
