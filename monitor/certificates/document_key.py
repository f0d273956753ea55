"""The key that signs documents: the operator's own, RSA, in one file of mode 0600 or a PKCS#12.

Not the log's key. RSA since common readers of signed PDFs do not all know newer kinds. A
certificate that the operator signed for itself makes no qualified signature, and documents say so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from monitor.errors import ConfigurationError

KEY_FILE = "document.pem"
KEY_BITS = 3072
SMALLEST_BITS = 2048
LASTS = timedelta(days=3653)
LONGEST_NAME = 64
"""Characters that X.520 allows in a common name."""


@dataclass(frozen=True, kw_only=True)
class DocumentKey:
    """A private key with its certificate, and what stands between that and its authority."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def name(self) -> str:
        """Whom the certificate names."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else self.certificate.subject.rfc4514_string()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def certificate_pem(self) -> str:
        """The certificate as it is published."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def published(self) -> dict[str, str]:
        """Its entry among the ``document_signers`` of the published key file."""
        return {"certificate_pem": self.certificate_pem, "sha256": self.fingerprint}


def make_document_key(folder: Path, operator: str, now: datetime) -> DocumentKey:
    """A new key with a certificate that names the operator and that it signed itself, as a file.

    Raises ConfigurationError: no name, a key that is there already, a folder that cannot be used.
    """
    name = operator.strip()
    if not name:
        raise ConfigurationError(
            "operator.name is not set: documents are signed in the name of whoever runs the monitor"
        )
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    made = DocumentKey(private=private, certificate=_own_certificate(private, name, now))
    _write_new(folder / KEY_FILE, _pem(made))
    return made


def load_document_key(folder: Path) -> DocumentKey | None:
    """The key of a folder; None when it has none. Raises ConfigurationError."""
    path = folder / KEY_FILE
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{path} can be read by others: chmod 600 {path}")
        data = path.read_bytes()
        private = serialization.load_pem_private_key(data, password=None)
        certificate, *chain = x509.load_pem_x509_certificates(data)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} holds no key with its certificate") from error
    return _sound(private, certificate, chain, path)


def load_pkcs12(path: Path, password: str | None) -> DocumentKey:
    """The operator's own key from a PKCS#12 file. Raises ConfigurationError."""
    try:
        data = path.read_bytes()
        private, certificate, chain = pkcs12.load_key_and_certificates(
            data, password.encode() if password else None
        )
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} is no PKCS#12 file, or has another password") from error
    if certificate is None:
        raise ConfigurationError(f"{path} holds no certificate")
    return _sound(private, certificate, chain, path)


def _sound(
    private: object, certificate: x509.Certificate, chain: Iterable[x509.Certificate], path: Path
) -> DocumentKey:
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < SMALLEST_BITS:
        raise ConfigurationError(f"{path} holds no RSA key of {SMALLEST_BITS} bits or more")
    if certificate.public_key() != private.public_key():
        raise ConfigurationError(f"{path}: the certificate is not that of the key")
    return DocumentKey(private=private, certificate=certificate, chain=tuple(chain))


def _own_certificate(private: rsa.RSAPrivateKey, name: str, now: datetime) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:LONGEST_NAME]),
        ]
    )
    public = private.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(identifier, critical=False)
        .sign(private, hashes.SHA256())
    )


_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _pem(key: DocumentKey) -> bytes:
    private = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + key.certificate_pem.encode("ascii")


def _write_new(path: Path, data: bytes) -> None:
    """A file that only its owner can read; what is there already is never written over."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ConfigurationError(f"{path} is there already, it is not replaced") from error
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error
