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


@dataclass(frozen=True, kw_only=True)
class Scope:
    """None means all of them together (a depth: any)."""

    component: str
    depth: Depth | None = None
    vantage: str | None = None
    category: str | None = None

    @property
    def fold_name(self) -> str | None:
        """Under which name folding remembers where it stands: vantages are folded apart anyway.
        None where it remembers nothing."""
        if self.category is not None:
            return None if self.depth else f"category:{self.category}"
        return self.depth.value if self.depth else "any"

    @property
    def hours_name(self) -> str | None:
        """Under which name the hours of this scope are summed up; None where they are not."""
        if self.vantage is None:
            return self.fold_name
        return f"vantage:{self.vantage}" if self.fold_name == "any" else None


def folds_of(component: str, categories: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of a component that are folded: any depth, each depth, each category."""
    return (
        Scope(component=component),
        *(Scope(component=component, depth=depth) for depth in Depth),
        *(Scope(component=component, category=one) for one in sorted(categories)),
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
