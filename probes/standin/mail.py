"""The password reset message, really sent over SMTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib

from probes.standin.account import DEMO_EMAIL

RESET_SUBJECT = "Réinitialisation de votre mot de passe"
"""Subject of the reset message."""


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The SMTP server that takes reset messages, and the account's e-mail address."""

    host: str
    port: int = 25
    recipient: str = DEMO_EMAIL
    sender: str = "ne-pas-repondre@repetition.invalid"
    username: str | None = None
    password: str | None = None
    starttls: bool = False


class Postman:
    """Sends reset messages in the background, so that the page never waits for SMTP."""

    def __init__(self, relay: Relay | None) -> None:
        self._relay = relay
        self._tasks: set[asyncio.Task[None]] = set()
        self.sent = 0
        self.note = "no relay: nothing is sent" if relay is None else "nothing asked for yet"

    def post(self, link: str, *, delay_seconds: float = 0.0) -> None:
        """Send the message with ``link`` after a delay; without a relay, only note it."""
        if self._relay is None:
            self.note = "asked for, not sent: no relay"
            return
        task = asyncio.get_running_loop().create_task(self._send(self._relay, link, delay_seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, relay: Relay, link: str, delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        try:
            await aiosmtplib.send(
                _message(relay, link),
                hostname=relay.host,
                port=relay.port,
                local_hostname="repetition.invalid",
                username=relay.username,
                password=relay.password,
                start_tls=relay.starttls,
                timeout=10,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            self.note = f"not sent: {type(error).__name__}"
        else:
            self.sent += 1
            self.note = "sent"

    async def settle(self) -> None:
        """Wait until every message is sent or given up."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Give up what is not sent yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _message(relay: Relay, link: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = RESET_SUBJECT
    message["From"] = f"Étrangers en France (répétition) <{relay.sender}>"
    message["To"] = relay.recipient
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain="repetition.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "Bonjour,\n\n"
        "Vous avez demandé à réinitialiser votre mot de passe. Suivez ce lien :\n\n"
        f"{link}\n\n"
        "Si vous n’êtes pas à l’origine de cette demande, ignorez ce message.\n\n"
        "Site de répétition — aucune démarche réelle.\n"
    )
    return message
