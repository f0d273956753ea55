"""The transparency log as files under ``/log/``, and the published keys as ``/keys.json``.

Anyone may read, mirror and verify them: they hold nothing private, and other sites' pages may
fetch them.
"""

from __future__ import annotations

from typing import Protocol

from fastapi import FastAPI, HTTPException, Response

from monitor.web.pages import GET

FIXED = "public, max-age=31536000, immutable"
CHANGING = "public, max-age=30"


class LogFile(Protocol):
    """One file of the log."""

    @property
    def data(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...
    @property
    def is_fixed(self) -> bool: ...


class LogFiles(Protocol):
    """The files of the log by their names."""

    def find(self, name: str) -> LogFile | None:
        """The file; None when there is none."""
        ...


def add_log(app: FastAPI, files: LogFiles) -> None:
    """Serve the log's files."""

    @app.api_route("/keys.json", methods=GET)
    def keys() -> Response:
        return _answer(files, "keys.json")

    @app.api_route("/log/{name:path}", methods=GET)
    def log_file(name: str) -> Response:
        return _answer(files, name)


def _answer(files: LogFiles, name: str) -> Response:
    found = files.find(name)
    if found is None:
        raise HTTPException(404)
    headers = {
        "cache-control": FIXED if found.is_fixed else CHANGING,
        "access-control-allow-origin": "*",
        "content-disposition": "inline",
    }
    return Response(found.data, media_type=found.media_type, headers=headers)
