"""Every metric of the program, on its own registry, for a private address.

Base units, ``_total`` on counters only, closed label values, no address in a label. Gauges about
availability come from the same function as every other figure.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric

from monitor.core.model import Observation, Outcome, SlotRecord
from monitor.core.scopes import Scope
from monitor.core.states import component_state
from monitor.core.timeline import slot_time
from monitor.metrics_ledger import WEEK_WINDOW, LedgerGauges
from monitor.store.figures import Figures
from monitor.store.state_reader import AVAILABLE, RUN, StateReader, newest

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

WINDOWS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}

RUN_SECONDS = (0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 240)
STEP_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30)
WRITE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class PlainRegistry(CollectorRegistry):
    """A registry without the ``_created`` series that the client library adds by default."""

    def collect(self) -> Iterator[Metric]:
        """Every metric, with the samples that were asked for only."""
        for metric in super().collect():
            metric.samples = [s for s in metric.samples if not s.name.endswith("_created")]
            yield metric


@dataclass(frozen=True, kw_only=True)
class Build:
    """What ``anef_build_info`` says."""

    version: str
    ruleset: str
    browser: str = ""


class Metrics:
    """All metrics. ``components`` are the watched ones, ``vantages`` the ids that may occur."""

    def __init__(self, *, components: Iterable[str], vantages: Iterable[str], build: Build) -> None:
        self.registry = PlainRegistry()
        self._components = tuple(components)
        self._define_runs()
        self._define_gauges()
        self._ledger = LedgerGauges(self._gauge)
        self._define_log()
        self._define_own()
        self._begin(tuple(vantages), build)

    def _define_runs(self) -> None:
        self._runs = Counter(
            "anef_probe_runs_total",
            "Slots that ended with this outcome, run or not.",
            ("component", "vantage", "outcome"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "anef_probe_duration_seconds",
            "Time the steps of a run's deciding attempt took, before any evidence was taken.",
            ("component", "vantage"),
            buckets=RUN_SECONDS,
            registry=self.registry,
        )
        self._steps = Histogram(
            "anef_probe_step_duration_seconds",
            "Time a step took before any evidence was taken.",
            ("component", "step"),
            buckets=STEP_SECONDS,
            registry=self.registry,
        )
        self._missed = Counter(
            "anef_slots_missed_total",
            "Planned slots that did not run because the process was off.",
            registry=self.registry,
        )

    def _define_gauges(self) -> None:
        self._last_run = self._gauge(
            "anef_probe_last_run_timestamp_seconds", "End of the last run, Unix time.", "component"
        )
        self._last_success = self._gauge(
            "anef_probe_last_success_timestamp_seconds",
            "End of the last run that found the component available, Unix time.",
            "component",
        )
        self._up = self._gauge(
            "anef_component_up", "1 works, 0 does not work, NaN not known.", "component"
        )
        self._open = self._gauge(
            "anef_incident_open", "1 while an incident is open at any vantage, else 0.", "component"
        )
        self._availability = self._gauge(
            "anef_availability_ratio",
            "Available part of known time at any depth; NaN when coverage is under 80 percent.",
            "component",
            "window",
        )
        self._coverage = self._gauge(
            "anef_coverage_ratio",
            "Known part of the window, clipped to the first slot.",
            "component",
            "window",
        )

    def _define_log(self) -> None:
        self._tree_size = self._gauge("anef_log_tree_size", "Leaves of the transparency log.")
        self._last_checkpoint = self._gauge(
            "anef_log_last_checkpoint_timestamp_seconds",
            "Time of the last signed checkpoint, Unix time; NaN before the first.",
        )
        self._last_stamp = self._gauge(
            "anef_log_last_stamp_timestamp_seconds", "Time of the last RFC 3161 token, Unix time."
        )
        self._stamp_delay = self._gauge(
            "anef_log_stamp_delay_seconds",
            "From the making of the checkpoint stamped last to its token; NaN before the first.",
        )
        self._unstamped_since = self._gauge(
            "anef_log_unstamped_since_timestamp_seconds",
            "Making of the oldest checkpoint that waits for a token, Unix time; NaN without one.",
        )

    def _define_own(self) -> None:
        ProcessCollector(registry=self.registry)
        self._clock_offset = self._gauge(
            "anef_clock_offset_seconds", "This clock minus NTP time; NaN when not measured."
        )
        self._restarts = self._counter(
            "anef_browser_restarts_total", "Times the browser was started again."
        )
        self._browser_memory = self._gauge(
            "anef_browser_memory_bytes",
            "Resident memory of the browser's processes; shared pages count more than once.",
        )
        self._evidence = self._counter("anef_evidence_bytes_total", "Bytes of evidence kept.")
        self._secrets = self._counter(
            "anef_secrets_caught_total", "Files kept out of evidence because they held a secret."
        )
        self._writes = Histogram(
            "anef_store_write_duration_seconds",
            "Time the store took to record one observation.",
            buckets=WRITE_SECONDS,
            registry=self.registry,
        )
        self._disk_free = self._gauge(
            "anef_disk_free_bytes", "Room left on the disk that holds the state folder."
        )
        self._disk_size = self._gauge("anef_disk_size_bytes", "Size of that disk.")
        self._interval = self._gauge(
            "anef_probe_interval_seconds", "Seconds planned between two slots.", "component"
        )
        self._build = Info("anef_build", "Version of the program.", registry=self.registry)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(name, help_text, labels, registry=self.registry)

    def _counter(self, name: str, help_text: str) -> Counter:
        return Counter(name, help_text, registry=self.registry)

    def _begin(self, vantages: Sequence[str], build: Build) -> None:
        """Every series exists from the start: a rate over a first failure is not lost."""
        for component in self._components:
            for vantage in vantages:
                self._durations.labels(component, vantage)
                for outcome in Outcome:
                    self._runs.labels(component, vantage, outcome.value)
            self._up.labels(component).set(math.nan)
            self._open.labels(component).set(0)
        for unset in (
            *(self._last_checkpoint, self._last_stamp, self._stamp_delay, self._unstamped_since),
            *(self._clock_offset, self._disk_free, self._disk_size),
        ):
            unset.set(math.nan)
        self._build.info(
            {"version": build.version, "ruleset": build.ruleset, "browser": build.browser}
        )

    def observe(self, record: SlotRecord, observation: Observation | None = None) -> None:
        """Count a slot that was just recorded; with its observation, time its steps."""
        component, vantage = record.slot.component, record.slot.vantage
        self._runs.labels(component, vantage, record.outcome.value).inc()
        if record.outcome is Outcome.MISSED:
            self._missed.inc()
        if record.duration_seconds is not None:
            self._durations.labels(component, vantage).observe(record.duration_seconds)
        self._date(record)
        for attempt in observation.attempts if observation else ():
            for step in attempt.steps:
                self._steps.labels(component, step.name).observe(step.duration_seconds)

    def _date(self, record: SlotRecord) -> None:
        if record.finished_at is None:
            return
        ended = record.finished_at.timestamp()
        self._last_run.labels(record.slot.component).set(ended)
        if record.outcome.is_available:
            self._last_success.labels(record.slot.component).set(ended)

    def refresh(self, reader: StateReader, figures: Figures, *, now: datetime) -> None:
        """Set the gauges that follow from the store. Errors are those of the reader."""
        latest = reader.latest()
        opened = reader.incidents(open_only=True)
        for component in self._components:
            seen = {v: record for (c, v), record in latest.items() if c == component}
            here = [one for one in opened if one.component == component]
            state = component_state(seen, open_vantages=[one.vantage for one in here], now=now)
            self._up.labels(component).set(math.nan if state.up is None else int(state.up))
            self._open.labels(component).set(int(bool(here)))
            self._ledger.show_state(component, state)
            self._ledger.show_incident(component, here, reader)
            self._ledger.show_slots(component, reader, now)
            self._refresh_windows(component, figures, now)
            self._date_from(seen.values(), reader)

    def _refresh_windows(self, component: str, figures: Figures, now: datetime) -> None:
        scope, lengths = Scope(component=component), WINDOWS.values()
        spans = [(now - length, now) for length in lengths]
        for window, found in zip(WINDOWS, figures.figures(scope, spans, now=now), strict=True):
            ratio = math.nan if found.availability is None else found.availability
            self._availability.labels(component, window).set(ratio)
            self._coverage.labels(component, window).set(found.coverage)
        week = figures.week(scope, now - WEEK_WINDOW, now, now=now)
        self._ledger.show_week(component, week)

    def _date_from(self, latest: Iterable[SlotRecord], reader: StateReader) -> None:
        """The last success and the last run, which a restart must not forget."""
        for outcomes in (AVAILABLE, RUN):
            found = [record for one in latest for record in newest(reader, one, outcomes)]
            if found:
                self._date(max(found, key=slot_time))

    def missed(self, slots: int) -> None:
        """Count slots that were filled in as missed without being recorded one by one."""
        self._missed.inc(slots)

    def clock_measured(self, offset_seconds: float | None) -> None:
        """Show the clock's offset; None when no time server answered."""
        self._clock_offset.set(math.nan if offset_seconds is None else offset_seconds)

    def browser_restarted(self) -> None:
        """Count a restart of the browser."""
        self._restarts.inc()

    def watch_machine(self, folder: Path, browser_memory_bytes: Callable[[], float]) -> None:
        """Ask for the room on the folder's disk and for the browser's memory at each scrape."""
        self._disk_free.set_function(lambda: shutil.disk_usage(folder).free)
        self._disk_size.set_function(lambda: shutil.disk_usage(folder).total)
        self._browser_memory.set_function(browser_memory_bytes)

    def planned(self, intervals_seconds: Mapping[str, float]) -> None:
        """Show how often each component is looked at."""
        for component, seconds in intervals_seconds.items():
            self._interval.labels(component).set(seconds)

    def stored(self, duration_seconds: float) -> None:
        """Time one observation's way into the store."""
        self._writes.observe(duration_seconds)

    def evidence_kept(self, size_bytes: int) -> None:
        """Count evidence written to the blob store."""
        self._evidence.inc(size_bytes)

    def secret_caught(self) -> None:
        """Count a file that was kept out because it held a secret."""
        self._secrets.inc()

    def log_grew(self, tree_size: int) -> None:
        """Show the size of the transparency log."""
        self._tree_size.set(tree_size)

    def log_checkpointed(self, moment: datetime) -> None:
        """Show when the last checkpoint was signed."""
        self._last_checkpoint.set(moment.timestamp())

    def log_stamped(self, moment: datetime, *, delay_seconds: float | None = None) -> None:
        """Show when the log was last timestamped, and how long after its checkpoint."""
        self._last_stamp.set(moment.timestamp())
        if delay_seconds is not None:
            self._stamp_delay.set(delay_seconds)

    def log_waits_for_stamp(self, since: datetime | None) -> None:
        """Show how long the oldest checkpoint has waited for its token; None: none waits."""
        self._unstamped_since.set(since.timestamp() if since else math.nan)

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format (``CONTENT_TYPE``)."""
        return generate_latest(self.registry)
