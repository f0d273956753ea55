"""Where the public files of a log are read, and how much of them at most."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from monitor.errors import EvidenceError

WHOLE_SECONDS = 300.0
"""A whole visit. A log of a million lines needs about a dozen tiles."""
MOST_REQUESTS = 500


class Unreachable(EvidenceError):
    """The log could not be asked (exit code 3): no alarm, and no all-clear either."""


class Source(Protocol):
    """Where the log's public files are read."""

    def get(self, path: str, limit: int) -> bytes:
        """A file of the log. Raises Unreachable."""
        ...


@dataclass
class HttpSource:
    """A log under an address, such as ``https://observatoire.example/log``."""

    base: str
    client: httpx.Client
    deadline: float = field(default_factory=lambda: time.monotonic() + WHOLE_SECONDS)
    requests: int = 0

    def get(self, path: str, limit: int) -> bytes:
        """A file of the log. Raises Unreachable."""
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            raise Unreachable(f"more than {MOST_REQUESTS} requests are needed: given up")
        address, body = f"{self.base.rstrip('/')}/{path}", bytearray()
        try:
            with self.client.stream("GET", address) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise Unreachable(f"{address}: HTTP {answer.status_code}")
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > limit:
                        raise Unreachable(f"{address}: longer than {limit} bytes")
                    if time.monotonic() > self.deadline:
                        raise Unreachable(f"{address}: too slow")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"{address}: {str(error) or type(error).__name__}") from error
        return bytes(body)
