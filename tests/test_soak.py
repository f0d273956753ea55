"""The short form of ``python -m bench.soak``: mixed faults leave nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench.ground import standin_process
from bench.processes import MIB, Use, use_by_part
from bench.soak import Soaked, soak

CHECKS = 30
ROOM_BYTES = 200 * MIB
"""More than any cache of one's own, less than a browser that stayed."""
SPARE_RENDERERS = 1
"""Chromium keeps one in hand or not, as it likes; a browser that stayed is at least five more."""

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]


def processes() -> int:
    """Monitor, drivers and browsers of this test process."""
    return sum(use.processes for use in use_by_part().values())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def soaked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[int, Soaked]]:
    """How many processes there were before, and what one round and a half of the faults left."""
    before = processes()
    folder: Path = tmp_path_factory.mktemp("soak")
    with standin_process() as ground:
        yield before, await soak(ground, folder, checks=CHECKS, every=CHECKS)


async def test_no_more_processes_run_than_before(soaked: tuple[int, Soaked]) -> None:
    first, *_, last = soaked[1].readings
    assert last.total.processes <= first.total.processes + SPARE_RENDERERS


async def test_memory_stays_where_it_was(soaked: tuple[int, Soaked]) -> None:
    first, *_, last = soaked[1].readings
    assert last.total.pss_bytes - first.total.pss_bytes < ROOM_BYTES


async def test_files_are_closed(soaked: tuple[int, Soaked]) -> None:
    first, *_, last = soaked[1].readings
    assert last.use["monitor"].open_files <= first.use["monitor"].open_files + 3


async def test_nothing_is_left_when_all_is_closed(soaked: tuple[int, Soaked]) -> None:
    before, done = soaked
    assert done.after_closing.processes == before


async def test_faults_were_met_and_nothing_was_submitted(soaked: tuple[int, Soaked]) -> None:
    done = soaked[1]
    assert {"up", "down", "maintenance", "blocked"} <= set(done.outcomes)
    assert done.browser_starts > 1
    assert done.submissions == 0


async def test_use_adds_up() -> None:
    one = Use(processes=1, rss_bytes=2, pss_bytes=3, open_files=4)
    assert one + one == Use(processes=2, rss_bytes=4, pss_bytes=6, open_files=8)
