"""The state now in words: the answer to "is it down for everybody?", then each component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.incidents import State, component_state
from monitor.core.model import COMPONENTS, Incident, SlotRecord
from monitor.core.reviewed import Review
from monitor.core.timeline import Timeline, slot_time
from monitor.web.figures import FigureView, figure_view
from monitor.web.incident_views import incident_id
from monitor.web.typography import between, french, listed, sentence, since, when
from monitor.web.words import (
    COMPONENT_WORDS,
    DEPTH_WORDS,
    REFUSAL_FLAG,
    REFUSAL_SENTENCE,
    STATE_WORDS,
    why_not_known,
)


@dataclass(frozen=True, kw_only=True)
class Now:
    """What is known of one watched component at this moment."""

    component: str
    state: State
    latest: SlotRecord | None
    incident: Incident | None
    line: Timeline

    @property
    def subject(self) -> str:
        """The component as the beginning of a clause."""
        return COMPONENT_WORDS[self.component].subject


@dataclass(frozen=True, kw_only=True)
class ComponentRow:
    """One line of the status page."""

    id: str
    title: str
    about: str
    label: str
    tone: str
    details: tuple[str, ...]
    depth: str
    looked: str
    looked_iso: str
    incident_url: str
    figure: FigureView | None


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The answer on top of the page."""

    tone: str
    answer: str
    details: tuple[str, ...]


def component_now(
    component: str,
    latest: Mapping[tuple[str, str], SlotRecord],
    incidents: Sequence[Incident],
    line: Timeline,
    now: datetime,
) -> Now:
    """``incidents`` are the open ones. A watched component without any slot is not known."""
    seen = {vantage: record for (name, vantage), record in latest.items() if name == component}
    opened = sorted(
        (one for one in incidents if one.component == component),
        key=lambda one: one.started_before,
    )
    state = component_state(seen, open_vantages=[one.vantage for one in opened], now=now)
    return Now(
        component=component,
        state=State.NOT_KNOWN if state is State.UNWATCHED else state,
        latest=max(seen.values(), key=slot_time, default=None),
        incident=opened[0] if opened else None,
        line=line,
    )


def component_row(found: Now, now: datetime, reviews: Sequence[Review] = ()) -> ComponentRow:
    """The line of a watched component."""
    words, state = COMPONENT_WORDS[found.component], STATE_WORDS[found.state]
    looked = slot_time(found.latest) if found.latest else None
    return ComponentRow(
        id=found.component,
        title=words.title,
        about=words.about,
        label=state.label,
        tone=state.tone,
        details=tuple(french(sentence(text)) for text in _details(found, now)),
        depth=_depth(found.line),
        looked=when(looked, now) if looked else "",
        looked_iso=looked.isoformat(timespec="seconds") if looked else "",
        incident_url=f"/incidents/{incident_id(found.incident)}" if found.incident else "",
        figure=figure_view(found.line, now, reviews),
    )


def unwatched_rows(watched: Sequence[str]) -> tuple[ComponentRow, ...]:
    """The lines of what nobody watches here."""
    return tuple(_unwatched(name) for name in COMPONENTS if name not in watched)


def _unwatched(component: str) -> ComponentRow:
    words, state = COMPONENT_WORDS[component], STATE_WORDS[State.UNWATCHED]
    return ComponentRow(
        id=component,
        title=words.title,
        about=words.about,
        label=state.label,
        tone=state.tone,
        details=(),
        depth="",
        looked="",
        looked_iso="",
        incident_url="",
        figure=None,
    )


def _depth(line: Timeline) -> str:
    """How far the last run that knows something looked."""
    last = next((one for one in reversed(line.records) if one.outcome.is_known), None)
    return DEPTH_WORDS[last.depth] if last else ""


def _details(found: Now, now: datetime) -> list[str]:
    said = [_reason(found, now)]
    if found.incident and found.state is not State.MAINTENANCE:
        said.append(_start(found.incident, now))
    if found.state in (State.NOT_KNOWN, State.BEHIND, State.UNCONFIRMED):
        said.append(_last_known(found.line, now))
    if found.latest and REFUSAL_FLAG in found.latest.flags and found.latest.outcome.is_failing:
        said.append(REFUSAL_SENTENCE)
    return [text for text in said if text]


def _reason(found: Now, now: datetime) -> str:
    if found.latest is None:
        return "aucun relevé pour l’instant."
    reasons = {
        State.NOT_KNOWN: f"{why_not_known(found.latest)}.",
        State.BEHIND: f"aucun relevé depuis {since(slot_time(found.latest), now)}.",
        State.UNCONFIRMED: "une panne n’est annoncée qu’après deux relevés en échec de suite.",
        State.RECOVERING: "un relevé a réussi ; la panne est close après deux.",
        State.PARTIAL: "nos points d’observation ne voient pas la même chose.",
        State.MAINTENANCE: "le site annonce lui-même une maintenance.",
    }
    return reasons.get(found.state, "")


def _start(incident: Incident, now: datetime) -> str:
    what = "maintenance commencée" if incident.kind == "maintenance" else "panne commencée"
    if incident.started_after is None:
        return f"{what} avant {since(incident.started_before, now)}, non close."
    return f"{what} {between(incident.started_after, incident.started_before, now)}, non close."


def _last_known(line: Timeline, now: datetime) -> str:
    last = next(
        (
            one
            for one in reversed(line.records)
            if one.outcome.is_known and not (one.outcome.is_failing and one is line.records[-1])
        ),
        None,
    )
    if last is None:
        return ""
    did = "fonctionnait" if last.outcome.is_available else "ne fonctionnait pas"
    return f"dernier résultat connu : {did} {when(slot_time(last), now)}."


_SEVEREST = (
    State.FAILING,
    State.MAINTENANCE,
    State.PARTIAL,
    State.UNCONFIRMED,
    State.RECOVERING,
    State.BEHIND,
    State.NOT_KNOWN,
    State.SLOW,
    State.WORKING,
)


def headline(all_found: Sequence[Now], now: datetime) -> Headline:
    """One honest sentence for all watched components, and what it rests on."""
    for state in _SEVEREST:
        those = [found for found in all_found if found.state is state]
        if those:
            answer = _ANSWERS[state](those, all_found, now)
            details = [*_context(state, those, now), *_limits(state, all_found)]
            return Headline(
                tone=STATE_WORDS[state].tone,
                answer=french(answer),
                details=tuple(french(sentence(text)) for text in details),
            )
    return Headline(tone="off", answer="Rien n’est surveillé ici.", details=())


def _named(those: Sequence[Now]) -> str:
    return listed([found.subject for found in those])


def _verb(those: Sequence[Now], one: str, several: str) -> str:
    return one if len(those) == 1 else several


def _failing(those: Sequence[Now], everything: Sequence[Now], now: datetime) -> str:
    starts = [found.incident.started_before for found in those if found.incident]
    verb = _verb(those, "ne fonctionne pas", "ne fonctionnent pas")
    doubt = all(found.latest and REFUSAL_FLAG in found.latest.flags for found in those)
    yes = "Sans doute" if doubt else "Oui" if len(those) == len(everything) else "Oui, en partie"
    moment = f" depuis {since(min(starts), now)}" if starts else ""
    return f"{yes} : {_named(those)} {verb}{moment}."


def _maintenance(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return f"Le site annonce une maintenance : {_named(those)}."


def _partial(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    verb = _verb(those, "fonctionne", "fonctionnent")
    return f"Cela dépend d’où l’on regarde : {_named(those)} {verb} ici et pas là."


def _unconfirmed(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return f"Un échec vient d’être vu, pas encore confirmé : {_named(those)}."


def _recovering(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return f"Le service semble revenir : {_named(those)}."


def _unknown(those: Sequence[Now], everything: Sequence[Now], _now: datetime) -> str:
    if all(found.latest is None for found in everything):
        return "Nous ne savons pas encore : la surveillance commence."
    if any(found.state.up for found in everything):
        return f"Ce que nous voyons fonctionne ; nous ne savons pas pour {_named(those)}."
    return "Nous ne savons pas."


def _behind(those: Sequence[Now], everything: Sequence[Now], now: datetime) -> str:
    if any(found.state.up for found in everything):
        return _unknown(those, everything, now)
    return "Nous ne savons pas : c’est notre surveillance qui est en retard."


def _slow(_those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return "Non : ce que nous vérifions fonctionne, mais lentement."


def _working(_those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return "Non : ce que nous vérifions fonctionne."


_ANSWERS = {
    State.FAILING: _failing,
    State.MAINTENANCE: _maintenance,
    State.PARTIAL: _partial,
    State.UNCONFIRMED: _unconfirmed,
    State.RECOVERING: _recovering,
    State.BEHIND: _behind,
    State.NOT_KNOWN: _unknown,
    State.SLOW: _slow,
    State.WORKING: _working,
}


def _context(state: State, those: Sequence[Now], now: datetime) -> list[str]:
    """What was seen, for the components that made the answer."""
    looks = [slot_time(found.latest) for found in those if found.latest]
    if not looks:
        return ["le premier relevé est attendu."]
    if state in (State.WORKING, State.SLOW):
        return [f"dernier relevé {when(max(looks), now)}."]
    if len(those) == 1:
        return _details(those[0], now)
    if state is State.BEHIND:
        return [f"dernier relevé {when(max(looks), now)} ; depuis, rien n’est connu."]
    return [_one_line(found, now) for found in those]


def _one_line(found: Now, now: datetime) -> str:
    """A component's details, led by its name."""
    first, *others = _details(found, now) or [""]
    return " ".join([f"{found.subject} : {first}", *map(sentence, others)])


def _limits(state: State, everything: Sequence[Now]) -> list[str]:
    """What a good answer does not cover."""
    if state not in (State.WORKING, State.SLOW):
        return []
    shallow = [found for found in everything if _depth(found.line) == "jusqu’au formulaire"]
    if not shallow:
        return []
    if len(shallow) == len(everything):
        return ["vérifié jusqu’au formulaire ; la suite de la démarche n’est pas essayée."]
    return [f"vérifié jusqu’au formulaire seulement : {_named(shallow)}."]
