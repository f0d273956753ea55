"""Where a cited figure was seen from, in the words of the day it was cited.

Earlier citations get the words that stand in the register now: they knew ids only. The table is
made anew, since SQLite cannot add a column that must not be empty.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Take the citations out, make the table with the new column, and put them back."""
    connection = op.get_bind()
    known = {
        row.id: row._asdict()
        for row in connection.execute(
            sa.text("SELECT id, label, operator, asn, country FROM vantage")
        )
    }
    kept = [row._asdict() for row in connection.execute(sa.text("SELECT * FROM citation"))]
    op.drop_index("ix_citation_as_of", "citation")
    op.drop_table("citation")
    table = _make()
    for row in kept:
        places = [known[name] for name in json.loads(row["values"])["vantages"] if name in known]
        row["places"] = json.dumps(places, sort_keys=True, ensure_ascii=False)
    if kept:
        op.bulk_insert(table, kept)


def _make() -> sa.Table:
    table = op.create_table(
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
        sa.Column("places", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_citation"),
    )
    op.create_index("ix_citation_as_of", "citation", ["as_of"])
    return table
