"""Reading one uploaded file out of a ``multipart/form-data`` body (RFC 7578)."""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)"?', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"]*)"')
_TYPE = re.compile(rb"^content-type:\s*([^\s;]+)", re.IGNORECASE | re.MULTILINE)


def first_file(content_type: str, body: bytes) -> tuple[str, str, bytes] | None:
    """Name, media type and content of the first file, or None when there is none."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return None
    mark = b"\r\n--" + boundary[1].encode("latin-1")
    for part in (b"\r\n" + body).split(mark)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _FILE_NAME.search(head)
        if name and name[1]:
            return name[1].decode("utf-8", "replace"), _media_type(head), content
    return None


def _media_type(head: bytes) -> str:
    found = _TYPE.search(head)
    return found[1].decode("latin-1").lower() if found else "application/octet-stream"
