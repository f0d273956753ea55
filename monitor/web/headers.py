"""What every public answer says to browsers: nothing from elsewhere, no script, no cookie."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS: dict[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

FORM_POLICY = SECURITY_HEADERS["content-security-policy"].replace(
    "form-action 'none'", "form-action 'self'"
)
"""For the few pages with a form: it goes to this site and nowhere else."""

HTTPS_HEADERS = {"strict-transport-security": "max-age=31536000"}


class SecurityHeaders:
    """ASGI middleware that sets them on every answer, errors included. A page with a form says so
    by FORM_POLICY, the one policy that is not replaced."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = SECURITY_HEADERS | (HTTPS_HEADERS if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add the headers to what comes back."""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = headers.get("content-security-policy")
                headers.update(self._headers)
                if policy == FORM_POLICY:
                    headers["content-security-policy"] = FORM_POLICY
            await send(message)

        await self._app(scope, receive, secured if scope["type"] == "http" else send)
