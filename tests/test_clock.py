"""The clock's jumps, told from a machine that slept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.clock import ClockWatch


class SetClock:
    """A wall clock that a test can set."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


def test_a_clock_that_runs_is_trusted_and_not_measured() -> None:
    watch = ClockWatch(SetClock())
    assert watch.is_trusted
    assert watch.offset_seconds() is None


def test_a_jump_is_an_offset_the_other_way() -> None:
    clock = SetClock()
    watch = ClockWatch(clock)
    clock.shift = timedelta(hours=1)
    assert not watch.is_trusted
    offset = watch.offset_seconds()
    assert offset is not None
    assert abs(offset + 3600) < 1


def test_a_clock_that_comes_back_is_trusted_again() -> None:
    clock = SetClock()
    watch = ClockWatch(clock)
    clock.shift = timedelta(hours=-1)
    assert not watch.is_trusted
    clock.shift = timedelta()
    assert watch.is_trusted


def test_time_servers_settle_a_jump() -> None:
    clock = SetClock()
    watch = ClockWatch(clock)
    clock.shift = timedelta(hours=1)
    watch.measured(None)
    assert not watch.is_trusted, "no answer settles nothing"
    watch.measured(0.02)
    assert watch.is_trusted
    assert watch.offset_seconds() == 0.02


def test_what_the_servers_said_is_kept_beside_a_later_jump() -> None:
    clock = SetClock()
    watch = ClockWatch(clock)
    watch.measured(0.5)
    clock.shift = timedelta(seconds=40)
    offset = watch.offset_seconds()
    assert offset is not None
    assert abs(offset + 39.5) < 0.5
