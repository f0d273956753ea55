"""Connections and transactions: all that differs between SQLite and PostgreSQL at run time."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from monitor.errors import ConfigurationError, StoreError

BUSY_TIMEOUT_SECONDS = 30.0
"""How long a writer waits for another one. A transaction of ours takes milliseconds; only a
rebuild or a restore holds the lock for longer."""

CONNECT_TIMEOUT_SECONDS = 10

_RETRY_SECONDS = 0.02

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}

_WRITER_LOCK = 0x414E4546  # "ANEF": one number names our lock among those of the database


def sqlite_url(path: Path) -> str:
    """The address of a database file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def parse_url(address: str) -> URL:
    """The address with its driver. Raises ConfigurationError when it cannot be used."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise ConfigurationError(
            "store.url is not a database address: write sqlite:///path/to/file "
            "or postgresql://user:password@host/name"
        ) from error
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise ConfigurationError(
            f"store.url begins with {url.drivername}: only sqlite and postgresql are supported"
        )
    if driver.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise ConfigurationError("store.url names no file: write sqlite:///path/to/file")
    return url.set(drivername=driver)


def shown(url: URL) -> str:
    """How the database is called in messages: never with its password."""
    if url.get_backend_name() == "sqlite":
        return f"the database {url.database}"
    return f"the database {url.render_as_string(hide_password=True)}"


def database_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def has_no_file(url: URL) -> bool:
    """True for a SQLite database whose file is not there or empty. Raises ConfigurationError."""
    path = database_file(url)
    if path is None:
        return False
    try:
        return path.stat().st_size == 0
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        raise ConfigurationError(f"cannot look at the database {path}: {error.strerror}") from error


def open_engine(url: URL) -> Engine:
    """An engine with the settings that our promises rest on. Who opens it, disposes of it."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
        pool_pre_ping=True,  # a server that was restarted costs no observation
    )


@contextmanager
def engine_for(url: URL) -> Iterator[Engine]:
    """``open_engine`` for a piece of work that ends."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def open_readonly_engine(url: URL) -> Engine:
    """An engine that cannot change a byte of a SQLite file, not even its journal mode."""
    if url.get_backend_name() != "sqlite":
        return open_engine(url)
    path = Path(url.database or "").absolute().as_uri()
    return create_engine(
        url.set(database=path, query={"mode": "ro", "uri": "true"}), poolclass=NullPool
    )


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:  # noqa: ANN401
    # SQLAlchemy sends BEGIN itself (below): Python's own way begins too late.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    _use_write_ahead_log(cursor)  # readers never wait for the writer
    # FULL: a commit that returned survives a power cut. NORMAL would never corrupt the file but
    # may forget the last commits, and a slot that was reported, exported or put into a published
    # checkpoint must not vanish and come back as "missed". One more fsync for each observation,
    # a few milliseconds against the seconds that a probe takes.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _use_write_ahead_log(cursor: sqlite3.Cursor) -> None:
    # The one statement for which SQLite does not wait: two processes that make the same file.
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer half-way fails at once when another one
    # wrote in between, whatever the timeout; an immediate one waits its turn at the start.
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, alone among writers from its first statement: all of it or nothing.

    Raises StoreError, in one sentence, for whatever the database complains about.
    """
    with faults(engine.url), engine.execution_options(sqlite_begin="IMMEDIATE").begin() as opened:
        if opened.dialect.name == "postgresql":
            opened.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
        yield opened


@contextmanager
def reading(engine: Engine, *, snapshot: bool = False) -> Iterator[Connection]:
    """A connection to read from; with ``snapshot`` every statement sees the same moment.

    SQLite always gives a snapshot. Raises StoreError.
    """
    with faults(engine.url), engine.connect() as connection:
        if snapshot and connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def faults(url: URL) -> Iterator[None]:
    """Turn what SQLAlchemy raises into a StoreError of one sentence."""
    try:
        yield
    except UnicodeEncodeError as error:  # half a surrogate pair, outside the columns of JSON
        raise StoreError(f"{shown(url)} cannot keep a text that is not valid Unicode") from error
    except SQLAlchemyError as error:
        raise StoreError(f"{shown(url)} cannot be used: {_reason(error)}") from error


def _reason(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(cause).__name__


def require_writable(url: URL) -> None:
    """Make the folder of a SQLite file, and see that file and folder can be written.

    Raises ConfigurationError.
    """
    path = database_file(url)
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"cannot make the folder {path.parent} for the database: {error.strerror}"
        ) from error
    for place in (path.parent, path):
        if place.exists() and not os.access(
            place, os.W_OK, effective_ids=os.access in os.supports_effective_ids
        ):
            raise ConfigurationError(f"cannot write to {place}: the database needs it writable")
