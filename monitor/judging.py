"""What the commands ``reclassify`` and ``review`` do, apart from how they are typed and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from monitor.app import require_folder
from monitor.core.model import Observation, SlotRecord
from monitor.core.reclassify import Change, changed, with_reclassifications
from monitor.core.reviewed import Decision, Review, Waiting, refusal, waiting, with_reviews
from monitor.core.rules import RULESET
from monitor.core.statistics import Figure, figure
from monitor.core.timeline import slot_time
from monitor.errors import ConfigurationError
from monitor.store.blobs import BlobStore
from monitor.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Reclassified:
    """What running the rules again would change. ``kept`` is how many later verdicts were added;
    None when none were asked to be."""

    ruleset: str
    judged: int
    changes: tuple[Change, ...]
    kept: int | None


@dataclass(frozen=True, kw_only=True)
class TwoFigures:
    """The figure as it was first said, and the second one beside it. ``judged_again`` are the
    slots of the window that count otherwise in the second."""

    component: str
    first: Figure
    second: Figure
    judged_again: tuple[SlotRecord, ...]


def reclassify(store: Store, *, since: datetime | None, apply: bool, now: datetime) -> Reclassified:
    """Run the rules of today over what is stored; with ``apply`` keep the later verdicts."""
    earlier = {one.sequence: one for one in store.reclassifications()}
    judged, changes = 0, []
    for record, attempts in store.judged(since=since):
        judged += 1
        later = earlier.get(record.sequence)
        (standing,) = with_reclassifications([record], [later] if later else [])
        if (change := changed(standing, attempts)) is not None:
            changes.append(change)
    kept = store.add_reclassifications(changes, now=now) if apply else None
    return Reclassified(ruleset=RULESET, judged=judged, changes=tuple(changes), kept=kept)


def list_waiting(store: Store, *, since: datetime | None) -> tuple[Waiting, ...]:
    """What waits for a person's decision, the oldest first."""
    return waiting(store.slots(since=since), store.reviews())


def decide(
    store: Store,
    sequence: int,
    *,
    through: int | None,
    decision: Decision,
    by: str,
    note: str,
    now: datetime,
) -> tuple[Review, ...]:
    """Append a decision on a slot; with ``through`` on all of its row up to that slot.

    A row is what ``list_waiting`` shows as one: same component, vantage, outcome and rule, with
    nothing else in between. Raises ConfigurationError when the decision cannot be taken.
    """
    by, note = by.strip(), note.strip()
    if not (by and note):
        raise ConfigurationError("a decision needs a name (--by) and a note (--note)")
    records = _row(store, sequence, through)
    for record in records:
        if (why := refusal(record, decision)) is not None:
            raise ConfigurationError(why)
    sequences = [record.sequence for record in records]
    return store.add_reviews(sequences, decision=decision, by=by, note=note, now=now)


def _row(store: Store, sequence: int, through: int | None) -> tuple[SlotRecord, ...]:
    first = store.slot(sequence)
    if first is None:
        raise ConfigurationError(f"there is no slot {sequence}")
    if through is None or through == sequence:
        return (first,)
    component, vantage = first.slot.component, first.slot.vantage
    following = store.slots(component=component, vantage=vantage, after_sequence=sequence - 1)
    wanted = [one for one in following if one.sequence <= through and one.started_at is not None]
    if not wanted or wanted[-1].sequence != through:
        raise ConfigurationError(f"slot {through} is no later slot of {component} from {vantage}")
    question = (first.outcome, first.rule)
    if other := next((one for one in wanted if (one.outcome, one.rule) != question), None):
        raise ConfigurationError(
            f"slot {other.sequence} in between is {other.outcome.value} ({other.rule}): "
            "decide on it apart"
        )
    return tuple(wanted)


def write_pictures(observation: Observation, blobs: BlobStore, folder: Path) -> tuple[Path, ...]:
    """Write the run's pictures that are still kept. Raises ConfigurationError for the folder."""
    require_folder(folder)
    written: list[Path] = []
    for number, attempt in enumerate(observation.attempts, start=1):
        for step in attempt.steps:
            shot = step.screenshot
            if shot is None or not blobs.has(shot.sha256):
                continue
            target = folder / f"{number}-{step.name}.{shot.media_type.partition('/')[2]}"
            target.write_bytes(blobs.get(shot.sha256))
            written.append(target)
    return tuple(written)


def two_figures(
    store: Store, *, days: float, now: datetime, ruleset: str | None = None
) -> tuple[TwoFigures, ...]:
    """First and second figure of every component that has slots.

    The second takes persons' decisions in; with a ``ruleset`` (``latest`` for all that was kept)
    also the verdicts of newer rules, under the decisions.
    """
    start = now - timedelta(days=days)
    by_component: dict[str, list[SlotRecord]] = {}
    for record in store.slots():
        by_component.setdefault(record.slot.component, []).append(record)
    later = store.reclassifications() if ruleset else ()
    named = None if ruleset == "latest" else ruleset
    if named and named not in {one.ruleset for one in later}:
        raise ConfigurationError(f"no verdict was kept under the ruleset {named!r}")
    reviews = store.reviews()
    return tuple(
        _pair(
            component,
            records,
            with_reviews(with_reclassifications(records, later, ruleset=named), reviews),
            start=start,
            now=now,
        )
        for component, records in by_component.items()
    )


def _pair(
    component: str,
    first: Sequence[SlotRecord],
    second: Sequence[SlotRecord],
    *,
    start: datetime,
    now: datetime,
) -> TwoFigures:
    differing = [
        after
        for before, after in zip(first, second, strict=True)
        if after != before and start <= slot_time(after) <= now
    ]
    return TwoFigures(
        component=component,
        first=figure(first, start=start, end=now, now=now),
        second=figure(second, start=start, end=now, now=now),
        judged_again=tuple(differing),
    )
