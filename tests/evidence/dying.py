"""What a process of its own does to a log: be killed in the middle of it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from monitor.evidence import log as log_module
from monitor.store.store import open_store
from tests.evidence.logs import open_log, record
from tests.killing import kill, kill_before


def append_and_die(url: str, folder: str, statement: int) -> None:
    """Record slots and be killed just before the n-th statement of the database."""
    with open_store(url) as store:
        kill_before(statement)
        record(store, 10, 20)
    del folder
    os._exit(7)  # there were fewer statements than that


def sign_and_die(url: str, folder: str, statement: int) -> None:
    """Sign a checkpoint and be killed just before the n-th statement."""
    with open_store(url) as store:
        log = open_log(store, Path(folder), authorities=("a",))
        kill_before(statement)
        log.checkpoint()
    os._exit(7)


def sign_and_die_unpublished(url: str, folder: str, statement: int) -> None:
    """Sign a checkpoint and be killed between the database and the published file."""
    del statement
    vars(log_module)["write_private"] = lambda *_arguments: kill()
    with open_store(url) as store:
        open_log(store, Path(folder), authorities=("a",)).checkpoint()
    os._exit(7)


def stamp_and_die(url: str, folder: str, statement: int) -> None:
    """Keep a stamp that came and be killed just before the n-th statement."""
    del folder
    with open_store(url) as store:
        [(one, made), *_] = store.due_stamps(datetime(2100, 1, 1, tzinfo=UTC))
        kill_before(statement)
        store.keep_stamp(
            one.number, request=b"q", response=b"r", generated_at=made.made_at, now=made.made_at
        )
    os._exit(7)
