"""Figures as they were cited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "citation",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("depth", sa.Text()),
        sa.Column("vantage", sa.Text()),
        sa.Column("category", sa.Text()),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("values", sa.Text(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_citation"),
    )
    op.create_index("ix_citation_as_of", "citation", ["as_of"])
