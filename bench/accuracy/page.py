"""The campaign's report as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

PICTURE = "img/accuracy-confusion.svg"


def report_page(report: Mapping[str, Any]) -> str:
    """Markdown of a report; its first line says what it is about."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"*{report['rehearsal']}*"
    yield ""
    yield "# How often is the monitor wrong?"
    yield ""
    yield from _summary(report)
    yield ""
    yield f"![Confusion matrix: what was true, what the monitor said]({PICTURE})"
    yield ""
    yield from _dating(report)
    yield ""
    yield from _refusals(report)
    yield ""
    yield from _not_known(report)
    yield ""
    yield from _scenarios(report["scenarios"])
    yield ""
    yield from _simulated(report["simulated"])
    yield ""
    yield from _method(report)


def _summary(report: Mapping[str, Any]) -> Iterator[str]:
    chances, own = report["false_outage_chances"], report["false_outage_chances_under_own_fault"]
    yield from _table(
        ("measured", "result"),
        [
            ("scenarios played", f"{report['scenarios_total']} of {report['scenarios_in_file']}"),
            ("rehearsals (scenario × seed)", report["rehearsals_total"]),
            ("runs of a probe", report["runs_total"]),
            ("**false outages**", f"**{report['false_outages']}**"),
            ("chances of one", f"{chances}, {own} of them with something done to the monitor"),
            (
                "95 % upper bound of a false outage per run",
                _percent(report["false_outage_upper_95"]),
            ),
            (
                "**missed outages** (two slots or more)",
                f"**{report['missed_outages']}** of {report['outages_of_two_slots_or_more']}",
            ),
            (
                "**starts and ends outside the stated interval**",
                f"**{report['boundary_misses']}** of {report['boundaries_stated']}",
            ),
            (
                "refusals that look like an outage, read as one",
                f"{report['refusals_read_as_down']['total']}, of them "
                f"{report['refusals_read_as_down']['flagged']} marked “blocage non exclu”",
            ),
            ("requests submitted to the site", report["submissions"]),
            ("phases in which the witness saw something else", report["witness_disagreements"]),
        ],
    )
    yield ""
    yield (
        "A false outage is a slot called `down` or `maintenance`, or an incident, while the site "
        "did not fail. The bound is the one-sided Clopper–Pearson bound (without events about 3 "
        "divided by the chances). It holds for this mix of scenarios, which is chosen to be hard, "
        "and for no other; rehearsals of one scenario are alike, so read it as an order of "
        "magnitude."
    )


def _dating(report: Mapping[str, Any]) -> Iterator[str]:
    yield "## Detecting and dating an outage"
    yield ""
    names = {
        "delay_seconds": "from the true start to the opened incident, seconds",
        "delay_intervals": "the same, in intervals between two slots",
        "start_error_seconds": "true start to the middle of its stated interval, seconds",
        "start_interval_width_seconds": "width of the stated interval of the start, seconds",
        "end_error_seconds": "true end to the middle of its stated interval, seconds",
        "end_interval_width_seconds": "width of the stated interval of the end, seconds",
    }
    rows = [
        (label, *(found[key] for key in ("count", "median", "p95", "max")))
        for name, label in names.items()
        if (found := report["detection"][name]) is not None
    ]
    yield from _table(("measured", "outages", "median", "95 %", "largest"), rows)
    yield ""
    yield (
        "Seconds here are those of a rehearsal with intervals of a few seconds. In intervals the "
        "delay carries over to any schedule: an incident opens at the second failing slot."
    )


def _refusals(report: Mapping[str, Any]) -> Iterator[str]:
    read = report["refusals_read_as_down"]
    yield "## Refusals in disguise"
    yield ""
    yield (
        "A rule that refuses our address alone by an error 503, by cutting the connection or by "
        "silence looks exactly like an outage to whoever is refused. From one network operator "
        f"it cannot be told apart. {read['total']} runs were such refusals and were called "
        f"`down`; {read['flagged']} of them carry `refusal_not_excluded`, {read['unflagged']} do "
        "not. They are not among the false outages above, and they are not hidden either: the "
        "answer is the mark on the record, and a second vantage on another network."
    )


def _not_known(report: Mapping[str, Any]) -> Iterator[str]:
    healthy = report["healthy"]
    yield "## The price of being careful"
    yield ""
    yield (
        f"While the site worked and nothing was done to the monitor, {healthy['not_known']} of "
        f"{healthy['slots']} slots ({_percent(healthy['not_known_ratio'])}) brought no knowledge."
    )
    if healthy["why"]:
        yield ""
        yield from _table(("outcome / rule", "slots"), list(healthy["why"].items()))


def _scenarios(scenarios: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield "## Scenario by scenario"
    yield ""
    rows = [
        (
            f"`{one['name']}`",
            f"{one['en']} {_layer(one)}",
            one["runs"],
            f"{one['as_expected']} / {one['judged']}",
            one["false_outages"],
            f"{one['outages_missed']} / {one['outages_due']}",
            one["boundary_misses"],
            _unexpected(one),
        )
        for one in scenarios
    ]
    yield from _table(
        (
            "scenario",
            "what",
            "runs",
            "as expected",
            "false",
            "missed",
            "dates off",
            "other than expected",
        ),
        rows,
    )


def _layer(one: Mapping[str, Any]) -> str:
    return f"({one['layer']}{', TLS' if one['tls'] else ''})"


def _unexpected(one: Mapping[str, Any]) -> str:
    if reason := one["skipped"] or one["failed"]:
        return f"not played: {reason}"
    return "; ".join(f"{what} × {number}" for what, number in one["unexpected"].items())


def _simulated(simulated: Mapping[str, Any]) -> Iterator[str]:
    yield "## Dates, over invented histories"
    yield ""
    yield (
        f"Apart from the rehearsals, and not counted above: {simulated['histories']} invented "
        f"histories ({simulated['slots']} slots with jitter, holes, retries and unclear runs) "
        f"were folded by the real code into {simulated['incidents']} incidents. Of "
        f"{simulated['dates_stated']} stated starts and ends {simulated['dates_wrong']} missed "
        f"the truth; {simulated['false_incidents']} incidents had no failure behind them; "
        f"{simulated['failures_missed']} of {simulated['failures_seen_twice']} failures that two "
        "runs saw were missed. Nothing is probed in this part: it tests arithmetic only."
    )


def _method(report: Mapping[str, Any]) -> Iterator[str]:
    yield "## How it was measured"
    yield ""
    yield (
        "The program is the real one (`anef-monitor run`), as a process of its own, with real "
        "Chromium. The stand-in site is behind a real nginx, whose own errors are used. Network "
        "faults happen in a network namespace whose only cable is carried, and cut, by the "
        "harness. The truth is the moment at which the harness set or lifted a fault. A slot "
        "into which a change fell has no single truth: it is left out of the matrix, and counts "
        "for dates and false outages all the same. A witness at another address looked at the "
        "site in the middle of each phase."
    )
    yield ""
    yield from _table(("machine", ""), list(report["machine"].items()))
    yield ""
    yield f"Made by `{report['command']}` on {report['made_at']} in {report['seconds']:.0f} s."
    yield "Every figure above is in [accuracy.json](accuracy.json)."


def _percent(ratio: float | None) -> str:
    return "not known" if ratio is None else f"{ratio * 100:.2g} %"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "| " + " | ".join("---" for _ in heads) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
