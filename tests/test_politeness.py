"""Conduct towards the site: what is given up, and which schedule is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.model import SlotRecord
from monitor.errors import ConfigurationError
from monitor.politeness import Politeness, require_polite_intervals
from probes.site import SITES, load_site
from tests.core.ledgers import at, ledger

STANDIN = load_site(SITES / "standin.toml")
ANEF = load_site(SITES / "anef.toml")
RULES = ANEF.politeness


class ListLedger:
    """A ledger in memory; ``runs`` says how many runs it counts, ``asked`` since when."""

    def __init__(self, records: Sequence[SlotRecord] = (), runs: int = 0) -> None:
        self.records, self.runs = records, runs
        self.asked: list[datetime] = []

    def recent_slots(
        self, component: str, vantage: str, limit: int, *, before: datetime | None = None
    ) -> tuple[SlotRecord, ...]:
        """Newest first."""
        found = [
            r
            for r in reversed(self.records)
            if (r.slot.component, r.slot.vantage) == (component, vantage)
            and (before is None or r.slot.scheduled_at < before)
        ]
        return tuple(found[:limit])

    def runs_since(self, moment: datetime) -> int:
        """As given."""
        self.asked.append(moment)
        return self.runs


def politeness(found: ListLedger, tmp_path: Path, *components: str) -> Politeness:
    return Politeness(
        site=ANEF,
        ledger=found,
        components=components or ("portal", "login"),
        vantage="local",
        kill_switch=tmp_path / "STOP",
    )


def test_nothing_stands_in_the_way_of_a_first_run(tmp_path: Path) -> None:
    assert politeness(ListLedger(), tmp_path).reason_to_skip(at(0)) is None


def test_the_kill_switch_comes_before_all(tmp_path: Path) -> None:
    (tmp_path / "STOP").touch()
    found = ListLedger(ledger("B"), runs=10**6)
    assert politeness(found, tmp_path).reason_to_skip(at(1)) == "kill_switch"


@pytest.mark.parametrize(
    ("word", "times"), [("B", 1), ("BB", 2), ("BBB", 4), ("UB", 1), ("BUB", 1)]
)
def test_each_refusal_in_a_row_doubles_the_pause(word: str, times: int, tmp_path: Path) -> None:
    ended = at(len(word) - 1, 10)
    until = ended + timedelta(seconds=RULES.backoff_seconds * times)
    polite = politeness(ListLedger(ledger(word)), tmp_path)
    assert polite.paused_until(until) == until
    assert polite.reason_to_skip(until - timedelta(seconds=1)) == "backoff"
    assert polite.reason_to_skip(until) is None


def test_a_refusal_met_by_one_probe_pauses_all(tmp_path: Path) -> None:
    records = [*ledger("B", component="login"), *ledger("U", component="portal")]
    assert politeness(ListLedger(records), tmp_path).reason_to_skip(at(0, 30)) == "backoff"


def test_a_refusal_met_from_elsewhere_pauses_nobody(tmp_path: Path) -> None:
    records = ledger("B", vantage="paris")
    assert politeness(ListLedger(records), tmp_path).reason_to_skip(at(0, 30)) is None


def test_a_longer_retry_after_is_kept_to_in_full(tmp_path: Path) -> None:
    (record,) = ledger("B")
    asked = replace(record, retry_after_seconds=RULES.backoff_max_seconds * 2)
    until = politeness(ListLedger([asked]), tmp_path).paused_until(at(1))
    assert until == at(0, 10) + timedelta(seconds=RULES.backoff_max_seconds * 2)


def test_a_long_pause_is_kept_to_over_all_the_slots_that_it_skips(tmp_path: Path) -> None:
    *_, refused = ledger("UB")
    asked = replace(refused, retry_after_seconds=timedelta(days=7).total_seconds())
    skipped = ledger("UB" + "-" * 1000)[2:]
    until = at(1, 10) + timedelta(days=7)
    polite = politeness(ListLedger([*ledger("U"), asked, *skipped]), tmp_path)
    assert polite.reason_to_skip(at(1002)) == "backoff"
    assert polite.paused_until(until) == until


def test_a_pause_that_skipped_many_slots_still_counts_as_one_of_a_row(tmp_path: Path) -> None:
    found = ListLedger(ledger("BBBBB" + "-" * 150 + "B"))
    last = at(155, 10)
    assert politeness(found, tmp_path).paused_until(last) == last + timedelta(
        seconds=RULES.backoff_max_seconds
    )


def test_the_budget_is_that_of_the_day_in_utc(tmp_path: Path) -> None:
    found = ListLedger(runs=RULES.daily_budget)
    assert politeness(found, tmp_path).reason_to_skip(at(0)) == "budget"
    assert found.asked == [at(0).replace(hour=0, minute=0)]
    fewer = ListLedger(runs=RULES.daily_budget - 1)
    assert politeness(fewer, tmp_path).reason_to_skip(at(0)) is None


def test_a_real_site_is_not_asked_more_often_than_its_floor() -> None:
    with pytest.raises(ConfigurationError, match=r"schedule\.intervals\.portal = 60"):
        require_polite_intervals(ANEF, {"portal": 60})
    require_polite_intervals(ANEF, {"portal": RULES.floor_seconds})


def test_a_real_site_is_not_asked_more_than_its_budget() -> None:
    intervals = dict.fromkeys(("portal", "login", "category"), RULES.floor_seconds)
    with pytest.raises(ConfigurationError, match=r"864 runs a day .* budget is 800"):
        require_polite_intervals(ANEF, intervals)


def test_a_site_on_this_machine_may_be_asked_at_any_rate() -> None:
    require_polite_intervals(STANDIN, {"portal": 0.1})


def test_the_intervals_of_the_site_file_that_ships_are_polite() -> None:
    require_polite_intervals(ANEF, {n: plan.interval_seconds for n, plan in ANEF.probes.items()})
