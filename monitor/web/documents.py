"""``/releves``: what a lawyer asks for, seen on the page before a document is made of it.

Nothing that is sent here is stored, logged or put in a name: it lives as long as the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from monitor.certificates.build import outage_report
from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.errors import BadRequest
from monitor.certificates.ledger import Ledger
from monitor.certificates.model import AttemptsReport, Issuer, OutageReport
from monitor.core.attempts import DeclaredAttempt
from monitor.core.model import COMPONENTS
from monitor.core.territories import TERRITORIES
from monitor.web import attempt_form, outage_form
from monitor.web.bodies import TooLarge, fields_of
from monitor.web.findings import findings_view
from monitor.web.headers import FORM_POLICY
from monitor.web.language import N_, _, language
from monitor.web.limits import RateLimit
from monitor.web.outage_view import outage_view
from monitor.web.pages import GET, Pages
from monitor.web.reader import Blobs
from monitor.web.typography import french, paris
from monitor.web.words import title

FORM_HEADERS = {"content-security-policy": FORM_POLICY, "cache-control": "no-store"}

PREVIEWS_A_MINUTE = 20
PDFS_A_MINUTE = 4

Report = OutageReport | AttemptsReport
MakePdf = Callable[[Report], bytes]
"""Makes the signed document in memory; serial number and code are allotted on the way."""


@dataclass(frozen=True, kw_only=True)
class Documents:
    """What the pages of documents need. ``make`` is None while signing over the web is off: the
    findings are shown all the same. ``watched`` are the components that are looked at."""

    ledger: Ledger
    blobs: Blobs
    issuer: Issuer
    rehearsal: bool
    watched: Sequence[str]
    make: MakePdf | None = None


class Refused(Exception):
    """The request is answered with a sentence instead: too large, or too often."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


TOO_OFTEN = N_("Trop de demandes en peu de temps : attendez une minute, puis recommencez.")
TOO_LARGE = N_("Ce qui a été envoyé est trop grand pour être lu.")


class Desk:
    """Answers one request at a time: making a document is dear, and the machine is measuring."""

    def __init__(self, documents: Documents, pages: Pages) -> None:
        self.documents = documents
        self.pages = pages
        self._busy = Lock()
        self._previews = RateLimit(PREVIEWS_A_MINUTE, 60)
        self._pdfs = RateLimit(PDFS_A_MINUTE, 60)

    async def fields(self, request: Request) -> dict[str, str]:
        """What a form sent. Raises Refused."""
        self.admit(request, self._previews)
        try:
            return await fields_of(request)
        except TooLarge:
            raise Refused(413, TOO_LARGE) from None

    def admit(self, request: Request, limit: RateLimit) -> None:
        """Raises Refused when this visitor asks too often."""
        if not limit.allows(request.client.host if request.client else ""):
            raise Refused(429, TOO_OFTEN)

    def admit_preview(self, request: Request) -> None:
        """The same for what is only looked at."""
        self.admit(request, self._previews)

    def admit_pdf(self, request: Request) -> None:
        """The same for what is signed."""
        self.admit(request, self._pdfs)

    def outage(self, wanted: outage_form.Wanted) -> OutageReport:
        """The report of a period. Raises BadRequest."""
        found = self.documents
        with self._busy:
            return outage_report(
                found.ledger,
                kept=found.blobs.has,
                issuer=found.issuer,
                rehearsal=found.rehearsal,
                components=wanted.components,
                category=wanted.category,
                start=wanted.start,
                end=wanted.end,
                now=self.pages.clock(),
            )

    def attempts(self, attempts: Sequence[DeclaredAttempt]) -> AttemptsReport:
        """The report of these attempts. Raises BadRequest."""
        found = self.documents
        with self._busy:
            return attempts_report(
                found.ledger,
                kept=found.blobs.has,
                issuer=found.issuer,
                rehearsal=found.rehearsal,
                attempts=attempts,
                now=self.pages.clock(),
            )

    def pdf(self, report: Report, name: str) -> Response:
        """The document as a download, under a name that tells nothing of whom it serves."""
        make = self.documents.make
        if make is None:
            raise Refused(403, N_("La signature en ligne n’est pas activée sur cet observatoire."))
        with self._busy:
            data = make(report)
        headers = {
            "content-disposition": f'attachment; filename="{name}.pdf"',
            "cache-control": "no-store",
        }
        return Response(data, media_type="application/pdf", headers=headers)

    def answer(self, name: str, *, status: int = 200, **values: object) -> Response:
        """A page with a form."""
        page = self.pages.answer(
            name,
            status=status,
            steps=[(one, title(one)) for one in COMPONENTS],
            watched=self.documents.watched,
            signing=self.documents.make is not None,
            **values,
        )
        page.headers.update(FORM_HEADERS)
        return page

    def refused(self, error: Refused) -> Response:
        """The sentence of a refusal as a page."""
        page = self.pages.answer(
            "error.html", status=error.status, title=french(_(error.sentence)), detail=""
        )
        if error.status == 429:
            page.headers["retry-after"] = "60"
        return page


def add_documents(app: FastAPI, desk: Desk) -> None:
    """The pages below ``/releves``."""

    async def refused(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return desk.refused(error)

    app.add_exception_handler(Refused, refused)

    @app.api_route("/releves", methods=GET)
    def releves() -> Response:
        return desk.answer("releves.html")

    _add_outage(app, desk)
    _add_attempts(app, desk)


def _add_outage(app: FastAPI, desk: Desk) -> None:
    @app.api_route("/releves/dysfonctionnement", methods=GET)
    def form(request: Request) -> Response:
        fields = dict(request.query_params)
        if not fields:
            today = paris(desk.pages.clock()).date()
            return _outage_page(desk, outage_form.fresh(desk.documents.watched, today), None)
        desk.admit_preview(request)
        found, report = _outage(desk, fields)
        return _outage_page(desk, found, report)

    @app.post("/releves/dysfonctionnement")
    async def document(request: Request) -> Response:
        fields = await desk.fields(request)
        desk.admit_pdf(request)
        found, report = await run_in_threadpool(_outage, desk, fields)
        if report is None:
            return _outage_page(desk, found, None)
        return await run_in_threadpool(desk.pdf, report, "releve-de-dysfonctionnement")


def _outage(desk: Desk, fields: Mapping[str, str]) -> tuple[outage_form.Form, OutageReport | None]:
    form = outage_form.form_of(fields)
    try:
        return form, desk.outage(outage_form.wanted(form))
    except BadRequest as error:
        return outage_form.with_error(form, error), None


def _outage_page(desk: Desk, form: outage_form.Form, report: OutageReport | None) -> Response:
    return desk.answer(
        "releve_dysfonctionnement.html",
        form=form,
        found=outage_view(report) if report else None,
    )


def _add_attempts(app: FastAPI, desk: Desk) -> None:
    @app.api_route("/releves/concordance", methods=GET)
    def form() -> Response:
        return _attempts_page(desk, attempt_form.Form())

    @app.post("/releves/concordance")
    async def sent(request: Request) -> Response:
        fields = await desk.fields(request)
        if fields.get("do") == "pdf":
            desk.admit_pdf(request)
        return await run_in_threadpool(_attempts, desk, fields)


def _attempts(desk: Desk, fields: Mapping[str, str]) -> Response:
    """Whatever a button of the form asks for."""
    form, do = attempt_form.form_of(fields), fields.get("do", "see")
    if do == "add":
        return _attempts_page(desk, attempt_form.with_more(form))
    if number := attempt_form.REMOVE.fullmatch(do):
        return _attempts_page(desk, attempt_form.without(form, int(number[1])))
    if do == "read":
        today = paris(desk.pages.clock()).date()
        read, count = attempt_form.with_message_read(form, today)
        return _attempts_page(desk, read, said=_read_words(count))
    form, attempts = attempt_form.judged(form)
    if form.is_wrong:
        return _attempts_page(desk, form)
    try:
        report = desk.attempts(attempts)
    except BadRequest as error:
        return _attempts_page(desk, attempt_form.with_error(form, error))
    if do == "pdf":
        return desk.pdf(report, "releve-de-concordance")
    return _attempts_page(desk, form, report=report)


def _read_words(count: int) -> str:
    if count == 0:
        said = _("Aucune date n’a été reconnue dans le message : remplissez les lignes à la main.")
    elif count == 1:
        said = _("Une tentative a été lue dans le message : vérifiez la ligne ci-dessous.")
    else:
        words = _("{count} tentatives ont été lues dans le message : vérifiez chaque ligne.")
        said = words.format(count=count)
    return french(said)


def _attempts_page(
    desk: Desk,
    form: attempt_form.Form,
    *,
    said: str = "",
    report: AttemptsReport | None = None,
) -> Response:
    return desk.answer(
        "releve_concordance.html",
        form=form,
        said=said,
        territories=TERRITORIES,
        most_rows=attempt_form.MOST_ROWS,
        found=findings_view(report) if report else None,
        today=paris(desk.pages.clock()).date().isoformat(),
        english=language() == "en",
    )
