"""Signing a document: PAdES with the operator's own key, stamped by a configured authority.

Three levels. B-B is a signature alone; B-T carries a trusted time; B-LTA also carries what is
needed to verify it once certificates have ended, under a second stamp. The level aimed at is
printed in the document, so a document whose stamp does not come is made again, one level lower.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from enum import StrEnum

import httpx
from asn1crypto import algos, cms, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from monitor.certificates.document_key import DocumentKey
from monitor.certificates.issue import SignedBy
from monitor.errors import EvidenceError
from monitor.evidence.stamp_check import UNPARSABLE, BadStamp, check_stamp_of, read_certificates
from monitor.evidence.timestamp import TIMEOUT_SECONDS, Authority, StampRefused, post

FIELD = "Signature"
ROOM_BYTES = 32
"""Bytes left over behind a signature are zero, and our verifier refuses any other."""


class Level(StrEnum):
    """How much a signature carries with it."""

    B_B = "B-B"
    B_T = "B-T"
    B_LTA = "B-LTA"

    @property
    def is_stamped(self) -> bool:
        """Whether it carries a trusted time."""
        return self is not Level.B_B


_DOWNWARDS = (Level.B_LTA, Level.B_T, Level.B_B)


class SigningFailed(EvidenceError):
    """The document could not be signed at this level."""


class DocumentSigner:
    """Signs documents. The key is loaded once; stamps are asked of the first authority."""

    def __init__(
        self,
        key: DocumentKey,
        *,
        authority: Authority | None = None,
        aim: Level = Level.B_T,
        client: Callable[[], httpx.Client] = httpx.Client,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.key = key
        self.authority = authority
        self.aim = aim if authority else Level.B_B
        self._signer = _KeptKey(key)
        self._client = client
        self._timeout_seconds = timeout_seconds

    @property
    def by(self) -> SignedBy:
        """Whose signature it is. Never called qualified: that takes a key in a certified device."""
        return SignedBy(name=self.key.name, fingerprint=self.key.fingerprint)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The level aimed at, then the lower ones to fall back on."""
        return _DOWNWARDS[_DOWNWARDS.index(self.aim) :]

    def sign(self, pdf: bytes, level: str) -> bytes:
        """The document with its signature. Must not be called inside of an event loop.

        Raises SigningFailed: above B-B when no stamp came or validation data is missing.
        """
        wanted = Level(level)
        with self._client() as client:
            stamper = _Stamper(self.authority, client, self._timeout_seconds)
            signing = PdfSigner(
                self._metadata(wanted),
                self._signer,
                timestamper=stamper if wanted.is_stamped else None,
                new_field_spec=_FIELD,
            )
            try:
                writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
                signed = asyncio.run(signing.async_sign_pdf(writer))
            except StampRefused as error:
                raise SigningFailed(f"no stamp for the document: {error.reason}") from error
            except _FAILURES as error:
                raise SigningFailed(f"the document cannot be signed at {level}: {error}") from error
        return bytes(signed.getbuffer())

    def _metadata(self, level: Level) -> PdfSignatureMetadata:
        lasting = level is Level.B_LTA
        return PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            name=self.key.name,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            embed_validation_info=lasting,
            use_pades_lta=lasting,
            dss_settings=_BEFORE_THE_STAMP,
            tight_size_estimates=True,
            validation_context=self._context() if lasting else None,
        )

    def _context(self) -> ValidationContext:
        """What the data for later verification is gathered in. Lists of revoked certificates are
        fetched where certificates name one; our own names none."""
        published = (
            [one for text in self.authority.roots_pem for one in read_certificates(text)]
            if self.authority
            else []
        )
        return ValidationContext(
            trust_roots=[self._signer.signing_cert, *(one for one in published if one.self_issued)],
            other_certs=[one for one in published if not one.self_issued],
            allow_fetching=True,
        )


_FIELD = SigFieldSpec(
    FIELD,
    readable_field_name="Signature électronique de l’exploitant de l’observatoire",
    # nothing to see and nothing to read: PDF/UA wants it outside of the page, PDF/A unhidden
    invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
)
_BEFORE_THE_STAMP = DSSContentSettings(
    include_vri=False,
    next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
)
"""Nothing comes after the last stamp, so that it covers the whole file."""
_FAILURES = (SigningError, SignatureValidationError, PdfError, PathError, OSError, *UNPARSABLE)


class _KeptKey(Signer):
    """pyHanko's own signer reads the key anew for every signature, which takes half the time."""

    def __init__(self, key: DocumentKey) -> None:
        der = (
            one.public_bytes(serialization.Encoding.DER) for one in (key.certificate, *key.chain)
        )
        own, *chain = (x509.Certificate.load(one) for one in der)
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        registry.register_multiple(chain)
        mechanism = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"})
        super().__init__(signing_cert=own, cert_registry=registry, signature_mechanism=mechanism)
        self._private = key.private

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """RSA with SHA-256, as the certificate's readers know it best."""
        if dry_run:
            return bytes(self._private.key_size // 8)
        if digest_algorithm != "sha256":
            raise SigningError(f"documents are signed over SHA-256, not {digest_algorithm}")
        return self._private.sign(data, padding.PKCS1v15(), hashes.SHA256())


class _Stamper(TimeStamper):
    """Asks the authority in the way that the log does, with the same checks on receipt."""

    def __init__(
        self, authority: Authority | None, client: httpx.Client, timeout_seconds: float
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._authority = authority
        self._client = client
        self._timeout_seconds = timeout_seconds

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """A token to measure the room that a token needs: a little longer than the one that came,
        since signatures and times are not all of one length."""
        came = await super().async_dummy_response(md_algorithm)
        longer = cms.ContentInfo.load(came.dump())
        signed = longer["content"]["signer_infos"][0]
        signed["signature"] = signed["signature"].native + bytes(ROOM_BYTES)
        return cms.ContentInfo.load(longer.dump(force=True))  # a changed one is slow to write

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A verified token over a digest. Raises StampRefused."""
        if self._authority is None or md_algorithm != "sha256":
            raise StampRefused("there is no authority for this digest")
        _nonce, request = self.request_cms(  # type: ignore[no-untyped-call]
            message_digest, md_algorithm
        )
        query = request.dump()
        reply = post(self._authority.url, query, self._client, self._timeout_seconds)
        try:
            check_stamp_of(message_digest, query, reply, self._authority.roots_pem)
        except BadStamp as error:
            raise StampRefused(error.sentence_en) from error
        return _without_roots(tsp.TimeStampResp.load(reply)["time_stamp_token"])


def _without_roots(token: cms.ContentInfo) -> cms.ContentInfo:
    """A token without certificates that signed themselves. Those are published in ``keys.json``;
    here nothing covers them, so that a changed byte in one would be seen by nobody."""
    certificates = token["content"]["certificates"]
    kept = [one for one in certificates if not one.chosen.self_issued]
    if len(kept) == len(certificates):
        return token
    token["content"]["certificates"] = kept
    return cms.ContentInfo.load(token.dump())
