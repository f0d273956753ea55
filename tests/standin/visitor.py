"""A visitor without a browser: asks for everything once and writes down what came."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from probes.standin.account import DEMO_NUMBER, DEMO_PASSWORD
from probes.standin.server import StandIn
from tests.standin.mailbox import LocalMailbox

PATIENCE_SECONDS = 0.6
REALM = "/auth/realms/anef-usagers"
AUTH = f"{REALM}/protocol/openid-connect/auth"
DRAFT = "/api/sejour/usager/demande_sejour/brouillon"
FILE = ("essai-technique.pdf", b"%PDF-1.4\r\n\r\n\xff\x00\r--x\r\n", "application/pdf")
_CHANGING = re.compile(
    r"kc-[0-9a-f]{8}|execution=\w+|code=[\w-]+|:\d{4,5}|%3A\d{4,5}|[0-9a-f]{16}|key=[\w-]+"
)

PUBLIC = {
    "portal.home": "/usagers/",
    "portal.root": "/",
    "portal.app": "/usagers/assets/app.js",
    "portal.filler": "/usagers/assets/referentiel.js",
    "portal.settings": "/usagers/assets/parametres.json",
    "portal.style": "/usagers/assets/style.css",
    "api.unknown": "/api/usager/moi",
}
SIGNED_IN = {
    "account.notifications": "/api/notifications",
    "account.unread": "/api/notifications/non-lu",
    "account.history": "/api/sejour/historique-droit-sejour",
    "account.status": "/api/sejour/usager/statut/demande_sejour",
    "account.requests": "/api/sejour/usager/demande_sejour",
    "attestation.list": "/api/sejour/usager/attestations",
    "attestation.file": "/api/sejour/usager/attestations/attestation-decision-favorable.pdf",
    "tracking.stepper": "/api/anf/dossier-stepper",
    "category.list": "/api/sejour/referentiel/categories",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; ``status`` is 0 and ``error`` is set when nothing usable did.

    ``text`` and ``where`` are without codes, generated ids and ports: equal answers are equal.
    """

    status: int
    media_type: str = ""
    text: str = ""
    where: str = ""
    location: str = field(default="", compare=False)
    error: str = ""


class Visitor:
    """One browser-less visitor with cookies of its own."""

    def __init__(self, standin: StandIn, client: httpx.AsyncClient) -> None:
        self._standin = standin
        self._client = client
        self.seconds: dict[str, float] = {}
        self.answers: dict[str, Answer] = {}

    async def ask(self, name: str, method: str, url: str, **more: Any) -> Answer:  # noqa: ANN401
        """Send one request and keep its answer under ``name``."""
        started = time.monotonic()
        try:
            response = await self._client.request(method, url, **more)
        except httpx.TransportError as error:
            answer = Answer(status=0, error=type(error).__name__)
        else:
            answer = Answer(
                status=response.status_code,
                media_type=response.headers.get("content-type", "").split(";")[0],
                text=_CHANGING.sub("…", response.text),
                where=_CHANGING.sub("…", response.headers.get("location", "")),
                location=response.headers.get("location", ""),
            )
        self.seconds[name] = time.monotonic() - started
        self.answers[name] = answer
        return answer

    async def _all(self, addresses: dict[str, str]) -> None:
        portal = self._standin.portal_origin
        await asyncio.gather(
            *(self.ask(name, "GET", portal + path) for name, path in addresses.items())
        )

    async def sign_in(self, password: str = DEMO_PASSWORD) -> bool:
        """Go through the code flow; True when the portal has opened a session."""
        query = {
            "client_id": "anef-usagers",
            "redirect_uri": f"{self._standin.portal_origin}/usagers/#",
            "response_mode": "fragment",
            "response_type": "code",
            "scope": "openid",
            "state": "etat",
        }
        await self.ask("sign_in.form", "GET", self._standin.sso_origin + AUTH, params=query)
        fields = {"username": DEMO_NUMBER, "password": password}
        action = f"{self._standin.sso_origin}{REALM}/login-actions/authenticate"
        sent = await self.ask("sign_in.send", "POST", action, params=query, data=fields)
        code = parse_qs(urlsplit(sent.location).fragment).get("code", [""])[0]
        if not code:
            return False
        url = f"{self._standin.portal_origin}/api/session"
        opened = await self.ask("session.open", "POST", url, json={"code": code})
        return opened.status == 201

    async def use_account(self) -> None:
        """Everything that a signed-in user's pages ask for, and a draft with a document."""
        portal = self._standin.portal_origin
        await self.ask("account.me", "GET", f"{portal}/api/usager/moi")
        await self._all(SIGNED_IN)
        await self.ask("account.me_again", "GET", f"{portal}/api/usager/moi")
        await self.ask("category.keep", "POST", portal + DRAFT, json={"categorie": "Étudiant"})
        await self.ask("category.kept", "GET", portal + DRAFT)
        documents = f"{portal}{DRAFT}/documents"
        sent = await self._client_file(documents)
        await self.ask("upload.list", "GET", documents)
        if sent:
            await self.ask("upload.remove", "DELETE", f"{documents}/{sent}")
        await self.ask("upload.list_after", "GET", documents)

    async def _client_file(self, url: str) -> str:
        """Upload; the new document's id, or an empty string."""
        try:
            response = await self._client.post(url, files={"document": FILE})
        except httpx.TransportError as error:
            self.answers["upload.send"] = Answer(status=0, error=type(error).__name__)
            return ""
        text = _CHANGING.sub("…", response.text)
        self.answers["upload.send"] = Answer(status=response.status_code, text=text)
        return str(response.json()["id"]) if response.status_code == 201 else ""

    async def ask_reset(self, mailbox: LocalMailbox) -> None:
        """Ask for the reset message and see whether it comes."""
        action = f"{self._standin.sso_origin}{REALM}/login-actions/reset-credentials"
        before = len(mailbox.messages)
        await self.ask("reset.form", "GET", action)
        sent = await self.ask("reset.send", "POST", action, data={"username": DEMO_NUMBER})
        came = sent.status == 200 and await mailbox.grows(before, limit_seconds=PATIENCE_SECONDS)
        self.answers["reset.message"] = Answer(status=0, text="came" if came else "did not come")

    async def survey(self, mailbox: LocalMailbox) -> dict[str, Answer]:
        """Ask for everything, in the order of a user's path."""
        await self._all(PUBLIC)
        if await self.sign_in():
            await self.use_account()
        await self.ask_reset(mailbox)
        return self.answers


def new_client(timeout_seconds: float = PATIENCE_SECONDS) -> httpx.AsyncClient:
    """A client that does not follow redirects and loses patience soon."""
    return httpx.AsyncClient(timeout=timeout_seconds, trust_env=False)


async def survey(standin: StandIn, mailbox: LocalMailbox) -> dict[str, Answer]:
    """What a new visitor sees of the whole site."""
    async with new_client() as client:
        return await Visitor(standin, client).survey(mailbox)
