"""Timeline files: read, refused with one sentence, and played."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from probes.standin.server import StandIn
from probes.standin.timeline import Event, load_timeline, play

GOOD = """
[[event]]
at_seconds = 0
fault = "none"

[[event]]
at_seconds = 0.2
fault = "http_503"
"""

BAD = {
    "not toml": ("[[event", "is not valid TOML"),
    "no event": ("", "event: Field required"),
    "unknown key": ('[[event]]\nat_seconds = 0\nfault = "none"\nuntil = 3', "event.0.until"),
    "no time": ('[[event]]\nfault = "none"', "event.0.at_seconds"),
    "negative": ('[[event]]\nat_seconds = -1\nfault = "none"', "event.0.at_seconds"),
    "unknown fault": ('[[event]]\nat_seconds = 0\nfault = "htp_503"', "did you mean http_503"),
    "back in time": (GOOD + '[[event]]\nat_seconds = 0.1\nfault = "none"', "back in time"),
}


def _write(folder: Path, text: str) -> Path:
    path = folder / "timeline.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_gives_its_events_in_order(tmp_path: Path) -> None:
    events = load_timeline(_write(tmp_path, GOOD))
    assert [(e.at_seconds, e.fault) for e in events] == [(0, "none"), (0.2, "http_503")]


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_its_name_and_the_reason(case: str, tmp_path: Path) -> None:
    text, reason = BAD[case]
    path = _write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_timeline(path)
    assert reason in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read the timeline"):
        load_timeline(tmp_path / "none.toml")


async def test_play_switches_each_fault_at_its_time() -> None:
    loop = asyncio.get_running_loop()
    start, seen = loop.time(), list[tuple[str, float]]()
    events = (
        Event(at_seconds=0, fault="captcha"),
        Event(at_seconds=0.15, fault="none"),
    )
    await play(events, lambda name: seen.append((name, loop.time() - start)))
    assert [name for name, _ in seen] == ["captcha", "none"]
    assert seen[1][1] >= 0.149


async def test_a_stand_in_plays_its_timeline(tmp_path: Path) -> None:
    path = _write(tmp_path, GOOD)
    async with StandIn(portal_port=0, sso_port=0, timeline=path) as standin:
        assert standin.fault.name == "none"
        async with asyncio.timeout(3):
            while standin.fault.name != "http_503":
                await asyncio.sleep(0.01)
    assert [change.fault.name for change in standin.history] == ["none", "none", "http_503"]
