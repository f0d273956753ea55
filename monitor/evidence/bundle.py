"""The bundle of one attempt: its files, and the manifest that names every one of them.

The manifest is canonical JSON (RFC 8785), so that its hash is that of its meaning.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import rfc8785
from PIL import Image

from monitor.core.model import Attempt, BlobRef, Profile, Slot, Step, Vantage, Verdict
from probes.attempt import RawAttempt
from probes.capture import Capture

SCHEMA = "manifest/1"
PNG, WEBP = "image/png", "image/webp"
LARGEST_WEBP_PIXELS = 16383
"""Width and height that the format can hold."""
REMEMBERED_PICTURES = 48
"""Pages that are well look the same run after run, to the last pixel: encoded once, they need no
more processor time. About 6 MB."""


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """One file of a bundle, before it is stored."""

    name: str
    media_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """The name under which it is stored."""
        return hashlib.sha256(self.data).hexdigest()

    def describe(self) -> dict[str, Any]:
        """Its line in the manifest."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "sha256": self.sha256,
            "size": len(self.data),
        }


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is true of the whole run: stated in every manifest."""

    slot: Slot
    vantage: Vantage
    site_id: str
    depth: str
    environment: tuple[tuple[str, str], ...]
    measured: tuple[tuple[str, str], ...] = ()
    """What was measured of our own side beside this attempt, as (name, value)."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Files, manifest and the steps that point at their pictures. ``withheld`` names the files
    in which a secret was found: they are not stored."""

    files: tuple[BundleFile, ...]
    manifest: BundleFile
    steps: tuple[Step, ...]
    withheld: tuple[str, ...] = ()


def encode_picture(stem: str, png: bytes) -> BundleFile:
    """A PNG as lossless WebP: the same pixels in half the bytes or fewer. A page too tall for
    that format stays a PNG."""
    webp = webp_of(png)
    if webp is None:
        return BundleFile(name=f"{stem}.png", media_type=PNG, data=png)
    return BundleFile(name=f"{stem}.webp", media_type=WEBP, data=webp)


@lru_cache(maxsize=REMEMBERED_PICTURES)
def webp_of(png: bytes) -> bytes | None:
    """The same pixels as lossless WebP; None when the format cannot hold them."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        if max(picture.size) > LARGEST_WEBP_PIXELS:
            return None
        picture.convert("RGB").save(out, "WEBP", lossless=True, method=2)
    return out.getvalue()


def make_bundle(
    raw: RawAttempt, verdict: Verdict, context: Context, holds_secret: Callable[[bytes], bool]
) -> Bundle:
    """The bundle of an attempt. Pictures are encoded here: call it outside the event loop."""
    made = [*_capture_files(raw.captures), *_record_files(raw)]
    withheld = tuple(file.name for file in made if holds_secret(file.data))
    files = tuple(file for file in made if file.name not in withheld)
    manifest = _manifest(raw, verdict, context, files, withheld)
    data = rfc8785.dumps(manifest)
    if holds_secret(data):
        manifest = _without_details(manifest)
        data = rfc8785.dumps(manifest)
        withheld += ("manifest details",)
    return Bundle(
        files=files,
        manifest=BundleFile(name="manifest.json", media_type="application/json", data=data),
        steps=_with_pictures(raw, files),
        withheld=withheld,
    )


def _capture_files(captures: tuple[Capture, ...]) -> list[BundleFile]:
    files: list[BundleFile] = []
    for number, capture in enumerate(captures, start=1):
        stem = f"{number:02d}-{capture.step}"
        if capture.png is not None:
            files.append(encode_picture(stem, capture.png))
        if capture.text:
            text = capture.text.encode("utf-8", "replace")
            files.append(BundleFile(name=f"{stem}.txt", media_type="text/plain", data=text))
    return files


def _record_files(raw: RawAttempt) -> list[BundleFile]:
    network = [
        {
            "method": e.method,
            "url": e.url,
            "kind": e.kind,
            "status": e.status,
            "error": e.error,
            "seconds": None if e.seconds is None else round(e.seconds, 3),
        }
        for e in raw.exchanges
    ]
    files = [_json_file("network.json", network)]
    if raw.console:
        files.append(_json_file("console.json", list(raw.console)))
    return files


def _json_file(name: str, value: object) -> BundleFile:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return BundleFile(name=name, media_type="application/json", data=data)


def _manifest(
    raw: RawAttempt,
    verdict: Verdict,
    context: Context,
    files: tuple[BundleFile, ...],
    withheld: tuple[str, ...],
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "component": context.slot.component,
        "site": context.site_id,
        "depth": context.depth,
        "scheduled_at": context.slot.scheduled_at.isoformat(),
        "started_at": raw.started_at.isoformat(),
        "finished_at": raw.finished_at.isoformat(),
        "vantage": vars(context.vantage),
        "profile": {"category": raw.category, "account": raw.account_state},
        "outcome": verdict.outcome.value,
        "rule": verdict.rule,
        "ruleset": verdict.ruleset,
        "steps": [_step_line(step) for step in raw.steps],
        "signals": [
            {"kind": s.kind.value, "step": s.step, "text": s.text, "number": s.number}
            for s in raw.signals
        ],
        "blocked_requests": list(raw.aborted),
        "user_agent": raw.user_agent,
        "no_proxy": True,
        "fresh_context": True,
        "environment": dict(context.environment),
        "measured": dict(context.measured),
        "files": [file.describe() for file in files],
        "withheld": list(withheld),
        "not_captured": {c.step: c.problem for c in raw.captures if c.problem},
        "limits": "Shows what this browser received; proves neither the cause of a failure nor "
        "what others saw. Not a bailiff's record (constat de commissaire de justice).",
    }


def _step_line(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "outcome": step.outcome,
        "duration_seconds": round(step.duration_seconds, 3),
        "url": step.url,
        "http_status": step.http_status,
        "via": step.via,
    }


def _without_details(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest in which a secret was found keeps its files and drops every free text."""
    return {**manifest, "blocked_requests": [], "signals": [], "steps": [], "not_captured": {}}


def _with_pictures(raw: RawAttempt, files: tuple[BundleFile, ...]) -> tuple[Step, ...]:
    pictures = {
        file.name.rpartition(".")[0]: BlobRef(
            sha256=file.sha256, media_type=file.media_type, size=len(file.data)
        )
        for file in files
        if file.media_type in (PNG, WEBP)
    }
    return tuple(
        replace(step, screenshot=pictures.get(f"{number:02d}-{step.name}"))
        for number, step in enumerate(raw.steps, start=1)
    )


def bundled_attempt(raw: RawAttempt, verdict: Verdict, bundle: Bundle) -> Attempt:
    """The attempt as it is kept, pointing at its stored bundle."""
    manifest = bundle.manifest
    return Attempt(
        started_at=raw.started_at,
        finished_at=raw.finished_at,
        duration_seconds=raw.duration_seconds,
        signals=tuple(sorted(raw.signals, key=lambda s: (s.step or "", s.kind.value, s.text))),
        steps=bundle.steps,
        verdict=verdict,
        manifest=BlobRef(
            sha256=manifest.sha256, media_type=manifest.media_type, size=len(manifest.data)
        ),
    )


def profile_of(raw: RawAttempt) -> Profile:
    """What the attempt looked at."""
    return Profile(category=raw.category, account=raw.account_state)
