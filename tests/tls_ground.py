"""A certificate authority of our own for tests, and a home folder in which Chromium trusts it:
TLS errors are never ignored, in tests neither."""

from __future__ import annotations

import ipaddress
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from probes.standin.server import TlsFiles

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        """The certificate as bytes."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


def authority(name: str, by: Signed | None = None) -> Signed:
    """One that may sign others: itself its own signer, or under another."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(name, key, by, datetime.now(UTC) + 300 * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    return _signed(builder.add_extension(usage, True), key, by)


def server(by: Signed, *, until: datetime) -> Signed:
    """A site's certificate for ``localhost`` and 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    builder = _builder("Site de répétition", key, by, until)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    return _signed(builder, key, by)


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, by: Signed | None, until: datetime
) -> x509.CertificateBuilder:
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(by.certificate.subject if by else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - 60 * DAY)
        .not_valid_after(until)
    )


def _signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, by: Signed | None
) -> Signed:
    return Signed(certificate=builder.sign(by.key if by else key, hashes.SHA256()), key=key)


def files(folder: Path, site: Signed, *signers: Signed) -> TlsFiles:
    """A certificate, the ones that a server sends with it, and its key, as files."""
    folder.mkdir(exist_ok=True)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(b"".join(one.pem for one in (site, *signers)))
    key.write_bytes(
        site.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return TlsFiles(chain=chain, key=key)


def trusting_home(folder: Path, root: Signed) -> Path:
    """A home folder for a browser that trusts ``root``: Chromium reads NSS's database there."""
    database = folder / ".pki" / "nssdb"
    database.mkdir(parents=True)
    (folder / "root.pem").write_bytes(root.pem)
    _certutil("-N", "-d", f"sql:{database}", "--empty-password")
    _certutil(
        *("-A", "-d", f"sql:{database}", "-n", "tests", "-t", "C,,"),
        *("-i", str(folder / "root.pem")),
    )
    return folder


def _certutil(*arguments: str) -> None:
    subprocess.run(["certutil", *arguments], check=True, capture_output=True, timeout=30)
