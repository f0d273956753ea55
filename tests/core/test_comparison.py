"""Two periods are compared only where the method was the same, or the change is printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from monitor.core.comparison import Change, compare
from monitor.core.statistics import Figure, figure
from tests.core.ledgers import at, ledger


def of(word: str, **changed: object) -> Figure:
    records = ledger(word)
    found = figure(records, start=at(0), end=at(len(word)), now=at(len(word)))
    return replace(found, **cast(Any, changed))


def test_the_difference_is_second_minus_first() -> None:
    found = compare(of("UUUUUUUUUU"), of("UUUUUUUUDD"))
    assert found.difference == pytest.approx(-0.2)
    assert found.changes == ()
    assert found.is_certain


def test_what_is_not_known_can_make_a_difference_uncertain() -> None:
    found = compare(of("UUUUUUUUU."), of("UUUUUUU.DD"))
    assert found.difference is not None
    assert not compare(of("UUUUUUUU.."), of("UUUUUUUU.U")).is_certain


@pytest.mark.parametrize(
    ("changed", "change"),
    [
        ({"rulesets": ("other",)}, Change.RULESET),
        ({"vantages": ("other",)}, Change.VANTAGES),
        ({"intervals_seconds": (60.0,)}, Change.INTERVAL),
    ],
)
def test_a_change_of_method_refuses_the_difference(
    changed: dict[str, object], change: Change
) -> None:
    pair = of("UUUUUUUUUU"), of("UUUUUUUUDD", **changed)
    assert compare(*pair).difference is None
    assert compare(*pair).changes == (change,)
    marked = compare(*pair, across_changes=True)
    assert marked.difference == pytest.approx(-0.2)
    assert marked.changes == (change,)
    assert not marked.is_certain


def test_another_site_file_is_a_change() -> None:
    found = compare(of("UU"), of("UU"), site_files=({"a"}, {"b"}))
    assert found.changes == (Change.SITE_FILE,)


def test_a_period_without_any_observation_has_no_other_method() -> None:
    records = ledger("UUUU")
    before = figure(records, start=at(-9), end=at(-5), now=at(4))
    found = compare(before, of("UUUU"), site_files=((), {"a"}))
    assert (found.changes, found.difference) == ((), None)


def test_without_a_figure_there_is_no_difference() -> None:
    assert compare(of("UUUU"), of("....")).difference is None
