"""The state now in words: the answer to "is it down for everybody?", then each component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.model import COMPONENTS, Depth, Incident, SlotRecord
from monitor.core.states import State, component_state
from monitor.core.timeline import slot_time
from monitor.web.figures import Days, FigureView, figure_view
from monitor.web.incident_views import incident_id
from monitor.web.language import _, link
from monitor.web.typography import between, french, listed, sentence, since, when
from monitor.web.words import (
    REFUSAL_FLAG,
    STATE_WORDS,
    depth_words,
    refusal_sentence,
    why_not_known,
    words_of,
)


@dataclass(frozen=True, kw_only=True)
class Now:
    """What is known of one watched component at this moment. ``days`` is None before the first
    slot."""

    component: str
    state: State
    latest: SlotRecord | None
    incident: Incident | None
    known: Sequence[SlotRecord]
    days: Days | None

    @property
    def subject(self) -> str:
        """The component as the beginning of a clause."""
        return words_of(self.component).subject


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
    """The answer on top of the page; ``short`` says it in a few words."""

    tone: str
    short: str
    answer: str
    details: tuple[str, ...]


def component_now(
    component: str,
    latest: Mapping[tuple[str, str], SlotRecord],
    incidents: Sequence[Incident],
    known: Sequence[SlotRecord],
    now: datetime,
    days: Days | None = None,
) -> Now:
    """``incidents`` are the open ones, ``known`` the latest slots that know something, newest
    first. A watched component without any slot is not known."""
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
        known=known,
        days=days,
    )


def component_row(found: Now, now: datetime) -> ComponentRow:
    """The line of a watched component."""
    words, state = words_of(found.component), STATE_WORDS[found.state]
    looked = slot_time(found.latest) if found.latest else None
    return ComponentRow(
        id=found.component,
        title=words.title,
        about=words.about,
        label=_(state.label),
        tone=state.tone,
        details=tuple(french(sentence(text)) for text in _details(found, now)),
        depth=_depth(found),
        looked=when(looked, now) if looked else "",
        looked_iso=looked.isoformat(timespec="seconds") if looked else "",
        incident_url=link(f"/incidents/{incident_id(found.incident)}") if found.incident else "",
        figure=figure_view(found.days) if found.days else None,
    )


def unwatched_rows(watched: Sequence[str]) -> tuple[ComponentRow, ...]:
    """The lines of what nobody watches here."""
    return tuple(_unwatched(name) for name in COMPONENTS if name not in watched)


def _unwatched(component: str) -> ComponentRow:
    words, state = words_of(component), STATE_WORDS[State.UNWATCHED]
    return ComponentRow(
        id=component,
        title=words.title,
        about=words.about,
        label=_(state.label),
        tone=state.tone,
        details=(),
        depth="",
        looked="",
        looked_iso="",
        incident_url="",
        figure=None,
    )


def _depth(found: Now) -> str:
    """How far the last run that knows something looked."""
    return depth_words(found.known[0].depth) if found.known else ""


def _details(found: Now, now: datetime) -> list[str]:
    said = [_reason(found, now)]
    if found.incident and found.state is not State.MAINTENANCE:
        said.append(_start(found.incident, now))
    if found.state in (State.NOT_KNOWN, State.BEHIND, State.UNCONFIRMED):
        said.append(_last_known(found, now))
    if found.latest and REFUSAL_FLAG in found.latest.flags and found.latest.outcome.is_failing:
        said.append(refusal_sentence())
    return [text for text in said if text]


def _reason(found: Now, now: datetime) -> str:
    if found.latest is None:
        return _("aucun relevé pour l’instant.")
    reasons = {
        State.NOT_KNOWN: f"{why_not_known(found.latest)}.",
        State.BEHIND: _("aucun relevé depuis {moment}.").format(
            moment=since(slot_time(found.latest), now)
        ),
        State.UNCONFIRMED: _("une panne n’est annoncée qu’après deux relevés en échec de suite."),
        State.RECOVERING: _("un relevé a réussi ; la panne est close après deux."),
        State.PARTIAL: _("nos points d’observation ne voient pas la même chose."),
        State.MAINTENANCE: _("le site annonce lui-même une maintenance."),
    }
    return reasons.get(found.state, "")


def _start(incident: Incident, now: datetime) -> str:
    planned = incident.kind == "maintenance"
    what = _("maintenance commencée") if planned else _("panne commencée")
    if incident.started_after is None:
        moment = _("avant {moment}").format(moment=since(incident.started_before, now))
        return _("{what} {moment}, non close.").format(what=what, moment=moment)
    moment = between(incident.started_after, incident.started_before, now)
    return _("{what} {moment}, non close.").format(what=what, moment=moment)


def _last_known(found: Now, now: datetime) -> str:
    """The one before a failure that is not confirmed."""
    last = next(
        (one for one in found.known if not (one.outcome.is_failing and one == found.latest)), None
    )
    if last is None:
        return ""
    did = _("fonctionnait") if last.outcome.is_available else _("ne fonctionnait pas")
    moment = when(slot_time(last), now)
    return _("dernier résultat connu : {did} {moment}.").format(did=did, moment=moment)


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
                short=_short(state, those, all_found),
                answer=french(answer),
                details=tuple(french(sentence(text)) for text in details),
            )
    nothing = _("Rien n’est surveillé ici.")
    return Headline(
        tone="off", short=_(STATE_WORDS[State.UNWATCHED].label), answer=nothing, details=()
    )


def _short(state: State, those: Sequence[Now], everything: Sequence[Now]) -> str:
    """Never more than was seen: one failing component is not the whole service."""
    if state is State.FAILING and len(those) < len(everything):
        return _("Fonctionne en partie")
    return _(STATE_WORDS[state].label)


def _named(those: Sequence[Now]) -> str:
    return listed([found.subject for found in those])


def _verb(those: Sequence[Now], one: str, several: str) -> str:
    return one if len(those) == 1 else several


def _failing(those: Sequence[Now], everything: Sequence[Now], now: datetime) -> str:
    starts = [found.incident.started_before for found in those if found.incident]
    verb = _verb(those, _("ne fonctionne pas"), _("ne fonctionnent pas"))
    doubt = all(found.latest and REFUSAL_FLAG in found.latest.flags for found in those)
    yes = _("Oui") if len(those) == len(everything) else _("Oui, en partie")
    yes = _("Probablement") if doubt else yes
    moment = _(" depuis {moment}").format(moment=since(min(starts), now)) if starts else ""
    return _("{yes} : {names} {verb}{moment}.").format(
        yes=yes, names=_named(those), verb=verb, moment=moment
    )


def _maintenance(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return _("Le site annonce une maintenance : {names}.").format(names=_named(those))


def _partial(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    verb = _verb(those, _("fonctionne"), _("fonctionnent"))
    return _("Cela dépend d’où l’on regarde : {names} {verb} ici et pas là.").format(
        names=_named(those), verb=verb
    )


def _unconfirmed(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    names = _named(those)
    return _("Un échec vient d’être vu, pas encore confirmé : {names}.").format(names=names)


def _recovering(those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return _("Le service semble revenir : {names}.").format(names=_named(those))


def _unknown(those: Sequence[Now], everything: Sequence[Now], _now: datetime) -> str:
    if all(found.latest is None for found in everything):
        return _("Nous ne savons pas encore : la surveillance commence.")
    if any(found.state.up for found in everything):
        names = _named(those)
        return _("Ce que nous voyons fonctionne ; nous ne savons pas pour {names}.").format(
            names=names
        )
    return _("Nous ne savons pas.")


def _behind(those: Sequence[Now], everything: Sequence[Now], now: datetime) -> str:
    if any(found.state.up for found in everything):
        return _unknown(those, everything, now)
    return _("Nous ne savons pas : c’est notre surveillance qui est en retard.")


def _slow(_those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return _("Non : ce que nous vérifions fonctionne, mais lentement.")


def _working(_those: Sequence[Now], _everything: Sequence[Now], _now: datetime) -> str:
    return _("Non : ce que nous vérifions fonctionne.")


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
        return [_("le premier relevé est attendu.")]
    if state in (State.WORKING, State.SLOW):
        return [_("dernier relevé {moment}.").format(moment=when(max(looks), now))]
    if len(those) == 1:
        return _details(those[0], now)
    if state is State.BEHIND:
        moment = when(max(looks), now)
        return [_("dernier relevé {moment} ; depuis, rien n’est connu.").format(moment=moment)]
    return [_one_line(found, now) for found in those]


def _one_line(found: Now, now: datetime) -> str:
    """A component's details, led by its name."""
    first, *others = _details(found, now) or [""]
    led = _("{name} : {text}").format(name=found.subject, text=first)
    return " ".join([led, *map(sentence, others)])


def _limits(state: State, everything: Sequence[Now]) -> list[str]:
    """What a good answer does not cover."""
    if state not in (State.WORKING, State.SLOW):
        return []
    form = depth_words(Depth.FORM)
    shallow = [found for found in everything if _depth(found) == form]
    if not shallow:
        return []
    if len(shallow) == len(everything):
        return [_("vérifié jusqu’au formulaire ; la suite de la démarche n’est pas essayée.")]
    names = _named(shallow)
    return [_("vérifié jusqu’au formulaire seulement : {names}.").format(names=names)]
