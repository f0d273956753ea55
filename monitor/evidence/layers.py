"""What lies inside bytes: the same text under encodings, and whatever was compressed into them.

A secret hides as well in a gzip stream in base64 in JSON as in plain sight. Every layer that can
be taken off is taken off, whatever the file claims to be; pieces of one kind are looked at
together. What is recognised as compressed in a way that is not opened here (Zstandard frames, and
the Brotli of WOFF2 fonts) is not kept at all. Brotli itself bears no mark, and what is encrypted
shows nothing: neither can come of a response, since no body is kept; only of what a page says.
"""

from __future__ import annotations

import base64
import html
import re
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from monitor.errors import MonitorError

DEEPEST = 8
MOST_BYTES = 64 * 1024 * 1024
"""Of all layers together: more is a bomb, not evidence."""
LEAST_BYTES = 4
LEAST_DEEP_BYTES = 64
"""In the deepest layer: what chance makes of decoded noise is shorter."""
_CHUNK = 16 * 1024

_GZIP = re.compile(rb"\x1f\x8b\x08")
_ZLIB = re.compile(rb"(?=([\x08\x18\x28\x38\x48\x58\x68\x78][\x00-\xff]))")
_ZIP = re.compile(rb"PK\x03\x04[\x00-\xff]{4}\x08\x00[\x00-\xff]{20}")
_SEALED = re.compile(
    rb"\x28\xb5\x2f\xfd[\x00-\x07\x10-\x17\x20-\x27\x30-\x37\x40-\x47\x50-\x57\x60-\x67\x70-\x77"
    rb"\x80-\x87\x90-\x97\xa0-\xa7\xb0-\xb7\xc0-\xc7\xd0-\xd7\xe0-\xe7\xf0-\xf7]"
    rb"|wOF2(?:\x00\x01\x00\x00|OTTO|true)"
)
"""A Zstandard frame (RFC 8878, 3.1.1; the reserved bit of its descriptor is 0), a WOFF2 font."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){6,}")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
"""In text there is none of these."""
_READABLE = re.compile(rb"(?:[\t\r\n\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){6,}")
_LINE_ENDS = re.compile(rb"\\r|\\n|[\r\n]+[ \t]*")
_JSON = re.compile(rb'\\u([0-9a-fA-F]{4})|\\([\\/"])')
_FOR_ADDRESSES = bytes.maketrans(b"-_", b"+/")


class TooDeep(MonitorError):
    """There are more layers, or more bytes in them, than are searched; or one of them is shut."""


def layers(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, then everything found inside them. Raises TooDeep."""
    left = [MOST_BYTES]
    yield from _layers(data, DEEPEST, left, set())


def _layers(data: bytes, depth: int, left: list[int], seen: set[bytes]) -> Iterator[bytes]:
    yield data
    for take_off in _OF_BYTES if _CONTROL.search(data) else _OF_TEXT:
        inner = take_off(data)
        if len(inner) < LEAST_BYTES or inner == data or inner in seen:
            continue
        seen.add(inner)
        left[0] -= len(inner)
        if left[0] < 0 or (depth == 0 and len(inner) >= LEAST_DEEP_BYTES):
            raise TooDeep("too many layers to search")
        if depth == 0:
            yield inner
        else:
            yield from _layers(inner, depth - 1, left, seen)


def _percent(data: bytes) -> bytes:
    return unquote_to_bytes(data) if b"%" in data else b""


def _html(data: bytes) -> bytes:
    if b"&" not in data:
        return b""
    # Bytes as characters of the same number, so that nothing but entities changes.
    text = html.unescape(data.decode("latin-1"))
    return b"".join(_byte_or_utf8(part) for part in re.split(r"([^\x00-\xff]+)", text))


def _byte_or_utf8(part: str) -> bytes:
    try:
        return part.encode("latin-1")
    except UnicodeEncodeError:
        return part.encode("utf-8", "replace")


def _json(data: bytes) -> bytes:
    return _JSON.sub(_unescaped, data) if b"\\" in data else b""


def _unescaped(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode("utf-8", "replace") if found[1] else found[2]


def _base64(data: bytes) -> bytes:
    """Every run of its characters, decoded from each of the four places where it may begin; runs
    that go on over line ends are put together too."""
    joined = _LINE_ENDS.sub(b"", data)
    found = _BASE64.findall(data) + (_BASE64.findall(joined) if joined != data else [])
    runs = (run.translate(_FOR_ADDRESSES) for run in dict.fromkeys(found))
    return b"\n".join(_decoded(run[start:]) for run in runs for start in range(4))


def _decoded(run: bytes) -> bytes:
    rest = len(run) % 4
    whole = run[:-1] if rest == 1 else run + b"=" * (-rest % 4)
    return base64.b64decode(whole)


def _hex(data: bytes) -> bytes:
    return b"\n".join(bytes.fromhex(run.decode()) for run in _HEX.findall(data))


def _compressed(data: bytes) -> bytes:
    """Whatever begins like gzip, zlib or a member of a ZIP file, and can be inflated. Raises
    TooDeep for what cannot be opened: nobody knows what is in it."""
    if _SEALED.search(data):
        raise TooDeep("compressed in a way that cannot be opened")
    pieces = [_inflated(data[at.start() :], 31) for at in _GZIP.finditer(data)]
    pieces += [
        _inflated(data[at.start() :], 15)
        for at in _ZLIB.finditer(data)
        if int.from_bytes(at[1]) % 31 == 0
    ]
    for at in _ZIP.finditer(data):
        head = at[0]
        lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        pieces.append(_inflated(data[at.start() + 30 + lengths :], -15))
    return b"\n".join(piece for piece in pieces if len(piece) >= LEAST_BYTES)


def _inflated(data: bytes, window_bits: int) -> bytes:
    """As much as can be inflated. Raises TooDeep."""
    inflater = zlib.decompressobj(window_bits)
    out = bytearray()
    try:
        for start in range(0, len(data), _CHUNK):
            out += inflater.decompress(data[start : start + _CHUNK], MOST_BYTES)
            if len(out) >= MOST_BYTES:
                raise TooDeep("too many bytes to search")
            if inflater.eof:
                break
    except zlib.error:
        pass  # the end is missing or damaged, or it never was such a stream
    return bytes(out)


def _strings(data: bytes) -> bytes:
    """What can be read in bytes that are no text."""
    return b"\n".join(_READABLE.findall(data))


_OF_BYTES: tuple[Callable[[bytes], bytes], ...] = (_compressed, _strings)
_OF_TEXT: tuple[Callable[[bytes], bytes], ...] = (
    *(_compressed, _percent, _html, _json, _base64, _hex),
)
