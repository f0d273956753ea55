"""Letting go of files whose time is over. Results, manifests and hashes stay.

Two steps, so that a kill at any point leaves nothing unexplained: a run is first *entered* as
retired, then its files go, then it is *done*. What was begun is finished the next time. A file
that another bundle holds too stays for as long as that bundle keeps it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.retention import Rule, Terms, Ties, to_retire
from monitor.errors import MonitorError
from monitor.store.blobs import BlobStore
from monitor.store.errors import BlobDamaged, BlobMissing
from monitor.store.store import Store

log = logging.getLogger(__name__)

CHUNK = 100
"""Runs whose files go while other writers wait: some 1,000 files, well under a second."""
LARGEST_GAP = timedelta(days=3)
"""Between the newest run and now; after a longer one the clock must be vouched for."""
LARGEST_LEAD = timedelta(minutes=5)


class ClockDoubtful(MonitorError):
    """Nothing is deleted by a clock that may be wrong."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a round of retention does, or would do. ``shared_files`` stay, because a bundle that is
    kept holds them too."""

    good_runs: int = 0
    failing_runs: int = 0
    unfinished_runs: int = 0
    files: int = 0
    size_bytes: int = 0
    shared_files: int = 0


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """Runs to enter, runs to finish, and for each of them its files that may go."""

    entering: Mapping[int, Rule]
    unfinished: frozenset[int]
    files: Mapping[int, tuple[str, ...]]
    sizes: Mapping[str, int]
    shared: frozenset[str]
    newest: int


def retire(
    store: Store, blobs: BlobStore, *, terms: Terms, now: datetime, clock_vouched: bool = False
) -> Kept:
    """Let go of all whose time is over. Raises ClockDoubtful, StoreError."""
    plan = _plan(store, blobs, terms=terms, now=now, clock_vouched=clock_vouched)
    store.begin_retirement(plan.entering, terms.days, now)
    pending = sorted(plan.files)
    for start in range(0, len(pending), CHUNK):
        _finish(store, blobs, plan, pending[start : start + CHUNK], now)
    return _kept(plan)


def rehearse(
    store: Store, blobs: BlobStore, *, terms: Terms, now: datetime, clock_vouched: bool = False
) -> Kept:
    """What ``retire`` would do; nothing is changed. Raises ClockDoubtful, StoreError."""
    return _kept(_plan(store, blobs, terms=terms, now=now, clock_vouched=clock_vouched))


def _plan(
    store: Store, blobs: BlobStore, *, terms: Terms, now: datetime, clock_vouched: bool
) -> _Plan:
    newest = store.newest_run()
    if newest is None:
        return _Plan(
            entering={}, unfinished=frozenset(), files={}, sizes={}, shared=frozenset(), newest=0
        )
    if not clock_vouched:
        _require_plausible(newest[1], now)
    soonest = now - timedelta(days=min(terms.good_days, terms.failing_days))
    ties = Ties(
        incidents=store.incidents(),
        reviewed=frozenset(one.sequence for one in store.reviews()),
        edges=store.first_and_last_runs(),
        issued=store.issued_documents(),
    )
    entering = to_retire(store.runs_with_files(before=soonest), ties, terms=terms, now=now)
    unfinished = frozenset(one.sequence for one in store.unfinished_retirements())
    files, sizes, shared = _files(store, blobs, frozenset(entering) | unfinished)
    return _Plan(
        entering=entering,
        unfinished=unfinished,
        files=files,
        sizes=sizes,
        shared=shared,
        newest=newest[0],
    )


def _require_plausible(newest: datetime, now: datetime) -> None:
    if newest - now > LARGEST_LEAD:
        raise ClockDoubtful(
            f"nothing was removed: the newest run is of {newest:%Y-%m-%d %H:%M} UTC, and this "
            f"clock says {now:%Y-%m-%d %H:%M} UTC"
        )
    if now - newest > LARGEST_GAP:
        raise ClockDoubtful(
            f"nothing was removed: no run for {(now - newest).days} days, since "
            f"{newest:%Y-%m-%d %H:%M} UTC; if the clock is right, say so"
        )


def _files(
    store: Store, blobs: BlobStore, leaving: frozenset[int]
) -> tuple[dict[int, tuple[str, ...]], dict[str, int], frozenset[str]]:
    """For each leaving run its files, their sizes, and those that a kept bundle holds too."""
    files: dict[int, tuple[str, ...]] = dict.fromkeys(leaving, ())
    sizes: dict[str, int] = {}
    if not leaving:
        return files, sizes, frozenset()
    kept: list[str] = []
    for sequence, manifest in store.manifests():
        if sequence in leaving:
            held = _named(blobs, manifest)
            files[sequence] += tuple(held)
            sizes.update(held)
        else:
            kept.append(manifest)
    shared = {name for manifest in kept for name in _named(blobs, manifest) if name in sizes}
    return files, sizes, frozenset(shared)


def _named(blobs: BlobStore, manifest: str) -> dict[str, int]:
    """The files that a manifest names, with their sizes; none when it is lost itself."""
    try:
        lines = json.loads(blobs.get(manifest))["files"]
        return {line["sha256"]: line["size"] for line in lines}
    except (BlobMissing, BlobDamaged, ValueError, KeyError, TypeError) as error:
        log.warning("the manifest %s cannot be read: %s", manifest, error)
        return {}


def _finish(
    store: Store, blobs: BlobStore, plan: _Plan, sequences: Iterable[int], now: datetime
) -> None:
    chunk = tuple(sequences)

    def drop(later: tuple[str, ...]) -> None:
        used = {name for manifest in later for name in _named(blobs, manifest)}
        for sequence in chunk:
            for name in plan.files[sequence]:
                if name not in plan.shared and name not in used:
                    blobs.delete(name)

    store.finish_retirement(chunk, after_sequence=plan.newest, drop=drop, now=now)


def _kept(plan: _Plan) -> Kept:
    going = {name for held in plan.files.values() for name in held} - plan.shared
    rules = list(plan.entering.values())
    return Kept(
        good_runs=rules.count(Rule.GOOD),
        failing_runs=rules.count(Rule.FAILING),
        unfinished_runs=len(plan.unfinished),
        files=len(going),
        size_bytes=sum(plan.sizes[name] for name in going),
        shared_files=len(plan.shared),
    )
