"""Reports from the store: collects, never words, never rounds. Figures are those of
``core/statistics``, like every other figure of the program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.certificates.errors import BadRequest
from monitor.certificates.judged import second_figure
from monitor.certificates.ledger import Ledger, around
from monitor.certificates.looks import IsKept, Sources, sources_of
from monitor.certificates.model import (
    ComponentReport,
    Frame,
    IncidentReport,
    Issuer,
    OutageReport,
    Segment,
)
from monitor.core.attempts import folded
from monitor.core.incidents import duration
from monitor.core.model import COMPONENTS, Depth, Incident, SlotRecord
from monitor.core.statistics import Figure, figure_of
from monitor.core.timeline import EPOCH, MICROSECOND, Timeline, microseconds, slot_time, timeline

LONGEST_PERIOD = timedelta(days=400)
"""A year with some room: what a proceeding can be about, and what one answer can carry."""


def outage_report(
    ledger: Ledger,
    *,
    kept: IsKept,
    issuer: Issuer,
    rehearsal: bool,
    components: Iterable[str],
    category: str | None = None,
    start: datetime,
    end: datetime,
    now: datetime,
) -> OutageReport:
    """The report of some components over [start, end). ``rehearsal`` says that the watched site is
    one; the records themselves can say it too.

    Raises BadRequest: reversed, huge or future period, unknown component, nothing recorded.
    """
    names = require_components(components)
    end = require_period(start, end, now)
    if category is not None:
        category = _observed(ledger, names, category, (start, end))
    sources = sources_of(ledger, kept)
    found = [
        _component(sources, name, category=category, start=start, end=end, now=now)
        for name in names
    ]
    if not any(one.figure.observations for one in found):
        raise BadRequest(
            "start",
            "Aucun relevé n’a été fait de ces étapes pendant cette période.",
            "No observation of these components was made in this period.",
        )
    return OutageReport(
        frame=frame_of(
            ledger,
            issuer=issuer,
            rehearsal=rehearsal,
            components=names,
            period=(start, end),
            sequences=_ends(found),
            rulesets={name for one in found for name in one.figure.rulesets},
            now=now,
        ),
        components=_numbered(found),
    )


def _observed(
    ledger: Ledger, components: Iterable[str], category: str, period: tuple[datetime, datetime]
) -> str:
    """The category by the name under which it was looked at: what was typed goes no further."""
    names = {
        record.category
        for component in components
        for record in ledger.slots(component=component, since=period[0], until=period[1])
        if record.category
    }
    for name in names:
        if folded(name) == folded(category):
            return name
    known = ", ".join(sorted(names))
    raise BadRequest(
        "category",
        f"Cette catégorie n’a pas été observée ; celles qui l’ont été : {known or 'aucune'}.",
        f"This category was not looked at; those that were: {known or 'none'}.",
    )


def require_components(components: Iterable[str]) -> tuple[str, ...]:
    """Known components, each once, in the order in which a user meets them."""
    wanted = frozenset(components)
    for name in sorted(wanted):
        if name not in COMPONENTS:
            raise BadRequest(
                "component",
                f"L’étape « {name} » n’existe pas ; choisissez parmi {', '.join(COMPONENTS)}.",
                f"There is no component {name!r}; choose among {', '.join(COMPONENTS)}.",
            )
    if not wanted:
        raise BadRequest(
            "component", "Choisissez au moins une étape.", "Choose at least one component."
        )
    return tuple(name for name in COMPONENTS if name in wanted)


def require_period(start: datetime, end: datetime, now: datetime) -> datetime:
    """The end of the period, not later than ``now``."""
    if start.utcoffset() is None or end.utcoffset() is None:
        raise BadRequest(
            "start",
            "Une date sans fuseau horaire ne désigne pas un moment.",
            "A date without a time zone is no moment.",
        )
    if end <= start:
        raise BadRequest(
            "end",
            "La fin de la période précède son début.",
            "The period ends before it begins.",
        )
    if start >= now:
        raise BadRequest(
            "start",
            "La période n’a pas encore commencé.",
            "The period has not begun yet.",
        )
    if end - start > LONGEST_PERIOD:
        raise BadRequest(
            "end",
            f"La période est trop longue : {LONGEST_PERIOD.days} jours au plus.",
            f"The period is too long: {LONGEST_PERIOD.days} days at most.",
        )
    return min(end, now)


def frame_of(
    ledger: Ledger,
    *,
    issuer: Issuer,
    rehearsal: bool,
    components: tuple[str, ...],
    period: tuple[datetime, datetime],
    sequences: tuple[int | None, int | None],
    rulesets: Iterable[str],
    now: datetime,
) -> Frame:
    """What every document carries. A preview: serial and code come with issuing."""
    first, last = sequences
    local = first is not None and last is not None and ledger.saw_local_pages(first, last)
    latest = ledger.observation(last) if last is not None else None
    return Frame(
        issuer=issuer,
        specimen=rehearsal or local,
        made_at=now,
        period_start=period[0],
        period_end=period[1],
        components=components,
        first_sequence=first,
        last_sequence=last,
        rulesets=tuple(sorted(rulesets)),
        sources=latest.environment if latest else (),
    )


def _ends(found: Iterable[ComponentReport]) -> tuple[int | None, int | None]:
    kept = [one for one in found if one.first_sequence is not None]
    return (
        min((one.first_sequence for one in kept if one.first_sequence), default=None),
        max((one.last_sequence for one in kept if one.last_sequence), default=None),
    )


def _component(
    sources: Sources,
    component: str,
    *,
    category: str | None,
    start: datetime,
    end: datetime,
    now: datetime,
) -> ComponentReport:
    found = around(sources.ledger, component, start, end, category)
    line = timeline(found.records, now=now)
    figure = figure_of(line, start=start, end=end, first_slot_at=found.first_slot_at)
    within = line.slots_within(figure.start, figure.end)
    runs = [record for record in within if record.started_at]
    second = second_figure(line, figure, sources.reviews, sources.later)
    isolated = (one for one in within if one.outcome.is_failing and one.sequence not in line.joined)
    return ComponentReport(
        component=component,
        category=category,
        categories=tuple(sorted({one.category for one in runs if one.category})),
        depths=tuple(sorted({one.depth for one in runs if one.outcome.is_known})),
        figure=figure,
        full_figure=_full(line, figure),
        reviewed_figure=second.figure,
        reviewed_slots=second.reviewed_slots,
        rejudged_slots=second.rejudged_slots,
        segments=_segments(line, figure),
        incidents=tuple(incident_report(sources, line, one) for one in figure.incidents),
        isolated=tuple(look for one in isolated if (look := sources.look(one))),
        outcomes=tuple(Counter(one.outcome for one in within).most_common()),
        vantages=tuple(
            sources.vantages[name] for name in figure.vantages if name in sources.vantages
        ),
        first_sequence=min((one.sequence for one in within), default=None),
        last_sequence=max((one.sequence for one in within), default=None),
    )


def _full(line: Timeline, figure: Figure) -> Figure | None:
    """The figure of full runs only; None when no run of the period was one."""
    full = timeline(line.records, now=line.now, depth=Depth.FULL)
    found = figure_of(
        full, start=figure.start, end=figure.end, depth=Depth.FULL, first_slot_at=figure.start
    )
    return found if found.known_observations else None


def _segments(line: Timeline, figure: Figure) -> tuple[Segment, ...]:
    """The chart's stretches, neighbours of one status joined."""
    found: list[Segment] = []
    for piece in line.within(microseconds(figure.start), microseconds(figure.end)):
        start, end = (EPOCH + edge * MICROSECOND for edge in (piece.start, piece.end))
        if found and found[-1].status is piece.status and found[-1].end == start:
            start = found.pop().start
        found.append(Segment(start=start, end=end, status=piece.status))
    return tuple(found)


def incident_report(
    sources: Sources, line: Timeline, incident: Incident, number: int = 0
) -> IncidentReport:
    """One incident with the looks at its edges and what was said of it since."""
    first, last = incident.first_failing_sequence, incident.last_failing_sequence
    since, until = incident.started_after or EPOCH, incident.ended_before or line.now
    own = [
        record
        for record in line.slots_within(since, until + MICROSECOND)
        if record.slot.vantage == incident.vantage and first <= record.sequence
    ]
    members = {one.sequence: one for one in own if one.sequence <= last}
    good = next((one for one in own if _ends_it(one, incident)), None)
    flags = {flag for one in members.values() if one.outcome.is_failing for flag in one.flags}
    last_seen = members[last].last_started_at if last in members else None
    return IncidentReport(
        number=number,
        incident=incident,
        duration=duration(incident, now=line.now, last_seen=last_seen),
        first_failing=sources.look(members.get(first)),
        last_failing=sources.look(members.get(last)),
        first_good=sources.look(good),
        flags=tuple(sorted(flags)),
        reviews=tuple(one for one in sources.reviews if one.sequence in members),
        judgements=tuple(one for one in sources.judgements if one.sequence in members),
    )


def _ends_it(record: SlotRecord, incident: Incident) -> bool:
    """The first good look after it: the one whose end bounds the incident's."""
    return (
        incident.ended_before is not None
        and record.outcome.is_available
        and (record.finished_at or slot_time(record)) == incident.ended_before
    )


def _numbered(found: Iterable[ComponentReport]) -> tuple[ComponentReport, ...]:
    """Incidents counted through the whole document."""
    reached = 0
    numbered = []
    for component in found:
        incidents = tuple(
            replace(one, number=reached + place)
            for place, one in enumerate(component.incidents, start=1)
        )
        reached += len(incidents)
        numbered.append(replace(component, incidents=incidents))
    return tuple(numbered)
