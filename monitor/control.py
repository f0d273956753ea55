"""Is it the site, or is it us? Reference sites, the resolver and the route, asked when a run has
not gone well."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from monitor.core.model import Control, Signal, SignalKind

LEAST_REFERENCES = 3
ROUTE_TEST_ADDRESS = ("192.0.2.1", 9)
"""TEST-NET-1 (RFC 5737): nothing is sent, the kernel only says whether it knows a way."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What one reference site answered: an HTTP status, or the error in ``said``."""

    url: str
    reached: bool
    said: str


async def ask_references(
    references: Iterable[str], timeout_seconds: float
) -> tuple[Reference, ...]:
    """Ask every reference site at once; an HTTP answer below 500 of its own counts as reached.

    A captive portal answers for everybody: a TLS error, a redirect to another host and status
    511 (RFC 6585) count as not reached.
    """
    async with httpx.AsyncClient(
        timeout=timeout_seconds, trust_env=False, follow_redirects=False
    ) as client:
        return tuple(await asyncio.gather(*(_ask(client, url) for url in references)))


async def _ask(client: httpx.AsyncClient, url: str) -> Reference:
    try:
        answer = await client.get(url)
    except httpx.HTTPError as error:
        return Reference(url=url, reached=False, said=type(error).__name__)
    reached = answer.status_code < 500 and not _leads_elsewhere(answer)
    return Reference(url=url, reached=reached, said=f"HTTP {answer.status_code}")


def _leads_elsewhere(answer: httpx.Response) -> bool:
    """True for a redirect to a host that is neither the one asked nor with or without ``www``."""
    location = answer.headers.get("location")
    if not answer.is_redirect or location is None:
        return False
    asked, led = answer.request.url.host, answer.request.url.join(location).host
    return asked.removeprefix("www.") != led.removeprefix("www.")


def control_of(references: Iterable[Reference]) -> Control:
    """How many were asked, how many answered."""
    answers = [reference.reached for reference in references]
    return Control(reachable=sum(answers), tried=len(answers))


def control_signal(control: Control) -> Signal:
    """Healthy when at least three were asked and more than half answered."""
    healthy = control.tried >= LEAST_REFERENCES and control.reachable * 2 > control.tried
    return Signal(
        kind=SignalKind.CONTROL,
        text="healthy" if healthy else "failing",
        number=control.reachable,
    )


def route() -> str:
    """``ok``, or what the kernel says when it knows no way out of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ROUTE_TEST_ADDRESS)
        except OSError as error:
            return error.strerror or "no route"
    return "ok"


async def resolve(host: str, timeout_seconds: float) -> str:
    """How many addresses our resolver gives for a host, or why it gives none."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_seconds):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    return f"{len(found)} addresses"
