"""The sign-in server: OpenID Connect's code flow, as a user's browser meets it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.faults import Switchboard
from probes.standin.mail import Postman
from probes.standin.pages import HEADERS, HERE, notice, page

REALM = "/auth/realms/anef-usagers"
CLIENT_ID = "anef-usagers"
_CODE_LIFE_SECONDS = 60.0
_LATE_SECONDS = 2.0
_KEPT = ("client_id", "redirect_uri", "state", "response_type", "response_mode", "scope")


@dataclass(frozen=True, kw_only=True)
class _Code:
    number: str
    expires_at: float


class SignInServer:
    """Knows the one account, gives codes, and redeems them for the portal in process."""

    def __init__(
        self, *, board: Switchboard, postman: Postman, portal_origin: Callable[[], str]
    ) -> None:
        self._board = board
        self._postman = postman
        self._portal_origin = portal_origin
        self._codes: dict[str, _Code] = {}
        self.issued: list[str] = []

    def redeem(self, code: str) -> str | None:
        """The account's number for a code that was given and not used; None otherwise."""
        found = self._codes.pop(code, None)
        if found is None or found.expires_at < time.monotonic():
            return None
        return found.number

    def app(self) -> Starlette:
        """The ASGI application."""
        actions = f"{REALM}/login-actions"
        return Starlette(
            routes=[
                Route(f"{REALM}/protocol/openid-connect/auth", self._form),
                Route(f"{actions}/authenticate", self._form, methods=["GET"]),
                Route(f"{actions}/authenticate", self._authenticate, methods=["POST"]),
                Route(f"{actions}/required-action", self._required_action),
                Route(f"{actions}/reset-credentials", self._reset_form, methods=["GET"]),
                Route(f"{actions}/reset-credentials", self._reset, methods=["POST"]),
                Route(f"{actions}/action-token", self._token),
                Mount("/auth/resources", StaticFiles(directory=HERE / "static")),
            ],
            exception_handlers={404: _not_found},
        )

    async def _form(self, request: Request) -> Response:
        if not self._is_ours(request):
            return _refused_client()
        return self._sign_in_page(request)

    def _sign_in_page(self, request: Request, *, wrong: bool = False) -> HTMLResponse:
        template = "sign_in_redesign" if self._board.on("sign_in_redesign") else "sign_in"
        return page(
            template,
            action=self._link("authenticate", request),
            reset=self._link("reset-credentials", request),
            ids=[f"kc-{secrets.token_hex(4)}" for _ in range(3)],
            wrong=wrong,
        )

    async def _authenticate(self, request: Request) -> Response:
        if not self._is_ours(request):
            return _refused_client()
        fields = await _fields(request)
        if self._refuses(fields):
            return self._sign_in_page(request, wrong=True)
        if self._board.on("sign_in_loop"):
            return _go(f"{REALM}/protocol/openid-connect/auth?{urlencode(_kept(request))}")
        if self._board.on("password_expired"):
            return _go(self._link("required-action", request, execution="UPDATE_PASSWORD"))
        return _go(self._return_address(request, fields["username"]))

    def _refuses(self, fields: dict[str, str]) -> bool:
        right = fields.get("username") == DEMO_NUMBER and fields.get("password") == DEMO_PASSWORD
        return not right or self._board.on("wrong_password_always")

    def _return_address(self, request: Request, number: str) -> str:
        code = secrets.token_urlsafe(24)
        self.issued.append(code)
        expires_at = time.monotonic() + _CODE_LIFE_SECONDS
        self._codes[code] = _Code(number=number, expires_at=expires_at)
        target = request.query_params["redirect_uri"].split("#")[0]
        answer = urlencode({"code": code, "state": request.query_params.get("state", "")})
        return f"{target}#{answer}"

    async def _required_action(self, _request: Request) -> Response:
        return page("update_password", ids=[f"kc-{secrets.token_hex(4)}" for _ in range(2)])

    async def _reset_form(self, request: Request) -> Response:
        return self._reset_page(request)

    def _reset_page(self, request: Request, *, sent: bool = False) -> HTMLResponse:
        return page(
            "reset",
            action=self._link("reset-credentials", request),
            back=self._link("authenticate", request),
            id=f"kc-{secrets.token_hex(4)}",
            sent=sent,
        )

    async def _reset(self, request: Request) -> Response:
        if self._board.on("reset_page_error"):
            return notice(
                title="Mot de passe oublié",
                heading="Une erreur est survenue",
                text="Une erreur interne au serveur s’est produite. Votre demande a échoué.",
                status=500,
                css="fr-alert--error",
            )
        fields = await _fields(request)
        if fields.get("username") == DEMO_NUMBER and not self._board.on("reset_mail_never"):
            late = _LATE_SECONDS if self._board.on("reset_mail_late") else 0.0
            self._postman.post(self._token_link(request), delay_seconds=late)
        return self._reset_page(request, sent=True)

    def _token_link(self, request: Request) -> str:
        key = secrets.token_urlsafe(24)
        self.issued.append(key)
        token = urlencode({"key": key})
        return f"{request.base_url}auth/realms/anef-usagers/login-actions/action-token?{token}"

    async def _token(self, _request: Request) -> Response:
        return notice(
            title="Mot de passe oublié",
            heading="Lien de répétition",
            text="Ce lien ne change aucun mot de passe.",
        )

    def _is_ours(self, request: Request) -> bool:
        query = request.query_params
        target = query.get("redirect_uri", "")
        return query.get("client_id") == CLIENT_ID and target.startswith(
            f"{self._portal_origin()}/usagers/"
        )

    def _link(self, action: str, request: Request, **more: str) -> str:
        query = {"execution": secrets.token_hex(6), **more, **_kept(request)}
        return f"{REALM}/login-actions/{action}?{urlencode(query)}"


def _kept(request: Request) -> dict[str, str]:
    return {key: value for key, value in request.query_params.items() if key in _KEPT}


async def _fields(request: Request) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace")
    return {key: values[-1].strip() for key, values in parse_qs(body).items()}


def _go(address: str) -> Response:
    return RedirectResponse(address, 302, headers=HEADERS)


def _refused_client() -> Response:
    return notice(
        title="Connexion",
        heading="Nous sommes désolés…",
        text="Paramètre invalide : client_id ou redirect_uri.",
        status=400,
        css="fr-alert--error",
    )


async def _not_found(_request: Request, _error: Exception) -> Response:
    return notice(
        title="Page introuvable",
        heading="Page introuvable",
        text="Cette page n’existe pas.",
        status=404,
    )
