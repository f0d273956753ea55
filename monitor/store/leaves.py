"""The leaves of the transparency log: appended with the rows that they speak of, never changed.

A log begins with a leaf that names it. Before that, nothing is appended; what was recorded until
then, or by an older version, gets its leaf when the log begins, in the order of recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import rfc8785
from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.issued import Issued
from monitor.core.leaf import (
    MAX_LEAF_BYTES,
    Leaf,
    certificate_leaf,
    network_of,
    reclassification_leaf,
    review_leaf,
    slot_leaf,
    statement_leaf,
)
from monitor.core.model import Outcome, SlotRecord
from monitor.core.reclassify import Reclassification
from monitor.core.reviewed import Decision, Review
from monitor.errors import StoreError
from monitor.store import rows
from monitor.store.engine import reading, writing
from monitor.store.schema import (
    attempt,
    certificate,
    log_leaf,
    public_statement,
    reclassification,
    review,
    slot,
    vantage,
)

_BATCH = 2000
_VANTAGE = select(vantage).where(vantage.c.id == bindparam("name"))


class Leaves:
    """The part of the store that is the log."""

    _engine: Engine

    def log_size(self) -> int:
        """How many leaves there are."""
        with reading(self._engine) as connection:
            return size_of(connection)

    def begin_log(self, first: Leaf) -> bool:
        """Put the first leaf into an empty log, and then one for every row that is there already.
        Returns False, and does nothing, when the log has begun."""
        with writing(self._engine) as connection:
            if size_of(connection):
                return False
            _insert(connection, 0, "epoch", 1, first)
            catch_up(connection)
        return True

    def append_leaf(self, kind: str, subject: int | None, leaf: Leaf) -> int:
        """Append a leaf, and return its number; one that is there already is not kept twice.

        Raises StoreError when the log has not begun, or says something else of the same subject.
        """
        with writing(self._engine) as connection:
            number = append(connection, kind, subject, leaf)
        if number is None:
            raise StoreError("the log has not begun: nothing can be appended")
        return number

    def leaf_number(self, kind: str, subject: int) -> int | None:
        """Where the leaf about this subject is; None when there is none."""
        with reading(self._engine) as connection:
            found = _of_subject(connection, kind, subject)
        return None if found is None else found[0]

    def leaf_texts(self, first: int, end: int) -> Iterator[str]:
        """The leaves from ``first`` up to ``end``, as their exact text; read as they are asked
        for."""
        query = (
            select(log_leaf.c.data)
            .where(log_leaf.c.number >= first, log_leaf.c.number < end)
            .order_by(log_leaf.c.number)
            .execution_options(yield_per=_BATCH)
        )
        with reading(self._engine) as connection, connection.execute(query) as found:
            yield from found.scalars()

    def last_leaf_of(self, kind: str) -> tuple[int, str] | None:
        """Number and text of the latest leaf of a kind; None when there is none."""
        query = (
            select(log_leaf.c.number, log_leaf.c.data)
            .where(log_leaf.c.kind == kind, log_leaf.c.subject == _last_subject(kind))
            .limit(1)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return None if found is None else (found.number, found.data)


def size_of(connection: Connection) -> int:
    """How many leaves there are: they are numbered from 0 without a gap."""
    last: int | None = connection.execute(select(func.max(log_leaf.c.number))).scalar_one()
    return 0 if last is None else last + 1


def append(connection: Connection, kind: str, subject: int | None, leaf: Leaf) -> int | None:
    """Append a leaf in the caller's transaction. Returns its number, and None when the log has
    not begun. Raises StoreError when the log says something else of the same subject."""
    number = size_of(connection)
    if number == 0:
        return None
    known = None if subject is None else _of_subject(connection, kind, subject)
    if known is None:
        _insert(connection, number, kind, subject, leaf)
        return number
    if known[1] != canonical(leaf):
        raise StoreError(f"the log says something else of {kind} {subject} already")
    return known[0]


def append_slot(connection: Connection, record: SlotRecord, manifests: Iterable[str] = ()) -> None:
    """Append the leaf of a slot that was just entered; its number is new, so its leaf is."""
    number = size_of(connection)
    if number:
        leaf = slot_leaf(record, manifests, _network(connection, record.slot.vantage))
        _insert(connection, number, "slot", record.sequence, leaf)


def append_review(connection: Connection, added: Review) -> None:
    """Append the leaf of a person's decision that was just kept."""
    append(connection, "review", added.number, review_leaf(added))


def append_reclassification(connection: Connection, added: Reclassification) -> None:
    """Append the leaf of a later verdict that was just kept."""
    append(connection, "reclassification", added.number, reclassification_leaf(added))


def append_certificate(connection: Connection, added: Issued) -> None:
    """Append the leaf of a document whose hash was just kept."""
    append(connection, "certificate", added.number, certificate_leaf(added))


def append_statement(connection: Connection, added: PublicStatement) -> None:
    """Append the leaf of a correction or an answer."""
    append(connection, "correction", added.number, statement_leaf(added))


def catch_up(connection: Connection) -> None:
    """Append a leaf for every row that has none: those of an older version of the program."""
    after = connection.execute(select(_last_subject("slot"))).scalar_one() or 0
    query = select(*rows.SLOT_COLUMNS).where(slot.c.sequence > after).order_by(slot.c.sequence)
    for record in map(rows.slot_record, _batches(connection, query)):
        append_slot(connection, record, _manifests(connection, record.sequence))
    for one in _missing(connection, review, "review"):
        append_review(connection, Review(**{**one, "decision": Decision(one["decision"])}))
    for one in _missing(connection, reclassification, "reclassification"):
        kept = Reclassification(**{**one, "outcome": Outcome(one["outcome"])})
        append_reclassification(connection, kept)
    for one in _missing(connection, public_statement, "correction"):
        said = PublicStatement(**{**one, "kind": StatementKind(one["kind"])})
        append_statement(connection, said)
    finished = select(certificate).where(certificate.c.sha256.is_not(None))
    for row in connection.execute(finished.order_by(certificate.c.number)).all():
        append_certificate(connection, rows.issued(row))


def canonical(leaf: Leaf) -> str:
    """The bytes of a leaf, as text. Raises StoreError for what no leaf can hold."""
    try:
        data = rfc8785.dumps(leaf)
    except rfc8785.CanonicalizationError as error:
        raise StoreError(f"a leaf of the log cannot hold this: {error}") from error
    if len(data) > MAX_LEAF_BYTES:
        raise StoreError(f"a leaf of the log has {len(data)} bytes, {MAX_LEAF_BYTES} are possible")
    return data.decode()


def parsed(text: str) -> Mapping[str, Any]:
    """A leaf again."""
    found: dict[str, Any] = json.loads(text)
    return found


def _insert(
    connection: Connection, number: int, kind: str, subject: int | None, leaf: Leaf
) -> None:
    values = {"number": number, "kind": kind, "subject": subject, "data": canonical(leaf)}
    connection.execute(insert(log_leaf), values)


def _of_subject(connection: Connection, kind: str, subject: int) -> tuple[int, str] | None:
    query = select(log_leaf.c.number, log_leaf.c.data).where(
        log_leaf.c.kind == kind, log_leaf.c.subject == subject
    )
    found = connection.execute(query).first()
    return None if found is None else (found.number, found.data)


def _last_subject(kind: str) -> Any:  # noqa: ANN401  a scalar subquery
    return select(func.max(log_leaf.c.subject)).where(log_leaf.c.kind == kind).scalar_subquery()


def _network(connection: Connection, name: str) -> Leaf:
    return network_of(rows.vantage(connection.execute(_VANTAGE, {"name": name}).one()))


def _manifests(connection: Connection, sequence: int) -> tuple[str, ...]:
    query = (
        select(attempt.c.manifest_sha256)
        .where(attempt.c.sequence == sequence, attempt.c.manifest_sha256.is_not(None))
        .order_by(attempt.c.number)
    )
    return tuple(connection.execute(query).scalars())


def _missing(connection: Connection, table: Any, kind: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    after = connection.execute(select(_last_subject(kind))).scalar_one() or 0
    query = select(table).where(table.c.number > after).order_by(table.c.number)
    for row in _batches(connection, query):
        yield row._asdict()


def _batches(connection: Connection, query: Any) -> Iterator[Any]:  # noqa: ANN401
    """Rows of a query while others are written: read whole, a batch at a time."""
    key = query.get_final_froms()[0].primary_key.columns[0]
    after = -1
    while batch := connection.execute(query.where(key > after).limit(_BATCH)).all():
        yield from batch
        after = batch[-1]._mapping[key.name]
        if len(batch) < _BATCH:
            return
