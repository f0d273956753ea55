"""The connections of an attempt as the browser itself saw them: addresses, TLS, certificates.

Chromium is asked (CDP ``Network``), not a second client: what counts is what this browser was
shown. A certificate that it refuses never gives an answer; then there is its name for the error
(``Security.certificateError``) and no chain.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Error, Page

ASK_LIMIT_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Tls:
    """What one TLS connection was: protocol, cipher, and the certificate in Chromium's words."""

    protocol: str
    cipher: str
    key_exchange: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How one origin was reached. ``tls`` is None over plain HTTP, and where the certificate was
    refused; ``chain`` holds its certificates in DER, the site's own first, as the browser built
    and accepted it; empty when it could not be asked for."""

    origin: str
    address: str = ""
    http_version: str = ""
    tls: Tls | None = None
    chain: tuple[bytes, ...] = ()
    refused: str | None = None


class ConnectionLog:
    """Listens to one page. Nothing of it can make an attempt fail."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession | None = None
        self._seen: dict[Connection, None] = {}
        self._chains: dict[str, tuple[bytes, ...]] = {}

    async def begin(self) -> None:
        """Listen from now on."""
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(ASK_LIMIT_SECONDS):
                session = await self._page.context.new_cdp_session(self._page)
                session.on("Network.responseReceived", self._on_response)
                session.on("Security.certificateError", self._on_refused)
                await session.send("Network.enable")
                await session.send("Security.enable")
                self._session = session

    @property
    def seen(self) -> tuple[Connection, ...]:
        """Every connection so far."""
        return tuple(
            replace(one, chain=self._chains.get(one.origin, ()) if one.tls else ())
            for one in self._seen
        )

    async def look(self) -> None:
        """Ask for the chains of documents that have none yet. To be called while such a document
        is shown: the browser forgets a page's certificate with the page."""
        for origin in [one for one, chain in self._chains.items() if not chain]:
            self._chains[origin] = await self._chain(origin)

    async def _chain(self, origin: str) -> tuple[bytes, ...]:
        if self._session is None:
            return ()
        try:
            async with asyncio.timeout(ASK_LIMIT_SECONDS):
                found = await self._session.send("Network.getCertificate", {"origin": origin})
            return tuple(base64.b64decode(one) for one in found["tableNames"])
        except (Error, TimeoutError, binascii.Error):
            return ()

    def _on_response(self, event: Mapping[str, Any]) -> None:
        answer = event["response"]
        origin = origin_of(answer["url"])
        if origin is None or answer.get("fromDiskCache"):
            return
        tls = _tls(answer["securityDetails"]) if "securityDetails" in answer else None
        if tls is not None and event.get("type") == "Document":
            self._chains.setdefault(origin, ())
        seen = Connection(
            origin=origin,
            address=answer.get("remoteIPAddress", "").strip("[]"),
            http_version=answer.get("protocol", ""),
            tls=tls,
        )
        self._seen[seen] = None

    def _on_refused(self, event: Mapping[str, Any]) -> None:
        origin = origin_of(event["requestURL"])
        if origin is not None:
            self._seen[Connection(origin=origin, refused=event["errorType"])] = None


def origin_of(url: str) -> str | None:
    """Scheme, host and port; None for what is not on the network."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _tls(details: Mapping[str, Any]) -> Tls:
    return Tls(
        protocol=details["protocol"],
        cipher=details["cipher"],
        key_exchange=details.get("keyExchangeGroup") or details.get("keyExchange", ""),
        subject=details["subjectName"],
        issuer=details["issuer"],
        names=tuple(details.get("sanList", ())),
        valid_from=datetime.fromtimestamp(details["validFrom"], UTC),
        valid_until=datetime.fromtimestamp(details["validTo"], UTC),
    )
