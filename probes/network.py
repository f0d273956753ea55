"""What passed between the browser and the site during an attempt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Error, Page, Request, Response

from monitor.core.model import Signal, SignalKind
from probes.observe import from_error
from probes.redaction import form_names, redact_headers, redact_url
from probes.site import Site

OWN_DOING = ("ERR_ABORTED", "ERR_BLOCKED_BY_CLIENT")
"""Failures of single calls that the browser or the guard caused, not the network."""

HANGING_AFTER_SECONDS = 1.0
LONGEST_RETRY_AFTER_SECONDS = 30 * 86400.0


@dataclass(kw_only=True)
class Exchange:
    """One request and what became of it. ``seconds`` is None while it is under way."""

    method: str
    url: str
    kind: str
    started: float
    status: int | None = None
    content_type: str = ""
    retry_after: float | None = None
    error: str | None = None
    seconds: float | None = None
    step: int = 0
    request_headers: tuple[tuple[str, str], ...] = ()
    sent_names: tuple[str, ...] = ()
    """Names of the fields of a form that went out; their values are not remembered."""
    status_text: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()
    timing: Mapping[str, float] = field(default_factory=dict)
    """Playwright's ResourceTiming: milliseconds, ``startTime`` since 1970; -1 is not known."""


class NetworkLog:
    """Requests, console and script errors of one page, in order."""

    def __init__(self, page: Page, site: Site) -> None:
        self._page = page
        self._site = site
        self._keys_kept = site.redaction.query_keys_kept
        self._step = 0
        self._by_request: dict[Request, Exchange] = {}
        self.exchanges: list[Exchange] = []
        self.console: list[str] = []
        self.script_errors: list[tuple[int, str]] = []
        self.crashed = False
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", self._on_finished)
        page.on("requestfailed", self._on_failed)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_script_error)
        page.on("crash", self._on_crash)

    def begin_step(self) -> None:
        """What comes now belongs to the next step."""
        self._step += 1

    @property
    def document_status(self) -> int | None:
        """HTTP status of the last document of the main frame, or None when there was none."""
        statuses = [e.status for e in self.exchanges if e.kind == "document" and e.status]
        return statuses[-1] if statuses else None

    def in_step(self) -> list[Exchange]:
        """Exchanges that began in the step in progress."""
        return [e for e in self.exchanges if e.step == self._step]

    def was_posted(self) -> bool:
        """True when a form went out in the step and was answered without an error."""
        return any(
            e.method == "POST" and e.status is not None and e.status < 400 for e in self.in_step()
        )

    def is_api(self, exchange: Exchange) -> bool:
        """True for a call of the page's own back end."""
        return exchange.url.startswith(self._site.api.watched_prefix)

    def signals(self, step: str, *, signed_in: bool) -> list[Signal]:
        """What the step's network and scripts tell, once it has failed."""
        found: list[Signal] = []
        if self.crashed:
            found.append(Signal(kind=SignalKind.BROWSER_GONE, step=step, text="page crashed"))
        for exchange in self.in_step():
            found.extend(self._of_exchange(exchange, step, signed_in))
        found.extend(self._of_last_document(step))
        found.extend(
            Signal(kind=SignalKind.SCRIPT_ERROR, step=step, text=text)
            for at, text in self.script_errors
            if at == self._step
        )
        return found

    def _of_exchange(self, exchange: Exchange, step: str, signed_in: bool) -> list[Signal]:
        found: list[Signal] = []
        if exchange.retry_after is not None:
            found.append(
                Signal(kind=SignalKind.RETRY_AFTER, step=step, number=exchange.retry_after)
            )
        if exchange.kind == "document":
            if exchange.status is not None and exchange.status >= 400:
                found.append(_status(SignalKind.HTTP_STATUS, exchange, step))
        elif exchange.kind == "script":
            found.extend(_of_script(exchange, step))
        elif self.is_api(exchange):
            found.extend(self._of_call(exchange, step, signed_in))
        return found

    def _of_last_document(self, step: str) -> list[Signal]:
        """A page that a click led to and that never answered. Earlier pages of the step were
        left behind and say nothing."""
        documents = [e for e in self.in_step() if e.kind == "document"]
        if not documents or documents[-1].status is not None:
            return []
        last = documents[-1]
        if last.error is not None:
            return from_error(last.error, step)
        hanging = time.monotonic() - last.started >= HANGING_AFTER_SECONDS
        word = [Signal(kind=SignalKind.NETWORK_ERROR, step=step, text="timeout")]
        return word if hanging else []

    def _of_call(self, call: Exchange, step: str, signed_in: bool) -> list[Signal]:
        path = urlsplit(call.url).path
        if call.status is None:
            return _without_answer(SignalKind.API_FAILED, call, step)
        expected = not signed_in and call.status in self._site.api.alive_statuses
        if call.status >= 400 and not expected:
            return [_status(SignalKind.API_STATUS, call, step)]
        if call.status == 200 and "html" in call.content_type:
            return [Signal(kind=SignalKind.API_NOT_JSON, step=step, text=path)]
        return []

    def _on_request(self, request: Request) -> None:
        kind = request.resource_type
        if kind == "document" and request.frame != self._page.main_frame:
            kind = "subdocument"
        exchange = Exchange(
            method=request.method,
            url=redact_url(request.url, self._keys_kept),
            kind=kind,
            started=time.monotonic(),
            step=self._step,
            request_headers=redact_headers(request.headers, self._keys_kept),
            sent_names=_sent_names(request),
        )
        self._by_request[request] = exchange
        self.exchanges.append(exchange)

    def _on_response(self, response: Response) -> None:
        exchange = self._by_request.get(response.request)
        if exchange is None:
            return
        exchange.status = response.status
        exchange.status_text = response.status_text
        exchange.response_headers = redact_headers(response.headers, self._keys_kept)
        exchange.content_type = response.headers.get("content-type", "").lower()
        exchange.timing = _marks(response.request)
        if response.status in (429, 503):
            exchange.retry_after = retry_after_seconds(response.headers)

    def _on_finished(self, request: Request) -> None:
        if exchange := self._by_request.get(request):
            exchange.seconds = time.monotonic() - exchange.started
            exchange.timing = _marks(request)

    def _on_failed(self, request: Request) -> None:
        if exchange := self._by_request.get(request):
            exchange.seconds = time.monotonic() - exchange.started
            exchange.error = request.failure or "failed"

    def _on_console(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text[:500]}")

    def _on_script_error(self, error: Error) -> None:
        self.script_errors.append((self._step, error.message[:300]))

    def _on_crash(self, _page: Page) -> None:
        self.crashed = True


def _marks(request: Request) -> dict[str, float]:
    found = request.timing.items()
    return {name: float(mark) for name, mark in found if isinstance(mark, int | float)}


def _sent_names(request: Request) -> tuple[str, ...]:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return ()
    return form_names(request.headers.get("content-type", ""), request.post_data_buffer)


def _of_script(script: Exchange, step: str) -> list[Signal]:
    """A page of the site is nothing without its scripts."""
    if script.status is None:
        return _without_answer(SignalKind.SCRIPT_FAILED, script, step)
    if script.status >= 400:
        return [_status(SignalKind.SCRIPT_STATUS, script, step)]
    return []


def _without_answer(kind: SignalKind, exchange: Exchange, step: str) -> list[Signal]:
    """A request that got none; nothing while it is young, or when we stopped it ourselves."""
    young = time.monotonic() - exchange.started < HANGING_AFTER_SECONDS
    own = any(word in (exchange.error or "") for word in OWN_DOING)
    if own or (exchange.error is None and young):
        return []
    text = f"{exchange.error or 'no answer'} {urlsplit(exchange.url).path}"
    return [Signal(kind=kind, step=step, text=text)]


def _status(kind: SignalKind, exchange: Exchange, step: str) -> Signal:
    path = urlsplit(exchange.url).path
    return Signal(kind=kind, step=step, text=path, number=exchange.status)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, 30 days at most (RFC 9110, section 10.2.3); None when it is absent
    or makes no sense. A date is counted from the answer's own Date: the site's clock is meant."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdecimal():
        return min(float(asked), LONGEST_RETRY_AFTER_SECONDS)
    try:
        until, sent = (parsedate_to_datetime(text) for text in (asked, headers.get("date", "")))
        seconds = (until - sent).total_seconds()
    except (TypeError, ValueError):  # no date, or one without a timezone
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)
