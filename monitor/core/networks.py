"""How many network operators see the same failure: from two on, it is not our address that is
refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from monitor.core.model import Outcome, SlotRecord, Vantage

SAME_TIME_INTERVALS = 2.5


def networks_seeing(
    component: str,
    *,
    own: Vantage,
    latest: Iterable[SlotRecord],
    vantages: Mapping[str, Vantage],
    now: datetime,
) -> int:
    """Distinct networks (ASN), ours included, whose last run of the component was ``down``.

    ``latest`` are the last slots of every vantage. A vantage without an ASN counts as ours, and
    so does a run older than 2.5 of its intervals count for nothing: doubt is not dispelled.
    """
    seen = {own.asn}
    for record in latest:
        vantage = vantages.get(record.slot.vantage)
        if vantage is None or vantage.asn is None or record.slot.component != component:
            continue
        if record.outcome is Outcome.DOWN and _is_recent(record, now):
            seen.add(vantage.asn)
    return len(seen) if own.asn is not None else 1


def _is_recent(record: SlotRecord, now: datetime) -> bool:
    limit = timedelta(seconds=record.slot.interval_seconds * SAME_TIME_INTERVALS)
    return now - record.slot.scheduled_at <= limit
