"""Parts of the way that several probes share: the front page, sign-in, the account's state."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from playwright.async_api import Error, Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.core.model import Signal, SignalKind
from probes import observe
from probes.base import Run, StepFailed

CALL = """async ([url, limit]) => {
  const stop = AbortSignal.timeout(limit);
  const answer = await fetch(url, {credentials: 'include', signal: stop});
  const text = await answer.text();
  let value = null;
  try { value = JSON.parse(text); } catch { /* not JSON: value stays null */ }
  return {status: answer.status, value, text: text.slice(0, 4000)};
}"""


INELIGIBLE = {"blocked": SignalKind.ACCOUNT_BLOCKED, "pending_file": SignalKind.PENDING_FILE}
"""States of an account that close the later steps to it."""


async def open_page(run: Run, url: str) -> None:
    """Go to an address; returns when the answer has begun. Silence until the limit is a
    network failure: not one byte came."""
    try:
        await run.page.goto(url, wait_until="commit", timeout=run.action_ms)
    except PlaywrightTimeout as error:
        raise run.fail(SignalKind.NETWORK_ERROR, "timeout") from error


async def wait_for(run: Run, name: str, locator: Locator | None = None) -> Locator:
    """Wait until the selector ``name`` of the site file is shown, and return its first match.

    On a page that came with an error status the wait is short: its absence is explained.
    """
    target = (locator or run.page.locator(getattr(run.site.selectors, name))).first
    patience_ms = run.action_ms / (4 if (run.network.document_status or 0) >= 400 else 1)
    try:
        await target.wait_for(state="visible", timeout=patience_ms)
    except PlaywrightTimeout as error:
        raise run.fail(SignalKind.ELEMENT_ABSENT, name) from error
    return target


async def click(run: Run, name: str, locator: Locator | None = None) -> None:
    """Put a cookies banner away if there is one, then click the selector ``name``."""
    target = await wait_for(run, name, locator)
    await dismiss_cookies(run)
    try:
        await target.click(timeout=run.action_ms)
    except PlaywrightTimeout as error:
        raise run.fail(SignalKind.ELEMENT_ABSENT, f"{name}: not clickable") from error


async def dismiss_cookies(run: Run) -> None:
    """A banner in the way is a visitor's daily bread, not a failure."""
    selector = run.site.selectors.cookie_banner_accept
    if not selector:
        return
    banner = run.page.locator(selector).first
    if await banner.is_visible():
        await banner.click(timeout=run.action_ms)


async def call_api(run: Run, url: str) -> dict[str, Any]:
    """Ask the page's own back end from within the page: status, value (None when not JSON) and
    the beginning of the text. Fails the step when there is no answer."""
    try:
        answer: dict[str, Any] = await run.page.evaluate(CALL, [url, run.action_ms])
    except Error as error:
        if observe.from_error(str(error), ""):
            raise
        raise run.fail(SignalKind.API_FAILED, "no answer") from error
    text = answer["text"]
    if answer["value"] is None and len(text) < observe.BARE_PAGE_CHARACTERS * 10:
        refuse_walls(run, text)
    return answer


def refuse_walls(run: Run, text: str) -> None:
    """Fail the step when an answer is the wall of a firewall or a CAPTCHA."""
    if wording := observe.says(text, run.site.texts.captcha):
        raise run.fail(SignalKind.CAPTCHA, wording)
    if wording := observe.says(text, run.site.texts.firewall):
        raise run.fail(SignalKind.FIREWALL_PAGE, wording)


async def open_form(run: Run) -> None:
    """From nothing to the sign-in form, ready to be filled."""
    async with run.step("open_sign_in"):
        await open_page(run, run.site.pages.sign_in)
        await wait_for(run, "open_sign_in")
        await dismiss_cookies(run)
    async with run.step("show_form"):
        await click(run, "open_sign_in")
        await wait_for(run, "username")


async def sign_in(run: Run) -> None:
    """Sign in with the monitor's account and read the account's state."""
    await open_form(run)
    async with run.step("send_credentials"):
        await _send_credentials(run)
    async with run.step("read_account", on_page=False):
        await _read_account(run)


async def _send_credentials(run: Run) -> None:
    account, names = run.means.account, run.site.selectors
    if account is None:
        raise ValueError("sign_in needs an account")
    page = run.page
    await page.locator(names.username).first.fill(account.number, timeout=run.action_ms)
    await page.locator(names.password).first.fill(account.password, timeout=run.action_ms)
    await click(run, "submit_sign_in")
    landed = page.locator(names.signed_in)
    with suppress(PlaywrightTimeout):
        await landed.or_(page.locator(names.error_alert)).first.wait_for(timeout=run.action_ms)
    if not await landed.first.is_visible():
        raise await _not_landed(run)


async def _not_landed(run: Run) -> StepFailed:
    """Credentials were sent and no signed-in page came. Back on the portal, the sign-in server
    has accepted them: then the back end is asked whom it sees. What an alert says is read with
    the page's other signals."""
    if run.page.url.startswith(run.site.origins["portal"]):
        await _read_account(run)
        return run.fail(SignalKind.ELEMENT_ABSENT, "signed_in")
    if await run.page.locator(run.site.selectors.error_alert).first.is_visible():
        return StepFailed()
    at_form = await run.page.locator(run.site.selectors.username).first.is_visible()
    if at_form and run.network.was_posted():
        return run.fail(SignalKind.SIGN_IN_LOOP)
    return run.fail(SignalKind.ELEMENT_ABSENT, "signed_in")


async def _read_account(run: Run) -> None:
    answer = await call_api(run, run.site.api.me)
    status, value = answer["status"], answer["value"]
    if status == 401 or (status == 200 and not isinstance(value, dict)):
        raise run.fail(SignalKind.SESSION_DROPPED, f"HTTP {status}")
    if status != 200:
        raise run.fail(SignalKind.API_STATUS, "account", status)
    run.account_state = account_state(value)
    if (kind := INELIGIBLE.get(run.account_state)) is not None:
        run.signals.append(Signal(kind=kind))  # of the whole attempt: it explains later steps


def account_state(answer: dict[str, Any]) -> str:
    """``blocked``, ``pending_file`` or ``eligible``, from the account's JSON."""
    if (answer.get("blocking") or {}).get("should_be_blocked"):
        return "blocked"
    if (answer.get("dossier_en_cours") or {}).get("has_dossier_en_cours"):
        return "pending_file"
    return "eligible"
