"""What a person decided, in words: beside the figure, and on the incident's page.

The decision and its date are public; the reviewer's name and note are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.core.model import Incident
from monitor.core.reviewed import Review, latest_by_sequence, with_reviews
from monitor.core.statistics import figure_of, percent_digits, shown_percent
from monitor.core.timeline import Timeline, timeline
from monitor.web.language import _
from monitor.web.typography import french, number, percent, precise
from monitor.web.words import DECISION_WORDS


def second_figure(
    line: Timeline, reviews: Sequence[Review], *, start: datetime, now: datetime
) -> str | None:
    """The figure after persons' decisions, as a sentence; None when no slot of the window was
    decided upon. The first figure stays beside it."""
    decided = latest_by_sequence(reviews)
    within = [
        record
        for record in line.records
        if record.sequence in decided and record.slot.scheduled_at >= start
    ]
    if not within:
        return None
    found = figure_of(timeline(with_reviews(line.records, reviews), now=now), start=start, end=now)
    digits = percent_digits(found.known_observations)
    value = (
        _("données insuffisantes")
        if found.availability is None
        else percent(shown_percent(found.availability, digits), digits)
    )
    runs = (
        _("1 relevé") if len(within) == 1 else _("{n}\u00a0relevés").format(n=number(len(within)))
    )
    return french(
        _("Second chiffre, après l’examen de {runs} par une personne : {value}.").format(
            runs=runs, value=value
        )
    )


def decisions_on(
    incident: Incident, sequences: Sequence[int], reviews: Sequence[Review]
) -> tuple[str, ...]:
    """One line for each slot of the incident on which a person decided."""
    decided = latest_by_sequence(reviews)
    last = incident.closed_sequence or max(sequences, default=incident.last_failing_sequence)
    return tuple(
        french(
            _("Relevé n°\u00a0{number} : {decision} (décision du {moment})").format(
                number=sequence,
                decision=_(DECISION_WORDS[decided[sequence].decision]),
                moment=precise(decided[sequence].decided_at),
            )
        )
        for sequence in sequences
        if sequence in decided and incident.first_failing_sequence <= sequence <= last
    )
