"""Certificates of the rehearsal authority: a root, what stands between, signers good and bad."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Files of a certificate that signs stamps."""

    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """A root and the signers below it. ``chain`` holds what stands between, and the root."""

    folder: Path
    roots_pem: str
    chain: Path
    signers: dict[str, Signer]


def make_hierarchy(folder: Path, *, kind: str = "ec", now: datetime) -> Hierarchy:
    """A root, an intermediate and signers, good and bad, as files. ``kind``: ``ec`` or ``rsa``."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, middle_key = _key(kind), _key(kind)
    root = _certify("Racine de répétition", root_key, None, None, now=now)
    middle = _certify("Autorité de répétition", middle_key, root, root_key, now=now)
    sign = partial(_signer, folder, kind=kind, issuer=middle, issuer_key=middle_key)
    stamping = [ExtendedKeyUsageOID.TIME_STAMPING]
    signers = {
        "good": sign("good", purposes=stamping, now=now),
        "expired": sign("expired", purposes=stamping, now=now - timedelta(days=366)),
        "web": sign("web", purposes=[ExtendedKeyUsageOID.SERVER_AUTH], now=now),
        "two": sign("two", purposes=[*stamping, ExtendedKeyUsageOID.CODE_SIGNING], now=now),
    }
    chain = folder / "chain.pem"
    chain.write_bytes(_pem(middle) + _pem(root))
    return Hierarchy(folder=folder, roots_pem=_pem(root).decode(), chain=chain, signers=signers)


def _key(kind: str) -> PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _certify(
    name: str,
    key: PrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: PrivateKey | None,
    *,
    purposes: list[x509.ObjectIdentifier] | None = None,
    now: datetime,
) -> x509.Certificate:
    """A certificate of a year; an authority's unless ``purposes`` are named."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=not purposes, path_length=None), critical=True)
        .add_extension(_usage(ca=not purposes), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    if issuer_key is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _signer(
    folder: Path,
    name: str,
    *,
    kind: str,
    issuer: x509.Certificate,
    issuer_key: PrivateKey,
    purposes: list[x509.ObjectIdentifier],
    now: datetime,
) -> Signer:
    key = _key(kind)
    certificate = _certify(
        f"Horodatage de répétition ({name})", key, issuer, issuer_key, purposes=purposes, now=now
    )
    signer = Signer(certificate=folder / f"{name}.pem", key=folder / f"{name}.key")
    signer.certificate.write_bytes(_pem(certificate))
    signer.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return signer
