"""Sums are made again: vantages that fail together while one of them reads an announced maintenance
count as maintenance, and where folding stands no longer remembers a failure that is over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_SUMS = ("rollup_cursor", "rollup_mark", "rollup_incident", "rollup_hour", "rollup_day")


def upgrade() -> None:
    """Forget them; they are derived and come back by themselves."""
    for name in _SUMS:
        op.execute(sa.text(f"DELETE FROM {name}"))


def downgrade() -> None:
    """The same: the older program makes its own."""
    upgrade()
