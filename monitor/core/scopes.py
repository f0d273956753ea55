"""What a figure is about: a component or the whole path, how deep, from where, which category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.core.incidents import FoldState
from monitor.core.model import Depth, SlotRecord
from monitor.core.timeline import Timeline, timeline

PATH = "whole_path"
"""All components together: a user could go the whole way. Full runs only."""


_JUDGED = ":judged"


def judged_book(component: str) -> str:
    """The component's slots as they were judged last, where sums of them are kept apart."""
    return component + _JUDGED


def is_judged(book: str) -> bool:
    """True for a book of slots as they were judged last."""
    return book.endswith(_JUDGED)


def component_of(book: str) -> str:
    """The component whose slots stand in the book."""
    return book.removesuffix(_JUDGED)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """None means all of them together (a depth: any). With ``judged`` each slot counts as it was
    judged last, by a person or by newer rules: the second figure."""

    component: str
    depth: Depth | None = None
    vantage: str | None = None
    category: str | None = None
    judged: bool = False

    @property
    def book(self) -> str:
        """The book of the ledger from which it is summed up."""
        return judged_book(self.component) if self.judged else self.component

    @property
    def fold_name(self) -> str:
        """Under which name folding remembers where it stands: vantages are folded apart anyway."""
        depth = self.depth.value if self.depth else "any"
        return depth if self.category is None else f"{depth}:{self.category}"

    @property
    def sums_name(self) -> str:
        """Under which name the hours and days of this scope are summed up."""
        return self.fold_name if self.vantage is None else f"{self.fold_name}@{self.vantage}"


def folds_of(component: str, categories: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of a component that are folded: any depth and each, all categories and each."""
    return tuple(
        Scope(component=component, depth=depth, category=category)
        for category in (None, *sorted(categories))
        for depth in (None, *Depth)
    )


def laid_out(
    scope: Scope,
    records: Iterable[SlotRecord],
    *,
    now: datetime,
    states: Mapping[tuple[str, str], FoldState] | None = None,
) -> Timeline:
    """The timeline of a scope that is no whole path."""
    return timeline(
        records,
        now=now,
        depth=scope.depth,
        vantage=scope.vantage,
        category=scope.category,
        states=states,
    )
