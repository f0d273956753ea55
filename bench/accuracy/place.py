"""Where the rehearsal site is: addresses, ports and names of its two origins, behind nginx."""

from __future__ import annotations

from dataclasses import dataclass

from bench.accuracy.front import unused_ports
from bench.accuracy.scenario import Scenario
from bench.accuracy.wire import Wire
from probes.standin.server import StandIn

PORTAL_NAME, SSO_NAME = "portail.repetition.test", "connexion.repetition.test"


WITNESS = "127.0.0.9"
"""The address of a visitor who is not the monitor, on loopback."""


class FrontedStandIn(StandIn):
    """The stand-in behind another server: its pages name that server's addresses."""

    def __init__(self, portal: str, sso: str) -> None:
        super().__init__(portal_port=0, sso_port=0)
        self._fronted = (portal, sso)

    @property
    def portal_origin(self) -> str:
        """The front's address of the portal."""
        return self._fronted[0]

    @property
    def sso_origin(self) -> str:
        """The front's address of the sign-in server."""
        return self._fronted[1]

    @property
    def ports(self) -> tuple[int, int]:
        """The stand-in's own ports, of the portal and of the sign-in server."""
        return self._ports["portal"], self._ports["sso"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the site is: addresses, ports and names of its two origins."""

    scheme: str
    portal_address: str
    sso_address: str
    portal_name: str
    sso_name: str
    ports: tuple[int, int]
    monitor: str
    witness: str

    @property
    def origins(self) -> dict[str, str]:
        """For the site file."""
        return {
            "portal": f"{self.scheme}://{self.portal_name}:{self.ports[0]}",
            "sso": f"{self.scheme}://{self.sso_name}:{self.ports[1]}",
        }


def place_of(scenario: Scenario, wire: Wire | None) -> Place:
    scheme = "https" if scenario.tls else "http"
    if wire is None:
        portal, sso = unused_ports(2)
        return Place(
            scheme=scheme,
            portal_address="127.0.0.1",
            sso_address="127.0.0.1",
            portal_name="127.0.0.1",
            sso_name="localhost",
            ports=(portal, sso),
            monitor="127.0.0.1",
            witness=WITNESS,
        )
    return Place(
        scheme=scheme,
        portal_address=wire.addresses.portal,
        sso_address=wire.addresses.sso,
        portal_name=PORTAL_NAME,
        sso_name=SSO_NAME,
        ports=(8443, 8444),
        monitor=wire.addresses.monitor,
        witness=wire.addresses.time,
    )
