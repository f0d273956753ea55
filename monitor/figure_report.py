"""Figures as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.core.scopes import PATH, Scope
from monitor.core.statistics import Figure, shown_coverage, shown_percent
from monitor.core.windows import PARIS, Window

Looked = tuple[Scope, Figure, datetime]


def stats_text(span: Window, found: Iterable[Looked]) -> str:
    """One paragraph for each figure; one sentence when nothing is watched yet."""
    blocks = [_block(scope, one) for scope, one, _ in found]
    name = f"Window {span.name}. " if span.name else ""
    if not blocks:
        return f"{name}Nothing was watched yet: there is no figure."
    head = f"{name}Times in Paris; an interval in brackets is what is not known, down or up."
    return "\n\n".join((head, *blocks))


def _block(scope: Scope, one: Figure) -> str:
    lines = [f"{_name(scope)}: {_headline(one)}"]
    if one.window_seconds:
        lines += [
            f"  from {_moment(one.start)} to {_moment(one.end)}, "
            f"{one.observations} observations from {', '.join(one.vantages) or 'nowhere'}, "
            f"every {_intervals(one)}",
            f"  down {_long(one.unavailable_seconds - one.maintenance_seconds)}, "
            f"announced maintenance {_long(one.maintenance_seconds)}, "
            f"not known {_long(one.unknown_seconds)} (longest silence "
            f"{_long(one.longest_gap_seconds)})",
            f"  {one.outages} incidents, {one.isolated_failures} isolated failures, "
            f"longest outage at least {_long(one.longest_outage_seconds)}{_repair(one)}",
        ]
    if one.is_mixed:
        lines.append("  rules, intervals or vantages changed inside this window")
    return "\n".join(lines)


def _name(scope: Scope) -> str:
    about = [
        "whole path" if scope.component == PATH else scope.component,
        f"depth {scope.depth.value}" if scope.depth else "",
        f"from {scope.vantage}" if scope.vantage else "",
        f"category {scope.category}" if scope.category else "",
    ]
    return ", ".join(part for part in about if part)


def _headline(one: Figure) -> str:
    if not one.window_seconds:
        return "not watched in this window"
    digits = one.digits
    low, high = (f"{shown_percent(bound, digits):.{digits}f}" for bound in one.bounds)
    coverage = f"coverage {shown_coverage(one.coverage):.0f} %"
    if one.availability is None:
        return f"not enough data, {coverage} [{low} to {high} %]"
    said = f"{shown_percent(one.availability, digits):.{digits}f} % available [{low} to {high} %]"
    return f"{said}, {coverage}"


def _repair(one: Figure) -> str:
    if one.repair is None:
        return ""
    most = one.repair.maximum_seconds
    upper = "?" if most is None else _long(most)
    return f", mean time to repair {_long(one.repair.minimum_seconds)} to {upper}"


def _intervals(one: Figure) -> str:
    return " or ".join(_long(each) for each in one.intervals_seconds) or "?"


def _moment(moment: datetime) -> str:
    return moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")


def _long(seconds: float) -> str:
    """Days, hours, minutes, without those that are nothing."""
    whole = timedelta(seconds=round(seconds))
    hours, rest = divmod(whole.seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = ((whole.days, "d"), (hours, "h"), (minutes, "min"), (left, "s"))
    return " ".join(f"{many} {unit}" for many, unit in parts if many)[:40] or "0 s"
