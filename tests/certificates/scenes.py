"""Made-up ledgers in a real store, written as words, with pictures and manifests."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from monitor.certificates.model import Issuer
from monitor.core.model import (
    Attempt,
    BlobRef,
    Control,
    Depth,
    Observation,
    Outcome,
    Profile,
    Signal,
    SignalKind,
    Slot,
    Step,
    Vantage,
    Verdict,
)
from monitor.store.blobs import BlobStore
from monitor.store.store import Store
from tests.core.ledgers import LETTERS

BEGIN = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
"""A Monday, 8:00 in Paris."""

INTERVAL = timedelta(seconds=600)
LOCAL = Vantage(id="local", label="Paris", operator="Exemple Télécom", asn=64500, country="FR")
ISSUER = Issuer(
    operator="Association d’exemple",
    contact="https://exemple.invalid/contact",
    site_name="Administration numérique pour les étrangers en France",
    public_url="https://anef.exemple.invalid",
    version="0.1.0",
    vantages=(LOCAL,),
)
LIVE = "https://administration-etrangers-en-france.interieur.gouv.fr"
MESSAGE = "Service momentanément indisponible. Veuillez réessayer ultérieurement."

_RULES = {
    Outcome.UP: "completed",
    Outcome.DOWN: "http_5xx",
    Outcome.MAINTENANCE: "maintenance_announced",
}


def at(index: float) -> datetime:
    """That many intervals after the beginning."""
    return BEGIN + index * INTERVAL


def fill(
    store: Store,
    word: str,
    *,
    component: str = "login",
    vantage: Vantage = LOCAL,
    first: float = 0,
    depth: Depth = Depth.FULL,
    category: str | None = None,
    origin: str = LIVE,
    flags: tuple[str, ...] = (),
    blobs: BlobStore | None = None,
) -> None:
    """Record one slot for each letter of ``word``; a space is no slot at all."""
    store.register_vantage(vantage)
    for index, letter in enumerate(word):
        slot = Slot(
            component=component,
            vantage=vantage.id,
            scheduled_at=at(first + index),
            interval_seconds=INTERVAL.total_seconds(),
        )
        if letter == " ":
            continue
        outcome = LETTERS[letter]
        if outcome in (Outcome.MISSED, Outcome.SKIPPED):
            store.record_unrun(slot, outcome, "off")
            continue
        seen = _observation(slot, outcome, depth, category, origin, flags, blobs)
        store.record(seen)


def _observation(
    slot: Slot,
    outcome: Outcome,
    depth: Depth,
    category: str | None,
    origin: str,
    flags: tuple[str, ...],
    blobs: BlobStore | None,
) -> Observation:
    verdict = Verdict(
        outcome=outcome,
        rule=_RULES.get(outcome, outcome.value),
        ruleset="2026-11-23",
        flags=flags if outcome.is_failing else (),
        failed_step="open_sign_in" if outcome.is_failing else None,
    )
    starts = [slot.scheduled_at + timedelta(seconds=1)]
    starts += [slot.scheduled_at + timedelta(seconds=40)] if outcome.is_failing else []
    attempts = tuple(_attempt(start, verdict, origin, blobs) for start in starts)
    return Observation(
        slot=slot,
        started_at=starts[0],
        finished_at=attempts[-1].finished_at,
        duration_seconds=3.0 * len(attempts),
        depth=depth,
        profile=Profile(category=category, account="eligible"),
        verdict=verdict,
        attempts=attempts,
        control=Control(reachable=4, tried=4),
        environment=(("program", "0.1.0"), ("browser", "headless-shell 156")),
    )


def _attempt(start: datetime, verdict: Verdict, origin: str, blobs: BlobStore | None) -> Attempt:
    failing = verdict.outcome.is_failing
    signals = (
        (
            Signal(kind=SignalKind.STEP_FAILED, step="open_sign_in"),
            Signal(kind=SignalKind.HTTP_STATUS, step="open_sign_in", number=503.0),
            Signal(kind=SignalKind.UNAVAILABLE_WORDING, step="open_sign_in", text=MESSAGE),
        )
        if failing
        else (Signal(kind=SignalKind.COMPLETED),)
    )
    steps = tuple(
        Step(
            name=name,
            outcome="failed" if failing and name == "open_sign_in" else "ok",
            duration_seconds=0.8,
            url=f"{origin}/usagers/#/{name}",
            http_status=503 if failing and name == "open_sign_in" else 200,
            screenshot=_blob(page(f"{name} {start:%Y-%m-%d %H:%M}", failing), "image/png", blobs)
            if blobs
            else _named(f"{name} {start}", "image/png"),
        )
        for name in ("open_home", "open_sign_in")
    )
    manifest = f'{{"schema":"manifest/1","started_at":"{start.isoformat()}"}}'
    return Attempt(
        started_at=start,
        finished_at=start + timedelta(seconds=3),
        duration_seconds=3.0,
        signals=signals,
        steps=steps,
        verdict=verdict,
        manifest=_blob(manifest.encode(), "application/json", blobs)
        if blobs
        else _named(manifest, "application/json"),
    )


def page(text: str, failing: bool) -> bytes:
    """A small picture of a page that says something."""
    picture = Image.new("RGB", (1280, 720), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 1280, 90), fill="#003189")
    pen.text((40, 200), text, fill="black", font_size=36)
    if failing:
        pen.text((40, 320), MESSAGE, fill="#c00000", font_size=30)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _blob(data: bytes, media_type: str, blobs: BlobStore) -> BlobRef:
    return blobs.put(data, media_type)


def _named(text: str, media_type: str) -> BlobRef:
    data = text.encode()
    return BlobRef(sha256=hashlib.sha256(data).hexdigest(), media_type=media_type, size=len(data))
