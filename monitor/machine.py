"""What this machine is, for the record: the points of NF Z67-147 that no browser can tell."""

from __future__ import annotations

import ipaddress
import os
import platform
import socket
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import psutil

from monitor import __version__

ROOT = Path(__file__).parent.parent
COMMIT_FILE = Path(__file__).parent / "COMMIT"
"""Written where the program is built without its repository, as in the container's image."""
RESOLVER_FILE = Path("/etc/resolv.conf")
GIT_LIMIT_SECONDS = 5.0
UNKNOWN = "unknown"

OUTSIDE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses for documentation (RFC 5737, RFC 3849): nothing is ever sent there."""
LOOPBACK = {socket.AF_INET: "127.0.0.1"}
"""For a rehearsal site, to which requests do not leave this machine."""

_ADDRESS_NAMES = {socket.AF_INET: "own_address", socket.AF_INET6: "own_address_v6"}


def machine() -> dict[str, str]:
    """System, kernel, processor and memory, as (name, text)."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "architecture": platform.machine(),
        "processors": str(os.cpu_count() or UNKNOWN),
        "memory_bytes": str(psutil.virtual_memory().total),
    }


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", UNKNOWN)
    except OSError:
        return UNKNOWN


def program() -> dict[str, str]:
    """The program's name, version and commit, and what it runs on."""
    return {
        "name": "anef-monitor",
        "version": __version__,
        "commit": commit(),
        "python": platform.python_version(),
        "playwright": metadata.version("playwright"),
    }


def commit() -> str:
    """The commit that runs, with ``-modified`` where files differ from it; ``unknown`` where the
    program came without its history."""
    if COMMIT_FILE.exists():
        return COMMIT_FILE.read_text().strip() or UNKNOWN
    if not (ROOT / ".git").exists():
        return UNKNOWN
    head = _git("rev-parse", "HEAD")
    if head is None:
        return UNKNOWN
    return f"{head}-modified" if _git("status", "--porcelain", "--untracked-files=no") else head


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *arguments],
            capture_output=True,
            text=True,
            timeout=GIT_LIMIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def resolvers(file: Path = RESOLVER_FILE) -> tuple[str, ...]:
    """Addresses of the name servers that this machine asks; empty when they cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    words = [line.split() for line in lines]
    return tuple(line[1] for line in words if len(line) > 1 and line[0] == "nameserver")


def private_values(
    public_address: str | None = None,
    outside: Mapping[socket.AddressFamily, str] = OUTSIDE,
) -> dict[str, str]:
    """What identifies this machine, as (name, text): for commitments, never in the clear.

    The address is the one from which a request to ``outside`` would leave; the one that the site
    sees is known only when the operator has set it.
    """
    found = {"host_name": socket.gethostname()}
    for family, address in outside.items():
        if (own := _leaving_from(family, address)) is not None:
            found[_ADDRESS_NAMES[family]] = own
    return {**found, "public_address": public_address} if public_address else found


def _leaving_from(family: socket.AddressFamily, address: str) -> str | None:
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))  # a datagram socket: nothing is sent
        except OSError:
            return None
        return str(probe.getsockname()[0])


def identifies_us(address: str, own: tuple[str, ...]) -> bool:
    """True for an address that tells where this machine is: one of its own, of its own IPv6
    network, or of a private network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if found.is_loopback:
        return False
    return not found.is_global or any(_same_network(found, one) for one in own)


def _same_network(found: ipaddress.IPv4Address | ipaddress.IPv6Address, own: str) -> bool:
    if found.version == 4:
        return str(found) == own
    try:
        return found in ipaddress.ip_network(f"{own.partition('%')[0]}/48", strict=False)
    except ValueError:
        return False
