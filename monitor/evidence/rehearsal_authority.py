"""A time-stamping authority for rehearsals: ``openssl ts`` behind a small server on loopback.

What it signs is worth nothing to a court; tests and the demo use it, never an installation. Its
faults are those that a client of real authorities meets, each by its name in ``Fault``.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import cms, tsp

from monitor.errors import EvidenceError
from monitor.evidence.rehearsal_papers import Hierarchy, Signer, make_hierarchy
from monitor.evidence.timestamp import REPLY_TYPE, Authority

POLICY = "1.2.3.4.1"
A_LOT = 4 << 20


class Fault(StrEnum):
    """What the authority does wrong."""

    NONE = "none"
    WRONG_NONCE = "wrong_nonce"
    OTHER_HASH = "other_hash"
    EXPIRED = "expired"  # a certificate that ended yesterday
    WRONG_PURPOSE = "wrong_purpose"  # a certificate for web servers
    TWO_PURPOSES = "two_purposes"  # one for time stamps and for code
    STRANGER = "stranger"  # another authority's certificate under the same name
    CLOCK_WRONG = "clock_wrong"  # a stamp of three days ago
    REJECTION = "rejection"  # a proper reply that says no
    HTTP_ERROR = "http_error"
    REDIRECT = "redirect"
    GARBAGE = "garbage"
    HTML = "html"
    ENDLESS = "endless"
    HANGS = "hangs"
    DRIPS = "drips"  # a byte now and then
    CLOSES = "closes"


class RehearsalAuthority:
    """Answers queries; ``fault`` may be changed at any time. ``embed_chain`` puts the whole chain
    into each reply, as most public authorities do; ``digest`` and ``identifier_digest`` are those
    of the signature and of the signer's identifier (older authorities: SHA-1)."""

    def __init__(
        self, hierarchy: Hierarchy, stranger: Hierarchy, clock: Callable[[], datetime]
    ) -> None:
        self.hierarchy = hierarchy
        self.fault = Fault.NONE
        self.embed_chain = False
        self.digest = "sha256"
        self.identifier_digest = "sha256"
        self.asked = 0
        self.url = ""
        self.closing = threading.Event()
        self._stranger = stranger
        self._clock = clock
        self._lock = threading.Lock()  # the file of serial numbers has one writer

    def authority(self, name: str = "repetition") -> Authority:
        """This authority as the settings name it. What its replies leave out of the chain is
        published beside the root."""
        between = () if self.embed_chain else (self.hierarchy.chain.read_text(encoding="utf-8"),)
        return Authority(id=name, url=self.url, roots_pem=(self.hierarchy.roots_pem, *between))

    def reply(self, query: bytes) -> bytes:
        """The reply to a query, in DER."""
        request = tsp.TimeStampReq.load(query)
        if self.fault is Fault.WRONG_NONCE:
            request["nonce"] = request["nonce"].native + 1
        if self.fault is Fault.OTHER_HASH:
            request["message_imprint"]["hashed_message"] = bytes(32)
        with self._lock:
            self.asked += 1
            return _SIGNED_BY.get(self.fault, RehearsalAuthority._by_ts)(self, request)

    def _by_ts(self, request: tsp.TimeStampReq) -> bytes:
        """What ``openssl ts -reply`` makes of it."""
        side = self._stranger if self.fault is Fault.STRANGER else self.hierarchy
        signer = side.signers["expired" if self.fault is Fault.EXPIRED else "good"]
        (side.folder / "ts.cnf").write_text(self._config(side, signer), encoding="utf-8")
        (side.folder / "query.tsq").write_bytes(request.dump(force=True))
        _openssl(side.folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query.tsq",
                 "-out", "reply.tsr")  # fmt: skip
        return (side.folder / "reply.tsr").read_bytes()

    def _config(self, side: Hierarchy, signer: Signer) -> str:
        lines = [
            "[tsa]",
            "default_tsa = here",
            "[here]",
            "serial = serial",
            f"signer_cert = {signer.certificate.name}",
            f"signer_key = {signer.key.name}",
            f"signer_digest = {self.digest}",
            f"default_policy = {POLICY}",
            f"digests = {'sha512' if self.fault is Fault.REJECTION else 'sha256'}",
            "accuracy = secs:1",
            f"ess_cert_id_alg = {self.identifier_digest}",
        ]
        return "\n".join([*lines, *([f"certs = {side.chain.name}"] if self.embed_chain else [])])

    def _by_cms(self, request: tsp.TimeStampReq) -> bytes:
        """A stamp that ``openssl ts`` would refuse to make, put together from its parts."""
        folder = self.hierarchy.folder
        names = {Fault.WRONG_PURPOSE: "web", Fault.TWO_PURPOSES: "two"}
        signer = self.hierarchy.signers[names.get(self.fault, "good")]
        behind = timedelta(days=3) if self.fault is Fault.CLOCK_WRONG else timedelta()
        made_at = (self._clock() - behind).astimezone(UTC).replace(microsecond=0)
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": request["message_imprint"],
                "serial_number": self.asked,
                "gen_time": made_at,
                "nonce": request["nonce"].native,
            }
        )
        (folder / "info.der").write_bytes(info.dump())
        _openssl(folder, "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-cades",
                 "-md", "sha256", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", "info.der",
                 "-signer", signer.certificate.name, "-inkey", signer.key.name,
                 "-certfile", self.hierarchy.chain.name, "-out", "token.der")  # fmt: skip
        token = (folder / "token.der").read_bytes()
        granted = {"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}
        return bytes(tsp.TimeStampResp(granted).dump())


_SIGNED_BY = {
    Fault.WRONG_PURPOSE: RehearsalAuthority._by_cms,
    Fault.TWO_PURPOSES: RehearsalAuthority._by_cms,
    Fault.CLOCK_WRONG: RehearsalAuthority._by_cms,
}


def _openssl(folder: Path, *arguments: str) -> None:
    command = ["openssl", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EvidenceError(f"the rehearsal authority cannot run openssl: {error}") from error
    if done.returncode != 0:
        raise EvidenceError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")


class _Handler(BaseHTTPRequestHandler):
    """One query."""

    owner: RehearsalAuthority

    def do_POST(self) -> None:
        """Answer, or fail in the way that is asked for."""
        query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.owner.fault
        if fault in _PLAIN:
            status, kind, body = _PLAIN[fault]
            self._send(status, kind, body)
        elif fault in (Fault.HANGS, Fault.CLOSES):
            if fault is Fault.HANGS:
                self.owner.closing.wait()
            self.close_connection = True
        else:
            self._send(200, REPLY_TYPE, self.owner.reply(query))

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        if self.owner.fault is Fault.DRIPS:
            self._drip(body)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        for number in range(len(body)):
            self.wfile.write(body[number : number + 1])
            if self.owner.closing.wait(0.05):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Say nothing."""


_PLAIN: dict[Fault, tuple[int, str, bytes]] = {
    Fault.HTTP_ERROR: (503, "text/plain", b"busy"),
    Fault.REDIRECT: (302, "text/plain", b""),
    Fault.GARBAGE: (200, REPLY_TYPE, bytes(range(256)) * 4),
    Fault.HTML: (200, "text/html", b"<html><body>Maintenance</body></html>"),
    Fault.ENDLESS: (200, REPLY_TYPE, bytes(A_LOT)),
}


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that went away."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what several faults are made for."""


@contextmanager
def serve_authority(
    folder: Path, *, clock: Callable[[], datetime], kind: str = "ec"
) -> Iterator[RehearsalAuthority]:
    """A rehearsal authority that listens on a free port of loopback until the block ends.

    Raises EvidenceError when there is no ``openssl`` program (at the first query).
    """
    now = clock()
    owner = RehearsalAuthority(
        make_hierarchy(folder / "own", kind=kind, now=now),
        make_hierarchy(folder / "stranger", kind=kind, now=now),
        clock,
    )
    handler = type("Handler", (_Handler,), {"owner": owner})
    with _Server(("127.0.0.1", 0), handler) as server:
        owner.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield owner
        finally:
            owner.closing.set()
            server.shutdown()
            thread.join()
