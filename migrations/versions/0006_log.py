"""The transparency log: its leaves, its tiles, signed checkpoints and the stamps over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables. Leaves for what is there already come with the first checkpoint."""
    op.create_table(
        "log_leaf",
        sa.Column("number", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_log_leaf"),
        sa.UniqueConstraint("kind", "subject", name="uq_log_leaf_kind_subject"),
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_log_tile"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("number", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoint"),
        sa.UniqueConstraint("epoch", "size", name="uq_checkpoint_epoch_size"),
    )
    op.create_table(
        "stamp",
        sa.Column("number", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("checkpoint", SEQUENCE, nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("generated_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["checkpoint"], ["checkpoint.number"], name="fk_stamp_checkpoint_checkpoint"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_stamp"),
        sa.UniqueConstraint("checkpoint", "authority", name="uq_stamp_checkpoint_authority"),
    )
    op.create_index("ix_stamp_state_next_try_at", "stamp", ["state", "next_try_at"])
