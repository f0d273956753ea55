"""What readers ask of the store. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select

from monitor.core.model import Incident, Observation, Outcome, SlotRecord, Vantage
from monitor.store import rows
from monitor.store.engine import reading
from monitor.store.schema import (
    artifact,
    attempt,
    fold_state,
    incident,
    observation,
    public_statement,
    reclassification,
    review,
    slot,
    step,
    vantage,
)
from monitor.store.state_reader import Place

_BATCH = 2000

_LOCAL_PAGES = tuple(
    f"{scheme}://{host}"
    for scheme in ("http", "https")
    for host in ("127.", "localhost:", "localhost/", "[::1]")
)

_THIN = select(*rows.SLOT_COLUMNS)


class StoreReader:
    """The reading half of the store; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Read through an engine that someone else closes."""
        self._engine = engine

    def vantages(self) -> dict[str, Vantage]:
        """Every registered vantage, by id."""
        with reading(self._engine) as connection:
            found = connection.execute(select(vantage).order_by(vantage.c.id)).all()
        return {row.id: rows.vantage(row) for row in found}

    def slots(
        self,
        *,
        component: str | None = None,
        vantage: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_sequence: int = 0,
    ) -> Iterator[SlotRecord]:
        """Slots scheduled in [since, until), in the order of their sequence.

        They are read as they are asked for: millions take no memory. The connection is held until
        the iterator is used up or closed.
        """
        wanted = [slot.c.sequence > after_sequence]
        wanted += [slot.c.component == component] if component is not None else []
        wanted += [slot.c.vantage == vantage] if vantage is not None else []
        wanted += [slot.c.scheduled_at >= since] if since is not None else []
        wanted += [slot.c.scheduled_at < until] if until is not None else []
        query = _THIN.where(and_(*wanted)).order_by(slot.c.sequence)
        streamed = query.execution_options(yield_per=_BATCH)
        with reading(self._engine) as connection, connection.execute(streamed) as found:
            yield from map(rows.slot_record, found)

    def place(self) -> Place:
        """How far the ledger has come."""
        numbers = (
            slot.c.sequence,
            review.c.number,
            reclassification.c.number,
            public_statement.c.number,
        )
        last = (select(func.coalesce(func.max(one), 0)).scalar_subquery() for one in numbers)
        with reading(self._engine) as connection:
            return Place(*connection.execute(select(*last)).one())

    def recent_slots(
        self,
        component: str,
        vantage: str,
        limit: int,
        *,
        before: datetime | None = None,
        outcomes: Collection[Outcome] | None = None,
    ) -> tuple[SlotRecord, ...]:
        """The latest scheduled slots, newest first; with ``before`` those scheduled earlier, with
        ``outcomes`` those that ended so."""
        query = _THIN.where(*_of(component, vantage))
        if outcomes is not None:
            query = query.where(slot.c.outcome.in_([one.value for one in outcomes]))
        if before is not None:
            query = query.where(slot.c.scheduled_at < before)
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(slot.c.scheduled_at.desc()).limit(limit))
            return tuple(map(rows.slot_record, found))

    def last_slot(
        self, component: str, vantage: str, *, before: datetime | None = None
    ) -> SlotRecord | None:
        """The slot scheduled last; None when there is none."""
        return next(iter(self.recent_slots(component, vantage, 1, before=before)), None)

    def slot_counts(
        self, component: str, *, since: datetime, until: datetime
    ) -> Mapping[tuple[Outcome, str], int]:
        """How many slots scheduled in [since, until) ended with each outcome by each rule."""
        query = (
            select(slot.c.outcome, slot.c.rule, func.count())
            .where(slot.c.component == component)
            .where(slot.c.scheduled_at >= since, slot.c.scheduled_at < until)
            .group_by(slot.c.outcome, slot.c.rule)
        )
        with reading(self._engine) as connection:
            return {(Outcome(o), rule): many for o, rule, many in connection.execute(query)}

    def first_slot(self, component: str, vantage: str) -> SlotRecord | None:
        """The slot scheduled first; None when there is none."""
        query = _THIN.where(*_of(component, vantage)).order_by(slot.c.scheduled_at).limit(1)
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return rows.slot_record(found) if found else None

    def latest(self) -> dict[tuple[str, str], SlotRecord]:
        """The slot scheduled last of every (component, vantage) that has one."""
        newest = (
            select(slot.c.sequence)
            .where(slot.c.component == fold_state.c.component)
            .where(slot.c.vantage == fold_state.c.vantage)
            .order_by(slot.c.scheduled_at.desc())
            .limit(1)
            .correlate(fold_state)
            .scalar_subquery()
        )
        # fold_state has one row for each pair: no need to look through every slot for them.
        query = _THIN.join(fold_state, slot.c.sequence == newest)
        with reading(self._engine) as connection:
            records = [rows.slot_record(row) for row in connection.execute(query)]
        return {(one.slot.component, one.slot.vantage): one for one in records}

    def slot(self, sequence: int) -> SlotRecord | None:
        """The slot with this sequence; None when there is none."""
        with reading(self._engine) as connection:
            found = connection.execute(_THIN.where(slot.c.sequence == sequence)).first()
        return rows.slot_record(found) if found else None

    def observation(self, sequence: int) -> Observation | None:
        """What the run of this slot saw; None when nothing ran or there is no such slot."""
        details = select(observation).where(observation.c.sequence == sequence)
        attempts = (
            select(attempt, artifact.c.media_type, artifact.c.size)
            .outerjoin(artifact, attempt.c.manifest_sha256 == artifact.c.sha256)
            .where(attempt.c.sequence == sequence)
            .order_by(attempt.c.number)
        )
        steps = (
            select(step, artifact.c.media_type, artifact.c.size)
            .outerjoin(artifact, step.c.screenshot_sha256 == artifact.c.sha256)
            .where(step.c.sequence == sequence)
            .order_by(step.c.attempt, step.c.number)
        )
        with reading(self._engine) as connection:
            row = connection.execute(details).first()
            if row is None:
                return None
            thin = connection.execute(_THIN.where(slot.c.sequence == sequence)).one()
            return rows.observation(
                rows.slot_record(thin),
                row,
                connection.execute(attempts).all(),
                connection.execute(steps).all(),
            )

    def manifests_named(self, prefix: str) -> tuple[tuple[int, int, str], ...]:
        """(sequence, attempt, SHA-256) of the manifests whose hash begins so, two at most."""
        query = (
            select(attempt.c.sequence, attempt.c.number, attempt.c.manifest_sha256)
            .where(attempt.c.manifest_sha256.like(f"{prefix}%"))
            .order_by(attempt.c.sequence, attempt.c.number)
            .limit(2)
        )
        with reading(self._engine) as connection:
            return tuple((row[0], row[1], str(row[2])) for row in connection.execute(query))

    def incidents(
        self,
        *,
        component: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
        before: int | None = None,
        limit: int | None = None,
    ) -> tuple[Incident, ...]:
        """Incidents, the latest opened first; with ``since`` those not over by then, with
        ``before`` those opened by earlier slots."""
        query = select(incident).order_by(incident.c.opened_sequence.desc())
        if component is not None:
            query = query.where(incident.c.component == component)
        if open_only:
            query = query.where(incident.c.closed_sequence.is_(None))
        if since is not None:
            over = incident.c.ended_before
            query = query.where(or_(over.is_(None), over >= since))
        if before is not None:
            query = query.where(incident.c.opened_sequence < before)
        query = query.limit(limit)
        with reading(self._engine) as connection:
            return tuple(rows.incident(row) for row in connection.execute(query))

    def incident(self, opened_sequence: int) -> Incident | None:
        """The incident that this slot opened; None when it opened none."""
        query = select(incident).where(incident.c.opened_sequence == opened_sequence)
        with reading(self._engine) as connection:
            found = connection.execute(query).first()
        return rows.incident(found) if found else None

    def sequence_bounds(
        self, components: Collection[str], since: datetime, until: datetime
    ) -> tuple[int | None, int | None]:
        """The first and the last record of these components scheduled in [since, until)."""
        query = select(func.min(slot.c.sequence), func.max(slot.c.sequence)).where(
            slot.c.component.in_(components),
            slot.c.scheduled_at >= since,
            slot.c.scheduled_at < until,
        )
        with reading(self._engine) as connection:
            first, last = connection.execute(query).one()
        return first, last

    def saw_local_pages(self, first: int, last: int) -> bool:
        """True when a run among these records looked at a page of this very machine: a rehearsal,
        whatever the settings say today."""
        local = or_(*(step.c.url.startswith(page) for page in _LOCAL_PAGES))
        query = select(step.c.sequence).where(step.c.sequence.between(first, last), local)
        with reading(self._engine) as connection:
            return connection.execute(query.limit(1)).first() is not None

    def runs_since(self, moment: datetime) -> int:
        """How many slots really ran, started at this moment or later."""
        query = select(func.count()).where(slot.c.started_at >= moment)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())


def _of(component: str, vantage: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return slot.c.component == component, slot.c.vantage == vantage
