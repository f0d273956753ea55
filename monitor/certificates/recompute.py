"""Computing the figures of a document again from the lines of the log that it carries.

The same pure functions that made them, fed with the leaves alone. What differs is named; what the
leaves do not hold (words of a page, persons' decisions made later) is not judged here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.certificates.carried import Carried, Json
from monitor.certificates.judged import judged_last, second_figure
from monitor.certificates.ledger import MARGIN, is_of
from monitor.certificates.plain import plain
from monitor.core.attempts import Corroboration, DeclaredAttempt, set_against
from monitor.core.attempts_measures import measures
from monitor.core.attempts_table import Finding, Reason, finding_of
from monitor.core.leaf import reclassification_of, record_of, review_of
from monitor.core.model import Depth, Incident, SlotRecord
from monitor.core.reclassify import Reclassification
from monitor.core.reviewed import Review
from monitor.core.statistics import Figure, figure_of
from monitor.core.timeline import Timeline, slot_time, timeline
from monitor.evidence.proof_check import parse_leaf
from monitor.evidence.report import Sound, Unsound

_WRONG_FORM = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The slots among the leaves of a document, their leaves by record number, and what was
    decided of them later."""

    records: tuple[SlotRecord, ...]
    leaves: Mapping[int, Json]
    reviews: tuple[Review, ...] = ()
    later: tuple[Reclassification, ...] = ()

    def of(self, component: str, category: str | None = None) -> tuple[SlotRecord, ...]:
        """Those of a component, as a document about this category counts them."""
        own = (one for one in self.records if one.slot.component == component)
        return tuple(one for one in own if is_of(one, category))

    def until(self, moment: datetime) -> Recorded:
        """Without what was decided later than that."""
        return replace(
            self,
            reviews=tuple(one for one in self.reviews if one.decided_at <= moment),
            later=tuple(one for one in self.later if one.decided_at <= moment),
        )


def recorded(lines: Iterable[str]) -> Recorded:
    """The slots and the decisions of lines of the log. Raises Unsound."""
    leaves = [parse_leaf(line.encode()) for line in lines]
    slots = {leaf["sequence"]: leaf for leaf in leaves if leaf.get("kind") == "slot"}
    reviews = {leaf["number"]: leaf for leaf in leaves if leaf.get("kind") == "review"}
    later = {leaf["number"]: leaf for leaf in leaves if leaf.get("kind") == "reclassification"}
    try:
        return Recorded(
            records=tuple(record_of(one) for one in slots.values()),
            leaves=slots,
            reviews=tuple(review_of(one) for one in reviews.values()),
            later=tuple(reclassification_of(one) for one in later.values()),
        )
    except _WRONG_FORM as error:
        raise Unsound(
            "une ligne du journal est illisible", "a line of the log cannot be read"
        ) from error


def check_figures(carried: Carried, slots: Recorded) -> Sound[None]:
    """Every figure of the report as the leaves give it. Raises Unsound with what differs."""
    report = carried.report
    check = {"outage": _outage, "attempts": _attempts}.get(str(report.get("kind")))
    if check is None:
        raise _unreadable()
    try:
        known = slots.until(moment(report["frame"]["made_at"]))
        differs = sorted({*check(report, known), *_decided(report, known)})
    except _WRONG_FORM as error:
        raise _unreadable() from error
    if differs:
        named = ", ".join(differs[:6])
        raise Unsound(
            f"ces chiffres ne découlent pas des relevés joints : {named}",
            f"these figures do not follow from the attached records: {named}",
        )
    return Sound(
        f"chiffres recalculés à partir de {len(slots.records)} relevés joints : identiques",
        f"figures computed again from {len(slots.records)} attached records: identical",
        None,
    )


def _decided(report: Json, slots: Recorded) -> Iterator[str]:
    """Decisions that the pages show are those of the log."""
    known = {one.number: one for one in slots.reviews}
    rules = {
        (one.sequence, one.outcome, one.rule, one.ruleset, one.decided_at) for one in slots.later
    }
    for incident in _having(report, {"first_failing", "reviews", "judgements"}):
        for said in incident["reviews"]:
            if said != plain(known.get(said["number"])):
                yield f"decision {said['number']}"
        for said in incident["judgements"]:
            at = moment(said["decided_at"])
            if (said["sequence"], said["outcome"], said["rule"], said["ruleset"], at) not in rules:
                yield f"verdict {said['sequence']}"


def _unreadable() -> Unsound:
    return Unsound("releve.json est illisible", "releve.json cannot be read")


def moment(text: str) -> datetime:
    """A moment as the report writes it. Raises ValueError for one without zone."""
    found = datetime.fromisoformat(text)
    if found.utcoffset() is None:
        raise ValueError(text)
    return found


def _outage(report: Json, slots: Recorded) -> Iterator[str]:
    now = moment(report["frame"]["made_at"])
    for one in report["components"]:
        records = slots.of(one["component"], one["category"])
        line = timeline(records, now=now)
        computed = figure_again(line, one["figure"])
        yield from _differences(one["figure"], plain(computed), f"{one['component']}: ")
        yield from _window(report["frame"], one, line)
        yield from _around_figure(one, line, computed)
        if one["full_figure"] is not None:
            full = timeline(records, now=now, depth=Depth.FULL)
            again = plain(figure_again(full, one["full_figure"], Depth.FULL))
            yield from _differences(one["full_figure"], again, f"{one['component']} (full): ")
        yield from _second(one, line, computed, slots)


def _second(one: Json, line: Timeline, first: Figure, slots: Recorded) -> Iterator[str]:
    """The second figure, and how many records were judged again."""
    found = second_figure(line, first, slots.reviews, slots.later)
    where = f"{one['component']} (second): "
    counts = {"reviewed_slots": found.reviewed_slots, "rejudged_slots": found.rejudged_slots}
    yield from _differences({name: one[name] for name in counts}, counts, where)
    said, computed = one["reviewed_figure"], plain(found.figure)
    if said is None or computed is None:
        if said != computed:
            yield f"{where}figure"
    else:
        yield from _differences(said, computed, where)


def figure_again(line: Timeline, said: Json, depth: Depth | None = None) -> Figure:
    """The figure over the window that the report names."""
    start, end = moment(said["start"]), moment(said["end"])
    return figure_of(line, start=start, end=end, depth=depth, first_slot_at=start)


def _differences(said: Json, computed: Json, where: str) -> Iterator[str]:
    for name in said.keys() | computed.keys():
        if said.get(name) != computed.get(name):
            yield f"{where}{name}"


def _window(frame: Json, one: Json, line: Timeline) -> Iterator[str]:
    """The window is what was asked for, cut at the component's first record and at the making."""
    asked, end = moment(frame["period_start"]), moment(frame["period_end"])
    first = slot_time(line.records[0]) if line.records else line.now
    said = moment(one["figure"]["start"]), moment(one["figure"]["end"])
    low = max(asked, first)
    if said != (low, max(min(end, line.now), low)):
        yield f"{one['component']}: window"


def _around_figure(one: Json, line: Timeline, computed: Figure) -> Iterator[str]:
    """Incidents, isolated failures and outcomes beside the figure."""
    said = [incident["incident"] for incident in one["incidents"]]
    if said != plain(list(computed.incidents)):
        yield f"{one['component']}: incidents"
    within = line.slots_within(computed.start, computed.end)
    alone = [r.sequence for r in within if r.outcome.is_failing and r.sequence not in line.joined]
    if [look["sequence"] for look in one["isolated"]] != alone:
        yield f"{one['component']}: isolated"
    counted = Counter(record.outcome.value for record in within)
    if dict(one["outcomes"]) != counted:
        yield f"{one['component']}: outcomes"


def _attempts(report: Json, slots: Recorded) -> Iterator[str]:
    now = moment(report["frame"]["made_at"])
    last = judged_last(slots.records, slots.reviews, slots.later)
    ground, judged = _Ground(slots, now), _Ground(replace(slots, records=last), now)
    found, second = [], []
    for one in report["attempts"]:
        declared = _declared(one["corroboration"]["attempt"])
        again = ground.set_against(declared)
        found.append(again)
        if not _agree(one["corroboration"], again):
            yield f"attempt {one['number']}"
        later = judged.set_against(declared)
        changed = later.finding is not again.finding
        second.append(later if changed else again)
        if changed != (one["second"] is not None) or (changed and not _agree(one["second"], later)):
            yield f"attempt {one['number']} (second)"
    yield from _differences(report["measures"], plain(measures(found)), "measures: ")
    said = report["second_measures"] or report["measures"]
    yield from _differences(said, plain(measures(second)), "measures (second): ")


def _declared(said: Json) -> DeclaredAttempt:
    return DeclaredAttempt(
        start=moment(said["start"]),
        end=None if said["end"] is None else moment(said["end"]),
        territory=said["territory"],
        component=said["component"],
        category=said["category"],
        depth=Depth(said["depth"]),
        personal=said["personal"],
        words=said["words"],
    )


class _Ground:
    """Slots laid out once for all the attempts at a component."""

    def __init__(self, slots: Recorded, now: datetime) -> None:
        self._slots, self._now = slots, now
        self._lines: dict[str, tuple[list[SlotRecord], tuple[Incident, ...]]] = {}

    def _line(self, component: str) -> tuple[list[SlotRecord], tuple[Incident, ...]]:
        if component not in self._lines:
            records = self._slots.of(component)
            folded = timeline(records, now=self._now).incidents
            self._lines[component] = sorted(records, key=slot_time), folded
        return self._lines[component]

    def set_against(self, declared: DeclaredAttempt) -> Corroboration:
        """The attempt beside the slots around it."""
        records, incidents = self._line(declared.component)
        low = bisect_left(records, declared.start - MARGIN, key=slot_time)
        high = bisect_left(records, declared.until + MARGIN, key=slot_time)
        first = slot_time(records[0]) if records else None
        near = records[low:high]
        return set_against(declared, near, incidents, now=self._now, first_slot_at=first)


_SILENT = Finding.NOT_OBSERVED.value


def _agree(said: Json, again: Corroboration) -> bool:
    """The same finding from the same looks. Of what was not observed the reason may differ: the
    leaves do not go back to when the monitor began."""
    finding = _finding_of(said["reason"])
    if finding != again.finding.value:
        return False
    if finding == _SILENT:
        return True
    seen = _as_leaves_hold_it(said["seen"])
    return bool(said["reason"] == again.reason.value and seen == plain(list(again.seen)))


def _as_leaves_hold_it(value: object) -> Any:  # noqa: ANN401  any JSON value
    """Without what the site asked us to wait, which is no part of a leaf."""
    if isinstance(value, dict):
        kept = {name: _as_leaves_hold_it(one) for name, one in value.items()}
        return {**kept, "retry_after_seconds": None} if "retry_after_seconds" in kept else kept
    return [_as_leaves_hold_it(one) for one in value] if isinstance(value, list) else value


def _finding_of(reason: str) -> str:
    return finding_of(Reason(reason)).value


def check_looks(carried: Carried, slots: Recorded) -> Sound[int]:
    """Every look that the report shows is a line of the log, with its manifests."""
    looks = list(_having(carried.report, {"sequence", "manifests", "page_message"}))
    for look in looks:
        leaf = slots.leaves.get(look["sequence"])
        if leaf is None or not _fits(look, leaf):
            number = look["sequence"]
            raise Unsound(
                f"le relevé n° {number} imprimé n’est pas celui du journal",
                f"record no. {number} as printed is not that of the log",
            )
    count = len(looks)
    return Sound(
        f"{count} relevé(s) détaillé(s), conformes au journal",
        f"{count} record(s) shown in full, as in the log",
        count,
    )


_SAME = ("component", "vantage", "outcome", "rule", "ruleset", "depth", "category", "via", "flags")


def _fits(look: Json, leaf: Json) -> bool:
    try:
        record = record_of(leaf)
        named = [one["sha256"] for one in look["manifests"]]
        return (
            all(look[name] == leaf[name] for name in _SAME)
            and moment(look["started_at"]) == slot_time(record)
            and named == leaf["manifests"]
        )
    except _WRONG_FORM:
        return False


def _having(value: object, names: Set[str]) -> Iterator[Json]:
    """Whatever has these parts, wherever it stands in the report."""
    if isinstance(value, dict):
        if names <= value.keys():
            yield value
        for one in value.values():
            yield from _having(one, names)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _having(one, names)
