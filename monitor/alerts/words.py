"""What a message says, in French: what, since when, how sure, where to read more.

Nothing that is not known is called a failure of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from monitor.core.alerts import Episode, Kind
from monitor.core.incidents import DurationRange, duration
from monitor.core.model import Incident, Vantage
from monitor.core.rules import BY_ID
from monitor.web.typography import (
    NBSP,
    between,
    decimal,
    french,
    hour,
    lasting,
    listed,
    precise,
    when,
)
from monitor.web.words import REFUSAL_FLAG, title

Facts = Mapping[str, str | int | float]


@dataclass(frozen=True, kw_only=True)
class Text:
    """A message: one line, and the rest."""

    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What there is to say about an episode at ``now``. ``flags`` are those of the last failing
    runs, ``page`` is the address of the incident's page, None when readers have none."""

    episode: Episode
    flags: frozenset[str]
    vantages: Mapping[str, Vantage]
    last_seen: Mapping[int, datetime]
    page: str | None
    has_picture: bool
    now: datetime


_TRIED_AGAIN = ", chacun confirmé par un second essai dans un navigateur neuf."
_ASKED_ONCE = " ; un message de réinitialisation n’est demandé qu’une fois par relevé."
"""The probe ``reset`` never repeats what it has asked for."""

_LEADS = {Kind.CLOSED: "Ce qui avait été vu", Kind.SUMMARY: "Ce qui a été vu"}

_TITLES = {
    Kind.OPENED: "{name} : ne fonctionne pas",
    Kind.MAINTENANCE: "{name} : maintenance annoncée par le site",
    Kind.CONFIRMED: "{name} : l’échec est vu aussi depuis un autre réseau",
    Kind.CLOSED: "{name} : fonctionne de nouveau",
    Kind.SUMMARY: "{name} : un incident a eu lieu et il est terminé",
}


def incident_text(kind: Kind, scene: Scene) -> Text:
    """The message about an episode."""
    first = scene.episode.first
    lines = [
        f"{_LEADS.get(kind, 'Quoi')} : {_what(first)}",
        *_inherited(first),
        f"Début : {_start(first, scene.now)}",
        *_end(scene),
        f"Durée : {_lasted(scene)}",
        *_holes(scene.episode, scene.now),
        f"Certitude : {_certainty(scene)}",
        *(["Capture : la première page en échec est jointe."] if scene.has_picture else []),
        *([f"Détails{NBSP}: {scene.page}"] if scene.page else []),
        "",
        f"État constaté {_as_of(scene.now)}, heure de Paris.",
    ]
    heading = _TITLES[kind].format(name=title(first.component))
    return Text(title=french(heading), body=_joined(lines))


def _joined(lines: list[str]) -> str:
    return "\n".join(line if "://" in line else french(line) for line in lines)


def _as_of(now: datetime) -> str:
    return f"le {precise(now)}"


def _what(incident: Incident) -> str:
    rule = BY_ID.get(incident.rule)
    return rule.fr if rule else "la démarche n’a pas pu être faite."


def _inherited(incident: Incident) -> Iterator[str]:
    if incident.via and incident.via != incident.component:
        yield f"En cause : {title(incident.via)}, étape préalable."


def _start(incident: Incident, now: datetime) -> str:
    if incident.started_after is None:
        return f"au plus tard {when(incident.started_before, now)} ; aucun relevé réussi avant."
    return f"{between(incident.started_after, incident.started_before, now)}."


def _end(scene: Scene) -> Iterator[str]:
    """The bounds of the end are those of the incident that ended last."""
    ended = [one for one in scene.episode.incidents if one.ended_before]
    if scene.episode.is_open:
        yield "Fin : pas encore ; deux relevés réussis de suite y mettront fin."
    elif ended:
        last = max(ended, key=lambda one: one.ended_before or scene.now)
        low, high = last.ended_after, last.ended_before
        if low and high:
            yield f"Fin : {between(low, high, scene.now)}."


def _lasted(scene: Scene) -> str:
    found = max((_range(one, scene) for one in scene.episode.incidents), key=_least)
    least = f"au moins {lasting(found.minimum_seconds)}"
    if scene.episode.is_open or found.maximum_seconds is None:
        return f"{least}."
    return f"{least}, au plus {lasting(found.maximum_seconds)}."


def _range(incident: Incident, scene: Scene) -> DurationRange:
    seen = scene.last_seen.get(incident.last_failing_sequence)
    return duration(incident, now=scene.now, last_seen=seen)


def _least(found: DurationRange) -> float:
    return found.minimum_seconds


def _holes(episode: Episode, now: datetime) -> Iterator[str]:
    holes = [hole for one in episode.incidents for hole in one.holes]
    if holes:
        spans = listed([between(*hole, now) for hole in holes])
        yield f"Continuité non observée : {spans}."


def _certainty(scene: Scene) -> str:
    failing = sum(one.failing_slots for one in scene.episode.incidents)
    how = _ASKED_ONCE if scene.episode.first.component == "reset" else _TRIED_AGAIN
    return f"{failing} relevés en échec{how} {_networks(scene)}"


def _networks(scene: Scene) -> str:
    names = sorted({_operator(scene.vantages.get(one.vantage)) for one in scene.episode.incidents})
    known = f" ({listed([name for name in names if name])})" if any(names) else ""
    if scene.episode.networks > 1:
        return f"Vu depuis {scene.episode.networks} opérateurs de réseau{known}."
    alone = f"Vu depuis un seul opérateur de réseau{known}"
    if REFUSAL_FLAG in scene.flags:
        return f"{alone} : un blocage visant notre robot n’est pas exclu."
    return f"{alone}."


def _operator(vantage: Vantage | None) -> str:
    return vantage.operator if vantage else ""


NOT_COUNTED = "Résultat : non connu. Rien n’est compté comme un échec du site."

_ACCOUNT = {
    "credentials_refused": "Les identifiants ont été refusés.",
    "password_expired": "Le mot de passe a expiré : le site demande d’en choisir un autre.",
    "blocked": "Le site dit que le compte est bloqué.",
    "pending_file": "Un dossier en cours ferme l’accès au choix.",
}


def _layout(facts: Facts) -> tuple[str, list[str]]:
    return f"{_name(facts)} : la page a changé, à regarder", [
        f"Règle : {_rule(facts)}",
        NOT_COUNTED,
        "À faire : anef-monitor review list, puis anef-monitor calibrate.",
    ]


def _account(facts: Facts) -> tuple[str, list[str]]:
    state = _ACCOUNT.get(str(facts.get("account", "")))
    return "Compte de l’observatoire : une action est nécessaire", [
        f"Quoi : {_rule(facts)}",
        *([state] if state else []),
        f"Vu en vérifiant : {_name(facts)}.",
        NOT_COUNTED,
        "À faire : se connecter au site avec ce compte, le remettre en état, puis mettre à jour "
        "account.password.",
    ]


def _blocked(facts: Facts) -> tuple[str, list[str]]:
    return f"{_name(facts)} : le site refuse notre robot", [
        f"Règle : {_rule(facts)}",
        NOT_COUNTED,
        "La surveillance se met d’elle-même en retrait. À faire : ne rien contourner ; prendre "
        "contact avec l’administration du site si cela dure.",
    ]


def _fault(facts: Facts) -> tuple[str, list[str]]:
    return f"{_name(facts)} : notre surveillance ne peut pas conclure", [
        f"Règle : {_rule(facts)}",
        f"Relevés sans conclusion, de suite : {facts['runs']}.",
        NOT_COUNTED,
        "À faire : anef-monitor doctor.",
    ]


def _disk(facts: Facts) -> tuple[str, list[str]]:
    left = decimal(float(facts["free_bytes"]) / 1e9, 1)
    return f"Machine de l’observatoire : il reste {left}{NBSP}Go de disque", [
        "Sans place pour les preuves, un relevé ne peut plus rien établir.",
        "À faire : libérer de la place, ou réduire evidence.keep_good_days.",
    ]


def _clock(facts: Facts) -> tuple[str, list[str]]:
    off = decimal(float(facts["seconds"]), 1)
    return f"Machine de l’observatoire : horloge décalée de {off}{NBSP}s", [
        "Au-delà de 30 secondes, plus aucun relevé ne conclut.",
        "À faire : vérifier la synchronisation (timedatectl, chronyc).",
    ]


def _password(facts: Facts) -> tuple[str, list[str]]:
    expires = date.fromisoformat(str(facts["expires"]))
    shown = f"{expires:%d/%m/%Y}"
    return f"Compte de l’observatoire : le mot de passe expire le {shown}", [
        "À faire : le changer sur le site avant cette date, puis mettre à jour account.password "
        "et alerts.password_expires.",
    ]


def _secret(facts: Facts) -> tuple[str, list[str]]:
    return "Preuves : un secret a été arrêté avant d’être conservé", [
        f"Relevé n° {facts['sequence']} ({_name(facts)}), fichiers écartés : {facts['files']}.",
        "Rien de secret n’a été écrit. À faire : regarder quelle page affiche ce secret et "
        "compléter les zones masquées du fichier de site.",
    ]


_OPERATOR: dict[str, Callable[[Facts], tuple[str, list[str]]]] = {
    Kind.LAYOUT: _layout,
    Kind.ACCOUNT: _account,
    Kind.BLOCKED: _blocked,
    Kind.FAULT: _fault,
    Kind.DISK: _disk,
    Kind.CLOCK: _clock,
    Kind.PASSWORD: _password,
    Kind.SECRET: _secret,
}


def operator_text(kind: Kind, facts: Facts, *, since: datetime | None, now: datetime) -> Text:
    """The message about something to look at; ``since`` is when it was first seen."""
    heading, lines = _OPERATOR[kind](facts)
    if since is not None:
        lines.insert(1, f"Depuis : {when(since, now)}.")
    lines += ["", f"État constaté {_as_of(now)}, heure de Paris."]
    return Text(title=french(heading), body=_joined(lines))


def trial_text(now: datetime) -> Text:
    """The message of ``alerts test``."""
    return Text(
        title=french("Essai : ce message n’annonce rien"),
        body=_joined(
            [
                "Ceci est un essai demandé par l’exploitant de l’observatoire. Il ne s’est rien "
                "passé.",
                f"Envoyé à {hour(now)}, heure de Paris.",
            ]
        ),
    )


def _name(facts: Facts) -> str:
    return title(str(facts["component"]))


def _rule(facts: Facts) -> str:
    rule = BY_ID.get(str(facts.get("rule", "")))
    return rule.fr if rule else "ce qui a été vu ne permet pas de conclure."


def signed(text: Text, *, reference: str, rehearsal: bool, operator: str) -> Text:
    """The text with the heading and the foot that every message has. ``operator`` may be empty."""
    mark = "[RÉPÉTITION] " if rehearsal else ""
    foot = ["", french(f"{_who(operator)}. Référence : {reference}")]
    if rehearsal:
        note = "Ceci est une répétition sur un site simulé : rien ne s’est passé sur ANEF."
        foot.insert(1, french(note))
    return Text(title=f"{mark}[ANEF] {text.title}", body="\n".join([text.body, *foot]))


def _who(operator: str) -> str:
    by = f", tenu par {operator}" if operator else ""
    return f"Observatoire indépendant, sans lien avec l’administration{by}"
