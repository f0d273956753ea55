"""Errors as RFC 9457 problem details: one clear sentence, never a trace."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from monitor.errors import StoreError

MEDIA_TYPE = "application/problem+json"

_log = logging.getLogger(__name__)

_TITLES = {
    404: "Not found",
    405: "This API is read only",
    422: "The question is not understood",
    500: "Our own fault",
    503: "The store cannot be read just now",
}


class Problem(BaseModel):
    """What went wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="one sentence")


RESPONSES: dict[int | str, dict[str, object]] = {
    status: {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, title in _TITLES.items()
    if status not in (404, 500)
}

NOT_FOUND: dict[int | str, dict[str, object]] = {
    404: {
        "description": _TITLES[404],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


SAID = {
    404: "there is nothing at this address; /api/v1/ lists what there is.",
    405: "this API is read only: it answers GET and HEAD.",
}
"""Instead of what the framework says."""

A_MOMENT = "write a date and an hour with a time zone, as 2026-11-01T00:00:00Z (a + is %2B)"
_WORDS = {
    "missing": "this must be given",
    "int_parsing": "write a whole number",
    "bool_parsing": "write true or false",
    "timezone_aware": A_MOMENT,
    "datetime_parsing": A_MOMENT,
    "datetime_from_date_parsing": A_MOMENT,
    "datetime_type": A_MOMENT,
}


def problem(status: int, detail: str) -> Response:
    """The answer for an error."""
    value = Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail)
    headers = {"access-control-allow-origin": "*", "cache-control": "no-store"}
    return JSONResponse(
        value.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def add_problems(app: FastAPI) -> None:
    """Make every error of this application a problem."""

    async def refused(_request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            return problem(500, "The answer could not be made.")
        is_ours = error.detail != HTTPStatus(error.status_code).phrase
        said = str(error.detail) if is_ours else SAID.get(error.status_code, str(error.detail))
        found = problem(error.status_code, said)
        found.headers.update(error.headers or {})
        return found

    async def misunderstood(_request: Request, error: Exception) -> Response:
        first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
        where = ".".join(str(part) for part in first.get("loc", ())[1:])
        said = _WORDS.get(first.get("type", ""), first.get("msg", "not understood"))
        return problem(422, f"{where}: {said}.")

    async def unreadable(_request: Request, error: Exception) -> Response:
        _log.error("the API cannot read the store: %s", error)
        return problem(503, "The store cannot be read just now; ask again in a minute.")

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, misunderstood)
    app.add_exception_handler(StoreError, unreadable)
