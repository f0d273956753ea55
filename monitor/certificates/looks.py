"""One look in full: a record of the ledger with what its run saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.certificates.ledger import Ledger
from monitor.certificates.model import Judgement, LookReport
from monitor.core.model import (
    Attempt,
    BlobRef,
    Observation,
    Signal,
    SignalKind,
    SlotRecord,
    Step,
    Vantage,
)
from monitor.core.reclassify import Reclassification
from monitor.core.reviewed import Review
from monitor.core.rules import BY_ID
from monitor.core.timeline import slot_time

IsKept = Callable[[str], bool]
"""True while the file with this hash is stored."""

_MESSAGES = (
    SignalKind.ERROR_TEXT,
    SignalKind.UNAVAILABLE_WORDING,
    SignalKind.MAINTENANCE_WORDING,
    SignalKind.FIREWALL_PAGE,
)
"""Signals that quote the page, the most telling first."""

_STATUSES = (SignalKind.HTTP_STATUS, SignalKind.API_STATUS, SignalKind.SCRIPT_STATUS)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The ledger with what is read of it once for a whole document."""

    ledger: Ledger
    kept: IsKept
    vantages: Mapping[str, Vantage]
    reviews: Sequence[Review]
    """Persons' decisions; who took them and what they wrote is not for a document."""
    later: Sequence[Reclassification]
    """Later verdicts of newer rules."""
    judgements: Sequence[Judgement]
    """The same as documents print them."""
    looked: dict[int, LookReport] = field(default_factory=dict)
    """Looks made already: many attempts lie between the same two."""

    def look(self, record: SlotRecord | None) -> LookReport | None:
        """The look of this record in full; None without a record."""
        if record is None:
            return None
        if record.sequence not in self.looked:
            seen = self.ledger.observation(record.sequence)
            self.looked[record.sequence] = look_report(record, seen, self.kept)
        return self.looked[record.sequence]


def sources_of(ledger: Ledger, kept: IsKept) -> Sources:
    """Read what every part of a document asks for."""
    later = tuple(ledger.reclassifications())
    return Sources(
        ledger=ledger,
        kept=kept,
        vantages=ledger.vantages(),
        reviews=tuple(replace(one, by="", note="") for one in ledger.reviews()),
        later=later,
        judgements=tuple(
            Judgement(
                sequence=one.sequence,
                outcome=one.outcome,
                rule=one.rule,
                ruleset=one.ruleset,
                decided_at=one.decided_at,
            )
            for one in later
        ),
    )


def look_report(record: SlotRecord, observation: Observation | None, kept: IsKept) -> LookReport:
    """What this record's run saw; ``observation`` is None where its details are not at hand."""
    attempt = _telling(observation)
    failed = _failed_step(attempt)
    picture = _picture(attempt, failed)
    rule = BY_ID.get(record.rule)
    verdict = observation.verdict if observation else None
    return LookReport(
        sequence=record.sequence,
        component=record.slot.component,
        vantage=record.slot.vantage,
        started_at=slot_time(record),
        finished_at=record.finished_at,
        outcome=record.outcome,
        rule=record.rule,
        ruleset=record.ruleset,
        rule_fr=rule.fr if rule else verdict.message_fr if verdict else "",
        rule_en=rule.en if rule else verdict.message_en if verdict else "",
        depth=record.depth,
        category=record.category,
        account=observation.profile.account if observation else "none",
        failed_step=failed.name if failed else verdict.failed_step if verdict else None,
        via=record.via,
        page_message=_message(attempt),
        http_status=_status(attempt, failed),
        flags=record.flags,
        picture=picture,
        picture_kept=picture is not None and kept(picture.sha256),
        manifests=_manifests(observation),
        environment=observation.environment if observation else (),
    )


def _telling(observation: Observation | None) -> Attempt | None:
    """The first attempt of a failing slot, with which the failure began; else the last one."""
    if observation is None or not observation.attempts:
        return None
    failing = observation.verdict.outcome.is_failing
    return observation.attempts[0 if failing else -1]


def _failed_step(attempt: Attempt | None) -> Step | None:
    steps = attempt.steps if attempt else ()
    return next((step for step in steps if step.outcome != "ok"), None)


def _picture(attempt: Attempt | None, failed: Step | None) -> BlobRef | None:
    """That of the failed step, else the last one taken."""
    if failed is not None and failed.screenshot is not None:
        return failed.screenshot
    shots = [step.screenshot for step in (attempt.steps if attempt else ()) if step.screenshot]
    return shots[-1] if shots else None


def _signals(attempt: Attempt | None, kinds: Iterable[SignalKind]) -> Iterable[Signal]:
    found = attempt.signals if attempt else ()
    return (signal for kind in kinds for signal in sorted(found, key=_order) if signal.kind is kind)


def _order(signal: Signal) -> tuple[str, str]:
    return signal.step or "", signal.text


def _message(attempt: Attempt | None) -> str:
    return next((one.text for one in _signals(attempt, _MESSAGES) if one.text), "")


def _status(attempt: Attempt | None, failed: Step | None) -> int | None:
    """That of the page of the failed step; else the first error status that was noticed."""
    noticed = [int(one.number) for one in _signals(attempt, _STATUSES) if one.number]
    errors = [status for status in noticed if status >= 400]
    if errors:
        return errors[0]
    return failed.http_status if failed else None


def _manifests(observation: Observation | None) -> tuple[BlobRef, ...]:
    attempts = observation.attempts if observation else ()
    return tuple(attempt.manifest for attempt in attempts if attempt.manifest)
