"""What every test shares: a state folder, and no way off this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


class OffMachineError(AssertionError):
    """A test opened a connection to an address that is not on this machine."""


def _check(address: Any) -> None:  # noqa: ANN401  the address of any kind of socket
    if not isinstance(address, tuple):
        return  # a Unix socket
    host = str(address[0])
    try:
        local = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = host in ("localhost", "")
    if not local:
        raise OffMachineError(f"connection to {host}: tests stay on this machine")


def _guarded_connect(self: socket.socket, address: Any) -> None:  # noqa: ANN401
    _check(address)
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:  # noqa: ANN401
    _check(address)
    return _connect_ex(self, address)


@pytest.fixture(autouse=True, scope="session")
def _stay_on_this_machine() -> Iterator[None]:
    """Connections of this process off loopback fail. Other processes are not reached."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guarded_connect)
    patch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
    yield
    patch.undo()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """An empty folder for a database, blobs and the kill switch."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder
