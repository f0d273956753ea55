"""Trusted time: asking an RFC 3161 authority for a stamp.

A stamp is kept as the request and the full reply, so that ``openssl ts -verify`` accepts them
without this program. What came is verified at once; ``rfc3161-client`` makes the requests only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import rfc3161_client

from monitor.errors import EvidenceError
from monitor.evidence.stamp_check import BadStamp, check_stamp

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
LARGEST_REPLY_BYTES = 64 * 1024
"""A reply with a chain of four certificates has about 7,000 bytes."""
TIMEOUT_SECONDS = 20.0
PLAUSIBLE = timedelta(minutes=2)
"""How far the stamped time may lie outside our own times of sending and receiving."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A configured authority. Each text of ``roots_pem`` holds one or more certificates."""

    id: str
    url: str
    roots_pem: tuple[str, ...]
    qualified: bool = False


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What an authority said of some bytes: our request, its full reply (both DER), the time."""

    authority: str
    request: bytes
    response: bytes
    generated_at: datetime


class StampRefused(EvidenceError):
    """No usable stamp came; asking again later may help. ``reason`` is one English sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def ask(
    authority: Authority,
    data: bytes,
    client: httpx.Client,
    clock: Clock,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Stamp:
    """A verified stamp over ``data``. Takes at most about ``timeout_seconds``.

    Raises StampRefused: no answer, a refusal, or a stamp that would not verify.
    """
    request = _request(data)
    sent_at = clock()
    response = post(authority.url, request, client, timeout_seconds)
    received_at = clock()
    try:
        generated_at = check_stamp(data, request, response, authority.roots_pem)
    except BadStamp as error:
        raise StampRefused(error.sentence_en) from error
    if not sent_at - PLAUSIBLE <= generated_at <= received_at + PLAUSIBLE:
        raise StampRefused(
            f"the stamp says {generated_at.isoformat()}, our clock {received_at.isoformat()}: "
            "one of the two clocks is wrong"
        )
    return Stamp(
        authority=authority.id, request=request, response=response, generated_at=generated_at
    )


def _request(data: bytes) -> bytes:
    built = (
        rfc3161_client.TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(rfc3161_client.HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    return built.as_bytes()


def post(url: str, request: bytes, client: httpx.Client, timeout_seconds: float) -> bytes:
    """The body of the answer to a query. The limit holds for the whole exchange, a dripping one
    included. Raises StampRefused."""
    deadline = time.monotonic() + timeout_seconds
    headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
    body = bytearray()
    try:
        with client.stream(
            "POST",
            url,
            content=request,
            headers=headers,
            timeout=timeout_seconds,
            follow_redirects=False,
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise StampRefused(f"the authority answered HTTP {answer.status_code}")
            for piece in answer.iter_raw():
                body += piece
                if len(body) > LARGEST_REPLY_BYTES:
                    raise StampRefused(f"the answer is longer than {LARGEST_REPLY_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise StampRefused(f"no whole answer within {timeout_seconds:g} seconds")
    except httpx.TimeoutException as error:
        raise StampRefused(f"no answer within {timeout_seconds:g} seconds") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StampRefused(f"the authority cannot be reached: {error}") from error
    return bytes(body)
