"""The gate in front of each origin: faults that replace an answer whole.

A fault of the pages' content is in ``portal``, ``sign_in`` or the scripts instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from probes.standin import wire
from probes.standin.account import Counters
from probes.standin.faults import Switchboard
from probes.standin.pages import HEADERS, data, notice, page, proxy_error

CONTROL_PREFIX = "/_standin/"
"""Where the switchboard is worked; no fault touches it."""

SLOW_SECONDS = 1.5
"""How long a slow answer waits: over the site file's slow_seconds, under its action_seconds."""

RETRY_AFTER_SECONDS = 120
"""What too_many_429 asks for."""

Act = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a fault does to requests whose (method, path) it touches."""

    touches: Callable[[str, str], bool]
    act: Act


class Gate:
    """ASGI middleware: counts requests and lets the current fault answer in the site's place."""

    def __init__(
        self, app: ASGIApp, *, board: Switchboard, counters: Counters, steps: dict[str, Step]
    ) -> None:
        self._app = app
        self._board = board
        self._counters = counters
        self._steps = steps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        self._counters.add("requests")
        step = self._steps.get(self._board.current.name)
        if step is not None and step.touches(scope["method"], scope["path"]):
            await step.act(scope, receive, send)
            if step.act is not _wait:
                return
        await self._app(scope, receive, send)


async def _wait(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await asyncio.sleep(SLOW_SECONDS)


def _answer(make: Callable[[], Response]) -> Act:
    async def act(scope: Scope, receive: Receive, send: Send) -> None:
        await make()(scope, receive, send)

    return act


def _everything(_method: str, _path: str) -> bool:
    return True


def _document(_method: str, path: str) -> bool:
    return path in ("/", "/usagers", "/usagers/")


def _api(_method: str, path: str) -> bool:
    return path.startswith("/api/")


def _signed_in_api(_method: str, path: str) -> bool:
    return path.startswith("/api/") and path != "/api/session"


def _document_and_api(method: str, path: str) -> bool:
    return _document(method, path) or _api(method, path)


def _is(method: str, path: str) -> Callable[[str, str], bool]:
    return lambda m, p: (m, p) == (method, path)


def _by_part(document: Callable[[], Response], api: Callable[[], Response]) -> Step:
    """One answer for the page, another for the JSON interface."""

    async def act(scope: Scope, receive: Receive, send: Send) -> None:
        make = api if _api(scope["method"], scope["path"]) else document
        await make()(scope, receive, send)

    return Step(touches=_document_and_api, act=act)


def _both(make: Callable[[], Response]) -> Step:
    return _by_part(make, make)


def _maintenance(status: int) -> Response:
    return notice(
        title="Site en maintenance",
        heading="Site en maintenance",
        text=(
            "Une opération de maintenance est en cours. Le service sera de nouveau accessible "
            "dès qu’elle sera terminée. Nous vous remercions de votre compréhension."
        ),
        status=status,
    )


def _maintenance_title() -> Response:
    return notice(
        title="Maintenance en cours – Étrangers en France",
        heading="Nous revenons bientôt",
        text="Le portail n’est pas accessible pour l’instant. Merci de revenir plus tard.",
    )


def _api_maintenance() -> Response:
    return data({"code": "MAINTENANCE", "message": "Site en maintenance"}, 503)


def _unavailable() -> Response:
    return notice(
        title="Étrangers en France",
        heading="Service momentanément indisponible",
        text=(
            "Le service que vous demandez est temporairement indisponible. "
            "Veuillez réessayer ultérieurement."
        ),
    )


def _captcha() -> Response:
    return page("captcha", status=200)


def _firewall(status: int) -> Response:
    return page("firewall", status=status)


def _too_many() -> Response:
    return proxy_error(429, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def _blank() -> Response:
    text = '<!doctype html><html lang="fr"><head><title>Étrangers en France</title></head>'
    return Response(text + "<body></body></html>", media_type="text/html", headers=HEADERS)


def _html_in_place_of_json() -> Response:
    return notice(
        title="Étrangers en France",
        heading="Démarches des étrangers en France",
        text="Connectez-vous pour accéder à votre espace personnel.",
    )


def _api_error() -> Response:
    return data({"code": "ERREUR_TECHNIQUE", "message": "Une erreur technique est survenue."}, 500)


def _api_forbidden() -> Response:
    return data({"code": "ACCES_REFUSE", "message": "Accès refusé."}, 403)


def _around() -> Response:
    return RedirectResponse("/usagers/", 302, headers=HEADERS)


_DRAFT = "/api/sejour/usager/demande_sejour/brouillon"
_CATEGORIES = "/api/sejour/referentiel/categories"

PORTAL_STEPS: dict[str, Step] = {
    **{f"http_{s}": _both(lambda s=s: proxy_error(s)) for s in (500, 502, 503, 504)},  # type: ignore[misc]
    "maintenance_page": _by_part(lambda: _maintenance(200), _api_maintenance),
    "maintenance_503": _by_part(lambda: _maintenance(503), _api_maintenance),
    "maintenance_title": _by_part(_maintenance_title, _api_maintenance),
    "unavailable_page": _by_part(_unavailable, lambda: proxy_error(503)),
    "connection_reset": Step(touches=_everything, act=wire.reset),
    "hang_before_answer": Step(touches=_everything, act=wire.hang_before_answer),
    "hang_before_body": Step(touches=_document_and_api, act=wire.hang_before_body),
    "hang_during_body": Step(touches=_document_and_api, act=wire.hang_during_body),
    "redirect_loop": Step(touches=_document, act=_answer(_around)),
    "slow_portal": Step(touches=_document, act=_wait),
    "blank_page": Step(touches=_document, act=_answer(_blank)),
    "api_error": Step(touches=_api, act=_answer(_api_error)),
    "api_html": Step(touches=_signed_in_api, act=_answer(_html_in_place_of_json)),
    "api_hang": Step(touches=_api, act=wire.hang_before_answer),
    "api_403": Step(touches=_signed_in_api, act=_answer(_api_forbidden)),
    "captcha": _both(_captcha),
    "forbidden_403": _both(lambda: proxy_error(403)),
    "too_many_429": _both(_too_many),
    "firewall_page": _both(lambda: _firewall(200)),
    "firewall_403": _both(lambda: _firewall(403)),
    "category_error": Step(touches=_is("POST", _DRAFT), act=_answer(_api_error)),
    "category_hang": Step(touches=_is("GET", _CATEGORIES), act=wire.hang_before_answer),
    "slow_category": Step(touches=_is("GET", _CATEGORIES), act=_wait),
    "slow_upload": Step(touches=_is("POST", f"{_DRAFT}/documents"), act=_wait),
    "upload_endless": Step(touches=_is("POST", f"{_DRAFT}/documents"), act=wire.hang_before_answer),
}
"""Faults that answer in the portal's place."""

_REALM = "/auth/realms/anef-usagers"

SIGN_IN_STEPS: dict[str, Step] = {
    "slow_sign_in": Step(touches=_is("GET", f"{_REALM}/protocol/openid-connect/auth"), act=_wait),
    "sso_503": Step(touches=_everything, act=_answer(lambda: proxy_error(503))),
    "sso_reset": Step(touches=_everything, act=wire.reset),
    "sso_hang": Step(touches=_everything, act=wire.hang_before_answer),
}
"""Faults that answer in the sign-in server's place."""
