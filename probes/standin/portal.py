"""The portal: its shell and scripts, and the JSON interface behind them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from probes.standin import dossier
from probes.standin.account import CATEGORIES, Counters, Document, Draft
from probes.standin.faults import Switchboard
from probes.standin.filler import SCRIPT_BYTES, bundle
from probes.standin.multipart import first_file
from probes.standin.pages import HEADERS, HERE, data, empty, notice, page, proxy_error

COOKIE = "session_usager"
DRAFT = "/api/sejour/usager/demande_sejour/brouillon"
SUBMIT = "/api/usager/demande/soumettre"
_STATIC = HERE / "static"
_LARGEST_BYTES = 5_000_000
_TYPES = ("application/pdf", "image/jpeg", "image/png")

Handler = Callable[[Request], Awaitable[Response]]


class Portal:
    """The portal's application: sessions, one account's draft, and the pages' settings."""

    def __init__(
        self,
        *,
        board: Switchboard,
        counters: Counters,
        redeem: Callable[[str], str | None],
        sso_origin: Callable[[], str],
        third_party: Callable[[], str],
    ) -> None:
        self._board = board
        self._counters = counters
        self._redeem = redeem
        self._sso_origin = sso_origin
        self._third_party = third_party
        self._sessions: set[str] = set()
        self.issued: list[str] = []
        self._spent: set[str] = set()
        self._draft = Draft()
        own = sum(len(path.read_bytes()) for path in _STATIC.rglob("*.js"))
        self._bundle = bundle(SCRIPT_BYTES - own)

    def forget(self) -> None:
        """Drop every session and the draft: the account as it was at the start."""
        self._sessions.clear()
        self._spent.clear()
        self._draft = Draft()

    def app(self, control: list[Route]) -> Starlette:
        """The ASGI application, with the routes of the switchboard."""
        assets = "/usagers/assets"
        return Starlette(
            routes=[
                *control,
                Route("/", self._to_application),
                Route("/usagers", self._to_application),
                Route("/usagers/", self._shell),
                Route("/usagers/veille.js", self._worker),
                Route(f"{assets}/parametres.json", self._settings),
                Route(f"{assets}/referentiel.js", self._filler),
                Route(f"{assets}/app.js", self._script),
                Route(f"{assets}/mesure.gif", self._measure),
                Mount(assets, StaticFiles(directory=_STATIC)),
                *self._api_routes(),
            ],
            exception_handlers={404: _not_found},
        )

    def _api_routes(self) -> list[Route]:
        known = self._known
        return [
            Route("/api/session", self._open_session, methods=["POST"]),
            Route("/api/usager/moi", known(self._me)),
            Route("/api/notifications", known(self._notifications)),
            Route("/api/notifications/non-lu", known(self._unread)),
            Route("/api/sejour/historique-droit-sejour", known(self._history)),
            Route("/api/sejour/usager/statut/demande_sejour", known(self._status)),
            Route("/api/sejour/usager/demande_sejour", known(self._requests)),
            Route("/api/sejour/usager/attestations", known(self._attestations)),
            Route("/api/sejour/usager/attestations/{name}", known(self._attestation)),
            Route("/api/anf/dossier-stepper", known(self._stepper)),
            Route("/api/sejour/referentiel/categories", known(self._categories)),
            Route(DRAFT, known(self._read_draft), methods=["GET"]),
            Route(DRAFT, known(self._keep_category), methods=["POST"]),
            Route(f"{DRAFT}/documents", known(self._documents), methods=["GET"]),
            Route(f"{DRAFT}/documents", known(self._add_document), methods=["POST"]),
            Route(f"{DRAFT}/documents/{{id}}", known(self._remove), methods=["DELETE"]),
            Route(SUBMIT, self._submit, methods=["GET", "POST", "PUT"]),
            Route("/api/canal", self._channel),
        ]

    # the page and its files

    async def _to_application(self, _request: Request) -> Response:
        address = "/" if self._board.on("redirect_loop") else "/usagers/#/"
        return RedirectResponse(address, 302, headers=HEADERS)

    async def _shell(self, _request: Request) -> Response:
        if self._board.on("redirect_elsewhere"):
            return RedirectResponse(f"{self._third_party()}/", 302, headers=HEADERS)
        return page("portal")

    async def _settings(self, _request: Request) -> Response:
        return data(
            {
                "connexion": f"{self._sso_origin()}/auth/realms/anef-usagers"
                "/protocol/openid-connect/auth",
                "presentation": {"redesign": "nouvelle", "half_redesign": "mixte"}.get(
                    self._board.current.name, "actuelle"
                ),
                "maintenance": self._board.on("maintenance_banner"),
                "attente": self._board.on("endless_spinner"),
                "prealable": self._needed(),
                "cookies": self._board.on("cookies_banner"),
                "actualites": dossier.news(self._board),
                "modules": self._modules(),
            }
        )

    def _needed(self) -> str | None:
        """What the page loads from a third party before it shows itself, or None."""
        needed = self._board.on("third_party_needed")
        return f"{self._third_party()}/bibliotheque.js" if needed else None

    def _modules(self) -> dict[str, str]:
        """What a careless page would also do: name of the act, and the address it concerns."""
        tracker = f"{self._third_party()}/mesure.gif"
        return {
            "third_party_request": {"image": tracker},
            "third_party_redirect": {"image": "/usagers/assets/mesure.gif"},
            "forbidden_post": {"envoi": SUBMIT},
            "forbidden_beacon": {"balise": SUBMIT},
            "service_worker": {"veille": "/usagers/veille.js"},
            "web_socket": {"canal": "/api/canal"},
        }.get(self._board.current.name, {})

    async def _script(self, _request: Request) -> Response:
        if self._board.on("script_503"):
            return proxy_error(503)
        text = (_STATIC / "app.js").read_text(encoding="utf-8")
        if self._board.on("script_crash"):
            text += '\nthrow new TypeError("etatInitial is undefined");\n'
            text = text.replace("demarrer();", "", 1)
        return _javascript(text.encode())

    async def _filler(self, _request: Request) -> Response:
        return _javascript(self._bundle)

    async def _worker(self, _request: Request) -> Response:
        text = f'self.addEventListener("install", () => fetch("{SUBMIT}", {{ method: "POST" }}));'
        return _javascript(text.encode())

    async def _measure(self, _request: Request) -> Response:
        return RedirectResponse(f"{self._third_party()}/mesure.gif", 302, headers=HEADERS)

    async def _channel(self, _request: Request) -> Response:
        self._counters.add("web_sockets")
        return proxy_error(404)

    # sessions

    async def _open_session(self, request: Request) -> Response:
        asked = await _json(request)
        if self._redeem(str(asked.get("code", ""))) is None:
            return data({"code": "CODE_INVALIDE", "message": "Connexion refusée."}, 401)
        token = secrets.token_urlsafe(24)
        self._sessions.add(token)
        self.issued.append(token)
        response = data({"ouverte": True}, 201)
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax", path="/")
        return response

    def _known(self, handler: Handler) -> Handler:
        """The handler for a user whose session lives; 401 in JSON for any other."""

        async def guarded(request: Request) -> Response:
            token = request.cookies.get(COOKIE, "")
            if token not in self._sessions or self._has_ended(token, request.url.path):
                return data({"code": "NON_AUTHENTIFIE", "message": "Authentification requise"}, 401)
            return await handler(request)

        return guarded

    def _has_ended(self, token: str, path: str) -> bool:
        """With expired_session, the dashboard's own calls are the last that are answered."""
        if self._board.on("session_dropped"):
            return True
        if not self._board.on("expired_session"):
            return False
        if path != "/api/usager/moi":
            return path not in dossier.DASHBOARD_CALLS
        seen = token in self._spent
        self._spent.add(token)
        return seen

    # what the account holds

    async def _me(self, _request: Request) -> Response:
        return data(dossier.me(self._board))

    async def _notifications(self, _request: Request) -> Response:
        return data(dossier.NOTIFICATIONS)

    async def _unread(self, _request: Request) -> Response:
        return data({"non_lu": sum(not note["lu"] for note in dossier.NOTIFICATIONS)})

    async def _history(self, _request: Request) -> Response:
        return data(dossier.HISTORY)

    async def _status(self, _request: Request) -> Response:
        return data(dossier.status(self._board))

    async def _requests(self, _request: Request) -> Response:
        return data(dossier.requests(self._board, self._draft.category))

    async def _stepper(self, _request: Request) -> Response:
        return data(dossier.stepper(self._board))

    async def _attestations(self, _request: Request) -> Response:
        return data(dossier.ATTESTATIONS)

    async def _attestation(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {attestation["fichier"] for attestation in dossier.ATTESTATIONS}:
            return data({"message": "Document introuvable."}, 404)
        if self._board.on("attestation_error"):
            return data({"message": "Le document n’a pas pu être produit."}, 500)
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(dossier.attestation_pdf(), media_type="application/pdf", headers=headers)

    # the draft

    async def _categories(self, _request: Request) -> Response:
        if self._board.on("categories_empty"):
            return data([])
        disabled = self._board.on("category_disabled")
        missing = "Visiteur" if self._board.on("category_missing") else None
        return data(
            [
                {"libelle": label, "selectionnable": not disabled}
                for label in CATEGORIES
                if label != missing
            ]
        )

    async def _read_draft(self, _request: Request) -> Response:
        lost = self._board.on("category_not_kept")
        return data({"categorie": None if lost else self._draft.category})

    async def _keep_category(self, request: Request) -> Response:
        label = (await _json(request)).get("categorie")
        if label not in CATEGORIES:
            return data({"message": "Catégorie inconnue."}, 400)
        if self._board.on("pending_file", "account_blocked"):
            return data({"message": "Vous ne pouvez pas ouvrir de nouvelle demande."}, 409)
        self._draft.category = label
        return data({"categorie": label}, 201)

    async def _documents(self, _request: Request) -> Response:
        if self._board.on("upload_lost"):
            return data([])
        return data([self._listed(document) for document in self._draft.documents])

    def _listed(self, document: Document) -> dict[str, Any]:
        name, size = document.name, document.size
        if self._board.on("upload_wrong_name"):
            name = "document-sans-titre.pdf"
        if self._board.on("upload_wrong_size"):
            size = 0
        return {"id": document.id, "nom": name, "taille": size}

    async def _add_document(self, request: Request) -> Response:
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        part = first_file(request.headers.get("content-type", ""), await request.body())
        if part is None:
            return data({"message": "Aucun document n’a été reçu."}, 400)
        name, media_type, content = part
        if len(content) > _LARGEST_BYTES:
            return proxy_error(413)
        if media_type not in _TYPES:
            return data({"message": "Format de fichier non accepté."}, 415)
        return data(self._listed(self._draft.add(name, len(content))), 201)

    def _refusal(self) -> Response | None:
        vague = "Une erreur est survenue lors du dépôt de votre document."
        return {
            "upload_413": lambda: proxy_error(413),
            "upload_415": lambda: data({"message": "Format de fichier non accepté."}, 415),
            "upload_generic_error": lambda: data({"message": vague}, 422),
        }.get(self._board.current.name, lambda: None)()

    async def _remove(self, request: Request) -> Response:
        if self._board.on("upload_remove_fails"):
            return data({"message": "Le document n’a pas pu être retiré."}, 500)
        found = self._draft.remove(request.path_params["id"])
        return empty() if found else data({"message": "Document introuvable."}, 404)

    async def _submit(self, _request: Request) -> Response:
        """Count every call, with or without a session: a probe must never get here."""
        self._counters.add("submissions")
        return data({"message": "Demande déposée (répétition)."}, 201)


def _javascript(content: bytes) -> Response:
    return Response(content, media_type="text/javascript", headers=HEADERS)


async def _json(request: Request) -> dict[str, Any]:
    try:
        content = await request.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


async def _not_found(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith("/api/"):
        return data({"code": "INCONNU", "message": "Ressource inconnue."}, 404)
    return notice(
        title="Page introuvable",
        heading="Page introuvable",
        text="La page que vous cherchez n’existe pas.",
        status=404,
    )
