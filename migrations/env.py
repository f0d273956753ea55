"""What Alembic runs for every command: the migrations, on the connection it was given.

The caller (``monitor.store.migrate``) owns the transaction: all migrations or none.
"""

from __future__ import annotations

from alembic import context

from monitor.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
