"""A process that kills itself at a chosen moment, as a power cut would."""

from __future__ import annotations

import os
import signal

from sqlalchemy import Engine, event


def kill_before(statement: int) -> None:
    """Be killed just before the n-th statement of any database from now on."""
    seen = 0

    def count(*_arguments: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            kill()

    event.listen(Engine, "before_cursor_execute", count)


def kill() -> None:
    """Be killed at once."""
    os.kill(os.getpid(), signal.SIGKILL)
