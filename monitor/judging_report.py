"""What ``reclassify`` and ``review`` print: tables for a person, JSON for a machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from monitor.core.model import Observation, Outcome, SlotRecord
from monitor.core.reclassify import Change, Reclassification, counted
from monitor.core.reviewed import Review, Waiting
from monitor.core.statistics import PARIS, Figure, shown_coverage, shown_percent
from monitor.core.timeline import slot_time
from monitor.judging import Reclassified, TwoFigures
from monitor.report import observation_json, rfc3339

SHOWN_SLOTS = 40
"""As many lines of a long list go to the terminal; ``--json`` has them all."""


def local(moment: datetime) -> str:
    """Paris time, as the terminal shows it."""
    return moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")


def reclassified_json(found: Reclassified) -> dict[str, Any]:
    """The shape of ``reclassify --json``."""
    return {
        "schema": "reclassification/1",
        "ruleset": found.ruleset,
        "slots_judged": found.judged,
        "slots_changed": len(found.changes),
        "kept": found.kept,
        "counts": [
            {"before": _said(*one.before), "after": _said(*one.after), "slots": one.slots}
            for one in counted(found.changes)
        ],
        "changes": [_change_json(change) for change in found.changes],
    }


def _said(outcome: Outcome, rule: str) -> dict[str, Any]:
    return {"outcome": outcome.value, "rule": rule}


def _change_json(change: Change) -> dict[str, Any]:
    before, after = change.before, change.verdict
    return {
        **slot_json(before),
        "before": {**_said(before.outcome, before.rule), "ruleset": before.ruleset},
        "after": {**_said(after.outcome, after.rule), "flags": list(after.flags)},
    }


def slot_json(record: SlotRecord) -> dict[str, Any]:
    """What names a slot."""
    return {
        "sequence": record.sequence,
        "component": record.slot.component,
        "vantage": record.slot.vantage,
        "scheduled_at": rfc3339(record.slot.scheduled_at),
    }


def print_reclassified(console: Console, found: Reclassified) -> None:
    """What would change, or has been kept, for a person."""
    console.print(
        f"ruleset {found.ruleset}: {found.judged} slots judged again, {len(found.changes)} differ"
    )
    if not found.changes:
        return
    table = _table("slots", "before", "now")
    for one in counted(found.changes):
        table.add_row(str(one.slots), _words(*one.before), _words(*one.after))
    console.print(table)
    slots = _table("slot", "when (Paris)", "component", "before", "now")
    for change in found.changes[:SHOWN_SLOTS]:
        before, after = change.before, change.verdict
        slots.add_row(
            str(before.sequence),
            local(before.slot.scheduled_at),
            before.slot.component,
            _words(before.outcome, before.rule),
            _words(after.outcome, after.rule),
        )
    console.print(slots)
    _say_rest(console, len(found.changes))
    if found.kept is None:
        console.print("Nothing was kept: --apply keeps these verdicts beside the first ones.")
    else:
        console.print(f"{found.kept} verdicts were kept beside the first ones.")


def _words(outcome: Outcome, rule: str) -> str:
    return f"{outcome.value} ({rule})"


def _say_rest(console: Console, count: int) -> None:
    if count > SHOWN_SLOTS:
        console.print(f"… and {count - SHOWN_SLOTS} more; --json lists them all.")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading == "slots" else "left")
    return table


def waiting_json(found: Sequence[Waiting]) -> dict[str, Any]:
    """The shape of ``review list --json``."""
    return {
        "schema": "review-list/1",
        "slots": sum(len(one.records) for one in found),
        "rows": [
            {
                "component": one.first.slot.component,
                "vantage": one.first.slot.vantage,
                **_said(one.first.outcome, one.first.rule),
                "in_a_row": len(one.records),
                "first": slot_json(one.first),
                "last": slot_json(one.last),
            }
            for one in found
        ],
    }


def print_waiting(console: Console, found: Sequence[Waiting]) -> None:
    """What waits, for a person."""
    if not found:
        console.print("Nothing waits for a decision.")
        return
    table = _table("slot", "since (Paris)", "last seen", "slots", "component", "what was said")
    for one in found[-SHOWN_SLOTS:]:
        table.add_row(
            str(one.first.sequence),
            local(slot_time(one.first)),
            local(slot_time(one.last)),
            str(len(one.records)),
            one.first.slot.component,
            _words(one.first.outcome, one.first.rule),
        )
    console.print(table)
    _say_rest(console, len(found))
    newest = found[-1]
    row = f" --through {newest.last.sequence}" if len(newest.records) > 1 else ""
    console.print(
        f"Look with `review show {newest.first.sequence}`, then "
        f"`review decide {newest.first.sequence}{row} --decision … --by … --note …`"
    )


def review_json(review: Review) -> dict[str, Any]:
    """One decision."""
    return {
        "number": review.number,
        "sequence": review.sequence,
        "decision": review.decision.value,
        "by": review.by,
        "note": review.note,
        "decided_at": rfc3339(review.decided_at),
    }


def reclassification_json(later: Reclassification) -> dict[str, Any]:
    """One later verdict."""
    return {
        "number": later.number,
        **_said(later.outcome, later.rule),
        "ruleset": later.ruleset,
        "flags": list(later.flags),
        "decided_at": rfc3339(later.decided_at),
    }


def slot_history_json(
    record: SlotRecord,
    observation: Observation | None,
    later: Iterable[Reclassification],
    reviews: Iterable[Review],
) -> dict[str, Any]:
    """The shape of ``review show --json``."""
    return {
        "schema": "review-slot/1",
        **slot_json(record),
        **_said(record.outcome, record.rule),
        "observation": None if observation is None else observation_json(observation),
        "reclassifications": [reclassification_json(one) for one in later],
        "reviews": [review_json(one) for one in reviews],
    }


def print_judgements(
    console: Console, later: Iterable[Reclassification], reviews: Iterable[Review]
) -> None:
    """All that was said of a slot since, oldest first."""
    for one in later:
        said = _words(one.outcome, one.rule)
        console.print(f"{local(one.decided_at)}  ruleset {one.ruleset}: {said}")
    for review in reviews:
        console.print(
            f"{local(review.decided_at)}  {review.by}: {review.decision.value} — {review.note}",
            markup=False,
        )


def figures_json(found: Iterable[TwoFigures]) -> dict[str, Any]:
    """The shape of ``review figures --json``."""
    return {
        "schema": "review-figures/1",
        "components": [
            {
                "component": one.component,
                "first": _figure_json(one.first),
                "second": _figure_json(one.second),
                "judged_again": [
                    {**slot_json(record), **_said(record.outcome, record.rule)}
                    for record in one.judged_again
                ],
            }
            for one in found
        ],
    }


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "start": rfc3339(figure.start),
        "end": rfc3339(figure.end),
        "availability": figure.availability,
        "coverage": figure.coverage,
        "bounds": list(figure.bounds),
        "observations": figure.observations,
        "incidents": len(figure.incidents),
        "insufficient": figure.insufficient,
        "rulesets": list(figure.rulesets),
    }


def print_figures(console: Console, found: Sequence[TwoFigures]) -> None:
    """First and second figures side by side; the slots that make the difference by name."""
    table = _table("component", "first", "coverage", "second", "coverage", "slots")
    for one in found:
        table.add_row(
            one.component,
            _percent(one.first),
            _known(one.first),
            _percent(one.second),
            _known(one.second),
            str(len(one.judged_again)),
        )
    console.print(table)
    for one in found:
        for record in one.judged_again[:SHOWN_SLOTS]:
            console.print(
                f"slot {record.sequence}, {local(slot_time(record))}, {one.component}: counts as "
                f"{_words(record.outcome, record.rule)}"
            )
        _say_rest(console, len(one.judged_again))


def _known(figure: Figure) -> str:
    return f"{shown_coverage(figure.coverage):.0f}%"


def _percent(figure: Figure) -> str:
    if figure.availability is None:
        return "not enough known"
    digits = figure.digits
    return f"{shown_percent(figure.availability, digits):.{digits}f} %"
