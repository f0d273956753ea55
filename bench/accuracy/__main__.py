"""``python -m bench.accuracy``: play the campaign and write its report.

Exit code 0 when no outage was false, none was missed and every date was right; else 1.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.accuracy.campaign import Plan, play_all
from bench.accuracy.judge import judge
from bench.accuracy.machine import describe_machine
from bench.accuracy.page import PICTURE, report_page
from bench.accuracy.picture import confusion_svg
from bench.accuracy.record import Rehearsal
from bench.accuracy.scenario import Scenario, choose, load_scenarios
from bench.accuracy.simulate import simulate
from bench.accuracy.tally import evidence, figures, per_scenario

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHED = DOCS.parent / "monitor/web/campaign.json"
KEPT = Path("var/accuracy/rehearsals.jsonl")
HISTORIES, QUICK_HISTORIES = 2000, 50
FIRST_LINE = (
    "This is a rehearsal site with faults on demand, not ANEF: it measures the monitor, and says "
    "nothing about any real service."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, write, and say what came of it."""
    options = _options(arguments)
    scenarios = _chosen(options)
    machine = describe_machine()
    started = time.monotonic()
    plan = Plan(
        scenarios=scenarios,
        seeds=1 if options.quick else options.seeds,
        lanes=options.lanes,
        pace=options.pace,
        kept=None if options.quick else options.kept,
        resume=options.resume,
    )
    rehearsals = play_all(plan, _say)
    report = make_report(
        rehearsals,
        scenarios,
        machine=machine,
        command=" ".join(["python -m bench.accuracy", *(arguments or sys.argv[1:])]),
        seconds=time.monotonic() - started,
        histories=QUICK_HISTORIES if options.quick else HISTORIES,
    )
    write_report(report, options.out)
    if options.out == DOCS and not options.quick:
        PUBLISHED.write_text(json.dumps(for_the_page(report), indent=1) + "\n", encoding="utf-8")
    _say_result(report)
    return 0 if is_clean(report) else 1


def make_report(
    rehearsals: Sequence[Rehearsal],
    scenarios: Sequence[Scenario],
    *,
    machine: dict[str, object],
    command: str,
    seconds: float,
    histories: int,
) -> dict[str, Any]:
    """The report as JSON values, from what was played and from so many invented histories."""
    judged = [judge(one) for one in rehearsals]
    return {
        "schema": "accuracy/1",
        "rehearsal": FIRST_LINE,
        **figures(judged, scenarios),
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(seconds, 1),
        "command": command,
        "machine": machine,
        "simulated": simulate(histories),
        "findings": evidence(judged),
        "scenarios": per_scenario(judged, scenarios),
    }


def write_report(report: dict[str, Any], folder: Path) -> None:
    """The JSON, the page and the picture."""
    (folder / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (folder / "accuracy.json").write_text(text + "\n", encoding="utf-8")
    (folder / "accuracy.md").write_text(report_page(report), encoding="utf-8")
    (folder / PICTURE).write_text(confusion_svg(report["confusion"]), encoding="utf-8")


def for_the_page(report: dict[str, Any]) -> dict[str, Any]:
    """The numbers that the public method page prints."""
    return {
        "made_at": report["made_at"],
        "scenarios": report["scenarios_total"],
        "rehearsals": report["rehearsals_total"],
        "false_outages": report["false_outages"],
        "false_outage_chances": report["false_outage_chances"],
        "false_outage_upper_95": report["false_outage_upper_95"],
        "missed_outages": report["missed_outages"],
        "outages": report["outages_of_two_slots_or_more"],
        "missed_outage_upper_95": report["missed_outage_upper_95"],
        "boundary_misses": report["boundary_misses"],
        "boundaries": report["boundaries_stated"],
        "refusals_read_as_down": report["refusals_read_as_down"]["total"],
        "refusals_flagged": report["refusals_read_as_down"]["flagged"],
    }


def is_clean(report: dict[str, Any]) -> bool:
    """True when nothing was wrong and everything could be played."""
    wrong = ("false_outages", "missed_outages", "boundary_misses", "rehearsals_failed")
    return report["rehearsals_total"] > 0 and not any(report[key] for key in wrong)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3, help="rehearsals of each scenario")
    parser.add_argument("--quick", action="store_true", help="a handful, once")
    parser.add_argument("--lanes", type=int, default=3, help="rehearsals at once")
    parser.add_argument("--pace", type=float, default=1.0, help="stretches every interval")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder of the report")
    parser.add_argument("--kept", type=Path, default=KEPT, help="where each rehearsal is kept")
    parser.add_argument("--resume", action="store_true", help="go on with a broken-off campaign")
    return parser.parse_args(arguments)


def _chosen(options: argparse.Namespace) -> tuple[Scenario, ...]:
    every = choose(load_scenarios(), options.only)
    return tuple(one for one in every if one.quick) if options.quick else every


def _say(rehearsal: Rehearsal, done: int, total: int) -> None:
    judged = judge(rehearsal)
    note = rehearsal.skipped or rehearsal.failed or _short(judged.false_outages)
    played = f"{rehearsal.scenario} #{rehearsal.seed}  {rehearsal.seconds:.0f} s"
    print(f"{done:4}/{total}  {played}  {note}", flush=True)  # noqa: T201  the command's output


def _short(false: int) -> str:
    return f"FALSE OUTAGES: {false}" if false else "ok"


def _say_result(report: dict[str, Any]) -> None:
    keys = ("scenarios_total", "runs_total", "false_outages", "missed_outages", "boundary_misses")
    print(" · ".join(f"{key} {report[key]}" for key in keys))  # noqa: T201


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(
            number, signal.default_int_handler
        )  # also for who started us in the background
    sys.exit(main())
