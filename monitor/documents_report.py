"""Reports as lines of a terminal, in the language that is spoken: the words of the pages."""

from __future__ import annotations

from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.web.findings import FindingView, findings_view
from monitor.web.language import language
from monitor.web.outage_view import outage_view


def outage_lines(report: OutageReport) -> list[str]:
    """What a document of this period would say."""
    found = outage_view(report)
    lines = [f"{found.start} – {found.end}", *_marks(found.specimen, refusal=found.refusal)]
    for one in found.components:
        value = one.value or "—"
        lines.append(f"{one.step}: {value} ({one.bounds}) · {one.coverage} · {one.observations}")
        lines += [
            f"  {incident.kind}: {incident.started} – {incident.ended} ({incident.lasted})"
            for incident in one.incidents
        ]
    return lines


def attempts_lines(report: AttemptsReport) -> list[str]:
    """What a document of these attempts would say."""
    found = findings_view(report)
    lines = _marks(found.specimen, refusal=found.refusal)
    for one in found.findings:
        lines += _finding(one)
    lines += [f"{one.name}: {one.value}" for one in found.measures]
    return lines + (["n° 435594"] if found.note else [])


def _finding(one: FindingView) -> list[str]:
    sides = [f"     {side.place}: {side.saw} ({side.record}, {side.when})" for side in one.sides]
    return [f"{one.number:3}. {one.finding}: {one.when}, {one.step}", f"     {one.reason}", *sides]


def _marks(specimen: bool, *, refusal: bool) -> list[str]:
    french = language() == "fr"
    marks = (
        ("SPÉCIMEN" if french else "SPECIMEN", specimen),
        ("blocage non exclu" if french else "blocking not excluded", refusal),
    )
    return [f"[{name}]" for name, shown in marks if shown]
