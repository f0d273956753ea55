"""What every test shares: a state folder, no way off this machine, a fair share of the work."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from probes.standin.run import standin_thread
from probes.standin.server import StandIn

SPREAD = frozenset({"tests/test_faults.py"})
"""Files of many dear tests that share little."""

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


@pytest.fixture(scope="module")
def shared_standin() -> Iterator[StandIn]:
    """The rehearsal site in a thread of its own, one for each file."""
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as standin:
        yield standin


@pytest.fixture
def standin(shared_standin: StandIn) -> Iterator[StandIn]:
    """The rehearsal site, well and with an empty account."""
    shared_standin.set_fault("none")
    shared_standin.forget()
    yield shared_standin
    shared_standin.set_fault("none")


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """An empty folder for a database, blobs and the kill switch."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no type information
    """A file goes to one worker, so that what its tests share is made once, in the order in which
    files are collected. The tests of ``SPREAD`` go one by one, and last: they even workers out."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in SPREAD else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """How ``-n`` spreads tests. The mark ``xdist_group`` is not used: from pytest 9.2 on xdist 3.8
    does not see it any more."""
    config.option.loadscopereorder = False  # some files leave a browser to those that follow
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``SPREAD`` comes last."""
    items.sort(key=lambda item: item.nodeid.partition("::")[0] in SPREAD)
