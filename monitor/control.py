"""Is it the site, or is it us? Reference sites are asked when a run has failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import httpx

from monitor.core.model import Control, Signal, SignalKind

LEAST_REFERENCES = 3


async def measure_control(references: Iterable[str], timeout_seconds: float) -> Control:
    """Ask every reference site at once; any HTTP answer below 500 counts as reached."""
    async with httpx.AsyncClient(
        timeout=timeout_seconds, trust_env=False, follow_redirects=False
    ) as client:
        answers = await asyncio.gather(*(_reaches(client, url) for url in references))
    return Control(reachable=sum(answers), tried=len(answers))


async def _reaches(client: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await client.get(url)
    except httpx.HTTPError:
        return False
    return answer.status_code < 500


def control_signal(control: Control) -> Signal:
    """Healthy when at least three were asked and more than half answered."""
    healthy = control.tried >= LEAST_REFERENCES and control.reachable * 2 > control.tried
    return Signal(
        kind=SignalKind.CONTROL,
        text="healthy" if healthy else "failing",
        number=control.reachable,
    )
