"""The exposition as Prometheus reads it."""

from __future__ import annotations

import math
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

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
from monitor.core.statistics import figure
from monitor.metrics import WINDOWS, Build, Metrics
from monitor.store.history import History
from tests.core.ledgers import at, ledger
from tests.readers import ListReader

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
    found.refresh(reader, History(reader), now=at(slots))
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
    found = refreshed(ledger("UDDU"), 4)
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


def test_label_values_are_closed() -> None:
    for family in text_string_to_metric_families(everything().exposition().decode()):
        for one in family.samples:
            assert set(one.labels) <= {
                *("component", "vantage", "outcome", "step", "window", "le"),
                *("version", "ruleset", "browser"),
            }
            assert one.labels.get("component", "login") in COMPONENTS


def test_history_reads_each_slot_once() -> None:
    reader = ListReader(ledger("UUUU"))
    history = History(reader)
    assert len(history.timeline("login", now=at(4)).records) == 4
    reader.records = ledger("UUUUDD")
    assert len(history.timeline("login", now=at(6)).records) == 6
    assert reader.read == 6


def test_history_gives_what_a_fresh_timeline_gives() -> None:
    records = ledger("UUDDUU.U")
    history, later = History(ListReader(records)), at(20)
    for now in (at(3), at(8), later, later + timedelta(seconds=1)):
        line = history.timeline("login", now=now)
        assert line == History(ListReader(records)).timeline("login", now=now)


def test_history_forgets_what_no_window_shows() -> None:
    history = History(ListReader(ledger("UU")))
    assert len(history.timeline("login", now=at(2)).records) == 2
    assert history.timeline("login", now=at(2) + timedelta(days=102)).records == ()
