"""The network record as HTTP Archive 1.2: complete for its readers, empty of secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema

from monitor.evidence.har import har
from monitor.evidence.station import Station
from probes.attempt import RawAttempt
from probes.capture import Capture
from probes.connections import Connection
from probes.network import Exchange

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXT, NUMBER = {"type": "string"}, {"type": "number"}
DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def shape(optional: dict[str, Any] | None = None, **required: Any) -> dict[str, Any]:  # noqa: ANN401
    """An object with these members."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def rows(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


PAIR = shape(name=TEXT, value=TEXT)
MESSAGE = {
    "httpVersion": TEXT,
    "cookies": {"type": "array", "maxItems": 0},
    "headers": rows(PAIR),
    "headersSize": NUMBER,
    "bodySize": NUMBER,
}
POSTED = {"postData": shape(mimeType=TEXT, params=rows(PAIR), text={"const": ""})}
PHASES = {"blocked": NUMBER, "dns": NUMBER, "connect": NUMBER, "ssl": NUMBER}
ENTRY = shape(
    {"serverIPAddress": TEXT, "pageref": TEXT},
    startedDateTime=DATE,
    time={"type": "number", "minimum": 0},
    request=shape(POSTED, method=TEXT, url=TEXT, queryString=rows(PAIR), **MESSAGE),
    response=shape(
        None,
        status={"type": "integer"},
        statusText=TEXT,
        redirectURL=TEXT,
        content=shape({"text": False}, size=NUMBER, mimeType=TEXT),
        **MESSAGE,
    ),
    cache={"type": "object"},
    timings=shape(
        PHASES,
        send={"type": "number", "minimum": 0},
        wait={"type": "number", "minimum": 0},
        receive={"type": "number", "minimum": 0},
    ),
)
PAGE = shape(startedDateTime=DATE, id=TEXT, title=TEXT, pageTimings={"type": "object"})
HAR = shape(
    log=shape(
        {"pages": rows(PAGE), "comment": TEXT, "browser": shape(name=TEXT, version=TEXT)},
        version={"const": "1.2"},
        creator=shape(name=TEXT, version=TEXT),
        entries=rows(ENTRY),
    )
)
"""The required members of http://www.softwareishard.com/blog/har-12-spec/, and no body."""

POST = Exchange(
    method="POST",
    url="https://sso.example/auth?execution=redacted",
    kind="document",
    started=1.0,
    step=1,
    status=302,
    status_text="Found",
    seconds=0.25,
    request_headers=(("content-type", "application/x-www-form-urlencoded"),),
    sent_names=("username", "password"),
    response_headers=(("location", "https://portal.example/#redacted"), ("content-length", "0")),
    timing={
        "startTime": NOON.timestamp() * 1000 + 500,
        "domainLookupStart": 1,
        "domainLookupEnd": 3,
        "connectStart": 3,
        "secureConnectionStart": 4,
        "connectEnd": 9,
        "requestStart": 10,
        "responseStart": 40,
        "responseEnd": 41.5,
    },
)
HANGING = Exchange(method="GET", url="https://portal.example/", kind="document", started=2.0)
RAW = RawAttempt(
    started_at=NOON,
    finished_at=NOON + timedelta(seconds=2),
    duration_seconds=2,
    signals=(),
    steps=(),
    captures=(Capture(step="open", failed=False, started_at=NOON),),
    exchanges=(POST, HANGING),
    connections=(
        Connection(origin="https://sso.example", address="9.9.9.9", http_version="h2"),
        Connection(origin="https://portal.example", address="10.0.0.1", http_version="http/1.1"),
    ),
)


def shown(address: str) -> dict[str, str]:
    return {"commitment": "0"} if address.startswith("10.") else {"address": address}


def made(raw: RawAttempt = RAW) -> dict[str, Any]:
    """An archive as it is written and read again."""
    found: dict[str, Any] = json.loads(json.dumps(har(raw, Station(shown=shown))))
    jsonschema.validate(found, HAR)
    return found


def test_an_answered_request_has_its_phases_and_addresses() -> None:
    entry = made()["log"]["entries"][0]
    assert entry["startedDateTime"] == "2026-11-23T12:00:00.500000+00:00"
    assert entry["time"] == 250
    assert {name: entry["timings"][name] for name in ("dns", "connect", "ssl", "wait")} == {
        "dns": 2,
        "connect": 6,
        "ssl": 5,
        "wait": 30,
    }
    assert entry["timings"]["receive"] == 1.5
    assert (entry["serverIPAddress"], entry["request"]["httpVersion"]) == ("9.9.9.9", "HTTP/2")
    assert entry["response"]["redirectURL"] == "https://portal.example/#redacted"


def test_a_form_has_names_and_no_values() -> None:
    posted = made()["log"]["entries"][0]["request"]["postData"]
    assert posted["params"] == [
        {"name": "username", "value": "[removed]"},
        {"name": "password", "value": "[removed]"},
    ]


def test_a_request_without_an_answer_is_in_it_too() -> None:
    entry = made()["log"]["entries"][1]
    assert (entry["response"]["status"], entry["time"]) == (0, 0)
    assert entry["startedDateTime"] == NOON.isoformat()
    assert "serverIPAddress" not in entry, "an address of our own network stays private"


def test_an_attempt_without_any_request_is_an_empty_archive() -> None:
    empty = replace(RAW, exchanges=(), captures=(), connections=())
    assert made(empty)["log"]["entries"] == []
