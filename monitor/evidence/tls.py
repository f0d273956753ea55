"""How the site was reached, in words that a certificate's reader can check: ``tls.json``."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cryptography import x509

from probes.connections import Connection, Tls

Shown = Callable[[str], Mapping[str, str]]
"""How an address is written down: in the clear, or as a commitment."""


def connections_json(connections: Iterable[Connection], shown: Shown) -> list[dict[str, Any]]:
    """One object for every connection, certificates in DER (base64) with their fingerprints."""
    return [
        {
            **_reached(one, shown),
            "chain": [
                {**certificate(der), "der": base64.b64encode(der).decode()} for der in one.chain
            ],
        }
        for one in connections
    ]


def connections_summary(connections: Iterable[Connection], shown: Shown) -> list[dict[str, Any]]:
    """The same for the manifest: fingerprints instead of certificates."""
    return [
        {
            **_reached(one, shown),
            "chain_sha256": [hashlib.sha256(der).hexdigest() for der in one.chain],
        }
        for one in connections
    ]


def _reached(one: Connection, shown: Shown) -> dict[str, Any]:
    return {
        "origin": one.origin,
        "remote": dict(shown(one.address)) if one.address else None,
        "http_version": one.http_version,
        "tls": _tls(one.tls) if one.tls else None,
        "certificate_refused": one.refused,
    }


def _tls(tls: Tls) -> dict[str, Any]:
    return {
        "protocol": tls.protocol,
        "cipher": tls.cipher,
        "key_exchange": tls.key_exchange,
        "subject": tls.subject,
        "issuer": tls.issuer,
        "names": list(tls.names),
        "valid_from": tls.valid_from.isoformat(),
        "valid_until": tls.valid_until.isoformat(),
    }


def certificate(der: bytes) -> dict[str, Any]:
    """A certificate's fingerprint, and its subject, issuer, number and dates as far as they can
    be read: the fingerprint is of the bytes, whatever they are."""
    found: dict[str, Any] = {"sha256": hashlib.sha256(der).hexdigest()}
    try:
        read = x509.load_der_x509_certificate(der)
        return {
            **found,
            "subject": read.subject.rfc4514_string(),
            "issuer": read.issuer.rfc4514_string(),
            "serial_number": f"{read.serial_number:x}",
            "valid_from": read.not_valid_before_utc.isoformat(),
            "valid_until": read.not_valid_after_utc.isoformat(),
        }
    except ValueError:
        return {**found, "subject": None}


def pem(chain: Iterable[bytes]) -> bytes:
    """A chain as ``openssl`` reads it."""
    return b"".join(_block(der) for der in chain)


def _block(der: bytes) -> bytes:
    text = base64.b64encode(der)
    wrapped = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + wrapped + b"\n-----END CERTIFICATE-----\n"
