"""The declarations with which a log goes on after a restored backup.

Each names the last checkpoint that was published before: lines beyond it cannot be dropped in
silence, and what was lost can be counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.evidence.report import Unsound
from monitor.evidence.trust import SignedCheckpoint, Trust


@dataclass(frozen=True, kw_only=True)
class DeclaredEpoch:
    """A declaration at line ``index``. ``previous`` is None for the first epoch alone."""

    index: int
    number: int
    previous: SignedCheckpoint | None

    @property
    def lost(self) -> int:
        """How many published lines are no longer there."""
        return max(0, self.previous.size - self.index) if self.previous else 0

    def admits(self, one: SignedCheckpoint) -> bool:
        """True for a checkpoint that is not later than the one which the declaration names."""
        last = self.previous
        return last is not None and (one.epoch, one.size) <= (last.epoch, last.size)


def undeclared() -> Unsound:
    """An epoch without its declaration, or with one that is none."""
    return Unsound(
        "une époque du journal n’est pas déclarée", "an epoch of the log is not declared"
    )


def declared_epoch(index: int, leaf: Mapping[str, Any], trust: Trust) -> DeclaredEpoch:
    """What a line of the kind ``epoch`` declares. Raises Unsound."""
    number, previous = leaf.get("number"), leaf.get("previous")
    if type(number) is not int or (number == 1) != (previous is None):
        raise undeclared()
    if previous is None:
        return DeclaredEpoch(index=index, number=number, previous=None)
    if not isinstance(previous, str):
        raise undeclared()
    last = trust.open(previous.encode())
    if last.epoch >= number:
        raise undeclared()
    return DeclaredEpoch(index=index, number=number, previous=last)
