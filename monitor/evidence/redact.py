"""Nothing secret reaches the disk: every file is searched for the configured secrets first."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST_SECRET_CHARACTERS = 4
"""Shorter values would be found everywhere."""


def forms(secret: str) -> frozenset[bytes]:
    """The byte strings under which a secret may hide: plain, URL-encoded, JSON-escaped, base64.

    Base64 has three alignments; each is cut to the characters that do not depend on neighbours.
    """
    raw = secret.encode()
    found = {
        raw,
        quote(secret, safe="").encode(),
        quote_plus(secret).encode(),
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
    }
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        start, rest = (0, 2, 3)[shift], (shift + len(raw)) % 3
        stable = text[start : len(text) - (4 if rest else 0)]
        if len(stable) >= SHORTEST_SECRET_CHARACTERS:
            found |= {stable, stable.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(found)


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
        """True when the bytes hold a secret in any of its forms."""
        return any(form in data for form in self._forms)

    def __call__(self, data: bytes) -> bool:
        return self.finds(data)
