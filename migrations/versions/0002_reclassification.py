"""Later verdicts of newer rules, kept beside the first ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reclassification",
        sa.Column("number", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("via", sa.Text()),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["observation.sequence"], name="fk_reclassification_sequence_observation"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_reclassification"),
    )
    op.create_index("ix_reclassification_sequence", "reclassification", ["sequence"])
