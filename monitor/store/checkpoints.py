"""Signed checkpoints, and the tiles of the tree that they speak of.

Tiles are grown in the transaction of a checkpoint: after a kill both are there or none, and the
leaves are all that it takes to grow them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select

from monitor.core.checkpoint import PERIODIC, Checkpoint, StampState
from monitor.core.merkle import Node, leaf_hash, root_hash
from monitor.core.tiles import Grower, Tile, TileTree
from monitor.errors import StoreError
from monitor.store import leaves, stamps
from monitor.store.engine import reading, writing
from monitor.store.schema import checkpoint, log_leaf, log_tile, stamp
from monitor.store.upsert import upsert

_BATCH = 4096

Sign = Callable[[int, int, bytes], str]
"""From epoch, size and root to the signed note."""


class Checkpoints:
    """The part of the store that publishes the log."""

    _engine: Engine

    def make_checkpoint(
        self,
        sign: Sign,
        *,
        now: datetime,
        reason: str = PERIODIC,
        authorities: Iterable[str] = (),
        stamp_every: timedelta = timedelta(hours=1),
    ) -> Checkpoint:
        """Sign all that the log holds, and queue the stamps that are due; the last checkpoint
        again when nothing is new. Raises StoreError for a log that has not begun."""
        with writing(self._engine) as connection:
            leaves.catch_up(connection)
            made = _signed(connection, sign, now, reason)
            stamps.queue(connection, made, authorities, reason=reason, every=stamp_every, now=now)
        return made

    def last_checkpoint(self) -> Checkpoint | None:
        """The latest one; None when none was made."""
        with reading(self._engine) as connection:
            return _last(connection)

    def checkpoints(self) -> Iterator[Checkpoint]:
        """Every one in order, read as they are asked for."""
        query = select(checkpoint).order_by(checkpoint.c.number)
        with (
            reading(self._engine) as connection,
            connection.execute(query.execution_options(yield_per=_BATCH)) as found,
        ):
            yield from (Checkpoint(**row._mapping) for row in found)

    def checkpoint_at(self, epoch: int, size: int) -> Checkpoint | None:
        """The one of this epoch and size; None when there is none."""
        query = select(checkpoint).where(checkpoint.c.epoch == epoch, checkpoint.c.size == size)
        return self._checkpoint(query)

    def covering(self, end: int) -> Checkpoint | None:
        """The checkpoint to prove the leaves before ``end`` with: the earliest stamped one that
        covers them, since its time is worth most; else the latest; None when none covers them."""
        covers = select(checkpoint).where(checkpoint.c.size >= end)
        stamped = (
            covers.join(stamp, stamp.c.checkpoint == checkpoint.c.number)
            .where(stamp.c.state == StampState.DONE.value)
            .order_by(checkpoint.c.number)
        )
        latest = covers.order_by(checkpoint.c.number.desc())
        return self._checkpoint(stamped) or self._checkpoint(latest)

    def _checkpoint(self, query: Select[tuple[object, ...]]) -> Checkpoint | None:
        with reading(self._engine) as connection:
            found = connection.execute(query.limit(1)).first()
        return None if found is None else Checkpoint(**found._mapping)

    def tile(self, level: int, number: int) -> bytes:
        """The hashes of a tile; empty when there is none."""
        with reading(self._engine) as connection:
            return _tile(connection, level, number)

    def root_at(self, size: int) -> bytes:
        """The root of the first ``size`` leaves, whether there are tiles for them yet or not.
        Raises StoreError when there are fewer leaves."""
        with reading(self._engine, snapshot=True) as connection:
            if size > leaves.size_of(connection):
                raise StoreError(f"the log has fewer than {size} leaves")
            last = _last(connection)
            node: Node = TileTree(lambda level, number: _tile(connection, level, number)).node
            if last is None or last.size < size:
                node = _grow(connection, last.size if last else 0, size, lambda _tile: None)
            return root_hash(size, node)

    def rebuild_tiles(self) -> int:
        """Make the tiles again from the leaves, up to the last checkpoint. Returns how many
        leaves that were."""
        with writing(self._engine) as connection:
            last = _last(connection)
            size = last.size if last else 0
            connection.execute(delete(log_tile))
            _grow(connection, 0, size, lambda tile: _keep(connection, tile))
        return size


def _signed(connection: Connection, sign: Sign, now: datetime, reason: str) -> Checkpoint:
    size, epoch = leaves.size_of(connection), _epoch(connection)
    last = _last(connection)
    if last is not None and (last.epoch, last.size) == (epoch, size):
        return last
    old = last.size if last else 0
    root = root_hash(size, _grow(connection, old, size, lambda tile: _keep(connection, tile)))
    made = Checkpoint(
        number=last.number + 1 if last else 1,
        epoch=epoch,
        size=size,
        root=root.hex(),
        note=sign(epoch, size, root),
        made_at=now,
        reason=reason,
    )
    connection.execute(insert(checkpoint), vars(made))
    return made


def _epoch(connection: Connection) -> int:
    query = select(func.max(log_leaf.c.subject)).where(log_leaf.c.kind == "epoch")
    found: int | None = connection.execute(query).scalar_one()
    if found is None:
        raise StoreError("the log has not begun: there is nothing to sign")
    return found


def _last(connection: Connection) -> Checkpoint | None:
    query = select(checkpoint).order_by(checkpoint.c.number.desc()).limit(1)
    found = connection.execute(query).first()
    return None if found is None else Checkpoint(**found._mapping)


def _tile(connection: Connection, level: int, number: int) -> bytes:
    query = select(log_tile.c.hashes).where(log_tile.c.level == level, log_tile.c.number == number)
    return connection.execute(query).scalar_one_or_none() or b""


def _grow(connection: Connection, old: int, new: int, keep: Callable[[Tile], None]) -> Node:
    """Go on from the tiles of ``old`` leaves to ``new`` ones; ``keep`` is given every tile that is
    new or larger. Returns what finds the nodes of the grown tree."""

    def read(level: int, number: int) -> bytes:
        return _tile(connection, level, number)

    grower = Grower(old, read)
    full: dict[tuple[int, int], bytes] = {}
    for text in _texts(connection, old, new):
        for tile in grower.append(leaf_hash(text.encode())):
            keep(tile)
            full[tile.level, tile.number] = tile.hashes
    for tile in grower.partial():
        keep(tile)
    return grower.node(TileTree(lambda *place: full.get(place) or read(*place)).node)


def _texts(connection: Connection, first: int, end: int) -> Iterator[str]:
    for start in range(first, end, _BATCH):
        query = (
            select(log_leaf.c.data)
            .where(log_leaf.c.number >= start, log_leaf.c.number < min(start + _BATCH, end))
            .order_by(log_leaf.c.number)
        )
        yield from connection.execute(query).scalars()


def _keep(connection: Connection, tile: Tile) -> None:
    values = {"level": tile.level, "number": tile.number, "hashes": tile.hashes}
    upsert(connection, log_tile, values)
