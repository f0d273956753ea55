"""The transparency log as files under ``/log/``, the published keys as ``/keys.json``, and
``/verify.py``, which checks them without this program.

Anyone may read, mirror and verify them: they hold nothing private, and other sites' pages may
fetch them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from fastapi import FastAPI, HTTPException, Response

from monitor.web.pages import GET

FIXED = "public, max-age=31536000, immutable"
CHANGING = "public, max-age=30"
HERE = Path(__file__).parent
VERIFIERS = (HERE / "static" / "verify.py", HERE.parent.parent / "verify.py")
"""Where the self-contained verifier lies: in an installed package, in the repository."""


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


def add_verifier(app: FastAPI) -> None:
    """Offer the self-contained verifier for download."""

    @app.api_route("/verify.py", methods=GET)
    def verifier() -> Response:
        found = next((file for file in VERIFIERS if file.is_file()), None)
        if found is None:
            raise HTTPException(404)
        headers = {"content-disposition": 'attachment; filename="verify.py"'}
        return Response(found.read_bytes(), media_type="text/x-python", headers=headers)


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
