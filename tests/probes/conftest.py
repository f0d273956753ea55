"""A stand-in for each module, well before every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from probes.site import Site
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.rehearsal import site_of


@pytest.fixture(scope="module")
def shared_standin() -> Iterator[StandIn]:
    """The rehearsal site in a thread of its own."""
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
def site(standin: StandIn) -> Site:
    """Its site file."""
    return site_of(standin)
