"""Two periods side by side, where they may be: a change of method is no change of the site."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from monitor.core.statistics import Figure


class Change(StrEnum):
    """What differs between two periods besides the site. Nothing does where one of them holds no
    observation: then there is no method to speak of."""

    RULESET = "ruleset"
    SITE_FILE = "site_file"
    VANTAGES = "vantages"
    INTERVAL = "interval"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """``difference`` is second minus first, as a ratio; None when one of the periods has no figure
    or the method changed (``changes``). ``is_certain`` is true when the bounds do not meet: then
    nothing that is not known can turn the difference around."""

    first: Figure
    second: Figure
    changes: tuple[Change, ...]
    difference: float | None
    is_certain: bool


def compare(
    first: Figure,
    second: Figure,
    *,
    site_files: tuple[Collection[str], Collection[str]] = ((), ()),
    across_changes: bool = False,
) -> Comparison:
    """Compare two figures of one scope. ``site_files`` are the hashes in use in each period. With
    ``across_changes`` a difference is given over a change of method, and stays marked."""
    changes = _changes(first, second, site_files)
    both = first.availability is not None and second.availability is not None
    shown = both and (across_changes or not changes)
    apart = first.bounds[1] < second.bounds[0] or second.bounds[1] < first.bounds[0]
    return Comparison(
        first=first,
        second=second,
        changes=changes,
        difference=(second.availability or 0) - (first.availability or 0) if shown else None,
        is_certain=bool(shown and apart and not changes),
    )


def _changes(
    first: Figure, second: Figure, site_files: tuple[Collection[str], Collection[str]]
) -> tuple[Change, ...]:
    if not first.observations or not second.observations:
        return ()
    differs = {
        Change.RULESET: first.rulesets != second.rulesets,
        Change.SITE_FILE: set(site_files[0]) != set(site_files[1]),
        Change.VANTAGES: first.vantages != second.vantages,
        Change.INTERVAL: first.intervals_seconds != second.intervals_seconds,
    }
    return tuple(change for change, yes in differs.items() if yes)
