"""What Prometheus derives, and the file of rules: written to ``grafana/rules/anef.yml``."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from grafana.boards.alerts import ALERTS

HEAD = """\
# Made by `make docs` from grafana/boards/rules.py. Rules of your own belong in another file of this
# folder: Prometheus reads them all.
"""

RECORDED: Mapping[str, str] = {
    "anef:incident_age:seconds": (
        "time() - anef_incident_started_timestamp_seconds and on (component) "
        "anef_incident_open == 1"
    ),
    "anef:slots_missed:ratio24h": (
        'sum by (component) (anef_slots_not_known{window="24h", outcome="missed"}) / on '
        '(component) (sum by (component) (anef_slots{window="24h"}) > 0)'
    ),
    "anef:probe_silence:intervals": (
        "(time() - (anef_probe_last_run_timestamp_seconds or on (instance, component) "
        "(anef_probe_interval_seconds * 0 + on (instance) group_left () "
        'process_start_time_seconds{job="anef-monitor"}))) / on (instance, component) '
        "anef_probe_interval_seconds"
    ),
    "anef:step_duration_seconds:p95_1h": (
        "histogram_quantile(0.95, sum by (component, step, le) "
        "(rate(anef_probe_step_duration_seconds_bucket[1h])))"
    ),
    "anef:store_write_seconds:p95_1h": (
        "histogram_quantile(0.95, sum by (le) (rate(anef_store_write_duration_seconds_bucket[1h])))"
    ),
    "anef:stamp_wait:seconds": "time() - anef_log_unstamped_since_timestamp_seconds",
    "anef:disk_free:ratio": "anef_disk_free_bytes / anef_disk_size_bytes",
}
"""Name to expression."""


GROUPS: Mapping[str, str] = {"anef_service": "public", "anef_monitor": "exploitant"}


def text() -> str:
    """The rules file."""
    derived = [{"record": name, "expr": expr} for name, expr in RECORDED.items()]
    groups = [{"name": "anef_derived", "rules": derived}]
    groups += [
        {"name": group, "rules": [one.rule() for one in ALERTS if one.audience == audience]}
        for group, audience in GROUPS.items()
    ]
    made = yaml.safe_dump({"groups": groups}, allow_unicode=True, sort_keys=False, width=98)
    return HEAD + made
