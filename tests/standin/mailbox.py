"""A real SMTP server of the tests."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class LocalMailbox:
    """Keeps every message that arrives."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[EmailMessage] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """See aiosmtpd."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 kept"

    async def grows(self, count: int, *, limit_seconds: float) -> bool:
        """True as soon as there are more than ``count`` messages; False at the limit."""
        try:
            async with asyncio.timeout(limit_seconds):
                while len(self.messages) <= count:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            return False
        return True
