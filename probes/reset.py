"""Does the password reset message arrive? Asked at most once a slot, never repeated.

A control message to the same mailbox tells a silent site from a silent mailbox: "reset mail
missing" is only said once the control message has come.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from datetime import datetime

from monitor.core.model import Depth, SignalKind
from probes import journeys, observe
from probes.base import Means, Run
from probes.mailbox import Mailbox, MailboxError
from probes.site import Site

POLL_SECONDS = 0.1


class ResetProbe:
    """The reset form, what the page says, and the message itself."""

    component = "reset"

    def missing(self, site: Site, means: Means) -> str | None:
        """A number to ask for, a mailbox to look into, and the operator's leave."""
        if not site.reset.enabled:
            return "reset is off in the site file: set reset.enabled = true to ask for messages"
        if means.account is None:
            return "reset needs an account: set account.number and account.password"
        if means.mailbox is None:
            return "reset needs a mailbox: set mailbox.imap_host, mailbox.smtp_host and the rest"
        return None

    def depth(self, _site: Site, _means: Means) -> Depth:
        """The message itself is looked for."""
        return Depth.FULL

    async def run(self, run: Run) -> None:
        """Ask for the message, send the control message, wait for both."""
        account, mailbox = run.means.account, run.means.mailbox
        if account is None or mailbox is None:
            raise ValueError("reset needs an account and a mailbox")
        await journeys.open_form(run)
        async with run.step("open_reset"):
            await journeys.click(run, "forgot_password")
            await journeys.wait_for(run, "reset_username")
        async with run.step("ask_reset"):
            asked_at = run.clock()
            run.repeatable = False
            await _ask(run, account.number)
        limit = _waiting_limit(run)
        async with run.step("receive_message", limit_seconds=limit, on_page=False):
            await _receive(run, mailbox, asked_at)


def _waiting_limit(run: Run) -> float:
    return run.site.reset.mail_limit_seconds * 2 + run.site.limits.step_seconds


async def _ask(run: Run, number: str) -> None:
    names = run.site.selectors
    field = run.page.locator(names.reset_username).first
    await field.fill(number, timeout=run.action_ms)
    await journeys.click(run, "submit_reset")
    async with asyncio.timeout(run.site.limits.action_seconds):
        while not await _says_sent(run):
            await asyncio.sleep(POLL_SECONDS)


async def _says_sent(run: Run) -> bool:
    return bool(observe.says(await run.page.inner_text("body"), run.site.texts.reset_sent))


async def _receive(run: Run, mailbox: Mailbox, asked_at: datetime) -> None:
    """The reset message; when it does not come, the control message decides whose fault it is."""
    control = f"controle-{secrets.token_hex(8)}"
    try:
        await mailbox.send_control(control, at=asked_at)
        if await _arrives(run, mailbox, run.site.texts.reset_mail_subject, asked_at):
            return
        came = await _arrives(run, mailbox, (control,), asked_at)
    except MailboxError as error:
        raise run.fail(SignalKind.MAIL_CONTROL_MISSING, str(error)) from error
    if not came:
        raise run.fail(SignalKind.MAIL_CONTROL_MISSING)
    raise run.fail(SignalKind.RESET_MAIL_MISSING, "", run.site.reset.mail_limit_seconds)


async def _arrives(run: Run, mailbox: Mailbox, subjects: Iterable[str], since: datetime) -> bool:
    """Look at the mailbox until a message is there or the limit is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + run.site.reset.mail_limit_seconds
    wanted = tuple(subjects)
    while not await mailbox.has_message(wanted, since=since):
        if loop.time() >= until:
            return False
        await asyncio.sleep(run.site.reset.poll_seconds)
    return True
