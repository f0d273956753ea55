"""The tables. ``migrations/versions`` makes them; a test holds that both say the same.

``slot`` alone answers what folding, figures and the status page ask, without a join: the *thin
line*. The rest of an observation hangs on its sequence. Nothing is ever updated or deleted in
``slot``, ``observation``, ``attempt``, ``step``, ``reclassification`` and ``review``;
``incident`` and ``fold_state`` are derived and can be rebuilt. Outcomes and kinds are short
texts: a new one needs no migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.core.tally import Stretch
from monitor.store.columns import Texts, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints get the same names on both databases, so that migrations can name them."""

metadata = MetaData(naming_convention=NAMING)

Sequence = BigInteger().with_variant(Integer(), "sqlite")
"""INTEGER PRIMARY KEY is SQLite's own row number: no second index for the key."""

vantage = Table(
    "vantage",
    metadata,
    Column("id", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("asn", BigInteger),
    Column("country", Text, nullable=False),
)

slot = Table(
    "slot",
    metadata,
    Column("sequence", Sequence, primary_key=True, autoincrement=False),
    Column("component", Text, nullable=False),
    Column("vantage", Text, ForeignKey("vantage.id"), nullable=False),
    Column("scheduled_at", UtcDateTime, nullable=False),
    Column("interval_seconds", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("depth", Text, nullable=False),
    Column("flags", Texts, nullable=False),
    Column("via", Text),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("first_finished_at", UtcDateTime),
    Column("last_started_at", UtcDateTime),
    Column("duration_seconds", Double),
    Column("category", Text),
    Column("retry_after_seconds", Double),
    UniqueConstraint("component", "vantage", "scheduled_at"),
)
Index(None, slot.c.scheduled_at)  # a month of everything, for exports
Index(None, slot.c.started_at)  # the daily budget

artifact = Table(
    "artifact",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)

observation = Table(
    "observation",
    metadata,
    Column(
        "sequence", Sequence, ForeignKey("slot.sequence"), primary_key=True, autoincrement=False
    ),
    Column("queued_seconds", Double, nullable=False),
    Column("account", Text, nullable=False),
    Column("failed_step", Text),
    Column("message_fr", Text, nullable=False),
    Column("message_en", Text, nullable=False),
    Column("control_reachable", Integer, nullable=False),
    Column("control_tried", Integer, nullable=False),
    Column("blocked_requests", Texts, nullable=False),
    Column("environment", Text, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("sequence", Sequence, ForeignKey("observation.sequence"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("duration_seconds", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("flags", Texts, nullable=False),
    Column("failed_step", Text),
    Column("via", Text),
    Column("message_fr", Text, nullable=False),
    Column("message_en", Text, nullable=False),
    Column("signals", Text, nullable=False),
    Column("manifest_sha256", Text, ForeignKey("artifact.sha256")),
)

step = Table(
    "step",
    metadata,
    Column("sequence", Sequence, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("duration_seconds", Double, nullable=False),
    Column("url", Text),
    Column("http_status", Integer),
    Column("screenshot_sha256", Text, ForeignKey("artifact.sha256")),
    Column("via", Text),
    ForeignKeyConstraint(["sequence", "attempt"], ["attempt.sequence", "attempt.number"]),
    # The largest table, of short rows: they lie in the order of their key, without a second index.
    sqlite_with_rowid=False,
)

incident = Table(
    "incident",
    metadata,
    Column("component", Text, primary_key=True),
    Column("vantage", Text, ForeignKey("vantage.id"), primary_key=True),
    Column("opened_sequence", Sequence, ForeignKey("slot.sequence"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("closed_sequence", Sequence, ForeignKey("slot.sequence")),
    Column("started_after", UtcDateTime),
    Column("started_before", UtcDateTime, nullable=False),
    Column("ended_after", UtcDateTime),
    Column("ended_before", UtcDateTime),
    Column("rule", Text, nullable=False),
    Column("via", Text),
    Column("failing_slots", Integer, nullable=False),
    Column("first_failing_sequence", Sequence, nullable=False),
    Column("last_failing_sequence", Sequence, nullable=False),
    Column("holes", Text, nullable=False),
    Column("respites", Text, nullable=False),
)
Index(None, incident.c.started_before)

fold_state = Table(
    "fold_state",
    metadata,
    Column("component", Text, primary_key=True),
    Column("vantage", Text, ForeignKey("vantage.id"), primary_key=True),
    Column("state", Text, nullable=False),
)

reclassification = Table(
    "reclassification",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("sequence", Sequence, ForeignKey("observation.sequence"), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ruleset", Text, nullable=False),
    Column("flags", Texts, nullable=False),
    Column("via", Text),
    Column("decided_at", UtcDateTime, nullable=False),
)
Index(None, reclassification.c.sequence)

review = Table(
    "review",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("sequence", Sequence, ForeignKey("slot.sequence"), nullable=False),
    Column("decision", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)
Index(None, review.c.sequence)

citation = Table(
    "citation",
    metadata,
    Column("code", Text, primary_key=True),
    Column("component", Text, nullable=False),
    Column("depth", Text),
    Column("vantage", Text),
    Column("category", Text),
    Column("window", Text, nullable=False),
    Column("start", UtcDateTime, nullable=False),
    Column("end", UtcDateTime, nullable=False),
    Column("as_of", UtcDateTime, nullable=False),
    Column("values", Text, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("places", Text, nullable=False),
)
Index(None, citation.c.as_of)

public_statement = Table(
    "public_statement",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("published", Text, nullable=False),
    Column("wrong_since", UtcDateTime),
    Column("source", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)
Index(None, public_statement.c.about)

certificate = Table(
    "certificate",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("serial", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("components", Texts, nullable=False),
    Column("category", Text),
    Column("period_start", UtcDateTime, nullable=False),
    Column("period_end", UtcDateTime, nullable=False),
    Column("first_sequence", Sequence),
    Column("last_sequence", Sequence),
    Column("specimen", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("sha256", Text),
)
"""Issued documents. ``specimen`` is 0 or 1; the hash comes once the PDF is made."""

retired = Table(
    "retired",
    metadata,
    Column(
        "sequence",
        Sequence,
        ForeignKey("observation.sequence"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("rule", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("retired_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
)
"""Runs whose files retention took away: entered before the first file goes, done after the last."""

log_leaf = Table(
    "log_leaf",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", BigInteger),
    Column("data", Text, nullable=False),
    UniqueConstraint("kind", "subject"),
)
"""The transparency log itself: the exact bytes of every leaf, numbered from 0. ``subject`` is the
sequence, or the number, of the row that the leaf speaks of."""

log_tile = Table(
    "log_tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
"""Derived from the leaves up to the last checkpoint; can be rebuilt."""

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("epoch", "size"),
)

stamp = Table(
    "stamp",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("checkpoint", Sequence, ForeignKey("checkpoint.number"), nullable=False),
    Column("authority", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("request", LargeBinary),
    Column("response", LargeBinary),
    Column("asked_at", UtcDateTime),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("problem", Text),
    Column("generated_at", UtcDateTime),
    UniqueConstraint("checkpoint", "authority"),
)
Index(None, stamp.c.state, stamp.c.next_try_at)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Sequence, primary_key=True, autoincrement=False),
    Column("target", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", UtcDateTime),
    Column("done_at", UtcDateTime),
    Column("title", Text),
    Column("body", Text),
    Column("error", Text),
    UniqueConstraint("target", "event"),
)
"""Alerts: written down before they are sent, each once for its target. Unlike the ledger, a row
changes as its message goes out."""
Index(None, outbox.c.state)


def _sums() -> Iterator[Column[Any]]:
    """Of a tally: microseconds, but for the last three numbers; then its marks as JSON."""
    stretches = (f"{name}_{part}" for name in ("gap", "outage") for part in Stretch._fields)
    for name in (*TALLY_SUMS, *stretches):
        yield Column(name, BigInteger, nullable=False)
    yield Column("marks", Text, nullable=False)


TALLY_SUMS = (
    *("up", "degraded", "down", "maintenance", "partial", "isolated"),
    *("observations", "known_observations", "isolated_failures"),
)

rollup_hour = Table(
    "rollup_hour",
    metadata,
    Column("component", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    *_sums(),
    sqlite_with_rowid=False,
)
"""Tallies of whole hours (since 1970). An absent hour: nothing seen, nothing tried. All
``rollup_`` tables are derived and can be emptied: they are made again. Their component is the
name of a book of the ledger (``core.scopes``)."""

rollup_day = Table(
    "rollup_day",
    metadata,
    Column("component", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    *_sums(),
    sqlite_with_rowid=False,
)
"""The same of whole days of Europe/Paris, by their ordinal."""

rollup_incident = Table(
    "rollup_incident",
    metadata,
    Column("component", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("opened_sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("vantage", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("started_before", UtcDateTime, nullable=False),
    Column("ended_before", UtcDateTime),
    Column("data", Text, nullable=False),
)

rollup_mark = Table(
    "rollup_mark",
    metadata,
    Column("component", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("states", Text, nullable=False),
)
"""Where folding stood before each day (since 1970, UTC), so that any day can be summed again."""

rollup_cursor = Table(
    "rollup_cursor",
    metadata,
    Column("component", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("longest_interval_seconds", Double, nullable=False),
    Column("begins", UtcDateTime, nullable=False),
    Column("full_begins", UtcDateTime),
    Column("last_slot_at", UtcDateTime, nullable=False),
    Column("reviews", BigInteger, nullable=False),
    Column("reclassifications", BigInteger, nullable=False),
)
"""How far the sums go: all slots of the component up to ``sequence`` are in them, and what was
decided on them up to these numbers. For the whole path they are whole up to ``last_slot_at``."""

ROLLUPS = (rollup_cursor, rollup_mark, rollup_incident, rollup_hour, rollup_day)
"""Sums: made again from the ledger, so no backup holds them."""
