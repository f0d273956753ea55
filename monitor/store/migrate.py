"""Bringing a database to the schema of this program, or seeing that it is there already."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection

import migrations
from monitor.store.engine import (
    engine_for,
    faults,
    has_no_file,
    open_readonly_engine,
    parse_url,
    require_writable,
    shown,
    writing,
)
from monitor.store.errors import NewerDatabase


class SchemaStatus(StrEnum):
    """How a database stands to this program."""

    CURRENT = "current"
    BEHIND = "behind"  # an upgrade is due
    NEWER = "newer"  # a newer version of the program made it
    EMPTY = "empty"  # nothing of ours is in it


def check(url: str) -> SchemaStatus:
    """How the database stands to this program; changes nothing, not even a file.

    Raises ConfigurationError for an address that cannot be used, StoreError for a database that
    cannot be read.
    """
    return check_url(parse_url(url))


def check_url(url: URL) -> SchemaStatus:
    """The same, of a parsed address."""
    if has_no_file(url):
        return SchemaStatus.EMPTY
    engine = open_readonly_engine(url)
    try:
        with faults(url), engine.connect() as connection:
            return status_of(connection)
    finally:
        engine.dispose()


def upgrade(url: str) -> SchemaStatus:
    """Make the database current, in one transaction. Returns how it stood before.

    Raises NewerDatabase (nothing is changed), ConfigurationError, StoreError.
    """
    parsed = parse_url(url)
    before = check_url(parsed)
    if before is SchemaStatus.NEWER:
        raise NewerDatabase(shown(parsed))
    if before is SchemaStatus.CURRENT:
        return before
    require_writable(parsed)
    with engine_for(parsed) as engine, writing(engine) as connection:
        upgrade_connection(connection)
    return before


def upgrade_connection(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to ``revision`` inside the caller's transaction.

    Asks again how the database stands: another process may have been faster.
    """
    if status_of(connection) is SchemaStatus.NEWER:
        raise NewerDatabase(shown(connection.engine.url))
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def status_of(connection: Connection) -> SchemaStatus:
    """How the database behind this connection stands to this program."""
    heads = MigrationContext.configure(connection).get_current_heads()
    if not heads:
        return SchemaStatus.EMPTY
    if any(not is_known(head) for head in heads):
        return SchemaStatus.NEWER
    return SchemaStatus.CURRENT if heads == (head_revision(),) else SchemaStatus.BEHIND


def head_revision() -> str:
    """The name of the newest migration."""
    head = _scripts().get_current_head()
    assert head is not None, "the folder ships with the program"
    return head


def is_known(revision: str) -> bool:
    """True when this program has that migration."""
    return any(script.revision == revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_folder()))


def _folder() -> Path:
    """Beside ``monitor`` in a checkout as in an installed wheel: a package of its own."""
    return Path(migrations.__file__ or "").parent
