"""Everything that a document prints, as values. Whoever words or draws adds no fact of their own.

Two documents: ``OutageReport`` ("relevé de dysfonctionnement") and ``AttemptsReport`` ("relevé de
concordance"). ``monitor.certificates.build`` makes both from the store; the web pages show the same
values before a PDF is made. Shape::

    OutageReport                              AttemptsReport
      frame: Frame                              frame: Frame
      components: ComponentReport               attempts: AttemptReport
        figure, full_figure, reviewed_figure      corroboration (attempt, finding, reason, seen)
        segments: Segment (chart)                 seen: SeenReport per vantage
        incidents: IncidentReport                   before, after: LookReport
          first_failing, first_good: LookReport   incidents: the incidents that cover it
        isolated: LookReport                    measures: Measures

``Frame`` is what both share: who, when, which period, specimen or not, record numbers, serial and
code (empty in a preview). Times are UTC; durations are seconds; nothing is rounded here. Proof,
checkpoint, stamps and files to attach are not here: they are the ``evidence`` of ``make_pdf``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.core.attempts import Corroboration
from monitor.core.attempts_measures import Measures
from monitor.core.incidents import DurationRange
from monitor.core.model import BlobRef, Depth, Incident, Outcome, Vantage
from monitor.core.reviewed import Review
from monitor.core.statistics import MINIMUM_COVERAGE, Figure
from monitor.core.timeline import Status

REFUSAL_FLAG = "refusal_not_excluded"
"""Flag of a failure seen from one network operator alone: "blocage non exclu"."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who runs the monitor, and which one it is. Empty texts are not printed."""

    operator: str = ""
    contact: str = ""
    site_name: str
    public_url: str = ""
    version: str = ""
    vantages: tuple[Vantage, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What both documents share.

    ``specimen`` follows the watched site (a rehearsal or loopback site), never the key.
    ``period`` is what was asked for; for attempts it is widened to whole ISO weeks, so that it
    tells nothing of a client's hours. Record numbers are None where nothing was recorded.
    ``serial`` and ``code`` are empty in a preview. ``sources`` are (name, value) of what measured:
    program, browser, site file hash, as the manifests state them.
    """

    issuer: Issuer
    specimen: bool
    made_at: datetime
    period_start: datetime
    period_end: datetime
    components: tuple[str, ...]
    first_sequence: int | None = None
    last_sequence: int | None = None
    rulesets: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    serial: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of the chart: one status from ``start`` to ``end``, UTC."""

    start: datetime
    end: datetime
    status: Status


@dataclass(frozen=True, kw_only=True)
class LookReport:
    """What one look saw, in full: a record number with all that hangs on it.

    ``rule_fr`` and ``rule_en`` say the rule in words. ``page_message`` is the wording on the page
    that gave it away, "" when there was none. ``failed_step`` belongs to ``via`` when that is
    another component. ``picture`` is None when none was taken; ``picture_kept`` is false when its
    file was retired since. ``manifests`` are those of every attempt, in order.
    """

    sequence: int
    component: str
    vantage: str
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    rule: str
    ruleset: str
    rule_fr: str = ""
    rule_en: str = ""
    depth: Depth
    category: str | None = None
    account: str = "none"
    failed_step: str | None = None
    via: str | None = None
    page_message: str = ""
    http_status: int | None = None
    flags: tuple[str, ...] = ()
    picture: BlobRef | None = None
    picture_kept: bool = False
    manifests: tuple[BlobRef, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def refusal_not_excluded(self) -> bool:
        """True when only one network operator saw it."""
        return REFUSAL_FLAG in self.flags


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A later verdict of newer rules on one record of an incident."""

    sequence: int
    outcome: Outcome
    rule: str
    ruleset: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True)
class IncidentReport:
    """One incident with its interval boundaries.

    ``number`` counts from 1 in the document. ``incident.holes`` are "continuité non observée".
    ``flags`` are those of its first and last failing look. ``reviews`` and ``judgements`` are what
    persons and newer rules said since; the incident itself is as it was seen at the time.
    """

    number: int
    incident: Incident
    duration: DurationRange
    first_failing: LookReport | None
    last_failing: LookReport | None = None
    first_good: LookReport | None = None
    flags: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    judgements: tuple[Judgement, ...] = ()

    @property
    def refusal_not_excluded(self) -> bool:
        """Said on page one."""
        return REFUSAL_FLAG in self.flags


@dataclass(frozen=True, kw_only=True)
class ComponentReport:
    """One component over the period.

    ``figure`` counts runs of any depth, ``full_figure`` those at depth full (None without any);
    ``reviewed_figure`` is the second figure, after newer rules and persons' decisions (None where
    no slot of the period was judged again): ``reviewed_slots`` were looked at by a person,
    ``rejudged_slots`` have a later verdict of the rules. ``outcomes`` are (outcome, slots) of
    every slot of the period, also those not run. ``category`` is the one asked for, None for all;
    ``categories`` are those that were looked at.
    """

    component: str
    category: str | None = None
    categories: tuple[str, ...] = ()
    depths: tuple[Depth, ...] = ()
    figure: Figure
    full_figure: Figure | None = None
    reviewed_figure: Figure | None = None
    reviewed_slots: int = 0
    rejudged_slots: int = 0
    segments: tuple[Segment, ...] = ()
    incidents: tuple[IncidentReport, ...] = ()
    isolated: tuple[LookReport, ...] = ()
    outcomes: tuple[tuple[Outcome, int], ...] = ()
    vantages: tuple[Vantage, ...] = ()
    first_sequence: int | None = None
    last_sequence: int | None = None

    @property
    def has_outage(self) -> bool:
        """True when an incident that was not announced maintenance touches the period."""
        return any(one.incident.kind == "down" for one in self.incidents)

    @property
    def is_insufficient(self) -> bool:
        """Coverage under the minimum: said on page one, and no availability is printed."""
        return self.figure.insufficient

    @property
    def minimum_coverage(self) -> float:
        """Under this part of known time there is no figure."""
        return MINIMUM_COVERAGE

    @property
    def refusal_not_excluded(self) -> bool:
        """True when any failure of the period was seen from one network operator alone."""
        looks = any(one.refusal_not_excluded for one in self.isolated)
        return looks or any(one.refusal_not_excluded for one in self.incidents)


@dataclass(frozen=True, kw_only=True)
class OutageReport:
    """Relevé de dysfonctionnement."""

    frame: Frame
    components: tuple[ComponentReport, ...]

    @property
    def incidents(self) -> tuple[IncidentReport, ...]:
        """Of all components, in the order of the document."""
        return tuple(one for component in self.components for one in component.incidents)

    @property
    def has_outage(self) -> bool:
        """False gives a document that says that no outage was seen."""
        return any(component.has_outage for component in self.components)

    @property
    def is_insufficient(self) -> bool:
        """True when the coverage of any component is under the minimum."""
        return any(component.is_insufficient for component in self.components)

    @property
    def refusal_not_excluded(self) -> bool:
        """Said on page one."""
        return any(component.refusal_not_excluded for component in self.components)

    @property
    def looks(self) -> tuple[LookReport, ...]:
        """Looks whose pictures and manifests are attached: the edges of the incidents."""
        edges = (
            look for one in self.incidents for look in (one.first_failing, one.first_good) if look
        )
        return _distinct(edges)


@dataclass(frozen=True, kw_only=True)
class SeenReport:
    """What one vantage saw around an attempt. Distances are in seconds, None without a look."""

    vantage: Vantage
    before: LookReport | None
    after: LookReport | None
    before_seconds: float | None
    after_seconds: float | None
    within: Counter[Outcome]


@dataclass(frozen=True, kw_only=True)
class AttemptReport:
    """One declared attempt with its finding. ``number`` is its place as declared, from 1.

    ``corroboration.attempt.words`` are the client's: printed in the document returned, kept
    nowhere. ``second`` is what would be found by later verdicts and persons' decisions, None where
    it is the same: printed beside the first finding, which stays.
    """

    number: int
    corroboration: Corroboration
    second: Corroboration | None = None
    seen: tuple[SeenReport, ...] = ()
    incidents: tuple[IncidentReport, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AttemptsReport:
    """Relevé de concordance. ``second_measures`` are those of the second findings, None where no
    finding changed."""

    frame: Frame
    attempts: tuple[AttemptReport, ...]
    measures: Measures
    second_measures: Measures | None = None

    @property
    def looks(self) -> tuple[LookReport, ...]:
        """Looks whose pictures and manifests are attached: the nearest ones of every attempt."""
        sides = (
            look
            for attempt in self.attempts
            for seen in attempt.seen
            for look in (seen.before, seen.after)
            if look
        )
        return _distinct(sides)

    @property
    def refusal_not_excluded(self) -> bool:
        """Said on page one."""
        return any(look.refusal_not_excluded for look in self.looks)


def _distinct(looks: Iterable[LookReport]) -> tuple[LookReport, ...]:
    return tuple({look.sequence: look for look in looks}.values())
