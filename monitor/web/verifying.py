"""``/verifier`` and ``/r/{code}``: from a document back to what the observatory recorded.

A dropped file is read in memory, within a limit, and forgotten with the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from monitor.certificates.ledger import Ledger
from monitor.core.cited import Citation
from monitor.core.corrected import PublicStatement
from monitor.core.issued import ATTEMPTS, Issued, normal_code, shown_code
from monitor.core.model import Incident
from monitor.web.bodies import TooLarge, body_of, file_in
from monitor.web.documents import FORM_HEADERS, TOO_LARGE, TOO_OFTEN, Refused
from monitor.web.incident_views import IncidentRow, incident_row, last_seen
from monitor.web.language import N_, _, language, link
from monitor.web.limits import RateLimit
from monitor.web.pages import GET, Pages
from monitor.web.statements import StatementView, statement_views
from monitor.web.typography import NBSP, french, number, precise
from monitor.web.words import title

LARGEST_PDF_BYTES = 25_000_000
VERIFICATIONS_A_MINUTE = 6
CODES_A_MINUTE = 30

PDF_START = b"%PDF-"


class Check(Protocol):
    """One thing that was looked at, and whether it holds."""

    @property
    def name(self) -> str:
        """What was looked at, a short name that stays."""

    @property
    def passed(self) -> bool:
        """It holds."""

    @property
    def fr(self) -> str:
        """Said in French."""

    @property
    def en(self) -> str:
        """Said in English."""


Verify = Callable[[bytes], Sequence[Check]]
"""Looks at the bytes of a document, offline. A file that is none gives a check that fails."""


UNKNOWN = (
    N_("Aucun document ne porte ce code."),
    N_(
        "Relisez-le sur le document, près du QR code. S’il est exact, le document n’a pas été émis "
        "par cet observatoire, ou pas à cette adresse."
    ),
)


class Register(Ledger, Protocol):
    """The store, with the documents that it remembers."""

    def certificate(self, code: str) -> Issued | None:
        """The document with this code."""

    def citation(self, code: str) -> Citation | None:
        """The cited figure with this code: corrections name both kinds of codes alike."""

    def leaf_number(self, kind: str, subject: int) -> int | None:
        """Where the leaf about this subject is in the log; None when there is none."""

    def certificate_of(self, sha256: str) -> Issued | None:
        """The document whose bytes have this hash."""

    def statements(self, *, about: str | None = None) -> Sequence[PublicStatement]:
        """Corrections and answers in the order of recording; with ``about`` those on one thing."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was said of a record after a document was made: "relevé n° 12 : …"."""

    record: str
    said: str
    when: str


@dataclass(frozen=True, kw_only=True)
class RecordView:
    """The public record of a document."""

    code: str
    serial: str
    kind: str
    made: str
    specimen: bool
    steps: tuple[str, ...]
    category: str
    start: str
    end: str
    weeks: bool
    records: str
    sha256: str
    leaf: str
    incidents: tuple[IncidentRow, ...]
    changes: tuple[Change, ...]
    statements: tuple[StatementView, ...]


@dataclass(frozen=True, kw_only=True)
class CheckView:
    """One check in words; ``tone`` is good or bad, ``label`` "" where the sentence says it all."""

    said: str
    tone: str
    label: str = ""


LABELS = {
    "format": N_("fichier"),
    "document_signature": N_("signature du document"),
    "document_stamp": N_("date de la signature"),
    "document_whole": N_("étendue de la signature"),
    "document_pdf": N_("structure du PDF"),
    "attachments": N_("pièces jointes"),
    "proof_file": N_("preuve du journal"),
    "proof": N_("lecture de la preuve"),
    "signature": N_("signature du journal"),
    "inclusion": N_("présence au journal"),
    "stamp": N_("horodatage du journal"),
    "dates": N_("date certaine"),
    "sequence": N_("suite des numéros"),
    "records": N_("relevés joints"),
    "figures": N_("chiffres recalculés"),
    "looks": N_("relevés détaillés"),
    "page": N_("valeurs imprimées"),
}


def add_verifying(
    app: FastAPI,
    pages: Pages,
    register: Register,
    verify: Verify | None,
    has_keys: Callable[[], bool] = lambda: False,
) -> None:
    """Both pages. Without ``verify`` only what the register knows is said of a file. ``has_keys``
    tells whether there is a ``/keys.json``: a site has none before its log begins."""
    page_with = partial(_page, pages, has_keys)
    uploads, lookups = RateLimit(VERIFICATIONS_A_MINUTE, 60), RateLimit(CODES_A_MINUTE, 60)

    @app.api_route("/verifier", methods=GET)
    def verifier() -> Response:
        return page_with(checks=None, record=None)

    @app.post("/verifier")
    async def dropped(request: Request) -> Response:
        _admit(request, uploads)
        try:
            body = await body_of(request, LARGEST_PDF_BYTES)
        except TooLarge:
            raise Refused(413, TOO_LARGE) from None
        kind = request.headers.get("content-type", "")
        return await run_in_threadpool(_verified, page_with, pages, register, verify, body, kind)

    @app.api_route("/r", methods=GET)
    def typed(code: str = "") -> Response:
        return RedirectResponse(link(f"/r/{normal_code(code) or 'inconnu'}"), 303)

    @app.api_route("/r/{code}", methods=GET)
    def record(request: Request, code: str) -> Response:
        _admit(request, lookups)
        found = register.certificate(code)
        if found is None and register.citation(code) is not None:
            return RedirectResponse(link(f"/c/{code}"), 303)
        if found is None:
            title, detail = _(UNKNOWN[0]), french(_(UNKNOWN[1]))
            return pages.answer("error.html", status=404, title=title, detail=detail)
        page = pages.answer("releve_public.html", record=record_view(register, found, pages))
        page.headers["cache-control"] = "no-store"
        return page


def _admit(request: Request, limit: RateLimit) -> None:
    if not limit.allows(request.client.host if request.client else ""):
        raise Refused(429, TOO_OFTEN)


def _verified(
    page_with: Callable[..., Response],
    pages: Pages,
    register: Register,
    verify: Verify | None,
    body: bytes,
    content_type: str,
) -> Response:
    data = file_in(body, content_type, "file") or b""
    if not data:
        return page_with(checks=[_said(False, _("Aucun fichier n’a été reçu."))], record=None)
    if PDF_START not in data[:1024]:
        return page_with(checks=[_said(False, _("Ce fichier n’est pas un PDF."))], record=None)
    issued = register.certificate_of(hashlib.sha256(data).hexdigest())
    checks = [_registered(issued)]
    if verify is not None:
        checks += [_checked(one) for one in verify(data)]
    record = record_view(register, issued, pages) if issued else None
    return page_with(checks=checks, record=record)


def _registered(issued: Issued | None) -> CheckView:
    if issued is None:
        return _said(
            False,
            _(
                "Ce fichier, octet pour octet, n’a pas été émis par cet observatoire : il a été "
                "modifié ou imprimé à nouveau, ou vient d’ailleurs. Son code mène à la fiche."
            ),
        )
    words = _(
        "Ce fichier est, octet pour octet, le document n° {serial} émis par cet observatoire."
    )
    return _said(True, words.format(serial=issued.serial))


def _checked(one: Check) -> CheckView:
    label = LABELS.get(one.name)
    return CheckView(
        said=french(one.fr if language() == "fr" else one.en),
        tone="good" if one.passed else "bad",
        label=_(label) if label else "",
    )


def _said(passed: bool, words: str) -> CheckView:
    return CheckView(said=french(words), tone="good" if passed else "bad")


def _page(
    pages: Pages,
    has_keys: Callable[[], bool],
    *,
    checks: Sequence[CheckView] | None,
    record: RecordView | None,
) -> Response:
    failed = sum(one.tone == "bad" for one in checks or ())
    page = pages.answer(
        "verifier.html", checks=checks, failed=failed, record=record, has_keys=has_keys()
    )
    page.headers.update(FORM_HEADERS)
    return page


def record_view(register: Register, issued: Issued, pages: Pages) -> RecordView:
    """What the public may know of a document: what it is about, and what was said since."""
    own = _incidents(register, issued)
    return RecordView(
        code=shown_code(issued.code),
        serial=issued.serial,
        kind=_(_KINDS[issued.kind]),
        made=precise(issued.made_at),
        specimen=issued.specimen,
        steps=tuple(title(one) for one in issued.components),
        category=issued.category or "",
        start=precise(issued.period_start),
        end=precise(issued.period_end),
        weeks=issued.kind == ATTEMPTS,
        records=_records(issued),
        sha256=issued.sha256 or "",
        leaf=_leaf(register, issued),
        incidents=tuple(incident_row(one, pages.clock(), last_seen(register, one)) for one in own),
        changes=_changes(register, issued),
        statements=_statements(register, issued, own),
    )


def _statements(
    register: Register, issued: Issued, incidents: Sequence[Incident]
) -> tuple[StatementView, ...]:
    """What was said of the document, by its code however it was written, or of an incident in
    it."""
    own = {f"{one.component}-{one.opened_sequence}" for one in incidents}
    return statement_views(
        one
        for one in register.statements()
        if one.about in own or normal_code(one.about) == issued.code
    )


_KINDS = {"outage": N_("Relevé de dysfonctionnement"), "attempts": N_("Relevé de concordance")}


def _leaf(register: Register, issued: Issued) -> str:
    """Where the document itself stands in the log; "" without one."""
    found = register.leaf_number("certificate", issued.number)
    return "" if found is None else number(found)


def _records(issued: Issued) -> str:
    if issued.first_sequence is None or issued.last_sequence is None:
        return "—"
    return f"{number(issued.first_sequence)}{NBSP}–{NBSP}{number(issued.last_sequence)}"


def _incidents(register: Register, issued: Issued) -> list[Incident]:
    found = [
        one
        for component in issued.components
        for one in register.incidents(component=component, since=issued.period_start)
        if one.started_before < issued.period_end
    ]
    return sorted(found, key=lambda one: one.started_before)


def _changes(register: Register, issued: Issued) -> tuple[Change, ...]:
    """Later verdicts and persons' decisions on its records, made after the document."""
    said: list[tuple[datetime, int, str]] = [
        (one.decided_at, one.sequence, _("reclassé par de nouvelles règles"))
        for one in register.reclassifications()
    ]
    said += [
        (one.decided_at, one.sequence, _("examiné par une personne")) for one in register.reviews()
    ]
    first, last = issued.first_sequence or 0, issued.last_sequence or -1
    components = {
        sequence: record.slot.component
        for _moment, sequence, _words in said
        if first <= sequence <= last and (record := register.slot(sequence))
    }
    return tuple(
        Change(
            record=_("relevé n° {number}").format(number=sequence).replace("n° ", f"n°{NBSP}"),
            said=words,
            when=precise(moment),
        )
        for moment, sequence, words in sorted(said)
        if components.get(sequence) in issued.components and moment > issued.made_at
    )
