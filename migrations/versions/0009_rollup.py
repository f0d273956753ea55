"""Sums of figures by hour, with all that it takes to make them again from any day on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")

_SUMS = (
    *("up", "degraded", "down", "maintenance", "partial", "isolated"),
    *("gap_first", "gap_last", "gap_longest"),
    *("outage_first", "outage_last", "outage_longest"),
    *("observations", "known_observations", "isolated_failures"),
)


def upgrade() -> None:
    """Make the tables; the first figure asked for fills them."""
    op.create_table(
        "rollup_hour",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        sa.Column("marks", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("component", "scope", "hour", name="pk_rollup_hour"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_incident",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("opened_sequence", sa.BigInteger, nullable=False),
        sa.Column("vantage", sa.Text, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("started_before", INSTANT, nullable=False),
        sa.Column("ended_before", INSTANT),
        sa.Column("data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("component", "scope", "opened_sequence", name="pk_rollup_incident"),
    )
    op.create_table(
        "rollup_day",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("states", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("component", "day", name="pk_rollup_day"),
    )
    op.create_table(
        "rollup_cursor",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("longest_interval_seconds", sa.Double, nullable=False),
        sa.Column("begins", INSTANT, nullable=False),
        sa.Column("full_begins", INSTANT),
        sa.Column("last_slot_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("component", name="pk_rollup_cursor"),
    )


def downgrade() -> None:
    """Forget the sums."""
    for name in ("rollup_cursor", "rollup_day", "rollup_incident", "rollup_hour"):
        op.drop_table(name)
