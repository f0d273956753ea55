"""The monitor's own mailbox: send a control message to it, and see what arrives.

Messages are looked for by subject and by arrival after a moment; no message is read beyond its
headers, none is kept.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from monitor.errors import MonitorError
from probes.observe import says

TIMEOUT_SECONDS = 15.0
CLOCK_SLACK = timedelta(seconds=2)


class MailboxError(MonitorError):
    """The mailbox or the outgoing mail server could not be used."""


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Where the reset message is expected (IMAP) and how a control message is sent (SMTP)."""

    imap_host: str
    imap_port: int
    imap_tls: bool
    username: str
    password: str
    address: str
    smtp_host: str
    smtp_port: int
    smtp_starttls: bool
    smtp_username: str | None = None
    smtp_password: str | None = None

    async def send_control(self, subject: str, *, at: datetime) -> None:
        """Send a message to the mailbox itself. Raises MailboxError when it is not accepted."""
        message = EmailMessage()
        message["From"] = message["To"] = self.address
        message["Subject"] = subject
        message["Date"] = format_datetime(at)
        message.set_content("Message de contrôle de l’observatoire.\n")
        try:
            await aiosmtplib.send(
                message,
                hostname=self.smtp_host,
                port=self.smtp_port,
                start_tls=self.smtp_starttls,
                username=self.smtp_username,
                password=self.smtp_password,
                timeout=TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MailboxError(f"the control message could not be sent: {error}") from error

    async def has_message(self, subjects: Iterable[str], *, since: datetime) -> bool:
        """True when a message with one of the subjects arrived after ``since``.

        Raises MailboxError when the mailbox cannot be read.
        """
        return await asyncio.to_thread(self._has_message, tuple(subjects), since)

    def _has_message(self, subjects: tuple[str, ...], since: datetime) -> bool:
        try:
            with self._connect() as client:
                client.select_folder("INBOX", readonly=True)
                found = client.search(["SINCE", (since - timedelta(days=1)).date()])
                rows = client.fetch(found, ["ENVELOPE", "INTERNALDATE"]) if found else {}
                return any(self._matches(row, subjects, since) for row in rows.values())
        except (IMAPClientError, OSError, ssl.SSLError) as error:
            raise MailboxError(f"the mailbox could not be read: {error}") from error

    def _connect(self) -> IMAPClient:
        client = IMAPClient(
            self.imap_host,
            port=self.imap_port,
            ssl=self.imap_tls,
            timeout=TIMEOUT_SECONDS,
        )
        client.normalise_times = False
        client.login(self.username, self.password)
        return client

    @staticmethod
    def _matches(row: dict[bytes, object], subjects: tuple[str, ...], since: datetime) -> bool:
        arrived, envelope = row[b"INTERNALDATE"], row[b"ENVELOPE"]
        if not isinstance(arrived, datetime) or arrived < since - CLOCK_SLACK:
            return False
        return says(_subject(envelope), subjects) is not None


def _subject(envelope: object) -> str:
    """The decoded subject of an IMAP envelope."""
    from email.header import decode_header, make_header

    raw = getattr(envelope, "subject", None) or b""
    return str(make_header(decode_header(raw.decode("ascii", "replace"))))
