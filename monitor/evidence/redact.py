"""Nothing secret reaches the disk: what goes into the database is cleaned of the configured
secrets, and every file is searched for them before it is kept."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus

from monitor.core.model import Signal, Step
from monitor.evidence.layers import TooDeep, layers
from probes.attempt import RawAttempt

BLACK = "■■■"
CUT_AT_CHARACTERS = 300
"""Texts of signals end here: the beginning of a secret may be all that is left of it."""

SHORTEST_SECRET_CHARACTERS = 4
"""Shorter values would be found everywhere."""


def forms(secret: str) -> frozenset[bytes]:
    """The byte strings under which a secret may hide: plain, URL-encoded (by Python, and by a
    browser's three ways), HTML- or JSON-escaped, base64.

    Base64 has three alignments; each is cut to the characters that do not depend on neighbours.
    """
    raw = secret.encode()
    found = {
        raw,
        *_url_encoded(secret),
        html.escape(secret).encode(),
        html.escape(secret, quote=False).encode(),
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
    }
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        start, rest = (0, 2, 3)[shift], (shift + len(raw)) % 3
        stable = text[start : len(text) - (4 if rest else 0)]
        if len(stable) >= SHORTEST_SECRET_CHARACTERS:
            found |= {stable, stable.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(found)


def _url_encoded(secret: str) -> set[bytes]:
    """Python's quote, then encodeURIComponent, encodeURI and a form's encoding, with hexadecimal
    digits in either case."""
    texts = {
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret, safe="!'()*"),
        quote(secret, safe="!'()*;,/?:@&=+$#"),
        quote_plus(secret, safe="*").replace("~", "%7E"),
    }
    return {form.encode() for text in texts for form in (text, _lower_escapes(text))}


def _lower_escapes(text: str) -> str:
    head, *escapes = text.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in escapes)])


class SecretScan:
    """Searches bytes for any of the operator's secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: tuple[bytes, ...] = tuple(
            sorted(
                {
                    form
                    for secret in secrets
                    if len(secret) >= SHORTEST_SECRET_CHARACTERS
                    for form in forms(secret)
                }
            )
        )

    def finds(self, data: bytes) -> bool:
        """True when the bytes hold a secret in any of its forms, compressed and wrapped ones
        too; also when there is more inside them than can be searched."""
        if not self._forms:
            return False
        try:
            return any(form in layer for layer in layers(data) for form in self._forms)
        except TooDeep:
            return True

    def __call__(self, data: bytes) -> bool:
        return self.finds(data)

    def cleaned(self, text: str) -> str:
        """The text with every secret blackened, as UTF-8 can hold it."""
        data = text.encode("utf-8", "replace")
        for form in sorted(self._forms, key=len, reverse=True):
            data = data.replace(form, BLACK.encode())
        if len(text) >= CUT_AT_CHARACTERS:
            data = self._without_beginning(data)
        return data.decode("utf-8", "replace")

    def _without_beginning(self, data: bytes) -> bytes:
        """What was cut in the middle of a secret, without the part that was left of it."""
        for form in self._forms:
            for length in range(len(form) - 1, SHORTEST_SECRET_CHARACTERS - 1, -1):
                if data.endswith(form[:length]):
                    return data[:-length] + BLACK.encode()
        return data


def cleaned(raw: RawAttempt, scan: SecretScan) -> RawAttempt:
    """The attempt with every text that goes into the database cleaned. Pictures, page texts and
    records are files: those are searched, and kept out whole."""
    return replace(
        raw,
        signals=tuple(_signal(signal, scan) for signal in raw.signals),
        steps=tuple(_step(step, scan) for step in raw.steps),
        aborted=tuple(scan.cleaned(text) for text in raw.aborted),
    )


def _signal(signal: Signal, scan: SecretScan) -> Signal:
    return replace(signal, text=scan.cleaned(signal.text))


def _step(step: Step, scan: SecretScan) -> Step:
    return replace(step, url=scan.cleaned(step.url)) if step.url else step
