"""Findings of all rehearsals as one set of figures. Pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.accuracy.judge import NOT_KNOWN, Judged, JudgedOutage, JudgedSlot
from bench.accuracy.record import PlayedPhase
from bench.accuracy.scenario import Scenario, Truth

CONFIDENCE = 0.95
REFUSAL_FLAG = "refusal_not_excluded"


def upper_bound(events: int, chances: int, confidence: float = CONFIDENCE) -> float | None:
    """The one-sided Clopper–Pearson upper bound of a probability: the largest one under which so
    few events still had a chance of ``1 - confidence``. Without events about 3 / chances ("rule
    of three"). None without chances."""
    if chances == 0:
        return None
    if events >= chances:
        return 1.0
    low, high = events / chances, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(events, chances, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(events: int, chances: int, probability: float) -> float:
    """P(X <= events) of a binomial distribution."""
    if probability >= 1:
        return 0.0
    logs = (
        math.lgamma(chances + 1)
        - math.lgamma(k + 1)
        - math.lgamma(chances - k + 1)
        + (k * math.log(probability) if k else 0.0)
        + (chances - k) * math.log1p(-probability)
        for k in range(events + 1)
    )
    return math.fsum(math.exp(one) for one in logs)


def figures(judged: Sequence[Judged], scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """The top-level figures of the report."""
    played = [one for one in judged if one.rehearsal.phases]
    slots = [slot for one in played for slot in one.slots]
    ran = [slot for slot in slots if slot.slot.started_at is not None]
    outages = [outage for one in played for outage in one.outages]
    due = [outage for outage in outages if outage.due]
    false = sum(one.false_outages for one in played)
    chances = [slot for slot in slots if slot.is_chance]
    return {
        "scenarios_total": len({one.rehearsal.scenario for one in played}),
        "scenarios_in_file": len(scenarios),
        "rehearsals_total": len(played),
        "rehearsals_skipped": sum(one.rehearsal.skipped is not None for one in judged),
        "rehearsals_failed": sum(one.rehearsal.failed is not None for one in judged),
        "slots_total": len(slots),
        "runs_total": len(ran),
        "false_outages": false,
        "false_outage_chances": len(chances),
        "false_outage_chances_under_own_fault": sum(slot.own_fault for slot in chances),
        "false_outage_upper_95": upper_bound(false, len(chances)),
        "missed_outages": sum(not outage.found for outage in due),
        "outages_of_two_slots_or_more": len(due),
        "outages_found": sum(outage.found for outage in outages),
        "missed_outage_upper_95": upper_bound(sum(not o.found for o in due), len(due)),
        **_boundaries(outages),
        "refusals_read_as_down": _refusals(slots),
        "detection": _detection([o for o in due if o.found]),
        "healthy": _healthy(slots),
        "witness_disagreements": sum(
            _witness_disagrees(phase) for one in played for phase in one.rehearsal.phases
        ),
        "submissions": sum(one.rehearsal.submissions for one in played),
        "confusion": confusion(slots),
    }


def _boundaries(outages: Iterable[JudgedOutage]) -> dict[str, Any]:
    found = [outage for outage in outages if outage.found]
    stated = [o.start_inside for o in found] + [o.end_inside for o in found]
    known = [one for one in stated if one is not None]
    return {
        "boundary_misses": sum(not one for one in known),
        "boundaries_stated": len(known),
        "boundaries_open": len(stated) - len(known),
    }


FOR_EVERYBODY = ("edge:dead_backend", "edge:refused", "edge:silent", "edge:reset_all")
FOR_US_ALONE = ("edge:refuse_", "net:", "own:")


def _witness_disagrees(phase: PlayedPhase) -> bool:
    """True when the visitor from another address did not meet what the scenario says of the
    front: that it fails for everybody, or for the monitor alone."""
    if phase.witness_status is None:
        return False
    if any(fault in FOR_EVERYBODY for fault in phase.do):
        return phase.witness_status == 200
    ours = bool(phase.do) and all(fault.startswith(FOR_US_ALONE) for fault in phase.do)
    return ours and phase.witness_status != 200


def _refusals(slots: Iterable[JudgedSlot]) -> dict[str, int]:
    """Refusals that look like an outage to whoever is refused, and were called one."""
    read = [slot for slot in slots if slot.refusal_read_as_down]
    flagged = sum(REFUSAL_FLAG in slot.slot.flags for slot in read)
    return {"total": len(read), "flagged": flagged, "unflagged": len(read) - flagged}


def _detection(found: Sequence[JudgedOutage]) -> dict[str, Any]:
    return {
        "delay_seconds": spread(o.delay_seconds for o in found),
        "delay_intervals": spread(o.delay_intervals for o in found),
        "start_error_seconds": spread(o.start_error_seconds for o in found),
        "start_interval_width_seconds": spread(o.start_width_seconds for o in found),
        "end_error_seconds": spread(o.end_error_seconds for o in found),
        "end_interval_width_seconds": spread(o.end_width_seconds for o in found),
    }


def spread(values: Iterable[float | None]) -> dict[str, float | int] | None:
    """Count, median, 95th percentile and maximum; None without values."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return {
        "count": len(known),
        "median": round(statistics.median(known), 3),
        "p95": round(known[min(len(known) - 1, math.ceil(0.95 * len(known)) - 1)], 3),
        "max": round(known[-1], 3),
    }


def _healthy(slots: Iterable[JudgedSlot]) -> dict[str, Any]:
    """Slots while the site worked and nothing was done to the monitor: how many brought no
    knowledge."""
    quiet = [
        slot for slot in slots if slot.truth in (Truth.UP, Truth.DEGRADED) and not slot.own_fault
    ]
    lost = [slot for slot in quiet if slot.slot.outcome in NOT_KNOWN]
    return {
        "slots": len(quiet),
        "not_known": len(lost),
        "not_known_ratio": round(len(lost) / len(quiet), 4) if quiet else None,
        "why": dict(Counter(f"{s.slot.outcome}/{s.slot.rule}" for s in lost).most_common()),
    }


def confusion(slots: Iterable[JudgedSlot]) -> dict[str, dict[str, int]]:
    """How often each truth met each outcome, for slots into which no change fell."""
    counted: Counter[tuple[str, str]] = Counter(
        (slot.truth.value, slot.slot.outcome) for slot in slots if slot.truth is not None
    )
    return {
        truth.value: {
            outcome: number
            for (row, outcome), number in sorted(counted.items())
            if row == truth.value
        }
        for truth in Truth
    }


def per_scenario(judged: Sequence[Judged], scenarios: Sequence[Scenario]) -> list[dict[str, Any]]:
    """One entry for each scenario of the file, in its order."""
    return [
        _entry(scenario, [one for one in judged if one.rehearsal.scenario == scenario.name])
        for scenario in scenarios
    ]


def _entry(scenario: Scenario, of_it: Sequence[Judged]) -> dict[str, Any]:
    slots = [slot for one in of_it for slot in one.slots]
    outages = [outage for one in of_it for outage in one.outages]
    clear = [slot for slot in slots if slot.truth is not None]
    return {
        "name": scenario.name,
        "fr": scenario.fr,
        "en": scenario.en,
        "layer": scenario.layer,
        "tls": scenario.tls,
        "probes": list(scenario.probes),
        "interval_seconds": scenario.interval_seconds,
        "truths": [phase.truth.value for phase in scenario.phases],
        "faults": sorted({fault for phase in scenario.phases for fault in phase.do}),
        "seeds": sorted(one.rehearsal.seed for one in of_it if one.rehearsal.phases),
        "skipped": _first(one.rehearsal.skipped for one in of_it),
        "failed": _first(one.rehearsal.failed for one in of_it),
        "runs": sum(slot.slot.started_at is not None for slot in slots),
        "outcomes": dict(Counter(slot.slot.outcome for slot in slots)),
        "as_expected": sum(slot.right for slot in clear),
        "judged": len(clear),
        "unexpected": dict(
            Counter(_unexpected(slot) for slot in clear if not slot.right).most_common()
        ),
        "false_outages": sum(one.false_outages for one in of_it),
        "refusals_read_as_down": sum(slot.refusal_read_as_down for slot in slots),
        "outages_due": sum(outage.due for outage in outages),
        "outages_missed": sum(outage.due and not outage.found for outage in outages),
        "boundary_misses": _boundaries(outages)["boundary_misses"],
        "delay_seconds": spread(outage.delay_seconds for outage in outages if outage.due),
    }


def _unexpected(slot: JudgedSlot) -> str:
    truth = slot.truth.value if slot.truth else "?"
    return f"{truth} -> {slot.slot.outcome} ({slot.slot.rule})"


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def evidence(judged: Sequence[Judged]) -> list[Mapping[str, Any]]:
    """Every slot that was a false outage or a refusal read as down, with its signals; and every
    incident that no failure of the site explains."""
    slots = [
        {
            "scenario": one.rehearsal.scenario,
            "seed": one.rehearsal.seed,
            "finding": "false_outage" if slot.false_outage else "refusal_read_as_down",
            "outcome": slot.slot.outcome,
            "rule": slot.slot.rule,
            "flags": list(slot.slot.flags),
            "signals": list(slot.slot.signals),
        }
        for one in judged
        for slot in one.slots
        if slot.false_outage or slot.refusal_read_as_down
    ]
    incidents = [
        {
            "scenario": one.rehearsal.scenario,
            "seed": one.rehearsal.seed,
            "finding": "false_incident",
            **incident.model_dump(mode="json"),
        }
        for one in judged
        for incident in one.false_incidents
    ]
    return [*slots, *incidents]
