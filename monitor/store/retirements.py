"""Which runs lost their files to retention, and the questions that this takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, Select, and_, func, insert, select, update

from monitor.core.issued import Issued
from monitor.core.model import SlotRecord
from monitor.core.retention import Retirement, Rule
from monitor.store import rows
from monitor.store.engine import reading, writing
from monitor.store.schema import attempt, certificate, observation, retired, slot

_BATCH = 2000


class Retirements:
    """The part of the store that remembers what retention took."""

    _engine: Engine

    def retirement(self, sequence: int) -> Retirement | None:
        """What retention did to the files of this run; None when they are kept."""
        query = select(retired).where(retired.c.sequence == sequence)
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return _retirement(found) if found else None

    def unfinished_retirements(self) -> tuple[Retirement, ...]:
        """Those that were begun and whose files may still be there: the program was stopped."""
        query = select(retired).where(retired.c.done_at.is_(None)).order_by(retired.c.sequence)
        with reading(self._engine) as connection:
            return tuple(_retirement(row) for row in connection.execute(query))

    def runs_with_files(self, *, before: datetime) -> Iterator[SlotRecord]:
        """Runs started before this moment that retention has not touched, in their order."""
        query = (
            select(*rows.SLOT_COLUMNS)
            .join(observation, observation.c.sequence == slot.c.sequence)
            .outerjoin(retired, retired.c.sequence == slot.c.sequence)
            .where(slot.c.started_at < before, retired.c.sequence.is_(None))
            .order_by(slot.c.sequence)
        )
        streamed = query.execution_options(yield_per=_BATCH)
        with reading(self._engine) as connection, connection.execute(streamed) as found:
            yield from map(rows.slot_record, found)

    def first_and_last_runs(self) -> frozenset[int]:
        """Sequences of the first and the last run of every (component, vantage)."""
        query = (
            select(func.min(slot.c.sequence), func.max(slot.c.sequence))
            .where(slot.c.started_at.is_not(None))
            .group_by(slot.c.component, slot.c.vantage)
        )
        with reading(self._engine) as connection:
            return frozenset(one for pair in connection.execute(query) for one in pair)

    def issued_documents(self) -> tuple[Issued, ...]:
        """Every document that was issued, in the order of its number."""
        query = select(certificate).order_by(certificate.c.number)
        with reading(self._engine) as connection:
            return tuple(rows.issued(row) for row in connection.execute(query))

    def newest_run(self) -> tuple[int, datetime] | None:
        """Sequence and start of the run recorded last; None when nothing ever ran."""
        query = (
            select(slot.c.sequence, slot.c.started_at)
            .where(slot.c.started_at.is_not(None))
            .order_by(slot.c.sequence.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return (found[0], found[1]) if found else None

    def manifests(self) -> Iterator[tuple[int, str]]:
        """(sequence, SHA-256) of every manifest whose run still has its files, or loses them just
        now."""
        with reading(self._engine) as connection:
            query = _manifests().execution_options(yield_per=_BATCH)
            with connection.execute(query) as found:
                yield from ((row[0], row[1]) for row in found)

    def begin_retirement(
        self, runs: Mapping[int, Rule], days: Callable[[Rule], int], now: datetime
    ) -> None:
        """Enter runs whose files will go. From here on a missing file is explained."""
        lines = [
            {"sequence": sequence, "rule": rule.value, "days": days(rule), "retired_at": now}
            for sequence, rule in runs.items()
        ]
        with writing(self._engine) as connection:
            for start in range(0, len(lines), _BATCH):
                connection.execute(insert(retired), lines[start : start + _BATCH])

    def finish_retirement(
        self,
        sequences: Iterable[int],
        *,
        after_sequence: int,
        drop: Callable[[tuple[str, ...]], None],
        now: datetime,
    ) -> None:
        """Let ``drop`` delete the files of these runs while nobody can record another run.

        It is given the manifests of the runs recorded after ``after_sequence``, whose files must
        stay. When it raises, the runs are left as they were, for the next time.
        """
        with writing(self._engine) as connection:
            drop(_later(connection, after_sequence))
            for sequence in sequences:
                connection.execute(
                    update(retired).where(retired.c.sequence == sequence).values(done_at=now)
                )


def _manifests() -> Select[int, str]:
    return (
        select(attempt.c.sequence, attempt.c.manifest_sha256)
        .outerjoin(
            retired,
            and_(retired.c.sequence == attempt.c.sequence, retired.c.done_at.is_not(None)),
        )
        .where(attempt.c.manifest_sha256.is_not(None), retired.c.sequence.is_(None))
        .order_by(attempt.c.sequence, attempt.c.number)
    )


def _later(connection: Connection, after_sequence: int) -> tuple[str, ...]:
    query = _manifests().where(attempt.c.sequence > after_sequence)
    return tuple(row[1] for row in connection.execute(query))


def _retirement(row: rows.AnyRow) -> Retirement:
    return Retirement(**{**row._asdict(), "rule": Rule(row.rule)})
