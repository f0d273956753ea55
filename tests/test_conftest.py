"""The guard that keeps tests on this machine."""

from __future__ import annotations

import socket

import pytest

from tests.conftest import OffMachineError


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_off_this_machine_fails(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(OffMachineError):
        sock.connect((host, 80))


def test_a_connection_to_this_machine_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
