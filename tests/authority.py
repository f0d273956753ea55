"""The rehearsal authority for tests, and the ``openssl`` program as a second opinion."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from monitor.evidence.rehearsal_authority import Fault, RehearsalAuthority, serve_authority

__all__ = ["Fault", "RehearsalAuthority", "openssl_accepts", "rehearsal_authority", "utc_now"]


def utc_now() -> datetime:
    """The clock of the tests that need a real one."""
    return datetime.now(UTC)


@contextmanager
def rehearsal_authority(folder: Path, kind: str = "ec") -> Iterator[RehearsalAuthority]:
    """A real authority on loopback."""
    with serve_authority(folder, clock=utc_now, kind=kind) as authority:
        yield authority


def openssl_accepts(
    folder: Path, *, data: bytes, request: bytes, response: bytes, roots_pem: tuple[str, ...]
) -> bool:
    """What ``openssl ts -verify`` says: over the data, and against the kept request."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").write_bytes(data)
    (folder / "it.tsq").write_bytes(request)
    (folder / "it.tsr").write_bytes(response)
    (folder / "roots.pem").write_text("".join(roots_pem), encoding="utf-8")
    common = ["openssl", "ts", "-verify", "-in", "it.tsr", "-CAfile", "roots.pem"]
    done = [
        subprocess.run([*common, *against], cwd=folder, capture_output=True, check=False)
        for against in (["-data", "data"], ["-queryfile", "it.tsq"])
    ]
    return all(one.returncode == 0 and b"Verification: OK" in one.stdout for one in done)
