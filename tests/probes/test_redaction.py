"""What is remembered of a request: names, and only values that can hold no secret."""

from __future__ import annotations

import json

import pytest

from probes.redaction import REMOVED, form_names, redact_headers

SECRETS = ("Bearer abc", "session=1", "9900000001")


@pytest.mark.parametrize(
    "name",
    [
        *("Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization", "X-Csrf-Token"),
        *("X-Auth-Token", "ETag", "X-Request-Id", "X-Something-Of-Tomorrow"),
    ],
)
def test_a_header_that_may_hold_a_secret_keeps_its_name_alone(name: str) -> None:
    assert redact_headers({name: "Bearer abc"}) == ((name, REMOVED),)


def test_a_header_that_can_hold_none_is_kept() -> None:
    given = {"content-type": "text/html", "Retry-After": "120", "date": "Wed, 25 Nov 2026"}
    assert dict(redact_headers(given)) == given


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://a.example/usagers/#code=abc", "https://a.example/usagers/#redacted"),
        ("https://a.example/x?token=abc", "https://a.example/x?token=redacted"),
        ("https://me:abc@a.example/", "https://a.example/"),
        ("/relative?token=abc#code=abc", "/relative"),
    ],
)
@pytest.mark.parametrize("name", ["Location", "referer"])
def test_an_address_in_a_header_loses_its_secrets(name: str, given: str, kept: str) -> None:
    assert redact_headers({name: given}) == ((name, kept),)


BOUNDARY = b"\r\n".join(
    [
        b"--x",
        b'Content-Disposition: form-data; name="type"',
        b"",
        b"9900000001",
        b"--x",
        b'Content-Disposition: form-data; name="fichier"; filename="essai.pdf"',
        b"",
        b"%PDF \xff\xfe",
        b"--x--",
    ]
)


@pytest.mark.parametrize(
    ("kind", "body", "names"),
    [
        ("application/x-www-form-urlencoded", b"username=9900000001&password=", ("username",)),
        ("multipart/form-data; boundary=x", BOUNDARY, ("type", "fichier")),
        ("application/json; charset=utf-8", json.dumps({"code": "abc"}).encode(), ("code",)),
        ("application/json", b"[1, 2", ()),
        ("text/plain", b"secret", ()),
        ("application/x-www-form-urlencoded", b"\xff\xfe=1", ("\ufffd\ufffd",)),
    ],
)
def test_of_a_form_only_names_are_remembered(
    kind: str, body: bytes, names: tuple[str, ...]
) -> None:
    found = form_names(kind, body)
    assert found[: len(names)] == names
    assert "9900000001" not in found


def test_what_was_not_sent_or_is_too_long_has_no_names() -> None:
    assert form_names("application/json", None) == ()
    assert form_names("application/x-www-form-urlencoded", b"a=1&" * 300_000) == ()
