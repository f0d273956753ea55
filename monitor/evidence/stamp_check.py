"""Verifying an RFC 3161 stamp, on receipt and for ever after, by one function.

Replies are read by asn1crypto, and signature and chain are left to pyHanko: the parser of
``rfc3161-client`` refuses replies that carry their whole chain in any order but that of DER (as
``openssl ts`` writes them), and its verifier takes a certificate that is for other purposes, too
(RFC 3161, 2.3).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, pem, tsp, x509
from pyhanko.sign.ades.report import AdESIndeterminate, AdESStatus
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from monitor.errors import EvidenceError

GRANTED = frozenset({"granted", "granted_with_mods"})
"""What ``openssl ts -verify`` accepts, too."""
UNPARSABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)
"""What asn1crypto raises over damaged bytes, by the place of the damage."""


class BadStamp(EvidenceError):
    """The stamp proves nothing; the sentences say why."""

    def __init__(self, sentence_fr: str, sentence_en: str) -> None:
        super().__init__(sentence_en)
        self.sentence_fr = sentence_fr
        self.sentence_en = sentence_en


def check_stamp(data: bytes, request: bytes, response: bytes, roots_pem: Sequence[str]) -> datetime:
    """The time (UTC) at which ``data`` existed, by this stamp.

    Checked: status, imprint of reply and request, nonce, the certificate's purpose and validity at
    that time, its identifier in the signed attributes, signature, chain to one of the roots.
    Raises BadStamp.
    """
    return check_stamp_of(hashlib.sha256(data).digest(), request, response, roots_pem)


def check_stamp_of(
    digest: bytes, request: bytes, response: bytes, roots_pem: Sequence[str]
) -> datetime:
    """The same where only the SHA-256 of the bytes is at hand."""
    signed = _read(response)
    _check_request(request, _info(signed), digest)
    return check_token(signed, digest, roots_pem)


def check_token(signed: cms.SignedData, digest: bytes, roots_pem: Sequence[str]) -> datetime:
    """The same of a token alone, as a signed PDF carries it, without request or reply."""
    info = _info(signed)
    _check_imprint(info, digest)
    signer, others = _certificates(signed)
    generated_at: datetime = info["gen_time"].native.astimezone(UTC)
    _check_signer(signer, signed, generated_at)
    _check_signature(signed, digest, others, roots_pem, generated_at)
    return generated_at


def _unreadable() -> BadStamp:
    return BadStamp(
        "la réponse de l’autorité n’est pas un horodatage lisible",
        "the authority's reply is no stamp that can be read",
    )


class _Reply(core.Sequence):  # type: ignore[misc]  # asn1crypto ships no type information
    """TimeStampResp of RFC 3161; asn1crypto's own does not know that a refusal has no token."""

    _fields = [  # noqa: RUF012  asn1crypto reads them so
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def _read(response: bytes) -> cms.SignedData:
    """The signed envelope of a granted reply."""
    try:
        reply = _Reply.load(response, strict=True)
        status = reply["status"]["status"].native
        if status not in GRANTED:
            raise BadStamp(
                f"l’autorité a refusé d’horodater ({status})",
                f"the authority refused to stamp ({status})",
            )
        token = reply["time_stamp_token"]
        signed: cms.SignedData = token["content"]
    except UNPARSABLE as error:
        raise _unreadable() from error
    return signed


def _info(signed: cms.SignedData) -> tsp.TSTInfo:
    """What a token says, with all of it parsed."""
    try:
        _ = signed.native  # parses all of it now, so that nothing breaks later
        info = signed["encap_content_info"]["content"].parsed
        if not isinstance(info, tsp.TSTInfo) or len(signed["signer_infos"]) != 1:
            raise _unreadable()
        if info["gen_time"].native.tzinfo is None:
            raise _unreadable()
    except UNPARSABLE as error:
        raise _unreadable() from error
    return info


def _check_imprint(info: tsp.TSTInfo, digest: bytes) -> None:
    imprint = info["message_imprint"].native
    algorithm = imprint["hash_algorithm"]["algorithm"]
    if algorithm != "sha256" or imprint["hashed_message"] != digest:
        raise BadStamp(
            "l’horodatage porte sur un autre contenu que ce point de contrôle",
            "the stamp is over other bytes than these",
        )


def _check_request(request: bytes, info: tsp.TSTInfo, digest: bytes) -> None:
    """The reply answers the request that was kept: same imprint, same nonce."""
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        nonce = asked["nonce"].native
        imprint = asked["message_imprint"]["hashed_message"].native
    except UNPARSABLE as error:
        raise BadStamp(
            "la demande d’horodatage conservée est illisible", "the kept request cannot be read"
        ) from error
    if imprint != digest:
        raise BadStamp(
            "la demande d’horodatage conservée porte sur un autre contenu",
            "the kept request is over other bytes than these",
        )
    if nonce is None or info["nonce"].native != nonce:
        raise BadStamp(
            "le nombre aléatoire (nonce) de la réponse n’est pas celui de la demande",
            "the nonce of the reply is not that of the request",
        )


def _certificates(signed: cms.SignedData) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """The signer's certificate and the others of the reply. The signed identifier must fit."""
    try:
        found = generic_cms.extract_certs_for_validation(signed)
    except (SignatureValidationError, CMSExtractionError, *UNPARSABLE) as error:
        raise BadStamp(
            "le certificat qui a signé l’horodatage manque dans la réponse",
            "the certificate that signed the stamp is not in the reply",
        ) from error
    return found.signer_cert, list(found.other_certs)


def _check_signer(signer: x509.Certificate, signed: cms.SignedData, at: datetime) -> None:
    """RFC 3161, 2.3 and 2.4.2: one critical purpose; the identifier signed; valid at the time."""
    purpose = signer.extended_key_usage_value
    purposes = [] if purpose is None else purpose.native
    if purposes != ["time_stamping"] or "extended_key_usage" not in signer.critical_extensions:
        raise BadStamp(
            "le certificat de l’autorité n’est pas réservé à l’horodatage",
            "the authority's certificate is not for time stamps alone",
        )
    attributes = signed["signer_infos"][0]["signed_attrs"]
    if generic_cms.get_signing_cert_attr(attributes) is None:
        raise BadStamp(
            "l’horodatage ne désigne pas le certificat qui l’a signé",
            "the stamp does not name the certificate that signed it",
        )
    if not signer.not_valid_before <= at <= signer.not_valid_after:
        raise BadStamp(
            "le certificat de l’autorité n’était pas valable à la date de l’horodatage",
            "the authority's certificate was not valid at the time of the stamp",
        )


def _check_signature(
    signed: cms.SignedData,
    digest: bytes,
    others: list[x509.Certificate],
    roots_pem: Sequence[str],
    at: datetime,
) -> None:
    roots, between = _roots(roots_pem)
    context = ValidationContext(
        trust_roots=roots,
        other_certs=[*between, *others],
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
    )
    # the imprint was found to be SHA-256 before
    checking = generic_cms.validate_tst_signed_data(signed, context, lambda _algorithm: digest)
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:  # the caller may be in an event loop
            found: dict[str, Any] = pool.submit(asyncio.run, checking).result()
    except (SignatureValidationError, CMSExtractionError, *UNPARSABLE) as error:
        raise _forged() from error
    if not (found["intact"] and found["valid"]):
        raise _forged()
    problem: AdESStatus | None = found["trust_problem_indic"]
    if problem is not None:
        raise _untrusted(problem)


def _forged() -> BadStamp:
    return BadStamp(
        "la signature de l’horodatage est fausse", "the signature of the stamp is not right"
    )


def _untrusted(problem: object) -> BadStamp:
    if problem is AdESIndeterminate.OUT_OF_BOUNDS_NO_POE:
        return BadStamp(
            "un certificat de l’autorité n’était pas valable à la date de l’horodatage",
            "a certificate of the authority was not valid at the time of the stamp",
        )
    return BadStamp(
        "le certificat de l’autorité ne remonte à aucune racine publiée",
        "the authority's certificate does not lead to a published root",
    )


def _roots(roots_pem: Sequence[str]) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Those that signed themselves are trusted; the others only help to get there."""
    found = [one for text in roots_pem for one in read_certificates(text)]
    roots = [one for one in found if one.self_issued]
    if not roots:
        raise BadStamp(
            "aucune racine n’est publiée pour cette autorité",
            "no root is published for this authority",
        )
    return roots, [one for one in found if not one.self_issued]


def read_certificates(text: str) -> list[x509.Certificate]:
    """The certificates of a PEM text; none of an empty one. Raises BadStamp for a damaged one."""
    if not text.strip():
        return []
    try:
        return [
            x509.Certificate.load(der, strict=True)
            for name, _, der in pem.unarmor(text.encode(), multiple=True)
            if name == "CERTIFICATE"
        ]
    except (ValueError, TypeError) as error:
        raise BadStamp(
            "les racines publiées de l’autorité sont illisibles",
            "the published roots of the authority cannot be read",
        ) from error
