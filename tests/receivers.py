"""Real receivers of alerts on loopback: an HTTP endpoint and an SMTP server that can be told to
refuse, to be slow, and to be away."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from apprise import Apprise


@dataclass(frozen=True, kw_only=True)
class Got:
    """One message as it arrived and was taken."""

    title: str
    body: str
    reference: str
    files: tuple[tuple[str, str], ...]
    """(name, media type) of everything attached."""


class Webhook:
    """An HTTP endpoint. ``status`` is what it answers, after ``delay_seconds``; with a status
    below 300 the message is taken."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.asked = 0
        self.status = 200
        self.delay_seconds = 0.0
        self.takes_first = False  # before the delay, not after it
        self._server: ThreadingHTTPServer | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        """As a target."""
        return f"json://127.0.0.1:{self.port}/hook"

    def start(self) -> None:
        """Be there."""
        handler = type("Handler", (_Handler,), {"webhook": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Handler(BaseHTTPRequestHandler):
    webhook: Webhook

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        hook = self.webhook
        hook.asked += 1
        if not hook.takes_first:
            time.sleep(hook.delay_seconds)
        if hook.status < 300:
            hook.got.append(_from_json(content, self.headers["X-Alert-Id"]))
        if hook.takes_first:
            time.sleep(hook.delay_seconds)
        self.send_response(hook.status)
        self.end_headers()

    def do_GET(self) -> None:
        self.webhook.asked += 1
        self.send_response(self.webhook.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _from_json(content: dict[str, Any], reference: str) -> Got:
    files = tuple((one["filename"], one["mimetype"]) for one in content["attachments"])
    return Got(title=content["title"], body=content["message"], reference=reference, files=files)


class Mailbox:
    """An SMTP server. ``answer`` is what it says to the data of a message."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.raw: list[EmailMessage] = []
        self.answer = "250 OK"
        self.delay_seconds = 0.0
        self._controller: Controller | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    @property
    def url(self) -> str:
        """As a target."""
        return f"mailto://127.0.0.1:{self.port}/?from=veille@example.org&to=equipe@example.org"

    def start(self) -> None:
        """Be there."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Be away."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or not."""
        await asyncio.sleep(self.delay_seconds)
        if self.answer.startswith("250"):
            content = envelope.content or b""
            data = content if isinstance(content, bytes) else content.encode()
            message = message_from_bytes(data, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.raw.append(message)
            self.got.append(_from_mail(message))
        return self.answer


def _from_mail(message: EmailMessage) -> Got:
    part = message.get_body(("plain", "html"))
    files = tuple(
        (one.get_filename() or "", one.get_content_type()) for one in message.iter_attachments()
    )
    return Got(
        title=str(message["Subject"]),
        body=part.get_content() if part else "",
        reference=str(message["X-Alert-Id"]),
        files=files,
    )


@cache
def load_services() -> None:
    """Have Apprise read its services, some of which use modules that Python will drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Apprise.instantiate("json://127.0.0.1/")


@contextmanager
def webhook() -> Iterator[Webhook]:
    """An endpoint that is there."""
    load_services()
    hook = Webhook()
    hook.start()
    try:
        yield hook
    finally:
        hook.stop()


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server that is there."""
    load_services()
    box = Mailbox()
    box.start()
    try:
        yield box
    finally:
        box.stop()
