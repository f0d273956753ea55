"""A rehearsal of four minutes under a real Prometheus, and what it answers to every panel.

``python -m bench.board_data FILE`` writes the boards, the answers and the marks as one JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from monitor.demo import COMPONENTS
from probes.standin.run import standin_thread
from probes.standin.server import StandIn
from tests.grafana.expressions import DASHBOARDS, VARIABLES, panels
from tests.grafana.prometheus import Prometheus, scraping
from tests.rehearsal import running, settings_file

INTERVALS = {"portal": 30.0, "login": 35.0, "category": 15.0, "upload": 50.0}
SCRIPT = (("none", 70), ("categories_empty", 65), ("none", 50), ("categories_empty", 65))
STEP_SECONDS = 1.0


def main() -> None:
    """Play the script and write what Prometheus answers at its end."""
    assert tuple(INTERVALS) == COMPONENTS
    with (
        tempfile.TemporaryDirectory() as name,
        standin_thread(StandIn(portal_port=0, sso_port=0)) as standin,
    ):
        folder = Path(name)
        file = settings_file(standin, folder, intervals=INTERVALS)
        with running(file) as monitor, scraping(monitor.addresses()[1], folder) as prometheus:
            began = time.time()
            for fault, seconds in SCRIPT:
                standin.set_fault(fault)
                time.sleep(seconds)
            answers = answered(prometheus, time.time() - began)
            monitor.end()
    Path(sys.argv[1]).write_text(json.dumps(answers), encoding="utf-8")


def answered(prometheus: Prometheus, seconds: float) -> dict[str, Any]:
    """Boards with the answers to their panels, by panel and query."""
    end = time.time()
    boards = {}
    for name, board in DASHBOARDS.items():
        found = {
            str(panel["id"]): {
                target["refId"]: asked(prometheus, target, seconds, end)
                for target in panel.get("targets", ())
            }
            for panel in panels(board)
        }
        marks = [
            {
                "mark": mark,
                "series": prometheus.ranged(
                    mark["expr"], seconds=seconds, step=STEP_SECONDS, end=end
                ),
            }
            for mark in board["annotations"]["list"]
        ]
        boards[name] = {"board": board, "answers": found, "marks": marks}
    span = {"from": (end - seconds) * 1000, "to": end * 1000}
    return {"boards": boards, "variables": VARIABLES, "range": span}


def asked(
    prometheus: Prometheus, target: dict[str, Any], seconds: float, end: float
) -> list[dict[str, Any]]:
    """One query as Grafana would send it."""
    expr = target["expr"]
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    if target.get("range"):
        return prometheus.ranged(expr, seconds=seconds, step=STEP_SECONDS, end=end)
    return prometheus.instant(expr, at=end)


if __name__ == "__main__":
    main()
