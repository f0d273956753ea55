"""A document from its report to its bytes: number, evidence, layout, signature, hash.

All in memory, by the process that was asked. What is kept of it is a line of the register.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from monitor.certificates.evidence import Evidence
from monitor.certificates.gather import Blobs, Report, evidence_of
from monitor.certificates.ledger import Ledger
from monitor.certificates.make import make_pdf
from monitor.certificates.model import OutageReport
from monitor.core.checkpoint import CERTIFICATE
from monitor.core.issued import ATTEMPTS, OUTAGE, Issued
from monitor.errors import EvidenceError
from monitor.evidence.log import TransparencyLog

_log = logging.getLogger(__name__)


class Register(Ledger, Protocol):
    """The store: what a document reads, and the line that is kept of it."""

    def reserve_certificate(
        self,
        *,
        kind: str,
        components: Sequence[str],
        category: str | None,
        period: tuple[datetime, datetime],
        sequences: tuple[int | None, int | None],
        specimen: bool,
        now: datetime,
    ) -> Issued:
        """A new serial number and code."""

    def complete_certificate(self, number: int, sha256: str) -> Issued:
        """Keep the hash of the finished document."""


@dataclass(frozen=True, kw_only=True)
class SignedBy:
    """Whose signature it is, as the document prints it."""

    name: str
    fingerprint: str
    qualified: bool = False


class Signer(Protocol):
    """Signs the bytes of a PDF at one of its levels, the one aimed at first."""

    @property
    def by(self) -> SignedBy:
        """Whose signature it is."""

    @property
    def levels(self) -> Sequence[str]:
        """What is aimed at, then what is fallen back on."""

    def sign(self, pdf: bytes, level: str) -> bytes:
        """The signed document. Raises EvidenceError where this level cannot be had."""


class Press:
    """Makes documents. ``log`` is None where none is kept, ``signer`` where nothing signs;
    ``stamp`` asks the authorities at once."""

    def __init__(
        self,
        register: Register,
        blobs: Blobs,
        *,
        log: TransparencyLog | None = None,
        signer: Signer | None = None,
        stamp: Callable[[], object] | None = None,
    ) -> None:
        self._register = register
        self._blobs = blobs
        self._log = log
        self._signer = signer
        self._stamp = stamp

    @property
    def signs(self) -> bool:
        """True when its documents carry a signature."""
        return self._signer is not None

    def issue(self, report: Report, *, lang: str = "fr") -> tuple[bytes, Issued]:
        """The finished document and the line that is kept of it. Slow: call it outside of the
        event loop.

        Raises BadRequest, MakingFailed, EvidenceError, StoreError. A number that was reserved for
        a document that could not be made stays unused.
        """
        evidence = evidence_of(report, self._register, self._blobs, self._log, self._stamp)
        reserved = self._reserve(report)
        numbered = replace(
            report,
            frame=replace(report.frame, serial=reserved.serial, code=reserved.code),
        )
        pdf = self._signed(numbered, evidence, lang)
        issued = self._register.complete_certificate(
            reserved.number, hashlib.sha256(pdf).hexdigest()
        )
        if self._log is not None:
            self._log.checkpoint(CERTIFICATE)
        return pdf, issued

    def preview(self, report: Report, *, lang: str = "fr") -> bytes:
        """The same document without number, proof or signature, marked as a preview."""
        return make_pdf(report, evidence_of(report, self._register, self._blobs, None), lang=lang)

    def _reserve(self, report: Report) -> Issued:
        frame = report.frame
        outage = isinstance(report, OutageReport)
        category = report.components[0].category if isinstance(report, OutageReport) else None
        return self._register.reserve_certificate(
            kind=OUTAGE if outage else ATTEMPTS,
            components=frame.components,
            category=category,
            period=(frame.period_start, frame.period_end),
            sequences=(frame.first_sequence, frame.last_sequence),
            specimen=frame.specimen,
            now=frame.made_at,
        )

    def _signed(self, report: Report, evidence: Evidence, lang: str) -> bytes:
        """Signed at the highest level that can be had; each level is printed, so the document is
        laid out again for a lower one."""
        signer = self._signer
        if signer is None:
            return make_pdf(report, evidence, lang=lang)
        last: EvidenceError | None = None
        for level in signer.levels:
            named = replace(
                evidence,
                signature_level=str(level),
                signer=signer.by.name,
                signer_fingerprint=signer.by.fingerprint,
                signer_is_qualified=signer.by.qualified,
            )
            try:
                return signer.sign(make_pdf(report, named, lang=lang), level)
            except EvidenceError as error:
                _log.warning("a document is signed at a lower level than %s: %s", level, error)
                last = error
        raise EvidenceError("the document could not be signed") from last
