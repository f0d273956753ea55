"""What a page shows when a step has failed, as signals.

Words count only where they block: in the title, a heading, an alert or a dialog outside the news
zones, or on a page that holds hardly anything else. A news item that mentions an error on a
healthy page says nothing.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error, Page

from monitor.core.model import Signal, SignalKind
from probes.site import Site

LOOK_LIMIT_SECONDS = 3.0
BARE_PAGE_CHARACTERS = 400
"""A page with less visible text than this is an error page and nothing else."""
BLANK_PAGE_CHARACTERS = 3

LOOK = """(s) => {
  const shown = (e) => {
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    return box.width > 0 && box.height > 0 && style.visibility !== 'hidden'
      && style.display !== 'none' && Number(style.opacity) > 0.05;
  };
  const all = (selector) => {
    if (!selector) return [];
    try { return [...document.querySelectorAll(selector)]; } catch { return []; }
  };
  const inNews = (e) => s.news && all(s.news).some((n) => n.contains(e));
  const words = (selector) => all(selector)
    .filter((e) => shown(e) && !inNews(e)).map((e) => e.innerText.trim()).filter(Boolean);
  const text = document.body ? document.body.innerText.trim() : '';
  return {
    state: document.readyState,
    title: document.title || '',
    loud: words('h1, [role=alert], [role=alertdialog], dialog[open], [aria-live=assertive]'),
    alerts: words(s.error_alert),
    spinner: all(s.spinner).some(shown),
    captcha: all(s.captcha).some(shown),
    pictures: all('img, svg, canvas, video').filter(shown).length,
    text: text.slice(0, 4000),
    length: text.length,
  };
}"""

NETWORK_ERRORS: tuple[tuple[str, str], ...] = (
    ("ERR_NAME_", "dns"),
    ("ERR_DNS_", "dns"),
    ("ERR_CERT_", "tls"),
    ("ERR_SSL_", "tls"),
    ("ERR_BAD_SSL", "tls"),
    ("ERR_CONNECTION_RESET", "reset"),
    ("ERR_CONNECTION_CLOSED", "reset"),
    ("ERR_EMPTY_RESPONSE", "reset"),
    ("ERR_HTTP2_", "reset"),
    ("ERR_INVALID_HTTP_RESPONSE", "reset"),
    ("ERR_CONNECTION_TIMED_OUT", "timeout"),
    ("ERR_TIMED_OUT", "timeout"),
    ("ERR_INTERNET_DISCONNECTED", "disconnected"),
    ("ERR_NETWORK_CHANGED", "disconnected"),
    ("ERR_NETWORK_IO_SUSPENDED", "disconnected"),
    ("ERR_ADDRESS_UNREACHABLE", "connect"),
    ("ERR_CONNECTION_", "connect"),
    ("ERR_SOCKET_", "connect"),
    ("ERR_CONTENT_LENGTH_MISMATCH", "body"),
    ("ERR_INCOMPLETE_CHUNKED_ENCODING", "body"),
)
"""Chromium's error names, by prefix, and the word of the rules for them."""

GONE = ("has been closed", "Target crashed", "Page crashed", "Connection closed", "browser closed")


def plain(text: str) -> str:
    """Text for comparison: no case, no accents, one kind of apostrophe, one space between words."""
    bare = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).casefold().split())


def says(text: str, wordings: Iterable[str]) -> str | None:
    """The first wording that the text holds, or None."""
    bare = plain(text)
    return next((wording for wording in wordings if plain(wording) in bare), None)


def from_error(message: str, step: str) -> list[Signal]:
    """Signals in the message of a Playwright error: what Chromium's network said."""
    if any(word in message for word in GONE):
        return [Signal(kind=SignalKind.BROWSER_GONE, step=step, text="lost during the step")]
    if "ERR_TOO_MANY_REDIRECTS" in message:
        return [Signal(kind=SignalKind.REDIRECT_LOOP, step=step)]
    for name, word in NETWORK_ERRORS:
        if name in message:
            if word == "body":
                return [Signal(kind=SignalKind.BODY_TIMEOUT, step=step, text=name)]
            return [Signal(kind=SignalKind.NETWORK_ERROR, step=step, text=word)]
    return []


async def look(page: Page, site: Site) -> dict[str, Any] | None:
    """What the page shows now, or None when it cannot be asked."""
    selectors = site.selectors.model_dump()
    try:
        async with asyncio.timeout(LOOK_LIMIT_SECONDS):
            seen: dict[str, Any] = await page.evaluate(LOOK, selectors)
            return seen
    except (Error, TimeoutError):
        return None


async def stop_loading(page: Page) -> None:
    """Give up what is still loading: a picture of a page that hangs would hang with it."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(LOOK_LIMIT_SECONDS):
            session = await page.context.new_cdp_session(page)
            await session.send("Page.stopLoading")


async def from_page(page: Page, site: Site, step: str) -> list[Signal]:
    """Signals that the page itself shows after a failed step."""
    seen = await look(page, site) if page.url.startswith("http") else None
    if seen is None:
        return []
    found = _wordings(seen, site) + _account(seen, page.url, site) + _states(seen)
    signals = [Signal(kind=kind, step=step, text=text[:300]) for kind, text in found]
    if seen["length"] <= BARE_PAGE_CHARACTERS:
        signals.append(Signal(kind=SignalKind.BARE_PAGE, step=step, number=seen["length"]))
    return signals


def _loud_text(seen: dict[str, Any]) -> str:
    """Where words block: title, headings, alerts; all of a page that holds little else."""
    parts = [seen["title"], *seen["loud"], *seen["alerts"]]
    if seen["length"] <= BARE_PAGE_CHARACTERS:
        parts.append(seen["text"])
    return "\n".join(parts)


def _wordings(seen: dict[str, Any], site: Site) -> list[tuple[SignalKind, str]]:
    loud = _loud_text(seen)
    zones = (
        (SignalKind.CAPTCHA, says(loud, site.texts.captcha)),
        (SignalKind.FIREWALL_PAGE, says(loud, site.texts.firewall)),
        (SignalKind.MAINTENANCE_WORDING, says(loud, site.texts.maintenance)),
        (SignalKind.UNAVAILABLE_WORDING, says(loud, site.texts.unavailable)),
    )
    found = [(kind, wording) for kind, wording in zones if wording]
    if seen["captcha"]:
        found.append((SignalKind.CAPTCHA, "element"))
    return found


def _account(seen: dict[str, Any], url: str, site: Site) -> list[tuple[SignalKind, str]]:
    """An alert is an error of the site, unless it speaks of the account."""
    alerts = "\n".join(seen["alerts"])
    loud = _loud_text(seen)
    address = urlsplit(url).path + "?" + urlsplit(url).query
    expired = says(loud, site.texts.password_expired) or any(
        part in address for part in site.texts.password_expired_urls
    )
    if expired:
        return [(SignalKind.PASSWORD_EXPIRED, "")]
    if says(alerts, site.texts.credentials_refused):
        return [(SignalKind.CREDENTIALS_REFUSED, "")]
    return [(SignalKind.ERROR_TEXT, alerts)] if alerts else []


def _states(seen: dict[str, Any]) -> list[tuple[SignalKind, str]]:
    found: list[tuple[SignalKind, str]] = []
    if seen["spinner"]:
        found.append((SignalKind.SPINNER, ""))
    if seen["state"] == "loading":
        found.append((SignalKind.BODY_TIMEOUT, "the document did not end"))
    elif seen["length"] < BLANK_PAGE_CHARACTERS and not seen["pictures"] and not seen["spinner"]:
        found.append((SignalKind.BLANK_PAGE, ""))
    return found
