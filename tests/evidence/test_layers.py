"""No wrapping hides a secret from the scan, and no bomb stops it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from monitor.evidence.layers import layers
from monitor.evidence.redact import SecretScan

SECRET = "p(é)/s&'w~r d!<\"1>"
SCAN = SecretScan([SECRET])


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("un/nom.txt", data)
    return out.getvalue()


def in_png(data: bytes) -> bytes:
    """A picture with a compressed note."""
    note, out = PngInfo(), io.BytesIO()
    note.add_itxt("note", data.decode(), zip=True)
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=note)
    return out.getvalue()


def text(data: bytes) -> str:
    """As a program puts bytes into a text: as they are when they are UTF-8, else in base64."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def lines(data: bytes) -> bytes:
    """Base64 as in a message."""
    return base64.encodebytes(data)


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate, not squeezed": lambda data: zlib.compress(data, 0),
    "zip": zipped,
    "base64": base64.b64encode,
    "base64 for addresses": base64.urlsafe_b64encode,
    "base64 without its end": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 in lines": lines,
    "URL": lambda data: quote(data, safe="").encode(),
    "JSON": lambda data: json.dumps(text(data)).encode(),
    "JSON, not ASCII": lambda data: json.dumps(text(data), ensure_ascii=False).encode(),
    "HTML": lambda data: html.escape(text(data)).encode(),
    "hexadecimal": lambda data: data.hex().encode(),
    "bytes before and after": lambda data: b"\x00\x01x" + data + b"\xff\x00",
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_a_wrapping_hides_nothing(name: str) -> None:
    assert SCAN.finds(b"before " + WRAPPINGS[name](SECRET.encode()) + b" after")


@pytest.mark.parametrize("inner", ["gzip", "deflate", "zip"])
@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_base64_of_something_compressed_hides_nothing_wherever_it_begins(
    inner: str, offset: int
) -> None:
    wrapped = base64.b64encode(WRAPPINGS[inner](SECRET.encode()))
    assert SCAN.finds(b"/" * offset + wrapped)


def test_a_pictures_compressed_note_hides_nothing() -> None:
    assert SCAN.finds(in_png(SECRET.encode()))
    assert not SCAN.finds(in_png(b"une note sans rien de tel"))


@given(names=st.lists(st.sampled_from(sorted(WRAPPINGS)), max_size=3))
@settings(max_examples=200, deadline=None)
def test_wrappings_in_wrappings_hide_nothing(names: list[str]) -> None:
    data = b"une page qui dit " + SECRET.encode() + b" et autre chose"
    for name in names:
        data = WRAPPINGS[name](data)
    assert SCAN.finds(data), names


@given(data=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_can_be_searched_and_are_not_caught(data: bytes) -> None:
    assert next(layers(data)) == data
    assert not SCAN.finds(data)


def test_what_was_cut_short_is_searched_as_far_as_it_goes() -> None:
    whole = gzip.compress(SECRET.encode() + bytes(range(256)) * 400)
    assert SCAN.finds(whole[: len(whole) - 40])


def test_a_bomb_is_kept_out() -> None:
    bomb = gzip.compress(bytes(80 * 1024 * 1024), 1)
    assert SCAN.finds(bomb)
    assert not SecretScan([]).finds(bomb), "nothing to look for"


def test_much_that_looks_like_base64_is_no_bomb() -> None:
    hashes = [hashlib.sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(4000)]
    data = "\n".join(f'{{"sha256":"{one}","url":"/usagers/assets/{one}"}}' for one in hashes)
    assert not SCAN.finds(data.encode())
    assert SCAN.finds(data.encode() + gzip.compress(SECRET.encode()))


def test_too_many_layers_are_kept_out() -> None:
    data = b"rien de tel"
    for _ in range(12):
        data = gzip.compress(data)
    assert SCAN.finds(data)


ZSTANDARD = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"
"""A frame of one raw block, as RFC 8878 has it."""


@pytest.mark.parametrize("shut", [ZSTANDARD, b"wOF2OTTO" + bytes(40)])
def test_what_is_compressed_in_a_way_that_is_not_opened_is_kept_out(shut: bytes) -> None:
    scan = SecretScan(["mot-de-passe"])
    assert scan.finds(shut)
    assert scan.finds(b"before " * 9 + shut)
    assert scan.finds(json.dumps({"body": base64.b64encode(shut).decode()}).encode())
    assert scan.finds(gzip.compress(shut))
    assert not scan.finds(shut[:3])
