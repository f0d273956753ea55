"""The network record in a form that other tools read: HTTP Archive 1.2, without any body.

http://www.softwareishard.com/blog/har-12-spec/ . Values that could hold a secret were removed when
the request was noticed (``probes.redaction``); what is not known is -1 or empty, as HAR wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from monitor.evidence.station import Station
from monitor.evidence.tls import Shown
from probes.attempt import RawAttempt
from probes.connections import Connection, origin_of
from probes.network import Exchange
from probes.redaction import REMOVED

NOT_KNOWN = -1
HAR_HTTP = {"h2": "HTTP/2", "h3": "HTTP/3", "http/1.1": "HTTP/1.1", "http/1.0": "HTTP/1.0"}


def har(raw: RawAttempt, station: Station) -> dict[str, Any]:
    """The archive of one attempt."""
    by_origin = {one.origin: one for one in reversed(raw.connections)}
    return {
        "log": {
            "version": "1.2",
            "creator": {
                "name": station.program.get("name", "anef-monitor"),
                "version": station.program.get("version", ""),
            },
            "browser": {
                "name": station.browser.get("kind", ""),
                "version": station.browser.get("version", ""),
            },
            "pages": [_page(number, start) for number, start in _starts(raw)],
            "entries": [_entry(one, raw, by_origin, station.shown) for one in raw.exchanges],
            "comment": "Bodies are not kept. Values of cookies, of headers that may hold a "
            f"session, of queries and of forms are replaced by {REMOVED} or redacted.",
        }
    }


def _starts(raw: RawAttempt) -> list[tuple[int, tuple[str, datetime]]]:
    steps = [(one.step, one.started_at or raw.started_at) for one in raw.captures]
    return list(enumerate(steps or [("attempt", raw.started_at)], start=1))


def _page(number: int, start: tuple[str, datetime]) -> dict[str, Any]:
    return {
        "startedDateTime": start[1].isoformat(),
        "id": f"step_{number}",
        "title": start[0],
        "pageTimings": {},
    }


def _entry(
    one: Exchange, raw: RawAttempt, by_origin: Mapping[str, Connection], shown: Shown
) -> dict[str, Any]:
    reached = by_origin.get(origin_of(one.url) or "")
    version = HAR_HTTP.get(reached.http_version, reached.http_version) if reached else ""
    entry = {
        "pageref": f"step_{min(max(one.step, 1), max(len(raw.captures), 1))}",
        "startedDateTime": _started(one, raw).isoformat(),
        "time": 0 if one.seconds is None else round(one.seconds * 1000, 3),
        "request": _request(one, version),
        "response": _response(one, version),
        "cache": {},
        "timings": _timings(one),
    }
    address = shown(reached.address).get("address") if reached and reached.address else None
    return {**entry, "serverIPAddress": address} if address else entry


def _started(one: Exchange, raw: RawAttempt) -> datetime:
    start_ms = one.timing.get("startTime", 0)
    return datetime.fromtimestamp(start_ms / 1000, UTC) if start_ms > 0 else raw.started_at


def _request(one: Exchange, version: str) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": one.method,
        "url": one.url,
        "httpVersion": version,
        "cookies": [],
        "headers": _headers(one.request_headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(one.url).query, keep_blank_values=True)
        ],
        "headersSize": NOT_KNOWN,
        "bodySize": NOT_KNOWN,
    }
    if one.sent_names:
        request["postData"] = {
            "mimeType": dict(one.request_headers).get("content-type", "").partition(";")[0],
            "params": [{"name": name, "value": REMOVED} for name in one.sent_names],
            "text": "",
        }
    return request


def _response(one: Exchange, version: str) -> dict[str, Any]:
    headers = dict(one.response_headers)
    size = headers.get("content-length", "")
    response = {
        "status": one.status or 0,
        "statusText": one.status_text,
        "httpVersion": version if one.status else "",
        "cookies": [],
        "headers": _headers(one.response_headers),
        "content": {
            "size": int(size) if size.isascii() and size.isdecimal() else NOT_KNOWN,
            "mimeType": one.content_type,
        },
        "redirectURL": headers.get("location", ""),
        "headersSize": NOT_KNOWN,
        "bodySize": NOT_KNOWN,
    }
    return {**response, "_error": one.error} if one.error else response


def _headers(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _timings(one: Exchange) -> dict[str, float]:
    """Milliseconds of each phase, from the marks of the browser's ResourceTiming."""
    at = one.timing

    def between(first: str, second: str) -> float:
        start, end = at.get(first, NOT_KNOWN), at.get(second, NOT_KNOWN)
        return round(end - start, 3) if 0 <= start <= end else NOT_KNOWN

    return {
        "blocked": NOT_KNOWN,
        "dns": between("domainLookupStart", "domainLookupEnd"),
        "connect": between("connectStart", "connectEnd"),
        "ssl": between("secureConnectionStart", "connectEnd"),
        "send": 0,
        "wait": max(0, between("requestStart", "responseStart")),
        "receive": max(0, between("responseStart", "responseEnd")),
    }
