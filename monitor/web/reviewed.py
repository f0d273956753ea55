"""What a person decided, in words: beside the figure, and on the incident's page.

The decision and its date are public; the reviewer's name and note are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.model import Incident
from monitor.core.reviewed import Review, latest_by_sequence
from monitor.core.statistics import Figure, shown_percent
from monitor.web.language import _
from monitor.web.typography import french, percent, precise
from monitor.web.words import DECISION_WORDS


def second_figure(found: Figure | None) -> str | None:
    """The figure after what was judged again, as a sentence; None when nothing was. The first
    figure stays beside it."""
    if found is None:
        return None
    digits = found.digits
    value = (
        _("données insuffisantes")
        if found.availability is None
        else percent(shown_percent(found.availability, digits), digits)
    )
    return french(
        _(
            "Second chiffre, après l’examen par une personne ou par des règles plus "
            "récentes : {value}."
        ).format(value=value)
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
