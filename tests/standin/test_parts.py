"""Small parts: the generated bundle, the reading of uploads."""

from __future__ import annotations

import pytest

from probes.standin.filler import SCRIPT_BYTES, bundle
from probes.standin.multipart import first_file
from probes.standin.pages import HERE

CONTENT = b"\x00\r\n--other\r\nContent-Type: text/plain\r\n\r\n\xff\r\n"


def _body(name: bytes, content: bytes) -> bytes:
    return (
        b'--limite\r\nContent-Disposition: form-data; name="document"; filename="%s"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%s\r\n--limite--\r\n" % (name, content)
    )


def test_the_bundle_is_the_same_at_every_start_and_weighs_what_was_asked() -> None:
    first = bundle(100_000)
    bundle.cache_clear()
    assert bundle(100_000) == first
    assert 99_000 < len(first) < 101_000


def test_all_scripts_together_weigh_about_350_kilobytes() -> None:
    own = sum(len(path.read_bytes()) for path in (HERE / "static").rglob("*.js"))
    assert abs(own + len(bundle(SCRIPT_BYTES - own)) - SCRIPT_BYTES) < 1000


@pytest.mark.parametrize("content", [b"", CONTENT, b"\r\n", b"x" * 10_000])
def test_an_upload_comes_out_byte_for_byte(content: bytes) -> None:
    found = first_file("multipart/form-data; boundary=limite", _body(b"essai.pdf", content))
    assert found == ("essai.pdf", "application/pdf", content)


def test_an_accented_file_name_is_kept() -> None:
    name = "pièce à joindre.pdf"
    found = first_file('multipart/form-data; boundary="limite"', _body(name.encode(), b"a"))
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data"])
def test_what_is_no_multipart_holds_no_file(content_type: str) -> None:
    assert first_file(content_type, _body(b"essai.pdf", b"a")) is None
