"""Sums of figures by day as well, and apart for slots that were judged again.

All sums are derived: they are thrown away here and made again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_SUMS = (
    *("up", "degraded", "down", "maintenance", "partial", "isolated"),
    *("observations", "known_observations", "isolated_failures"),
    *("gap_first", "gap_last", "gap_longest"),
    *("outage_first", "outage_last", "outage_longest"),
)

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def _forget() -> None:
    for name in ("rollup_incident", "rollup_hour"):
        op.execute(sa.text(f"DELETE FROM {name}"))
    for name in ("rollup_cursor", "rollup_day"):
        op.drop_table(name)


def _make_cursor(*numbers: str) -> None:
    op.create_table(
        "rollup_cursor",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("longest_interval_seconds", sa.Double, nullable=False),
        sa.Column("begins", INSTANT, nullable=False),
        sa.Column("full_begins", INSTANT),
        sa.Column("last_slot_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("component", name="pk_rollup_cursor"),
    )


def _make_marks(name: str) -> None:
    op.create_table(
        name,
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("states", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("component", "day", name=f"pk_{name}"),
    )


def upgrade() -> None:
    """Make the tables; the first figure asked for fills them."""
    _forget()
    _make_marks("rollup_mark")
    op.create_table(
        "rollup_day",
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        sa.Column("marks", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("component", "scope", "day", name="pk_rollup_day"),
        sqlite_with_rowid=False,
    )
    _make_cursor("reviews", "reclassifications")


def downgrade() -> None:
    """Forget the sums by day."""
    _forget()
    op.drop_table("rollup_mark")
    _make_marks("rollup_day")
    _make_cursor()
