"""The ledger of slots, what each run saw, and the incidents folded from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
"""Microseconds since 1970 where there is no type for moments."""


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "artifact",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_artifact"),
    )
    op.create_table(
        "vantage",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("asn", sa.BigInteger()),
        sa.Column("country", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vantage"),
    )
    op.create_table(
        "fold_state",
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("vantage", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["vantage"], ["vantage.id"], name="fk_fold_state_vantage_vantage"),
        sa.PrimaryKeyConstraint("component", "vantage", name="pk_fold_state"),
    )
    op.create_table(
        "slot",
        sa.Column("sequence", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("vantage", sa.Text(), nullable=False),
        sa.Column("scheduled_at", INSTANT, nullable=False),
        sa.Column("interval_seconds", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("depth", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("via", sa.Text()),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("first_finished_at", INSTANT),
        sa.Column("last_started_at", INSTANT),
        sa.Column("duration_seconds", sa.Double()),
        sa.Column("category", sa.Text()),
        sa.Column("retry_after_seconds", sa.Double()),
        sa.ForeignKeyConstraint(["vantage"], ["vantage.id"], name="fk_slot_vantage_vantage"),
        sa.PrimaryKeyConstraint("sequence", name="pk_slot"),
        sa.UniqueConstraint(
            "component", "vantage", "scheduled_at", name="uq_slot_component_vantage_scheduled_at"
        ),
    )
    op.create_index("ix_slot_scheduled_at", "slot", ["scheduled_at"])
    op.create_index("ix_slot_started_at", "slot", ["started_at"])
    op.create_table(
        "incident",
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("vantage", sa.Text(), nullable=False),
        sa.Column("opened_sequence", SEQUENCE, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("closed_sequence", SEQUENCE),
        sa.Column("started_after", INSTANT),
        sa.Column("started_before", INSTANT, nullable=False),
        sa.Column("ended_after", INSTANT),
        sa.Column("ended_before", INSTANT),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("via", sa.Text()),
        sa.Column("failing_slots", sa.Integer(), nullable=False),
        sa.Column("first_failing_sequence", SEQUENCE, nullable=False),
        sa.Column("last_failing_sequence", SEQUENCE, nullable=False),
        sa.Column("holes", sa.Text(), nullable=False),
        sa.Column("respites", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_sequence"], ["slot.sequence"], name="fk_incident_closed_sequence_slot"
        ),
        sa.ForeignKeyConstraint(
            ["opened_sequence"], ["slot.sequence"], name="fk_incident_opened_sequence_slot"
        ),
        sa.ForeignKeyConstraint(["vantage"], ["vantage.id"], name="fk_incident_vantage_vantage"),
        sa.PrimaryKeyConstraint("component", "vantage", "opened_sequence", name="pk_incident"),
    )
    op.create_index("ix_incident_started_before", "incident", ["started_before"])
    op.create_table(
        "observation",
        sa.Column("sequence", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("queued_seconds", sa.Double(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("failed_step", sa.Text()),
        sa.Column("message_fr", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("control_reachable", sa.Integer(), nullable=False),
        sa.Column("control_tried", sa.Integer(), nullable=False),
        sa.Column("blocked_requests", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"], ["slot.sequence"], name="fk_observation_sequence_slot"
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_observation"),
    )
    op.create_table(
        "attempt",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        sa.Column("duration_seconds", sa.Double(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("failed_step", sa.Text()),
        sa.Column("via", sa.Text()),
        sa.Column("message_fr", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.Column("manifest_sha256", sa.Text()),
        sa.ForeignKeyConstraint(
            ["manifest_sha256"], ["artifact.sha256"], name="fk_attempt_manifest_sha256_artifact"
        ),
        sa.ForeignKeyConstraint(
            ["sequence"], ["observation.sequence"], name="fk_attempt_sequence_observation"
        ),
        sa.PrimaryKeyConstraint("sequence", "number", name="pk_attempt"),
    )
    op.create_table(
        "step",
        sa.Column("sequence", SEQUENCE, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("duration_seconds", sa.Double(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("screenshot_sha256", sa.Text()),
        sa.Column("via", sa.Text()),
        sa.ForeignKeyConstraint(
            ["screenshot_sha256"], ["artifact.sha256"], name="fk_step_screenshot_sha256_artifact"
        ),
        sa.ForeignKeyConstraint(
            ["sequence", "attempt"],
            ["attempt.sequence", "attempt.number"],
            name="fk_step_sequence_attempt_attempt",
        ),
        sa.PrimaryKeyConstraint("sequence", "attempt", "number", name="pk_step"),
        sqlite_with_rowid=False,
    )
