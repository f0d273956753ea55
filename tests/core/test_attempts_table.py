"""The table of findings, cell by cell."""

from __future__ import annotations

from itertools import product

import pytest

from monitor.core.attempts_table import (
    REASONS,
    TABLE,
    Category,
    Depth,
    Distance,
    Finding,
    Reason,
    Saw,
    finding_of,
    reason_for,
)

CELLS = list(product(Saw, Saw, Distance, Depth, Category))


def expected(
    before: Saw, after: Saw, distance: Distance, depth: Depth, category: Category
) -> Finding:
    """The issue's sentences, said a second time and in another way."""
    failing = before is after is Saw.FAILING
    seen = distance is Distance.NEAR or (failing and distance is Distance.CONTINUOUS)
    if Saw.NOTHING in (before, after) or not seen:
        return Finding.NOT_OBSERVED
    if category is Category.OTHER or (depth is Depth.SHORT and not failing):
        return Finding.NOT_COMPARABLE
    if before is not after:
        return Finding.SHARED
    return Finding.CONCORDANT if failing else Finding.CONTRARY


def test_the_table_has_every_combination_and_no_other() -> None:
    assert len(TABLE) == len(Saw) ** 2 * len(Distance)
    assert len(CELLS) == 108


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(cell))
def test_every_cell_says_what_the_issue_says(
    cell: tuple[Saw, Saw, Distance, Depth, Category],
) -> None:
    assert finding_of(reason_for(*cell)) is expected(*cell)


def test_each_reason_has_its_sentences_and_one_finding() -> None:
    assert set(REASONS) == set(Reason)
    for words in REASONS.values():
        assert words.fr.endswith(".")
        assert words.en.endswith(".")
        assert words.fr != words.en


def test_no_cell_is_concordant_without_a_failure_on_both_sides() -> None:
    concordant = {cell[:2] for cell in CELLS if finding_of(reason_for(*cell)) is Finding.CONCORDANT}
    assert concordant == {(Saw.FAILING, Saw.FAILING)}
