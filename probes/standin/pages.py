"""Pages made on the server: the portal's shell, notices, error pages, the sign-in forms."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, Response

HERE = Path(__file__).parent

REHEARSAL = "Site de répétition — aucune démarche réelle"
"""Said on every page."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Nothing is kept by the browser, so that a fault takes effect at once."""

_TEMPLATES = Environment(
    loader=FileSystemLoader([HERE / "templates", HERE / "static"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["rehearsal"] = REHEARSAL


def page(
    template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: object
) -> HTMLResponse:
    """A page made from ``templates/<template>.html``."""
    text = _TEMPLATES.get_template(f"{template}.html").render(values)
    return HTMLResponse(text, status, headers={**HEADERS, **(headers or {})})


def data(content: object, status: int = 200) -> JSONResponse:
    """A JSON answer."""
    return JSONResponse(content, status, headers=HEADERS)


def empty(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status_code=status, headers=HEADERS)


_PHRASES = {
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def proxy_error(status: int, headers: dict[str, str] | None = None) -> HTMLResponse:
    """The terse page of a proxy in front of the application."""
    title = f"{status} {_PHRASES[status]}"
    return page("proxy_error", status=status, headers=headers, title=title)


def notice(
    *, title: str, heading: str, text: str, status: int = 200, css: str = ""
) -> HTMLResponse:
    """A page in the site's design that stands in for what was asked."""
    return page("notice", status=status, title=title, heading=heading, text=text, css=css)
