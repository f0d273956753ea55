"""Reference sites: what counts as reached, with real servers on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monitor.control import ask_references, control_of, control_signal
from monitor.core.model import Control

ANSWERS: dict[str, tuple[int, str | None]] = {
    "/ok": (200, None),
    "/missing": (404, None),
    "/down": (503, None),
    "/portal": (511, None),
    "/here": (302, "/ok"),
    "/elsewhere": (302, "http://captive.invalid/"),
}


class Handler(BaseHTTPRequestHandler):
    """Answers from the table."""

    def do_GET(self) -> None:
        """See BaseHTTPRequestHandler."""
        status, location = ANSWERS[self.path]
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A server of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("/ok", True),
        ("/missing", True),
        ("/here", True),
        ("/down", False),
        ("/portal", False),
        ("/elsewhere", False),
    ],
)
async def test_what_counts_as_reached(origin: str, path: str, reached: bool) -> None:
    (answer,) = await ask_references([f"{origin}{path}"], 2)
    assert answer.reached is reached


async def test_silence_is_not_reached() -> None:
    (answer,) = await ask_references(["http://127.0.0.1:1/"], 2)
    assert (answer.reached, answer.said) == (False, "ConnectError")


@pytest.mark.parametrize(
    ("reachable", "tried", "said"),
    [(3, 3, "healthy"), (2, 3, "healthy"), (1, 3, "failing"), (2, 4, "failing"), (2, 2, "failing")],
)
def test_most_of_at_least_three_must_answer(reachable: int, tried: int, said: str) -> None:
    assert control_signal(Control(reachable=reachable, tried=tried)).text == said


async def test_the_control_counts_the_answers(origin: str) -> None:
    answers = await ask_references([f"{origin}/ok", f"{origin}/down"], 2)
    assert control_of(answers) == Control(reachable=1, tried=2)
