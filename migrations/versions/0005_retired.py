"""Runs whose files were taken away by the rules of retention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "retired",
        sa.Column("sequence", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("retired_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["sequence"], ["observation.sequence"], name="fk_retired_sequence_observation"
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_retired"),
    )
