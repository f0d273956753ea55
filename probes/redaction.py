"""What is left of a request before it is remembered: no secret of its address, of its headers or
of its form. Names stay, since they tell what was asked; values go."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

SECRET_FREE = "redacted"
REMOVED = "[removed]"

HEADERS_KEPT = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "accept-ranges", "age", "allow"),
        *("cache-control", "connection", "content-encoding", "content-language"),
        *("content-length", "content-type", "date", "expires", "host"),
        *("keep-alive", "last-modified", "pragma", "retry-after", "server"),
        *("strict-transport-security", "transfer-encoding", "upgrade-insecure-requests"),
        *("user-agent", "vary", "via", "x-cache", "x-content-type-options", "x-frame-options"),
    }
)
"""Headers whose values are kept. Of all others, those that nobody has thought of included, only
the name is: a session can hide in any of them."""

ADDRESS_HEADERS = frozenset({"location", "origin", "referer", "content-location"})
"""Headers that hold an address: kept as addresses are."""

LONGEST_FORM_BYTES = 1_000_000
_FIELD_NAME = re.compile(rb'(?<![a-z])name="([^"\r\n]{1,200})"')
_MOST_NAMES = 100


def redact_url(url: str, keys_kept: tuple[str, ...] = ()) -> str:
    """An address without the values of its query and without the secrets of its fragment.

    A hash route (``#/espace-personnel``) stays, since it names the page; any other fragment
    (``#code=…&state=…``) goes.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return url.split("?")[0].split("#")[0][:200]
    query = urlencode(
        [(k, v if k in keys_kept else SECRET_FREE) for k, v in parse_qsl(parts.query)]
    )
    route = parts.fragment.split("?")[0].split("&")[0]
    fragment = route if route.startswith("/") else (SECRET_FREE if route else "")
    host = parts.netloc.rpartition("@")[2]  # without a user's name and password
    return urlunsplit((parts.scheme, host, parts.path, query, fragment))


def redact_headers(
    headers: Mapping[str, str], keys_kept: tuple[str, ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Every header by its name; the value only where it can hold no secret."""
    return tuple((name, _header(name.lower(), value, keys_kept)) for name, value in headers.items())


def _header(name: str, value: str, keys_kept: tuple[str, ...]) -> str:
    if name in ADDRESS_HEADERS:
        return redact_url(value, keys_kept) if "://" in value else value.split("?")[0].split("#")[0]
    return value if name in HEADERS_KEPT else REMOVED


def form_names(content_type: str, body: bytes | None) -> tuple[str, ...]:
    """Names of the fields of a body that was sent: of a form, of its parts, of a JSON object.
    Empty for what is none of these, or too long to look at."""
    if not body or len(body) > LONGEST_FORM_BYTES:
        return ()
    kind = content_type.partition(";")[0].strip().lower()
    names = _READERS[kind](body) if kind in _READERS else []
    return tuple(dict.fromkeys(names))[:_MOST_NAMES]


def _of_form(body: bytes) -> list[str]:
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return [name for name, _ in pairs]


def _of_parts(body: bytes) -> list[str]:
    return [name.decode("utf-8", "replace") for name in _FIELD_NAME.findall(body)]


def _of_json(body: bytes) -> list[str]:
    try:
        value = json.loads(body)
    except ValueError:
        return []
    return list(value) if isinstance(value, dict) else []


_READERS = {
    "application/x-www-form-urlencoded": _of_form,
    "multipart/form-data": _of_parts,
    "application/json": _of_json,
}
