"""Every rule by promtool: fires on what it is for, and stays silent on what is near it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.boards.__main__ import HOME
from grafana.boards.alerts import ALERTS, Alert
from grafana.boards.rules import GROUPS, RECORDED

RULES = HOME / "rules" / "anef.yml"
RUNBOOK = HOME.parent / "docs" / "runbook.md"
WHERE = 'job="anef-monitor", instance="m"'


def series(name: str, values: str, **labels: str) -> dict[str, str]:
    """One input series of promtool, one value a minute; promtool starts time at 0."""
    said = "".join(f', {key}="{value}"' for key, value in labels.items())
    return {"series": f"{name}{{{WHERE}{said}}}", "values": values}


def runs(outcome: str, values: str) -> dict[str, str]:
    return series("anef_probe_runs_total", values, component="login", vantage="v", outcome=outcome)


def incident(state: int, values: str = "0x2000") -> list[dict[str, str]]:
    """An incident of `login` that began at 0."""
    return [
        series("anef_incident_open", "1x2000", component="login"),
        series("anef_incident_started_timestamp_seconds", values, component="login"),
        series("anef_component_state", f"{state}x2000", component="login"),
    ]


def slots(outcome: str, rule: str, count: int, of: int = 100) -> list[dict[str, str]]:
    labels = {"component": "login", "window": "24h"}
    return [
        series("anef_slots_not_known", f"{count}x2000", **labels, outcome=outcome, rule=rule),
        series("anef_slots", f"{of}x2000", **labels),
    ]


def one(name: str, values: str, **labels: str) -> list[dict[str, str]]:
    return [series(name, values, **labels)]


def last_run(values: str) -> list[dict[str, str]]:
    return [
        series("anef_probe_interval_seconds", "300x2000", component="login"),
        series("process_start_time_seconds", "0x2000"),
        *(
            [series("anef_probe_last_run_timestamp_seconds", values, component="login")]
            * bool(values)
        ),
    ]


def coverage(ratio: float, slots_seen: int) -> list[dict[str, str]]:
    return [
        series("anef_coverage_ratio", f"{ratio}x2000", component="login", window="24h"),
        series("anef_slots", f"{slots_seen}x2000", component="login", window="24h"),
    ]


def disk(free: str) -> list[dict[str, str]]:
    return [series("anef_disk_free_bytes", free), series("anef_disk_size_bytes", "100x2000")]


def memory(own: str, browser: str) -> list[dict[str, str]]:
    return [
        series("process_resident_memory_bytes", f"{own}x2000"),
        series("anef_browser_memory_bytes", f"{browser}x2000"),
    ]


def checkpoint(values: str, leaves: int) -> list[dict[str, str]]:
    return [
        series("anef_log_last_checkpoint_timestamp_seconds", values),
        series("anef_log_tree_size", f"{leaves}x2000"),
    ]


@dataclass(frozen=True, kw_only=True)
class Case:
    """At ``minute`` the alert fires on ``fires``, and on none of ``silent``."""

    minute: int
    fires: Sequence[dict[str, str]]
    silent: Sequence[Sequence[dict[str, str]]]


def counted(outcome: str, *, at_least: int = 1) -> Case:
    before = f"0x10 {at_least}x2000"
    little = [[runs(outcome, f"0x10 {at_least - 1}x2000")]] if at_least > 1 else []
    return Case(
        minute=30,
        fires=[runs(outcome, before)],
        silent=[[runs(outcome, "0x2000")], [runs("down", before)], *little],
    )


NAN = " ".join(["NaN"] * 400)
"""promtool cannot repeat what is not a number."""
CASES: Mapping[str, Case] = {
    "AnefPanne": Case(
        minute=5,
        fires=incident(7),
        silent=[incident(6), one("anef_component_state", "4x9", component="login")],
    ),
    "AnefPanneUneHeure": Case(
        minute=15, fires=incident(3, "-3000x2000"), silent=[incident(6, "-3000x2000"), incident(7)]
    ),
    "AnefPanneUnJour": Case(minute=15, fires=incident(0, "-86000x2000"), silent=[incident(7)]),
    "AnefMaintenance": Case(
        minute=5,
        fires=one("anef_component_state", "6x9", component="login"),
        silent=[one("anef_component_state", f"{code}x9", component="login") for code in (0, 7, 8)],
    ),
    "AnefCouvertureFaible": Case(
        minute=65, fires=coverage(0.79, 10), silent=[coverage(0.81, 10), coverage(0, 0)]
    ),
    "AnefRelevesManques": Case(
        minute=15,
        fires=slots("missed", "off", 6),
        silent=[
            slots("missed", "off", 5),
            slots("blocked", "captcha", 50),
            slots("missed", "off", 0, 0),
        ],
    ),
    "AnefSondageSuspendu": counted("skipped"),
    "AnefPageChangee": counted("layout_changed"),
    "AnefRefuse": counted("blocked"),
    "AnefFauteDuMoniteur": counted("monitor_fault", at_least=2),
    "AnefCompteAVerifier": Case(
        minute=5,
        fires=slots("monitor_fault", "account_action_required", 1),
        silent=[
            slots("monitor_fault", "account_action_required", 0),
            slots("monitor_fault", "starved", 9),
        ],
    ),
    "AnefMoniteurMuet": Case(
        minute=10,
        fires=one("up", "1x3 0x30"),
        silent=[one("up", "1x30")],
    ),
    "AnefSondeMuette": Case(
        minute=30,
        fires=last_run("60x2000"),
        silent=[last_run("0+60x2000"), last_run("1200x2000")],
    ),
    "AnefHorlogeFausse": Case(
        minute=10,
        fires=one("anef_clock_offset_seconds", "-1.5x2000"),
        silent=[one("anef_clock_offset_seconds", v) for v in ("0.9x2000", NAN)],
    ),
    "AnefHorlogeTresFausse": Case(
        minute=10,
        fires=one("anef_clock_offset_seconds", "31x2000"),
        silent=[one("anef_clock_offset_seconds", v) for v in ("29x2000", NAN)],
    ),
    "AnefHorlogeNonMesuree": Case(
        minute=365,
        fires=one("anef_clock_offset_seconds", NAN),
        silent=[one("anef_clock_offset_seconds", v) for v in ("0.1x2000", "NaN NaN 0x2000")],
    ),
    "AnefHorodatageEnRetard": Case(
        minute=150,
        fires=one("anef_log_unstamped_since_timestamp_seconds", "60x2000"),
        silent=[one("anef_log_unstamped_since_timestamp_seconds", v) for v in (NAN, "3600x2000")],
    ),
    "AnefPointDeControleEnRetard": Case(
        minute=200,
        fires=checkpoint("60x2000", 4),
        silent=[checkpoint("60x2000", 0), checkpoint("0+60x2000", 4), checkpoint(NAN, 4)],
    ),
    "AnefDisquePresquePlein": Case(minute=10, fires=disk("9x2000"), silent=[disk("11x2000")]),
    "AnefDisqueSeRemplit": Case(
        minute=500, fires=disk("1000000-300x2000"), silent=[disk("1000000-10x2000")]
    ),
    "AnefSecretRetenu": Case(
        minute=30,
        fires=one("anef_secrets_caught_total", "0x10 1x2000"),
        silent=[one("anef_secrets_caught_total", "1x2000")],
    ),
    "AnefNavigateurInstable": Case(
        minute=70,
        fires=one("anef_browser_restarts_total", "0+0.2x2000"),
        silent=[one("anef_browser_restarts_total", "0+0.05x2000")],
    ),
    "AnefMemoire": Case(minute=20, fires=memory("1e9", "0.9e9"), silent=[memory("0.9e9", "0.8e9")]),
}

DERIVED: Mapping[str, tuple[Sequence[dict[str, str]], float]] = {
    "anef:incident_age:seconds": (incident(7), 1800),
    "anef:slots_missed:ratio24h": (slots("missed", "off", 7), 0.07),
    "anef:probe_silence:intervals": (last_run(""), 6),
    "anef:step_duration_seconds:p95_1h": (
        [
            series(
                "anef_probe_step_duration_seconds_bucket",
                "0+1x60",
                component="login",
                step="s",
                le=le,
            )
            for le in ("1", "+Inf")
        ],
        0.95,
    ),
    "anef:store_write_seconds:p95_1h": (
        [
            series("anef_store_write_duration_seconds_bucket", "0+1x60", le=le)
            for le in ("1", "+Inf")
        ],
        0.95,
    ),
    "anef:stamp_wait:seconds": (one("anef_log_unstamped_since_timestamp_seconds", "300x60"), 1500),
    "anef:disk_free:ratio": (disk("25x60"), 0.25),
}
"""What is recorded at minute 30."""


def promtool(folder: Path, *tests: Mapping[str, Any]) -> str:
    """What `promtool test rules` says; nothing when all is as expected."""
    file = folder / "tests.yml"
    file.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(RULES)],
                "evaluation_interval": "5m",
                "group_eval_order": ["anef_derived", *GROUPS],  # else alerts may see older values
                "tests": list(tests),
            }
        )
    )
    done = subprocess.run(
        ["promtool", "test", "rules", file], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def asked(given: Sequence[dict[str, str]], minute: int, expr: str, value: float) -> dict[str, Any]:
    """A test of promtool that one expression has one value."""
    expected = [{"labels": "{}", "value": value}]
    return {
        "interval": "1m",
        "input_series": list(given),
        "promql_expr_test": [{"expr": expr, "eval_time": f"{minute}m", "exp_samples": expected}],
    }


def fired(name: str) -> str:
    return f'count(ALERTS{{alertname="{name}", alertstate="firing"}}) or vector(0)'


def test_promtool_accepts_the_rules() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", "--lint=all", "--lint-fatal", RULES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_has_its_case() -> None:
    assert set(CASES) == {alert.name for alert in ALERTS}
    assert set(DERIVED) == set(RECORDED)
    assert all(case.silent for case in CASES.values())


def test_every_alert_fires_on_what_it_is_for(tmp_path: Path) -> None:
    tests = [asked(case.fires, case.minute, fired(name), 1) for name, case in CASES.items()]
    assert promtool(tmp_path, *tests) == ""


def test_every_alert_is_silent_on_what_is_near(tmp_path: Path) -> None:
    tests = [
        asked(given, case.minute, fired(name), 0)
        for name, case in CASES.items()
        for given in case.silent
    ]
    assert promtool(tmp_path, *tests) == ""


def test_every_recorded_series_has_its_value(tmp_path: Path) -> None:
    tests = [
        asked(given, 30, f"abs(max({name}) - {value}) < bool 1e-9", 1)
        for name, (given, value) in DERIVED.items()
    ]
    assert promtool(tmp_path, *tests) == ""


def test_a_monitor_that_prometheus_does_not_know_is_silent_too(tmp_path: Path) -> None:
    assert promtool(tmp_path, asked([], 10, fired("AnefMoniteurMuet"), 1)) == ""


def test_a_wrong_expectation_is_noticed(tmp_path: Path) -> None:
    case = CASES["AnefPanne"]
    assert "FAILED" in promtool(tmp_path, asked(case.fires, case.minute, fired("AnefPanne"), 0))


def test_an_alert_says_in_french_what_and_since_when_and_where_to_read_on(tmp_path: Path) -> None:
    expected = {
        "exp_labels": {"component": "login", "severity": "warning", "audience": "public"},
        "exp_annotations": {
            "summary": "ANEF\u00a0: la connexion ne fonctionne pas",
            "description": "Deux relevés de suite, chacun répété, ont vu échouer la connexion. "
            "Premier échec il y a 5m 0s.",
            "runbook_url": "https://notice.example/runbook#anefpanne",
        },
    }
    expected["exp_labels"] |= {"job": "anef-monitor", "instance": "m"}
    test = {
        "interval": "1m",
        "input_series": incident(7),
        "external_labels": {"notice": "https://notice.example/runbook"},
        "alert_rule_test": [
            {"eval_time": "5m", "alertname": "AnefPanne", "exp_alerts": [expected]}
        ],
    }
    assert promtool(tmp_path, test) == ""


def test_every_alert_has_its_section_in_the_runbook() -> None:
    sections = re.findall(r"^### (Anef\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_section_says_what_it_means_and_what_to_do(alert: Alert) -> None:
    text = RUNBOOK.read_text(encoding="utf-8")
    section = text.partition(f"### {alert.name}\n")[2].partition("\n### ")[0]
    assert "**Ce que cela veut dire.**" in section
    assert "**Que faire.**" in section
