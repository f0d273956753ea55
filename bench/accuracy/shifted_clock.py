"""``anef-monitor`` with a clock that can jump: ``python -m bench.accuracy.shifted_clock FILE …``.

FILE holds the seconds by which the machine's clock is wrong; without FILE it is right. All that
the program, its scheduler and its NTP client read as the time of day is shifted, as on a machine
whose clock was set; the monotonic clock is not.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.executors.base
import apscheduler.schedulers.base

import monitor.app
from monitor.cli import main


def shift_seconds(file: Path) -> float:
    """0 when the file is not there."""
    try:
        return float(file.read_text())
    except (OSError, ValueError):
        return 0.0


def install(file: Path) -> None:
    """From now on the time of day is shifted by what the file holds."""
    right_time = time.time

    class Shifted(datetime):
        """The class ``datetime`` of a machine whose clock is wrong."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a plain one
            return datetime.now(tz) + timedelta(seconds=shift_seconds(file))

    for module in (monitor.app, apscheduler.schedulers.base, apscheduler.executors.base):
        setattr(module, "datetime", Shifted)  # noqa: B010  the modules' own name
    time.time = lambda: right_time() + shift_seconds(file)


if __name__ == "__main__":
    install(Path(sys.argv.pop(1)))
    main()
