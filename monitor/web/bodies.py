"""What a form sends, read within a limit and in memory alone: no file is ever spooled."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MOST_FIELDS = 600
LARGEST_FORM_BYTES = 300_000


class TooLarge(Exception):
    """More was sent than is read."""


async def body_of(request: Request, limit: int) -> bytes:
    """The body. Raises TooLarge as soon as more than ``limit`` bytes have come."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise TooLarge
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > limit:
            raise TooLarge
    return bytes(found)


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a plain form; of a name sent twice the last counts. Raises TooLarge."""
    body = await body_of(request, LARGEST_FORM_BYTES)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise TooLarge from None
    return {name: value.replace("\0", "") for name, value in pairs}


def file_in(body: bytes, content_type: str, name: str) -> bytes | None:
    """The content of the file field ``name`` of a multipart form; None when it holds none, or is
    no such form."""
    reading = _Reading(name)
    try:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            return None
        parser = MultipartParser(boundary, reading.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        return None
    return reading.found


class _Reading:
    """Collects one part; the rest is passed over."""

    def __init__(self, name: str) -> None:
        self.found: bytes | None = None
        self._name = name.encode()
        self._part = bytearray()
        self._header, self._value = bytearray(), bytearray()
        self._wanted = False

    def callbacks(self) -> dict[str, object]:
        """What the parser calls as it goes."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": self._data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._part.clear()
        self._wanted = False

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._wanted = options.get(b"name") == self._name
        self._header.clear()
        self._value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._part.extend(data[start:end])

    def _end(self) -> None:
        if self._wanted and self.found is None:
            self.found = bytes(self._part)
