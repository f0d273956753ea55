"""A failure that two network operators see is not a refusal of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.model import Outcome, Slot, SlotRecord, Vantage
from monitor.core.networks import networks_seeing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OURS = Vantage(id="paris", label="Paris", asn=1)
VANTAGES = {
    "paris": OURS,
    "lyon": Vantage(id="lyon", label="Lyon", asn=2),
    "lille": Vantage(id="lille", label="Lille", asn=1),
    "ailleurs": Vantage(id="ailleurs", label="Ailleurs"),
}


def record(vantage: str, outcome: Outcome, *, age_seconds: float = 60) -> SlotRecord:
    """The last slot of a vantage."""
    scheduled_at = NOW - timedelta(seconds=age_seconds)
    slot = Slot(
        component="portal", vantage=vantage, scheduled_at=scheduled_at, interval_seconds=300
    )
    return SlotRecord(sequence=1, slot=slot, outcome=outcome, rule="http_5xx")


def seen(*latest: SlotRecord, own: Vantage = OURS, component: str = "portal") -> int:
    """Networks that see the failure."""
    return networks_seeing(component, own=own, latest=latest, vantages=VANTAGES, now=NOW)


def test_another_operator_that_sees_it_counts() -> None:
    assert seen(record("lyon", Outcome.DOWN)) == 2


@pytest.mark.parametrize(
    "other",
    [
        record("lyon", Outcome.UP),
        record("lyon", Outcome.BLOCKED),
        record("lyon", Outcome.DOWN, age_seconds=800),
        record("lille", Outcome.DOWN),
        record("ailleurs", Outcome.DOWN),
        record("inconnu", Outcome.DOWN),
    ],
)
def test_what_leaves_a_doubt_does_not_count(other: SlotRecord) -> None:
    assert seen(other) == 1


def test_without_a_network_of_our_own_nothing_is_excluded() -> None:
    assert seen(record("lyon", Outcome.DOWN), own=VANTAGES["ailleurs"]) == 1


def test_another_component_says_nothing() -> None:
    assert seen(record("lyon", Outcome.DOWN), component="login") == 1
