"""Was this machine too busy to measure anything? Two looks that need no site.

The event loop's lateness is sampled during every attempt. After an attempt that failed or was
slow, a page of our own, which asks nothing of any network, is loaded in the same browser.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Error

from monitor.errors import BrowserError
from probes.browser import WarmBrowser

SAMPLE_SECONDS = 0.05
SHARE_OF_ACTION_LIMIT = 0.2
"""Lateness of a fifth of an action's limit may explain why the action ran out of time."""
LEAST_LATE_SECONDS = 0.5
"""Less than this is a busy moment, whatever the limit."""
SELF_TEST_LIMIT_SECONDS = 10.0

SELF_TEST_PAGE = """<!doctype html><meta charset="utf-8"><title>self-test</title>
<ul></ul><script>
let list = document.querySelector('ul'), sum = 0;
for (let i = 0; i < 500; i++) {
  let item = document.createElement('li');
  item.textContent = 'line ' + i;
  list.append(item);
}
for (let i = 0; i < 2000000; i++) sum = (sum + i * 7) % 1000003;
document.title = 'done ' + sum + list.getBoundingClientRect().height;
</script>"""


def late_limit_seconds(action_seconds: float) -> float:
    """From which lateness on, in seconds, timings of actions with this limit prove nothing."""
    return max(LEAST_LATE_SECONDS, action_seconds * SHARE_OF_ACTION_LIMIT)


@dataclass(kw_only=True)
class Lateness:
    """The worst lateness of the event loop so far, in seconds."""

    worst_seconds: float = 0.0


@asynccontextmanager
async def watch_lateness() -> AsyncIterator[Lateness]:
    """Sample the event loop's lateness until the block ends."""
    lateness = Lateness()

    async def sample() -> None:
        while True:
            asked = time.monotonic()
            await asyncio.sleep(SAMPLE_SECONDS)
            late = time.monotonic() - asked - SAMPLE_SECONDS
            lateness.worst_seconds = max(lateness.worst_seconds, late)

    task = asyncio.create_task(sample())
    try:
        yield lateness
    finally:
        task.cancel()


async def self_test(browser: WarmBrowser) -> float:
    """Seconds that the self-test page takes in a fresh context; the limit itself when it does
    not end, or when the browser is gone."""
    started = time.monotonic()
    try:
        async with asyncio.timeout(SELF_TEST_LIMIT_SECONDS), browser.fresh_page() as page:
            started = time.monotonic()
            await page.set_content(SELF_TEST_PAGE, wait_until="load")
            await page.title()
    except (Error, BrowserError, TimeoutError):
        return SELF_TEST_LIMIT_SECONDS
    return time.monotonic() - started
