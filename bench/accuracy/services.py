"""What a network has besides the site: names, time, references, and a captive portal. All are
served by this process, on addresses of the cable."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

EPOCH_1900 = 2208988800
SHORT_TTL_SECONDS = 1


class Names:
    """A resolver that answers A questions from ``table``. ``mode`` is ``right``, ``dead`` (no
    answer), ``captive`` (every name is ``captive``), or ``gone:NAME`` (that name is not known)."""

    def __init__(self, table: dict[str, str], captive: str) -> None:
        self._table = table
        self._captive = captive
        self.mode = "right"

    def answer(self, question: bytes) -> bytes | None:
        """The reply to a question, or None for silence."""
        if self.mode == "dead":
            return None
        name, kind = _asked(question)
        address = self._lookup(name)
        found = [address] if address and kind == 1 else []
        code = 0 if address else 3
        head = question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0)
        return head + question[12:] + b"".join(_record(one) for one in found)

    def _lookup(self, name: str) -> str | None:
        if self.mode == "captive":
            return self._captive
        if self.mode == f"gone:{name}":
            return None
        return self._table.get(name)


def _asked(question: bytes) -> tuple[str, int]:
    """Name and type of a DNS question."""
    labels, at = [], 12
    while length := question[at]:
        labels.append(question[at + 1 : at + 1 + length].decode("ascii", "replace").lower())
        at += 1 + length
    kind: int = struct.unpack("!H", question[at + 1 : at + 3])[0]
    return ".".join(labels), kind


def _record(address: str) -> bytes:
    data = socket.inet_aton(address)
    return struct.pack("!HHHIH", 0xC00C, 1, 1, SHORT_TTL_SECONDS, len(data)) + data


class Hours:
    """A time server. ``offset_seconds`` is how far its clients' clocks seem to be off."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def answer(self, question: bytes) -> bytes | None:
        """The reply to an NTP client."""
        now = time.time() + self.offset_seconds + EPOCH_1900
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        head = struct.pack("!BBbb3I", 0x24, 1, 4, -20, 0, 0, 0x4C4F434C)
        return head + stamp + question[40:48] + stamp + stamp


@contextlib.contextmanager
def datagrams(address: str, port: int, answer: Callable[[bytes], bytes | None]) -> Iterator[None]:
    """Answer datagrams in a thread while inside."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, port))
    server.settimeout(0.1)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError, struct.error, IndexError):
                question, who = server.recvfrom(2048)
                if (reply := answer(question)) is not None:
                    server.sendto(reply, who)

    thread = threading.Thread(target=serve, name=f"{address}:{port}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        server.close()


class _Reference(http.server.BaseHTTPRequestHandler):
    """A site like any other, which is well."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class _Captive(_Reference):
    """The page of a network that wants to be paid first."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", "http://connexion.invalid/bienvenue")
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextlib.contextmanager
def web(
    address: str, port: int, *, captive: bool = False, paper: Path | None = None
) -> Iterator[None]:
    """A small web server in a thread while inside; over TLS with a paper (certificate and key)."""
    handler = _Captive if captive else _Reference
    server = http.server.ThreadingHTTPServer((address, port), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # visitors come and go
    if paper is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(paper)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
