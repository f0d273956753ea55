"""The stage of one rehearsal: the stand-in, nginx before it, the network, and the monitor."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.accuracy.front import Front, FrontPlan, Listener, unused_ports
from bench.accuracy.own import OWN, small_disk
from bench.accuracy.pki import Papers, make_papers
from bench.accuracy.program import Program, Surroundings
from bench.accuracy.scenario import Scenario
from bench.accuracy.services import Hours, Names, datagrams, web
from bench.accuracy.wire import Wire
from probes.standin.run import standin_thread
from probes.standin.server import StandIn

Lift = Callable[[], None]

PORTAL_NAME, SSO_NAME = "portail.repetition.test", "connexion.repetition.test"
REFERENCE_NAMES = tuple(f"reference-{n}.repetition.test" for n in range(1, 5))
TIME_PORT, NAME_PORT = 123, 53
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


def _place(scenario: Scenario, wire: Wire | None) -> Place:
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


@contextlib.contextmanager
def open_stage(scenario: Scenario, seed: int, lane: int, folder: Path) -> Iterator[Stage]:
    """Make the stage in a folder that does not exist yet; the monitor is not started."""
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        wire = _open_wire(scenario, seed, lane, stack)
        place = _place(scenario, wire)
        papers = _papers(scenario, place, folder)
        standin = FrontedStandIn(place.origins["portal"], place.origins["sso"])
        stack.enter_context(standin_thread(standin))
        front = _open_front(scenario, place, standin, papers, folder, stack)
        names, hours, references = _services(scenario, wire, papers, standin, stack)
        around = Surroundings(
            folder=folder,
            origins=place.origins,
            references=references,
            time_servers=(wire.addresses.time, wire.addresses.resolver) if wire else (),
            namespace=wire.namespace if wire else None,
            home=papers.home if papers else None,
            authority=papers.authority if papers and wire else None,
        )
        if any("disk" in fault for phase in scenario.phases for fault in phase.do):
            stack.enter_context(small_disk(folder / "state"))
        yield Stage(
            standin=standin,
            front=front,
            program=Program(scenario, seed, around),
            place=place,
            papers=papers,
            wire=wire,
            names=names,
            hours=hours,
        )


def _open_wire(
    scenario: Scenario, seed: int, lane: int, stack: contextlib.ExitStack
) -> Wire | None:
    if scenario.layer != "netns":
        return None
    wire = Wire(lane, seed)
    stack.callback(wire.close)
    wire.open()
    settings = Path("/etc/netns") / wire.namespace
    settings.mkdir(parents=True)
    stack.callback(_remove_settings, settings)
    (settings / "resolv.conf").write_text(
        f"nameserver {wire.addresses.resolver}\noptions timeout:1 attempts:1\n"
    )
    return wire


def _remove_settings(folder: Path) -> None:
    """What ``ip netns exec`` reads, and the folder above it when nobody else uses it."""
    (folder / "resolv.conf").unlink(missing_ok=True)
    folder.rmdir()
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def _papers(scenario: Scenario, place: Place, folder: Path) -> Papers | None:
    if not scenario.tls and scenario.references == "http":
        return None
    return make_papers(folder / "papers", (place.portal_name, place.sso_name, *REFERENCE_NAMES))


def _open_front(
    scenario: Scenario,
    place: Place,
    standin: FrontedStandIn,
    papers: Papers | None,
    folder: Path,
    stack: contextlib.ExitStack,
) -> Front:
    ports = standin.ports
    front = Front(
        FrontPlan(
            folder=folder / "nginx",
            listeners=(
                Listener(
                    name="portal",
                    address=place.portal_address,
                    port=place.ports[0],
                    backend_port=ports[0],
                ),
                Listener(
                    name="sso",
                    address=place.sso_address,
                    port=place.ports[1],
                    backend_port=ports[1],
                ),
            ),
            monitor=place.monitor,
            tls=scenario.tls,
            patience_seconds=30.0 if scenario.patient_front else 0.9,
        )
    )
    if scenario.tls and papers is not None:
        papers.present("good", front.paper)
    stack.callback(front.stop)
    front.start()
    return front


def _services(
    scenario: Scenario,
    wire: Wire | None,
    papers: Papers | None,
    standin: FrontedStandIn,
    stack: contextlib.ExitStack,
) -> tuple[Names | None, Hours | None, tuple[str, ...]]:
    """Names, time and references. On loopback the references are addresses of the stand-in that
    do not pass through nginx."""
    if wire is None:
        base = f"http://127.0.0.1:{standin.ports[0]}/_standin/reference"
        return None, None, tuple(f"{base}/{number}" for number in range(1, 5))
    where = wire.addresses
    table = {PORTAL_NAME: where.portal, SSO_NAME: where.sso}
    table |= dict(zip(REFERENCE_NAMES, where.references, strict=True))
    names, hours = Names(table, where.captive), Hours()
    stack.enter_context(datagrams(where.resolver, NAME_PORT, names.answer))
    for server in (where.time, where.resolver):
        stack.enter_context(datagrams(server, TIME_PORT, hours.answer))
    port = 443 if scenario.references == "https" else 80
    good = papers.folder / "good.pem" if papers and port == 443 else None
    for address in where.references:
        stack.enter_context(web(address, port, paper=good))
    _captive_portal(where.captive, papers, stack)
    return names, hours, tuple(f"{scenario.references}://{name}/" for name in REFERENCE_NAMES)


def _captive_portal(address: str, papers: Papers | None, stack: contextlib.ExitStack) -> None:
    wrong = papers.folder / "self_signed.pem" if papers else None
    stack.enter_context(web(address, 80, captive=True))
    for port in (443, 8443, 8444):
        stack.enter_context(web(address, port, captive=True, paper=wrong))
