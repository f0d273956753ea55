"""The signature of a document: by whom, over what, since when, and nothing after it.

A file from a stranger is first looked at as bytes alone: what no published certificate has signed
is never parsed as a PDF. Then pyHanko gives its own judgement of the whole file.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from asn1crypto import cms, parser, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import CMSExtractionError, SigningError
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError

from monitor.evidence.report import Checking, Sound, Unsound, shown, stated
from monitor.evidence.stamp_check import UNPARSABLE, BadStamp, check_token, read_certificates
from monitor.evidence.trust import Trust

T = TypeVar("T")

PDF_START = b"%PDF-"
LARGEST_PDF_BYTES = 64 << 20
MOST_SIGNATURES = 16
_RANGE = re.compile(
    rb"/ByteRange\s{0,9}\[\s{0,9}0 {1,9}(\d{1,9}) {1,9}(\d{1,9}) {1,9}(\d{1,9}) {0,9}\]"
)
DAMAGED = (
    *(PdfError, SignatureValidationError, CMSExtractionError, SigningError, PathError),
    *UNPARSABLE,
    *(AssertionError, NotImplementedError, RecursionError, OSError, EOFError),
)
"""What pyHanko raises over files that are not what they say."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one signature of the file covers, and the signature itself as CMS."""

    covered: bytes
    end: int
    signed: cms.SignedData


@dataclass(frozen=True, kw_only=True)
class SignedDocument:
    """A document that a published certificate has signed. ``stamped_at`` is None without stamp."""

    data: bytes
    signer: x509.Certificate
    part: Part
    stamped_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """True when the signature covers all of the file."""
        return self.part.end == len(self.data)


def check_signature(checking: Checking, data: bytes, trust: Trust) -> SignedDocument | None:
    """Every check of the signature. None unless the whole file can be believed."""
    if checking.run("format", _check_format, data) is None:
        return None
    found = checking.run("document_signature", _check_signed, data, trust)
    if found is None:
        return None
    stamped_at = checking.run("document_stamp", _check_stamp, found, trust)
    whole = checking.run("document_whole", _check_whole, found, trust)
    second = checking.run("document_pdf", _check_pdf, found, trust, stamped_at)
    return found if whole and second else None


def _check_format(data: bytes) -> Sound[bool]:
    if not data.startswith(PDF_START):
        raise Unsound("ce fichier n’est pas un PDF", "this file is not a PDF")
    if len(data) > LARGEST_PDF_BYTES:
        raise Unsound("ce PDF est trop grand", "this PDF is too large")
    return Sound(f"PDF de {len(data)} octets", f"PDF of {len(data)} bytes", True)


def parts_of(data: bytes) -> list[Part]:
    """The signatures of a file by its bytes alone, in order. Raises Unsound for a damaged one."""
    ranges = list(_RANGE.finditer(data))
    if not ranges:
        raise Unsound(
            "ce PDF ne porte pas de signature : il a été imprimé ou enregistré à nouveau, ou vient "
            "d’ailleurs ; son code mène à la fiche publique",
            "this PDF has no signature: it was printed or saved again, or comes from elsewhere; "
            "its code leads to the public record",
        )
    if len(ranges) > MOST_SIGNATURES:
        raise Unsound("ce PDF porte trop de signatures", "this PDF has too many signatures")
    found = [_part(data, *(int(one) for one in match.groups())) for match in ranges]
    return sorted(found, key=lambda one: one.end)


def _part(data: bytes, before: int, second: int, length: int) -> Part:
    """The hole holds one signature in hexadecimal, zeros behind it, and nothing else."""
    hole, end = data[before:second], second + length
    try:
        if not (hole[:1] == b"<" and hole[-1:] == b">" and before < second < end <= len(data)):
            raise ValueError
        raw = bytes.fromhex(hole[1:-1].decode("ascii"))
        signed = cms.ContentInfo.load(raw)["content"]
        left = raw[sum(len(one) for one in parser.parse(raw)[3:]) :]
        is_exact = raw.hex() == hole[1:-1].decode("ascii").lower() and not any(left)
        if not (isinstance(signed, cms.SignedData) and is_exact and _one_case(hole)):
            raise ValueError
        if (
            signed["digest_algorithms"].contents
            != signed["signer_infos"][0]["digest_algorithm"].dump()
        ):
            raise ValueError  # said twice, covered by no signature
    except UNPARSABLE as error:
        raise _false() from error
    return Part(covered=data[:before] + data[second:end], end=end, signed=signed)


def _one_case(hole: bytes) -> bool:
    """Letters all large or all small, as one program writes them."""
    return hole in (hole.upper(), hole.lower())


def _false() -> Unsound:
    return Unsound(
        "la signature du document est fausse : le fichier a été modifié",
        "the signature of the document is not right: the file was altered",
    )


def _check_signed(data: bytes, trust: Trust) -> Sound[SignedDocument]:
    part = parts_of(data)[0]
    try:
        signer = generic_cms.extract_certs_for_validation(part.signed).signer_cert
        known = {sha256(one.dump()).digest() for one in _published(trust)}
        if sha256(signer.dump()).digest() not in known:
            raise Unsound(
                "le certificat qui a signé n’est pas publié par cet observatoire",
                "the certificate that signed is not published by this observatory",
            )
        intact, valid = generic_cms.validate_sig_integrity(
            part.signed["signer_infos"][0],
            signer,
            expected_content_type="data",
            actual_digest=sha256(part.covered).digest(),
        )
        name = str(signer.subject.native.get("common_name", signer.subject.human_friendly))
    except DAMAGED as error:
        raise _false() from error
    if not (intact and valid):
        raise _false()
    return Sound(
        f"signé par {name}",
        f"signed by {name}",
        SignedDocument(data=data, signer=signer, part=part),
    )


def _published(trust: Trust) -> list[x509.Certificate]:
    try:
        return [one for text in trust.document_signers for one in read_certificates(text)]
    except BadStamp as error:
        raise Unsound("keys.json est illisible", "keys.json cannot be read") from error


def _check_stamp(found: SignedDocument, trust: Trust) -> Sound[datetime]:
    """The trusted time of the signature, at which the certificate has to be valid."""
    info = found.part.signed["signer_infos"][0]
    try:
        tokens = [
            attribute["values"][0]["content"]
            for attribute in info["unsigned_attrs"]
            if attribute["type"].native == "signature_time_stamp_token"
        ]
    except UNPARSABLE as error:
        raise _false() from error
    if len(tokens) != 1:
        raise Unsound(
            "la signature du document n’est pas horodatée : rien ne prouve sa date",
            "the signature of the document has no time stamp: nothing proves its date",
        )
    at, name = stamped_by(tokens[0], sha256(info["signature"].native).digest(), trust)
    if not found.signer.not_valid_before <= at <= found.signer.not_valid_after:
        raise Unsound(
            f"le certificat qui a signé n’était pas valable le {shown(at)}",
            f"the certificate that signed was not valid at {stated(at)}",
        )
    return Sound(
        f"signature horodatée le {shown(at)} par {name}",
        f"signature stamped at {stated(at)} by {name}",
        at,
    )


def stamped_by(token: cms.SignedData, digest: bytes, trust: Trust) -> tuple[datetime, str]:
    """When, and by which of the trusted authorities. Raises Unsound when by none."""
    refused: BadStamp | None = None
    for authority in trust.authorities:
        try:
            return check_token(token, digest, authority.roots_pem), authority.id
        except BadStamp as error:
            refused = error
    if refused is None:
        raise Unsound("aucune autorité n’est publiée", "no authority is published")
    raise Unsound(
        f"l’horodatage de la signature est faux : {refused.sentence_fr}",
        f"the stamp of the signature is not right: {refused.sentence_en}",
    ) from refused


def _check_whole(found: SignedDocument, trust: Trust) -> Sound[bool]:
    """All of the file is covered: by the signature, or by a later stamp over all of it."""
    if found.is_whole:
        return Sound(
            "la signature couvre tout le fichier", "the signature covers the whole file", True
        )
    last = parts_of(found.data)[-1]
    if last.end != len(found.data) or not _is_stamp(last.signed):
        raise _appended()
    at, name = stamped_by(last.signed, sha256(last.covered).digest(), trust)
    return Sound(
        f"fichier entier horodaté pour l’archivage le {shown(at)} par {name}",
        f"whole file stamped for archiving at {stated(at)} by {name}",
        True,
    )


def _is_stamp(signed: cms.SignedData) -> bool:
    try:
        return bool(signed["encap_content_info"]["content_type"].native == "tst_info")
    except UNPARSABLE:
        return False


def _appended() -> Unsound:
    return Unsound(
        "quelque chose a été ajouté au fichier après la signature",
        "something was added to the file after it was signed",
    )


def _check_pdf(found: SignedDocument, trust: Trust, at: datetime | None) -> Sound[bool]:
    """pyHanko's judgement: path, coverage, and no change but data for later verification."""
    try:
        status = _run(_validated(found, trust, at or found.signer.not_valid_before))
        level = status.modification_level
    except DAMAGED as error:
        raise _false() from error
    allowed = level is None or level <= ModificationLevel.LTA_UPDATES
    covered = status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
    if not (allowed and covered):
        raise _appended()
    if not status.bottom_line:
        raise _false()
    return Sound(
        "structure du PDF signé conforme (pyHanko)", "structure of the signed PDF right", True
    )


async def _validated(found: SignedDocument, trust: Trust, at: datetime) -> PdfSignatureStatus:
    published = [
        one
        for authority in trust.authorities
        for text in authority.roots_pem
        for one in read_certificates(text)
    ]
    reader = PdfFileReader(io.BytesIO(found.data))
    signature, *_more = reader.embedded_regular_signatures
    stamps = ValidationContext(
        trust_roots=[one for one in published if one.self_issued],
        other_certs=[one for one in published if not one.self_issued],
        moment=at,
        allow_fetching=False,
    )
    signers = ValidationContext(trust_roots=[found.signer], moment=at, allow_fetching=False)
    return await async_validate_pdf_signature(
        signature,
        signer_validation_context=signers,
        ts_validation_context=stamps,
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"}),
    )


def _run(checking: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: the caller may be in an event loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, checking).result()
