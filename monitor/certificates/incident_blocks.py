"""One incident in blocks: its edges, what was seen, its two pictures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.certificates import blocks as b
from monitor.certificates.blocks import Block, Text
from monitor.certificates.evidence import Evidence
from monitor.certificates.model import IncidentReport, LookReport
from monitor.certificates.said import lasting, moment, number_sign, said
from monitor.certificates.sections import look_message
from monitor.core.model import Incident
from monitor.web.words import title


def edges_text(low: datetime | None, high: datetime | None) -> str:
    """ "entre … et …"; a side that nobody saw is said to be open."""
    if low is not None and high is not None:
        return said(
            f"entre le {moment(low)} et le {moment(high)}",
            f"between {moment(low)} and {moment(high)}",
        )
    if high is not None:
        return said(f"avant le {moment(high)}", f"before {moment(high)}")
    return said("en cours", "ongoing")


def start_and_end(incident: Incident) -> tuple[str, str]:
    """Both ends as intervals."""
    return (
        edges_text(incident.started_after, incident.started_before),
        edges_text(incident.ended_after, incident.ended_before),
    )


def duration_text(one: IncidentReport) -> str:
    """From the proven minimum to the possible maximum."""
    least = lasting(one.duration.minimum_seconds)
    most = one.duration.maximum_seconds
    if one.incident.is_open or most is None:
        return said(f"au moins {least}", f"at least {least}")
    return said(f"{least} à {lasting(most)}", f"{least} to {lasting(most)}")


def incident_blocks(
    one: IncidentReport, evidence: Evidence, *, illustrated: bool = True
) -> list[Block]:
    """A section of its own. Not illustrated: its pictures are attached only."""
    name = title(one.incident.component)
    kind = (
        said("maintenance annoncée", "announced maintenance")
        if one.incident.kind == "maintenance"
        else said("hors service", "down")
    )
    shown = [
        found
        for look, failing in ((one.first_failing, True), (one.first_good, False))
        if look and (found := look_picture(look, evidence, failing=failing))
    ]
    return [
        b.heading(
            said(
                f"Incident n° {one.number} : {name}, {kind}",
                f"Incident {one.number}: {name}, {kind}",
            ),
            2,
        ),
        b.facts(_rows(one)),
        *(_shown(one, shown) if illustrated else ()),
    ]


def _shown(one: IncidentReport, shown: list[Block]) -> list[Block]:
    return [b.pictures(shown)] if shown else [_no_picture(one)]


def _rows(one: IncidentReport) -> Iterable[tuple[Text, Text]]:
    start, end = start_and_end(one.incident)
    yield said("Début", "Start"), start
    yield said("Fin", "End"), end
    yield said("Durée", "Duration"), duration_text(one)
    yield (
        said("Relevés en échec", "Failing records"),
        said(
            f"{one.incident.failing_slots} (n° {one.incident.first_failing_sequence} à "
            f"{one.incident.last_failing_sequence})",
            f"{one.incident.failing_slots} (no. {one.incident.first_failing_sequence} to "
            f"{one.incident.last_failing_sequence})",
        ),
    )
    if one.first_failing is not None:
        yield from _seen(one.first_failing)
    for hole in one.incident.holes:
        yield said("Continuité non observée", "Continuity not observed"), _span(hole)
    for respite in one.incident.respites:
        yield said("Relevé réussi sans suite", "Good record without a second"), _span(respite)
    if one.refusal_not_excluded:
        yield (
            [b.bold(said("Blocage non exclu", "Block not excluded"))],
            said(
                "échec vu depuis un seul opérateur de réseau : un refus visant notre robot n’est "
                "pas exclu",
                "seen from one network operator only: a refusal aimed at our robot is not excluded",
            ),
        )


def _span(span: tuple[datetime, datetime]) -> str:
    low, high = span
    return f"{edges_text(low, high)} ({lasting((high - low).total_seconds())})"


def _seen(look: LookReport) -> Iterable[tuple[Text, Text]]:
    step: list[str | b.Run] = [b.code(look.failed_step)] if look.failed_step else ["—"]
    if look.via and look.via != look.component:
        step.append(
            said(f" (étape préalable : {title(look.via)})", f" (earlier step: {title(look.via)})")
        )
    yield said("Étape en échec", "Failed step"), step
    if look.page_message:
        yield said("Message de la page", "Message on the page"), look_message(look)
    if look.http_status:
        yield said("Statut HTTP", "HTTP status"), str(look.http_status)
    yield (
        said("Règle appliquée", "Rule applied"),
        [said(look.rule_fr, look.rule_en), " (", b.code(look.rule), ")"],
    )


def look_picture(
    look: LookReport, evidence: Evidence, *, failing: bool
) -> dict[str, object] | None:
    """The picture of a look, where its file is at hand."""
    shot = look.picture
    if shot is None or shot.sha256 not in evidence.pictures:
        return None
    what = (
        said("Premier relevé en échec", "First failing record")
        if failing
        else said("Premier relevé réussi", "First good record")
    )
    lead = f"{what}, {number_sign(look.sequence)}, {moment(look.started_at)}. "
    return b.picture(
        shot.sha256,
        said(
            f"Capture d’écran : {what.lower()}, {title(look.component)}",
            f"Screenshot: {what.lower()}, {title(look.component)}",
        ),
        [lead, "SHA-256 ", b.code(shot.sha256)],
    )


def _no_picture(one: IncidentReport) -> Block:
    looks = [look for look in (one.first_failing, one.first_good) if look and look.picture]
    if looks and not any(look.picture_kept for look in looks):
        return b.small(
            said(
                "Les images de cet incident ont été retirées selon la règle de conservation ; "
                "leurs empreintes restent au journal.",
                "The pictures of this incident were retired under the retention rule; their "
                "hashes stay in the log.",
            )
        )
    return b.small(said("Aucune image n’a pu être prise.", "No picture could be taken."))
