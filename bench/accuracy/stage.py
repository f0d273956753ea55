"""The stage of one rehearsal: the stand-in, nginx before it, the network, and the monitor."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx

from bench.accuracy.front import Front
from bench.accuracy.own import OWN
from bench.accuracy.pki import Papers
from bench.accuracy.place import PORTAL_NAME, FrontedStandIn, Place
from bench.accuracy.program import Program
from bench.accuracy.services import Hours, Names
from bench.accuracy.wire import Wire

Lift = Callable[[], None]


class Stage:
    """Everything of one rehearsal, ready to be played on. ``open`` makes it."""

    def __init__(
        self,
        *,
        standin: FrontedStandIn,
        front: Front,
        program: Program,
        place: Place,
        papers: Papers | None,
        wire: Wire | None,
        names: Names | None,
        hours: Hours | None,
    ) -> None:
        self.standin = standin
        self.front = front
        self.program = program
        self.place = place
        self.papers = papers
        self.wire = wire
        self.names = names
        self.hours = hours

    def apply(self, fault: str) -> Lift:
        """Set a fault (``area:name``) and return what lifts it. Raises KeyError, ValueError."""
        area, _, name = fault.partition(":")
        return self._areas[area](name)

    @property
    def _areas(self) -> dict[str, Callable[[str], Lift]]:
        return {
            "site": self._site,
            "edge": self._edge,
            "tls": self._tls,
            "net": lambda name: NET[name](self),
            "own": lambda name: OWN[name](self.program),
        }

    def _site(self, name: str) -> Lift:
        self.standin.set_fault(name)

        def lift() -> None:
            self.standin.set_fault("none")

        return lift

    def _edge(self, name: str) -> Lift:
        if name == "refused":
            self.front.stop()
            return self.front.start
        if name == "silent":
            return self._stall()
        self.front.set(name)
        return lambda: self.front.lift(name)

    def _stall(self) -> Lift:
        """nginx gives its places to listeners that never answer."""
        self.front.stop()
        taken = [_listening(one.address, one.port) for one in self.front.plan.listeners]

        def lift() -> None:
            for one in taken:
                one.close()
            self.front.start()

        return lift

    def _tls(self, name: str) -> Lift:
        papers = self.papers
        if papers is None:
            raise ValueError("this scenario has no TLS")
        papers.present(name, self.front.paper)
        return lambda: papers.present("good", self.front.paper)

    def witness(self) -> int:
        """What the portal answers to a visitor from another address; 0 for no answer."""
        url = f"{self.place.scheme}://{self.place.portal_address}:{self.place.ports[0]}/usagers/"
        transport = httpx.HTTPTransport(local_address=self.place.witness, verify=False)
        try:
            with httpx.Client(transport=transport, timeout=2, trust_env=False) as client:
                return client.get(url).status_code
        except httpx.HTTPError:
            return 0


def _listening(address: str, port: int) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((address, port))
    one.listen(64)
    return one


def _wire(stage: Stage) -> Wire:
    if stage.wire is None:
        raise ValueError("this scenario has no network of its own")
    return stage.wire


def _site_addresses(stage: Stage) -> set[str]:
    return {stage.place.portal_address, stage.place.sso_address}


def _silent(stage: Stage) -> Lift:
    """Packets between the monitor and the site are lost; all others arrive."""
    weather = _wire(stage).weather
    weather.silent = _site_addresses(stage)
    return lambda: weather.silent.clear()


def _loss(part: float, *, site_only: bool) -> Callable[[Stage], Lift]:
    def lose(stage: Stage) -> Lift:
        weather = _wire(stage).weather
        if site_only:
            weather.lossy = dict.fromkeys(_site_addresses(stage), part)
        else:
            weather.loss = part

        def lift() -> None:
            weather.loss = 0.0
            weather.lossy = {}

        return lift

    return lose


def _delay(seconds: float) -> Callable[[Stage], Lift]:
    def slow(stage: Stage) -> Lift:
        weather = _wire(stage).weather
        weather.delay_seconds = seconds

        def lift() -> None:
            weather.delay_seconds = 0.0

        return lift

    return slow


def _names(mode: str) -> Callable[[Stage], Lift]:
    def confuse(stage: Stage) -> Lift:
        names = stage.names
        if names is None:
            raise ValueError("this scenario has no resolver of its own")
        names.mode = mode

        def lift() -> None:
            names.mode = "right"

        return lift

    return confuse


def _unplug(stage: Stage) -> Lift:
    _wire(stage).unplug()
    return _wire(stage).plug_in


def _unroute(stage: Stage) -> Lift:
    _wire(stage).unroute()
    return _wire(stage).route


NET: dict[str, Callable[[Stage], Lift]] = {
    "unplugged": _unplug,
    "no_route": _unroute,
    "no_resolver": _names("dead"),
    "captive_portal": _names("captive"),
    "site_name_gone": _names(f"gone:{PORTAL_NAME}"),
    "site_silent": _silent,
    "loss_10": _loss(0.10, site_only=False),
    "loss_40": _loss(0.40, site_only=False),
    "loss_90": _loss(0.90, site_only=False),
    "loss_100": _loss(1.0, site_only=False),
    "site_loss_90": _loss(0.90, site_only=True),
    "delay_700ms": _delay(0.35),
}
"""Faults of the network between the monitor and everything else."""
