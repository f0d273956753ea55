"""What the public reads: French names of components, states, outcomes and depths."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.incidents import State
from monitor.core.model import Depth, Outcome, SlotRecord
from monitor.web.typography import french


@dataclass(frozen=True, kw_only=True)
class ComponentWords:
    """``title`` stands alone, ``subject`` begins a sentence's clause, ``about`` explains."""

    title: str
    subject: str
    about: str


COMPONENT_WORDS: dict[str, ComponentWords] = {
    "portal": ComponentWords(
        title="Page d’accueil",
        subject="la page d’accueil",
        about="Le portail s’ouvre et son serveur répond.",
    ),
    "login": ComponentWords(
        title="Connexion",
        subject="la connexion",
        about="On peut se connecter à son compte.",
    ),
    "reset": ComponentWords(
        title="Mot de passe oublié",
        subject="la réinitialisation du mot de passe",
        about="Le message de réinitialisation arrive.",
    ),
    "category": ComponentWords(
        title="Choix du titre de séjour",
        subject="le choix du titre de séjour",
        about="La catégorie du titre peut être choisie.",
    ),
    "upload": ComponentWords(
        title="Dépôt des pièces",
        subject="le dépôt des pièces",
        about="Un document peut être joint au dossier.",
    ),
    "tracking": ComponentWords(
        title="Suivi du dossier",
        subject="le suivi du dossier",
        about="L’avancement du dossier s’affiche.",
    ),
    "attestation": ComponentWords(
        title="Attestations",
        subject="la délivrance des attestations",
        about="Les attestations peuvent être téléchargées.",
    ),
    "simultaneous": ComponentWords(
        title="Demandes simultanées",
        subject="le dépôt de plusieurs demandes",
        about="Plusieurs demandes peuvent être déposées en même temps.",
    ),
    "correction": ComponentWords(
        title="Correction d’une demande",
        subject="la correction d’une demande",
        about="Une demande déposée peut être corrigée et complétée.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class StateWords:
    """``tone`` is the class of the style sheet and the name of the icon."""

    label: str
    tone: str


STATE_WORDS: dict[State, StateWords] = {
    State.WORKING: StateWords(label="Fonctionne", tone="good"),
    State.SLOW: StateWords(label="Fonctionne, mais lentement", tone="slow"),
    State.FAILING: StateWords(label="Ne fonctionne pas", tone="bad"),
    State.MAINTENANCE: StateWords(label="Maintenance annoncée", tone="planned"),
    State.UNCONFIRMED: StateWords(label="Un échec, à confirmer", tone="unsure"),
    State.RECOVERING: StateWords(label="Semble revenir", tone="slow"),
    State.PARTIAL: StateWords(label="Partiel", tone="unsure"),
    State.NOT_KNOWN: StateWords(label="Non connu", tone="unsure"),
    State.BEHIND: StateWords(label="Surveillance en retard", tone="unsure"),
    State.UNWATCHED: StateWords(label="Non surveillé", tone="off"),
}

DEPTH_WORDS: dict[Depth, str] = {
    Depth.FORM: "jusqu’au formulaire",
    Depth.FULL: "acte complet",
}

NOT_KNOWN_WORDS: dict[Outcome, str] = {
    Outcome.BLOCKED: "le site a refusé notre robot",
    Outcome.LAYOUT_CHANGED: "la page a changé et notre vérification doit être adaptée",
    Outcome.MONITOR_FAULT: "la faute est de notre côté",
    Outcome.UNKNOWN: "ce qui a été vu ne permet pas de conclure",
    Outcome.MISSED: "notre surveillance était arrêtée",
    Outcome.SKIPPED: "la vérification n’a pas eu lieu",
}

SKIPPED_WORDS: dict[str, str] = {
    "overrun": "la vérification précédente n’était pas terminée",
    "budget": "le nombre de visites que nous nous permettons par jour est atteint",
    "backoff": "nous laissons le site tranquille après un refus",
    "kill_switch": "la surveillance est suspendue par son exploitant",
}

KIND_WORDS: dict[str, str] = {
    "down": "Hors service",
    "maintenance": "Maintenance annoncée",
}

REFUSAL_FLAG = "refusal_not_excluded"
REFUSAL_SENTENCE = french(
    "Vu depuis un seul opérateur de réseau : un blocage visant notre robot n’est pas exclu."
)


def title(component: str) -> str:
    """The component's name for readers."""
    return COMPONENT_WORDS[component].title


def why_not_known(record: SlotRecord) -> str:
    """Why this slot knows nothing, as the end of a sentence."""
    if record.outcome is Outcome.SKIPPED:
        return SKIPPED_WORDS.get(record.rule, NOT_KNOWN_WORDS[Outcome.SKIPPED])
    return NOT_KNOWN_WORDS.get(record.outcome, NOT_KNOWN_WORDS[Outcome.UNKNOWN])
