"""Can a user add a supporting document to a request?

A tiny synthetic PDF goes into the draft of the operator's own account, is looked for in the list
with its name and size, and is removed again. Nothing is ever submitted.
"""

from __future__ import annotations

import re

from playwright.async_api import Locator
from playwright.async_api import TimeoutError as PlaywrightTimeout

from monitor.core.model import SignalKind
from probes import journeys
from probes.base import Run, StepFailed
from probes.category import BehindSignIn, choose

REFUSING_STATUSES = (400, 411, 413, 415, 422)


def synthetic_pdf() -> bytes:
    """A valid one-page PDF that says what it is and holds nothing else."""
    text = b"BT /F1 12 Tf 72 760 Td (Essai technique sans contenu) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


class UploadProbe(BehindSignIn):
    """A document goes in, is listed as it was sent, and goes out again."""

    component = "upload"

    async def run(self, run: Run) -> None:
        """Sign in, choose, send, look, remove."""
        with run.via("login"):
            await journeys.sign_in(run)
        with run.via("category"):
            await choose(run)
        if not run.site.upload.allow_draft:
            return
        name, content = run.site.upload.file_name, synthetic_pdf()
        async with run.step("open_documents"):
            await journeys.click(run, "open_documents")
            await run.page.locator(run.site.selectors.file_input).first.wait_for(
                state="attached", timeout=run.action_ms
            )
            await _clear(run, name)
        async with run.step("send_document"):
            await _send(run, name, content)
        async with run.step("find_document"):
            await _listed(run, name, len(content))
        async with run.step("remove_document"):
            await _remove(run, name)


def _row(run: Run, name: str) -> Locator:
    names = run.site.selectors
    named = run.page.locator(names.document_name, has_text=name)
    return run.page.locator(names.document_rows).filter(has=named)


async def _clear(run: Run, name: str) -> None:
    """Remove what an earlier run may have left."""
    for _ in range(await _row(run, name).count()):
        await _remove(run, name)


async def _send(run: Run, name: str, content: bytes) -> None:
    names = run.site.selectors
    field = run.page.locator(names.file_input).first
    await field.set_input_files(
        {"name": name, "mimeType": "application/pdf", "buffer": content}, timeout=run.action_ms
    )
    ended = run.page.locator(names.document_rows).or_(run.page.locator(names.error_alert)).first
    try:
        await ended.wait_for(timeout=run.action_ms)
    except PlaywrightTimeout as error:
        failure = _not_sent(run)
        if failure is not None:
            raise failure from error
    if await run.page.locator(names.error_alert).first.is_visible():
        message = await run.page.locator(names.error_alert).first.inner_text()
        raise run.fail(SignalKind.UPLOAD_REFUSED, message)


def _not_sent(run: Run) -> StepFailed | None:
    """Why no row came: refused, still going, or nothing was sent. None: sent, look for it."""
    posts = [e for e in run.network.in_step() if e.method in ("POST", "PUT")]
    if any(e.status in REFUSING_STATUSES for e in posts):
        return run.fail(SignalKind.UPLOAD_REFUSED, "without a message")
    if any(e.status is None and e.error is None for e in posts):
        return run.fail(SignalKind.UPLOAD_ENDLESS)
    if any(e.status is not None and e.status < 400 for e in posts):
        return None
    return run.fail(SignalKind.ELEMENT_ABSENT, "document_rows")


async def _listed(run: Run, name: str, size: int) -> None:
    """The list must hold the file under its name, and with its size."""
    row = _row(run, name).first
    try:
        await row.wait_for(timeout=run.action_ms)
    except PlaywrightTimeout as error:
        rows = await run.page.locator(run.site.selectors.document_rows).all_inner_texts()
        raise run.fail(SignalKind.UPLOAD_LOST, " | ".join(rows) or "empty list") from error
    shown = row.locator(run.site.selectors.document_size).first
    said = await shown.get_attribute("data-size") or await shown.inner_text()
    if not same_size(said, size):
        raise run.fail(SignalKind.UPLOAD_LOST, f"listed as {said}, sent {size} bytes")


def same_size(said: str, size: int) -> bool:
    """Does a size as a page prints it ("1 234 octets", "1,2 Ko") stand for ``size`` bytes?"""
    found = re.match(r"\s*([\d\s\u00a0\u202f]+(?:[.,]\d+)?)\s*(\w*)", said)
    if not found:
        return False
    digits = re.sub(r"\s", "", found.group(1)).replace(",", ".")
    unit = found.group(2).casefold()
    scale = {"k": 1024, "m": 1024**2}.get(unit[:1], 1)
    if scale == 1:
        return round(float(digits)) == size
    return any(abs(float(digits) - size / base) <= 0.6 for base in (scale, 1000))


async def _remove(run: Run, name: str) -> None:
    row = _row(run, name).first
    await row.locator(run.site.selectors.document_remove).first.click(timeout=run.action_ms)
    try:
        await row.wait_for(state="detached", timeout=run.action_ms)
    except PlaywrightTimeout as error:
        raise run.fail(SignalKind.ELEMENT_ABSENT, "document_remove: the row stays") from error
