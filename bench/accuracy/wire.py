"""A network cable in software: a namespace for the monitor, and a link that can lose packets.

The monitor's namespace reaches the rest of the machine only through two TUN devices; this
process carries every packet from one to the other, and may drop or delay it. That needs root and
``ip`` (iproute2), and nothing else of the kernel.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import select
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
DEVICE = Path("/dev/net/tun")
LOOK_SECONDS = 0.05
LANES = 15
"""How many cables can lie beside one another."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The addresses of one cable. Documentation ranges: nobody's."""

    monitor: str
    portal: str
    sso: str
    resolver: str
    time: str
    references: tuple[str, ...]
    captive: str

    @property
    def world(self) -> tuple[str, ...]:
        """All but the monitor's own."""
        named = (self.portal, self.sso, self.resolver, self.time, self.captive)
        return (*named, *self.references)


def addresses(lane: int) -> Addresses:
    """The addresses of a lane: lanes share none. ``lane`` is below LANES."""
    base = f"198.51.100.{lane * 16}".rsplit(".", 1)
    ten = [f"{base[0]}.{int(base[1]) + number}" for number in range(1, 11)]
    return Addresses(
        monitor=ten[0],
        portal=ten[1],
        sso=ten[2],
        resolver=ten[3],
        time=ten[4],
        references=tuple(ten[5:9]),
        captive=ten[9],
    )


@dataclass
class Weather:
    """What the cable does to packets. ``silent`` holds addresses whose packets are lost;
    ``loss`` is the part of all packets that is lost at random, ``lossy`` the same for packets of
    one address; ``delay_seconds`` is added to each packet either way."""

    silent: set[str] = field(default_factory=set)
    loss: float = 0.0
    lossy: dict[str, float] = field(default_factory=dict)
    delay_seconds: float = 0.0

    def drops(self, one: str, other: str, dice: random.Random) -> bool:
        """True when a packet between the two addresses is lost."""
        if one in self.silent or other in self.silent:
            return True
        part = max(self.loss, self.lossy.get(one, 0.0), self.lossy.get(other, 0.0))
        return part > 0 and dice.random() < part


class Wire:
    """The cable, from ``open`` to ``close``."""

    def __init__(self, lane: int, seed: int) -> None:
        self.addresses = addresses(lane)
        self.namespace = f"anef-accuracy-{os.getpid()}-{lane}"
        self.weather = Weather()
        self._inside, self._outside = f"anefm{lane}", f"anefw{lane}"
        self._dice = random.Random(seed)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._ends: tuple[int, int] | None = None

    def open(self) -> None:
        """Make the namespace and join it. Raises OSError or CalledProcessError."""
        _ip("netns", "add", self.namespace)
        self._ends = (_tun(self._outside), _tun(self._inside))
        _ip("link", "set", self._inside, "netns", self.namespace)
        for address in self.addresses.world:
            _ip("addr", "add", f"{address}/32", "dev", self._outside)
        _ip("link", "set", self._outside, "up")
        _ip("route", "add", f"{self.addresses.monitor}/32", "dev", self._outside)
        self._inner("addr", "add", f"{self.addresses.monitor}/32", "dev", self._inside)
        self._inner("link", "set", "lo", "up")
        self.plug_in()
        self._thread = threading.Thread(target=self._carry, name="wire", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take all of it away again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("netns", "del", self.namespace)
        for end in self._ends or ():
            os.close(end)

    def plug_in(self) -> None:
        """The link is up and leads everywhere."""
        self._inner("link", "set", self._inside, "up")
        self.route()

    def unplug(self) -> None:
        """The link goes down, as if the cable were pulled."""
        self._inner("link", "set", self._inside, "down")

    def route(self) -> None:
        """The monitor knows a way to everywhere."""
        self._inner("route", "replace", "default", "dev", self._inside)

    def unroute(self) -> None:
        """The link is up and the monitor knows no way."""
        self._inner("route", "del", "default")

    def _inner(self, *arguments: str) -> None:
        _ip("-n", self.namespace, *arguments)

    def _carry(self) -> None:
        assert self._ends is not None
        outside, inside = self._ends
        late: list[tuple[float, int, bytes]] = []
        while not self._stop.is_set():
            wait = min([LOOK_SECONDS, *(max(0.0, due - time.monotonic()) for due, _, _ in late)])
            for end in select.select([outside, inside], [], [], wait)[0]:
                packet = os.read(end, 65535)
                if packet[0] >> 4 != 4 or self.weather.drops(*_pair(packet), self._dice):
                    continue
                other = inside if end == outside else outside
                late.append((time.monotonic() + self.weather.delay_seconds, other, packet))
            late = list(_deliver(late))


def _deliver(late: list[tuple[float, int, bytes]]) -> Iterator[tuple[float, int, bytes]]:
    """Write what is due; give back what is not."""
    now = time.monotonic()
    for due, end, packet in late:
        if due > now:
            yield due, end, packet
            continue
        with contextlib.suppress(OSError):  # the other end is down: the packet is lost
            os.write(end, packet)


def _pair(packet: bytes) -> tuple[str, str]:
    """Source and destination of an IPv4 packet."""
    source, destination = packet[12:16], packet[16:20]
    return ".".join(map(str, source)), ".".join(map(str, destination))


def may_make_namespaces() -> bool:
    """True when this machine lets us make a namespace and a TUN device."""
    if os.geteuid() != 0 or not DEVICE.exists():
        return False
    name = f"anef-try-{os.getpid()}"
    try:
        _ip("netns", "add", name)
        os.close(_tun(f"aneft{os.getpid() % 10000}"))
        _ip("netns", "del", name)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _tun(name: str) -> int:
    end = os.open(DEVICE, os.O_RDWR)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return end


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
