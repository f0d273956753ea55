"""The report of a person's attempts, each set against what the monitor saw.

Nothing of it is stored: it is made in memory for whoever asked, and forgotten with the answer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from monitor.certificates.build import (
    LONGEST_PERIOD,
    frame_of,
    incident_report,
    require_components,
)
from monitor.certificates.errors import BadRequest
from monitor.certificates.judged import judged_last
from monitor.certificates.ledger import MARGIN, Ledger, around, first_slot_at, near
from monitor.certificates.looks import IsKept, Sources, sources_of
from monitor.certificates.model import (
    AttemptReport,
    AttemptsReport,
    IncidentReport,
    Issuer,
    SeenReport,
)
from monitor.core.attempts import Corroboration, DeclaredAttempt, Seen, set_against
from monitor.core.attempts_measures import Measures, measures
from monitor.core.incidents import fold_all
from monitor.core.model import COMPONENTS, Incident, SlotRecord, Vantage
from monitor.core.statistics import PARIS
from monitor.core.timeline import slot_time, timeline

MOST_ATTEMPTS = 500

LONGEST_RANGE = timedelta(days=2)
"""A declared range: "mardi entre 14 h et 16 h", not a month."""


def attempts_report(
    ledger: Ledger,
    *,
    kept: IsKept,
    issuer: Issuer,
    rehearsal: bool,
    attempts: Sequence[DeclaredAttempt],
    now: datetime,
) -> AttemptsReport:
    """The report of these attempts, in the order declared.

    Raises BadRequest: no attempt, too many, a range or a spread that is too long, an unknown
    component.
    """
    names = _require(attempts)
    sources = sources_of(ledger, kept)
    components = {name: _Component(sources, name, attempts, now) for name in names}
    found = [
        _attempt(components[attempt.component], attempt, number)
        for number, attempt in enumerate(attempts, start=1)
    ]
    period = weeks_around(attempts, now)
    return AttemptsReport(
        frame=frame_of(
            ledger,
            issuer=issuer,
            rehearsal=rehearsal,
            components=names,
            period=period,
            sequences=ledger.sequence_bounds(names, *period),
            rulesets={
                record.ruleset
                for one in found
                for seen in one.corroboration.seen
                for record in seen.records
                if record.ruleset
            },
            now=now,
        ),
        attempts=tuple(found),
        measures=measures(one.corroboration for one in found),
        second_measures=_second_measures(found),
    )


def _second_measures(found: Sequence[AttemptReport]) -> Measures | None:
    if not any(one.second for one in found):
        return None
    return measures(one.second or one.corroboration for one in found)


def _require(attempts: Sequence[DeclaredAttempt]) -> tuple[str, ...]:
    if not attempts:
        raise BadRequest("date", "Indiquez au moins une tentative.", "Give at least one attempt.")
    if len(attempts) > MOST_ATTEMPTS:
        raise BadRequest(
            "date",
            f"Trop de tentatives : {MOST_ATTEMPTS} au plus.",
            f"Too many attempts: {MOST_ATTEMPTS} at most.",
        )
    for row, attempt in enumerate(attempts, start=1):
        if attempt.component not in COMPONENTS:
            require_components([attempt.component])
        if attempt.until - attempt.start > LONGEST_RANGE:
            raise BadRequest(
                "until",
                "La plage déclarée est trop longue : deux jours au plus.",
                "The declared range is too long: two days at most.",
                row=row,
            )
    first, last = min(one.start for one in attempts), max(one.until for one in attempts)
    if last - first > LONGEST_PERIOD:
        raise BadRequest(
            "date",
            f"Les tentatives couvrent une période trop longue : {LONGEST_PERIOD.days} jours au "
            "plus.",
            f"The attempts cover too long a period: {LONGEST_PERIOD.days} days at most.",
        )
    return require_components(one.component for one in attempts)


def weeks_around(attempts: Sequence[DeclaredAttempt], now: datetime) -> tuple[datetime, datetime]:
    """The whole ISO weeks (Europe/Paris) that hold the attempts, up to ``now``.

    The public record of a document gives its period: whole weeks tell nothing of a client's hours.
    """
    first = min(one.start for one in attempts).astimezone(PARIS)
    last = max(one.until for one in attempts).astimezone(PARIS)
    monday = first.date() - timedelta(days=first.weekday())
    after = last.date() + timedelta(days=7 - last.weekday())
    start = datetime.combine(monday, time(), tzinfo=PARIS)
    end = datetime.combine(after, time(), tzinfo=PARIS)
    return start, max(min(end, now), start)


class _Component:
    """What the attempts at one component share: its slots near them, its incidents, and reports
    of those that were needed."""

    def __init__(
        self, sources: Sources, component: str, attempts: Sequence[DeclaredAttempt], now: datetime
    ) -> None:
        own = [one for one in attempts if one.component == component]
        self.sources, self.component, self.now = sources, component, now
        self.first_slot_at = first_slot_at(sources.ledger, component)
        self.records = near(sources.ledger, component, ((one.start, one.until) for one in own))
        self.incidents = sources.ledger.incidents(component=component)
        self._reports: dict[int, IncidentReport] = {}
        self._second = self._judged_again(self.records)

    def _judged_again(self, records: Sequence[SlotRecord]) -> tuple[SlotRecord, ...] | None:
        """The slots as they count after later verdicts and persons' decisions; None where none of
        them was judged again."""
        found = judged_last(records, self.sources.reviews, self.sources.later)
        return None if found == tuple(records) else found

    def set_against(self, attempt: DeclaredAttempt) -> Corroboration:
        """The attempt beside the slots around it."""
        return self._set_against(attempt, self.records, self.incidents)

    def second(self, attempt: DeclaredAttempt, first: Corroboration) -> Corroboration | None:
        """The same after later judgement; None where the finding stays."""
        if self._second is None:
            return None
        found = self._set_against(attempt, self._second, fold_all(self._second).incidents)
        return None if found.finding is first.finding else found

    def _set_against(
        self,
        attempt: DeclaredAttempt,
        records: Sequence[SlotRecord],
        incidents: Sequence[Incident],
    ) -> Corroboration:
        low = bisect_left(records, attempt.start - MARGIN, key=slot_time)
        high = bisect_left(records, attempt.until + MARGIN, key=slot_time)
        return set_against(
            attempt,
            records[low:high],
            incidents,
            now=self.now,
            first_slot_at=self.first_slot_at,
        )

    def covering(self, found: Corroboration) -> tuple[IncidentReport, ...]:
        """The incidents that cover the attempt."""
        opened = sorted({one.incident for one in found.seen if one.incident is not None})
        return tuple(self._report(sequence) for sequence in opened)

    def _report(self, opened: int) -> IncidentReport:
        if opened not in self._reports:
            incident = next(one for one in self.incidents if one.opened_sequence == opened)
            start, end = incident.started_before, incident.ended_before or self.now
            records = around(self.sources.ledger, self.component, start, end).records
            line = timeline(records, now=self.now)
            number = len(self._reports) + 1
            self._reports[opened] = incident_report(self.sources, line, incident, number)
        return self._reports[opened]


def _attempt(component: _Component, attempt: DeclaredAttempt, number: int) -> AttemptReport:
    found = component.set_against(attempt)
    return AttemptReport(
        number=number,
        corroboration=found,
        second=component.second(attempt, found),
        seen=tuple(_seen(component.sources, one) for one in found.seen),
        incidents=component.covering(found),
    )


def _seen(sources: Sources, seen: Seen) -> SeenReport:
    before, after = seen.before, seen.after
    return SeenReport(
        vantage=sources.vantages.get(seen.vantage) or Vantage(id=seen.vantage, label=seen.vantage),
        before=sources.look(before.record if before else None),
        after=sources.look(after.record if after else None),
        before_seconds=before.distance_seconds if before else None,
        after_seconds=after.distance_seconds if after else None,
        within=Counter(record.outcome for record in seen.within),
    )
