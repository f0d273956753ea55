"""What a tree of processes uses: processor time, memory, open files."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

MIB = 1024 * 1024


def tree(pid: int | None = None) -> list[psutil.Process]:
    """A process (this one by default) and all that descend from it."""
    main = psutil.Process(pid)
    return [main, *main.children(recursive=True)]


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Processor time, user and system, of these processes and of those of their children that
    have ended. Chromium's renderers end with every context."""
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a group of processes holds. Memory is the proportional set size: a shared page counts
    once, divided among those who share it."""

    processes: int = 0
    rss_bytes: int = 0
    pss_bytes: int = 0
    open_files: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(
            processes=self.processes + other.processes,
            rss_bytes=self.rss_bytes + other.rss_bytes,
            pss_bytes=self.pss_bytes + other.pss_bytes,
            open_files=self.open_files + other.open_files,
        )


def use_by_part() -> dict[str, Use]:
    """What ``monitor`` (this process), ``driver`` and ``browser`` hold."""
    found = {"monitor": Use(), "driver": Use(), "browser": Use()}
    me = psutil.Process()
    for process in tree():
        with suppress(psutil.NoSuchProcess):
            part = "monitor" if process.pid == me.pid else _part(process)
            if part is not None:
                found[part] += _use(process)
    return found


def _part(process: psutil.Process) -> str | None:
    """Playwright's driver is a node process; None for what is neither it nor a browser."""
    name = process.name()
    if name.startswith("node"):
        return "driver"
    return "browser" if "chrom" in name or "headless" in name else None


def _use(process: psutil.Process) -> Use:
    memory = process.memory_full_info()
    return Use(
        processes=1,
        rss_bytes=memory.rss,
        pss_bytes=memory.pss,
        open_files=process.num_fds(),
    )
