"""The rehearsal authority for tests, and the ``openssl`` program as a second opinion."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.evidence.rehearsal_authority import Fault, RehearsalAuthority, serve_authority
from monitor.evidence.rehearsal_papers import Hierarchy

__all__ = [
    "Fault",
    "RehearsalAuthority",
    "cross_signed",
    "openssl_accepts",
    "rehearsal_authority",
    "utc_now",
]


def utc_now() -> datetime:
    """The clock of the tests that need a real one."""
    return datetime.now(UTC)


@contextmanager
def rehearsal_authority(folder: Path, kind: str = "ec") -> Iterator[RehearsalAuthority]:
    """A real authority on loopback."""
    with serve_authority(folder, clock=utc_now, kind=kind) as authority:
        yield authority


def cross_signed(hierarchy: Hierarchy, now: datetime) -> bytes:
    """The root's key under its name, signed by another root: a certificate in PEM."""
    root = x509.load_pem_x509_certificate(hierarchy.roots_pem.encode())
    older = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Racine plus ancienne")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(root.subject)
        .issuer_name(issuer)
        .public_key(root.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return builder.sign(older, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def openssl_accepts(
    folder: Path, *, data: bytes, request: bytes, response: bytes, roots_pem: tuple[str, ...]
) -> bool:
    """What ``openssl ts -verify`` says: over the data, and against the kept request."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").write_bytes(data)
    (folder / "it.tsq").write_bytes(request)
    (folder / "it.tsr").write_bytes(response)
    (folder / "roots.pem").write_text("".join(roots_pem), encoding="utf-8")
    common = ["openssl", "ts", "-verify", "-in", "it.tsr", "-CAfile", "roots.pem"]
    done = [
        subprocess.run([*common, *against], cwd=folder, capture_output=True, check=False)
        for against in (["-data", "data"], ["-queryfile", "it.tsq"])
    ]
    return all(one.returncode == 0 and b"Verification: OK" in one.stdout for one in done)
