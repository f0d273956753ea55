"""Making the stage of a rehearsal, part by part, and ending all of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bench.accuracy.front import Front, FrontPlan, Listener
from bench.accuracy.own import small_disk
from bench.accuracy.pki import Papers, make_papers
from bench.accuracy.place import PORTAL_NAME, SSO_NAME, FrontedStandIn, Place, place_of
from bench.accuracy.program import Program, Surroundings
from bench.accuracy.scenario import Scenario
from bench.accuracy.services import Hours, Names, datagrams, web
from bench.accuracy.stage import Stage
from bench.accuracy.wire import Wire
from probes.standin.run import standin_thread

REFERENCE_NAMES = tuple(f"reference-{n}.repetition.test" for n in range(1, 5))


TIME_PORT, NAME_PORT = 123, 53


@contextlib.contextmanager
def open_stage(scenario: Scenario, seed: int, lane: int, folder: Path) -> Iterator[Stage]:
    """Make the stage in a folder that does not exist yet; the monitor is not started."""
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        wire = _open_wire(scenario, seed, lane, stack)
        place = place_of(scenario, wire)
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
