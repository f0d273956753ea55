"""The bundle of one attempt: its files, and the manifest that names every one of them.

The manifest is canonical JSON (RFC 8785), so that its hash is that of its meaning.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import rfc8785

from monitor.core.model import Attempt, BlobRef, Signal, Step, Verdict
from monitor.evidence.har import har
from monitor.evidence.manifest import Context, manifest_of, without_details
from monitor.evidence.pictures import PNG, WEBP, encode_picture
from monitor.evidence.station import Station
from monitor.evidence.tls import connections_json, connections_summary, pem
from probes.attempt import RawAttempt
from probes.capture import Capture

TEXT_LIMIT_CHARACTERS = 20_000
"""Of a page's text: the beginning. All of it was searched for secrets."""


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """One file of a bundle, before it is stored. ``note`` says more of it in the manifest."""

    name: str
    media_type: str
    data: bytes
    note: Mapping[str, str] = field(default_factory=dict)

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
            **self.note,
        }


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Files, manifest and the steps that point at their pictures. ``withheld`` names the files
    in which a secret was found: they are not stored."""

    files: tuple[BundleFile, ...]
    manifest: BundleFile
    steps: tuple[Step, ...]
    withheld: tuple[str, ...] = ()


def make_bundle(
    raw: RawAttempt, verdict: Verdict, context: Context, holds_secret: Callable[[bytes], bool]
) -> Bundle:
    """The bundle of an attempt. Pictures are encoded here: call it outside the event loop."""
    made = [*_capture_files(raw.captures, context), *_record_files(raw, context.station)]
    shown = _steps_that_show_a_secret(raw.captures, holds_secret)
    withheld = tuple(
        file.name
        for file in made
        if file.name.rpartition(".")[0] in shown or holds_secret(file.data)
    )
    files = tuple(file for file in made if file.name not in withheld)
    lines = [file.describe() for file in files]
    manifest = manifest_of(raw, verdict, context, lines, withheld)
    data = rfc8785.dumps(manifest)
    if holds_secret(data):
        manifest = without_details(manifest)
        data = rfc8785.dumps(manifest)
        withheld += ("manifest details",)
    return Bundle(
        files=files,
        manifest=BundleFile(name="manifest.json", media_type="application/json", data=data),
        steps=_with_pictures(raw, files),
        withheld=withheld,
    )


def _steps_that_show_a_secret(
    captures: tuple[Capture, ...], holds_secret: Callable[[bytes], bool]
) -> frozenset[str]:
    """Stems of the files of steps whose page shows a secret outside its personal zones: no scan
    sees it in the picture, so the picture goes with the text."""
    return frozenset(
        _stem(number, capture)
        for number, capture in enumerate(captures, start=1)
        if holds_secret(_bytes(capture.text))
    )


def _stem(number: int, capture: Capture) -> str:
    return f"{number:02d}-{capture.step}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _capture_files(captures: tuple[Capture, ...], context: Context) -> list[BundleFile]:
    files: list[BundleFile] = []
    for number, capture in enumerate(captures, start=1):
        stem = _stem(number, capture)
        if capture.png is not None:
            files.append(_picture(stem, capture.png, lossless=context.lossless))
        if capture.text:
            text = _bytes(capture.text[:TEXT_LIMIT_CHARACTERS])
            files.append(BundleFile(name=f"{stem}.txt", media_type="text/plain", data=text))
    return files


def _picture(stem: str, png: bytes, *, lossless: bool) -> BundleFile:
    encoded = encode_picture(png, lossless=lossless)
    return BundleFile(
        name=f"{stem}.{encoded.suffix}",
        media_type=encoded.media_type,
        data=encoded.data,
        note={"encoding": encoded.encoding},
    )


def _record_files(raw: RawAttempt, station: Station) -> list[BundleFile]:
    files = [
        _json_file("network.json", _network(raw, station)),
        _json_file("network.har", har(raw, station)),
    ]
    if any(one.tls or one.refused for one in raw.connections):
        files.append(_json_file("tls.json", connections_json(raw.connections, station.shown)))
    if chain := pem(dict.fromkeys(der for one in raw.connections for der in one.chain)):
        files.append(
            BundleFile(name="certificates.pem", media_type="application/x-pem-file", data=chain)
        )
    if raw.console:
        files.append(_json_file("console.json", list(raw.console)))
    return files


def _network(raw: RawAttempt, station: Station) -> dict[str, Any]:
    """The summary: one line for each request, and how each origin was reached."""
    return {
        "schema": "network/2",
        "requests": [
            {
                "method": e.method,
                "url": e.url,
                "kind": e.kind,
                "step": e.step,
                "status": e.status,
                "error": e.error,
                "seconds": None if e.seconds is None else round(e.seconds, 3),
            }
            for e in raw.exchanges
        ],
        "connections": connections_summary(raw.connections, station.shown),
    }


def _json_file(name: str, value: object) -> BundleFile:
    data = _bytes(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return BundleFile(name=name, media_type="application/json", data=data)


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
    return replace(
        bare_attempt(raw, verdict),
        steps=bundle.steps,
        manifest=BlobRef(
            sha256=manifest.sha256, media_type=manifest.media_type, size=len(manifest.data)
        ),
    )


def bare_attempt(raw: RawAttempt, verdict: Verdict) -> Attempt:
    """The attempt when no evidence was taken: only measurements do that."""
    return Attempt(
        started_at=raw.started_at,
        finished_at=raw.finished_at,
        duration_seconds=raw.duration_seconds,
        signals=_sorted(raw),
        steps=raw.steps,
        verdict=verdict,
    )


def _sorted(raw: RawAttempt) -> tuple[Signal, ...]:
    return tuple(sorted(raw.signals, key=lambda s: (s.step or "", s.kind.value, s.text)))
