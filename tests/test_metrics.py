"""The exposition as Prometheus reads it."""

from __future__ import annotations

import math
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.core.model import (
    COMPONENTS,
    Attempt,
    Depth,
    Observation,
    Outcome,
    Profile,
    SlotRecord,
    Step,
    Verdict,
)
from monitor.core.states import State
from monitor.core.statistics import figure
from monitor.core.timeline import timeline
from monitor.core.weekly import HOURS_OF_WEEK, hours_of_week
from monitor.metrics import WINDOWS, Build, Metrics
from monitor.metrics_ledger import STATE_CODES, WEEK_WINDOW
from tests.core.ledgers import at, ledger
from tests.readers import ListFigures, ListReader

DESIGNED = {
    "anef_probe_runs_total",
    "anef_probe_duration_seconds",
    "anef_probe_step_duration_seconds",
    "anef_probe_last_run_timestamp_seconds",
    "anef_probe_last_success_timestamp_seconds",
    "anef_component_up",
    "anef_incident_open",
    "anef_availability_ratio",
    "anef_coverage_ratio",
    "anef_slots_missed_total",
    "anef_log_tree_size",
    "anef_log_last_stamp_timestamp_seconds",
    "anef_clock_offset_seconds",
    "anef_browser_restarts_total",
    "anef_evidence_bytes_total",
    "anef_secrets_caught_total",
    "anef_build_info",
    "anef_component_state",
    "anef_incident_number",
    "anef_incident_started_timestamp_seconds",
    "anef_incident_failing_step",
    "anef_slots",
    "anef_slots_not_known",
    "anef_hour_of_week_availability_ratio",
    "anef_probe_interval_seconds",
    "anef_log_last_checkpoint_timestamp_seconds",
    "anef_log_stamp_delay_seconds",
    "anef_log_unstamped_since_timestamp_seconds",
    "anef_browser_memory_bytes",
    "anef_store_write_duration_seconds",
    "anef_disk_free_bytes",
    "anef_disk_size_bytes",
    # the client library's own, by their usual names
    "process_virtual_memory_bytes",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
}


def metrics() -> Metrics:
    build = Build(version="0.1.0", ruleset="1")
    return Metrics(components=("portal", "login"), vantages=("local",), build=build)


def sample(found: Metrics, name: str, **labels: str) -> float | None:
    """One sample of the exposition; None when it is not there."""
    for family in text_string_to_metric_families(found.exposition().decode()):
        for one in family.samples:
            if one.name == name and labels.items() <= one.labels.items():
                return float(one.value)
    return None


def refreshed(records: list[SlotRecord], slots: float) -> Metrics:
    found, reader = metrics(), ListReader(records)
    found.refresh(reader, ListFigures(reader), now=at(slots))
    return found


def observed(record: SlotRecord, *steps: Step) -> Observation:
    verdict = Verdict(outcome=record.outcome, rule="r", ruleset="1")
    assert record.started_at is not None
    assert record.finished_at is not None
    attempt = Attempt(
        started_at=record.started_at,
        finished_at=record.finished_at,
        duration_seconds=10,
        signals=(),
        steps=steps,
        verdict=verdict,
    )
    return Observation(
        slot=record.slot,
        started_at=record.started_at,
        finished_at=record.finished_at,
        duration_seconds=10,
        depth=Depth.FORM,
        profile=Profile(),
        verdict=verdict,
        attempts=(attempt,),
    )


def everything() -> Metrics:
    records = ledger("UBDD")
    seen = observed(records[3], Step(name="open", outcome="failed", duration_seconds=0.3))
    seen = replace(seen, verdict=replace(seen.verdict, failed_step="open"))
    found, reader = metrics(), ListReader(records, {4: seen})
    found.planned({"portal": 300, "login": 600})
    found.refresh(reader, ListFigures(reader), now=at(4))
    record = ledger("U")[0]
    found.observe(record, observed(record, Step(name="open", outcome="ok", duration_seconds=0.3)))
    return found


def test_every_metric_of_the_design_is_there_with_help_and_nothing_else() -> None:
    families = list(text_string_to_metric_families(everything().exposition().decode()))
    # the parser drops the suffix of counters from the family's name
    names = {f.name + ("_total" if f.type == "counter" else "") for f in families}
    assert names == DESIGNED
    assert all(family.documentation for family in families)


def test_created_series_are_off() -> None:
    assert b"_created" not in everything().exposition()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say() -> None:
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=everything().exposition(),
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_every_outcome_has_a_series_before_anything_ran() -> None:
    found = metrics()
    for outcome in Outcome:
        labels = {"component": "login", "vantage": "local", "outcome": outcome.value}
        assert sample(found, "anef_probe_runs_total", **labels) == 0


def test_a_run_is_counted_timed_and_dated() -> None:
    found, record = metrics(), ledger("U")[0]
    step = Step(name="open_portal", outcome="ok", duration_seconds=0.3)
    found.observe(record, observed(record, step))
    assert sample(found, "anef_probe_runs_total", component="login", outcome="up") == 1
    assert sample(found, "anef_probe_duration_seconds_sum", component="login") == 10
    assert sample(found, "anef_probe_step_duration_seconds_sum", step="open_portal") == 0.3
    ended = at(0, 10).timestamp()
    assert sample(found, "anef_probe_last_run_timestamp_seconds", component="login") == ended
    assert sample(found, "anef_probe_last_success_timestamp_seconds", component="login") == ended


def test_a_failing_run_is_no_success() -> None:
    found = metrics()
    found.observe(ledger("D")[0])
    assert sample(found, "anef_probe_last_success_timestamp_seconds", component="login") is None


def test_a_missed_slot_is_counted_and_has_no_duration() -> None:
    found = metrics()
    found.observe(ledger(".")[0])
    found.missed(3)
    assert sample(found, "anef_slots_missed_total") == 4
    assert sample(found, "anef_probe_duration_seconds_count", component="login") == 0


@pytest.mark.parametrize(
    ("word", "up"),
    [
        ("", math.nan),
        ("U", 1),
        ("S", 1),
        ("UD", math.nan),
        ("UDD", 0),
        ("UMM", 0),
        ("UB", math.nan),
        ("UDDF", math.nan),
        ("UDDU", 1),
        ("U   ", math.nan),
    ],
)
def test_up_is_one_zero_or_not_known(word: str, up: float) -> None:
    found = sample(refreshed(ledger(word), len(word)), "anef_component_up", component="login")
    assert found == pytest.approx(up, nan_ok=True)


def test_an_open_incident_shows_until_it_closes() -> None:
    for word, opened in (("UDD", 1), ("UDDU", 1), ("UDDUU", 0)):
        found = refreshed(ledger(word), len(word))
        assert sample(found, "anef_incident_open", component="login") == opened
        assert sample(found, "anef_incident_open", component="portal") == 0


@pytest.mark.parametrize("window", WINDOWS)
def test_ratios_are_those_of_the_one_function(window: str) -> None:
    records = ledger("UUUDDUU.UU" * 40)
    found = refreshed(records, 400)
    expected = figure(records, start=at(400) - WINDOWS[window], end=at(400), now=at(400))
    labels = {"component": "login", "window": window}
    assert sample(found, "anef_availability_ratio", **labels) == expected.availability
    assert sample(found, "anef_coverage_ratio", **labels) == expected.coverage


def test_availability_is_not_a_number_without_enough_data() -> None:
    found = refreshed(ledger("U....."), 6)
    assert math.isnan(
        sample(found, "anef_availability_ratio", component="login", window="24h") or 0
    )


def test_a_restart_remembers_the_last_success() -> None:
    found = refreshed(ledger("UUB"), 3)
    success = sample(found, "anef_probe_last_success_timestamp_seconds", component="login")
    assert success == at(1, 10).timestamp()
    last = sample(found, "anef_probe_last_run_timestamp_seconds", component="login")
    assert last == at(2, 10).timestamp()


def test_the_clock_is_not_a_number_until_measured() -> None:
    found = metrics()
    assert math.isnan(sample(found, "anef_clock_offset_seconds") or 0)
    found.clock_measured(-0.25)
    assert sample(found, "anef_clock_offset_seconds") == -0.25
    found.clock_measured(None)
    assert math.isnan(sample(found, "anef_clock_offset_seconds") or 0)


def test_what_the_program_does_to_itself_is_counted() -> None:
    found = metrics()
    found.browser_restarted()
    found.evidence_kept(2048)
    found.secret_caught()
    found.log_grew(7)
    found.log_stamped(datetime(2026, 3, 2, tzinfo=UTC))
    assert sample(found, "anef_browser_restarts_total") == 1
    assert sample(found, "anef_evidence_bytes_total") == 2048
    assert sample(found, "anef_secrets_caught_total") == 1
    assert sample(found, "anef_log_tree_size") == 7
    assert sample(found, "anef_log_last_stamp_timestamp_seconds") == 1_772_409_600


@pytest.mark.parametrize(
    ("word", "state"),
    [("", 0), ("U", 1), ("S", 2), ("UDDU", 3), ("UD", 4), ("UMM", 6), ("UDD", 7), ("U   ", 8)],
)
def test_the_state_is_a_number_with_one_meaning(word: str, state: int) -> None:
    found = refreshed(ledger(word), len(word))
    assert sample(found, "anef_component_state", component="login") == state


def test_every_state_that_can_be_has_its_own_number() -> None:
    assert set(STATE_CODES) == set(State) - {State.UNWATCHED}
    assert len(set(STATE_CODES.values())) == len(STATE_CODES)


def test_an_open_incident_gives_its_number_its_start_and_its_step() -> None:
    found = everything()
    assert sample(found, "anef_incident_number", component="login") == 4
    started = sample(found, "anef_incident_started_timestamp_seconds", component="login")
    assert started == at(2, 5).timestamp()
    assert sample(found, "anef_incident_failing_step", component="login", step="open") == 1
    assert math.isnan(sample(found, "anef_incident_number", component="portal") or 0)


def test_a_closed_incident_leaves_no_number_and_no_step() -> None:
    found, reader = everything(), ListReader(ledger("UBDDUU"))
    found.refresh(reader, ListFigures(reader), now=at(6))
    assert math.isnan(sample(found, "anef_incident_number", component="login") or 0)
    assert sample(found, "anef_incident_failing_step", component="login", step="open") == 0


def test_slots_that_know_nothing_are_shown_by_cause_and_forgotten_by_window() -> None:
    word = "UB.F-"
    found = refreshed(ledger(word), len(word))
    shown = {"component": "login", "window": "24h"}
    assert sample(found, "anef_slots", **shown) == len(word)
    for outcome in (Outcome.BLOCKED, Outcome.MISSED, Outcome.MONITOR_FAULT, Outcome.SKIPPED):
        labels = {**shown, "outcome": outcome.value, "rule": f"rule_{outcome.value}"}
        assert sample(found, "anef_slots_not_known", **labels) == 1
    reader = ListReader(ledger(word))
    found.refresh(reader, ListFigures(reader), now=at(0) + timedelta(days=2))
    assert sample(found, "anef_slots_not_known", **shown, outcome="blocked") == 0
    week = {"component": "login", "window": "7d", "outcome": "blocked"}
    assert sample(found, "anef_slots_not_known", **week) == 1


def test_the_week_is_that_of_the_core() -> None:
    records = ledger("UUUDDUUUUU" * 30)
    found, now = refreshed(records, 300), at(300)
    week = hours_of_week(timeline(records, now=now), start=now - WEEK_WINDOW, end=now)
    for weekday, hour in HOURS_OF_WEEK:
        cell = week.get((weekday, hour))
        expected = cell.availability if cell else None
        shown = sample(
            found,
            "anef_hour_of_week_availability_ratio",
            **{"component": "login", "weekday": str(weekday), "hour": f"{hour:02d}"},
        )
        assert shown == pytest.approx(math.nan if expected is None else expected, nan_ok=True)


def test_the_log_tells_its_checkpoints_stamps_and_what_waits() -> None:
    found, moment = metrics(), datetime(2026, 3, 2, tzinfo=UTC)
    assert math.isnan(sample(found, "anef_log_unstamped_since_timestamp_seconds") or 0)
    found.log_checkpointed(moment)
    found.log_waits_for_stamp(moment)
    found.log_stamped(moment, delay_seconds=2.5)
    assert sample(found, "anef_log_last_checkpoint_timestamp_seconds") == 1_772_409_600
    assert sample(found, "anef_log_unstamped_since_timestamp_seconds") == 1_772_409_600
    assert sample(found, "anef_log_stamp_delay_seconds") == 2.5
    found.log_waits_for_stamp(None)
    assert math.isnan(sample(found, "anef_log_unstamped_since_timestamp_seconds") or 0)


def test_the_machine_is_asked_at_each_scrape(tmp_path: Path) -> None:
    found, browser = metrics(), [0.0]
    found.watch_machine(tmp_path, lambda: browser[0])
    found.stored(0.02)
    browser[0] = 5e6
    assert sample(found, "anef_browser_memory_bytes") == 5e6
    free, size = (sample(found, f"anef_disk_{part}_bytes") or 0 for part in ("free", "size"))
    assert 0 < free < size
    assert sample(found, "anef_store_write_duration_seconds_count") == 1


def test_label_values_are_closed() -> None:
    for family in text_string_to_metric_families(everything().exposition().decode()):
        for one in family.samples:
            assert set(one.labels) <= {
                *("component", "vantage", "outcome", "step", "window", "le"),
                *("version", "ruleset", "browser"),
                *("rule", "weekday", "hour"),
            }
            assert one.labels.get("component", "login") in COMPONENTS
