"""What the public reads: names of components, states, outcomes and depths.

The tables are French; the functions give a word in the language of the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.model import Depth, Outcome, SlotRecord
from monitor.core.reviewed import Decision
from monitor.core.states import State
from monitor.web.language import N_, _
from monitor.web.typography import french


@dataclass(frozen=True, kw_only=True)
class ComponentWords:
    """``title`` stands alone, ``subject`` begins a sentence's clause, ``about`` explains."""

    title: str
    subject: str
    about: str


COMPONENT_WORDS: dict[str, ComponentWords] = {
    "portal": ComponentWords(
        title=N_("Page d’accueil"),
        subject=N_("la page d’accueil"),
        about=N_("Le portail s’ouvre et son serveur répond."),
    ),
    "login": ComponentWords(
        title=N_("Connexion"),
        subject=N_("la connexion"),
        about=N_("On peut se connecter à son compte."),
    ),
    "reset": ComponentWords(
        title=N_("Mot de passe oublié"),
        subject=N_("la réinitialisation du mot de passe"),
        about=N_("Le message de réinitialisation arrive."),
    ),
    "category": ComponentWords(
        title=N_("Choix du titre de séjour"),
        subject=N_("le choix du titre de séjour"),
        about=N_("La catégorie du titre peut être choisie."),
    ),
    "upload": ComponentWords(
        title=N_("Dépôt des pièces"),
        subject=N_("le dépôt des pièces"),
        about=N_("Un document peut être joint au dossier."),
    ),
    "tracking": ComponentWords(
        title=N_("Suivi du dossier"),
        subject=N_("le suivi du dossier"),
        about=N_("L’avancement du dossier s’affiche."),
    ),
    "attestation": ComponentWords(
        title=N_("Attestations"),
        subject=N_("la délivrance des attestations"),
        about=N_("Les attestations peuvent être téléchargées."),
    ),
    "simultaneous": ComponentWords(
        title=N_("Demandes simultanées"),
        subject=N_("le dépôt de plusieurs demandes"),
        about=N_("Plusieurs demandes peuvent être déposées en même temps."),
    ),
    "correction": ComponentWords(
        title=N_("Correction d’une demande"),
        subject=N_("la correction d’une demande"),
        about=N_("Une demande déposée peut être corrigée et complétée."),
    ),
}


@dataclass(frozen=True, kw_only=True)
class StateWords:
    """``tone`` is the class of the style sheet and the name of the icon."""

    label: str
    tone: str


STATE_WORDS: dict[State, StateWords] = {
    State.WORKING: StateWords(label=N_("Fonctionne"), tone="good"),
    State.SLOW: StateWords(label=N_("Fonctionne, mais lentement"), tone="slow"),
    State.FAILING: StateWords(label=N_("Ne fonctionne pas"), tone="bad"),
    State.MAINTENANCE: StateWords(label=N_("Maintenance annoncée"), tone="planned"),
    State.UNCONFIRMED: StateWords(label=N_("Un échec, à confirmer"), tone="unsure"),
    State.RECOVERING: StateWords(label=N_("Semble revenir"), tone="slow"),
    State.PARTIAL: StateWords(label=N_("Partiel"), tone="unsure"),
    State.NOT_KNOWN: StateWords(label=N_("Non connu"), tone="unsure"),
    State.BEHIND: StateWords(label=N_("Surveillance en retard"), tone="unsure"),
    State.UNWATCHED: StateWords(label=N_("Non surveillé"), tone="off"),
}

DEPTH_WORDS: dict[Depth, str] = {
    Depth.FORM: N_("jusqu’au formulaire"),
    Depth.FULL: N_("acte complet"),
}

NOT_KNOWN_WORDS: dict[Outcome, str] = {
    Outcome.BLOCKED: N_("le site a refusé notre robot"),
    Outcome.LAYOUT_CHANGED: N_("la page a changé et notre vérification doit être adaptée"),
    Outcome.MONITOR_FAULT: N_("la faute est de notre côté"),
    Outcome.UNKNOWN: N_("ce qui a été vu ne permet pas de conclure"),
    Outcome.MISSED: N_("notre surveillance était arrêtée"),
    Outcome.SKIPPED: N_("la vérification n’a pas eu lieu"),
}

SKIPPED_WORDS: dict[str, str] = {
    "overrun": N_("la vérification précédente n’était pas terminée"),
    "budget": N_("le nombre de visites que nous nous permettons par jour est atteint"),
    "backoff": N_("nous laissons le site tranquille après un refus"),
    "kill_switch": N_("la surveillance est suspendue par son exploitant"),
}

KIND_WORDS: dict[str, str] = {
    "down": N_("Hors service"),
    "maintenance": N_("Maintenance annoncée"),
}

DECISION_WORDS: dict[Decision, str] = {
    Decision.SITE_FAILED: N_("le site était en panne"),
    Decision.OUR_FAULT: N_("la faute était de notre côté"),
    Decision.PAGE_CHANGED: N_("la page avait changé"),
    Decision.LAWFUL: N_("le site n’était pas en faute"),
}
"""What a person decided about a record."""

REFUSAL_FLAG = "refusal_not_excluded"


def refusal_sentence() -> str:
    """Why a failure that one network alone saw may be a refusal."""
    return french(
        _("Vu depuis un seul opérateur de réseau : un blocage visant notre robot n’est pas exclu.")
    )


def words_of(component: str) -> ComponentWords:
    """What is said of a component."""
    found = COMPONENT_WORDS[component]
    return ComponentWords(title=_(found.title), subject=_(found.subject), about=_(found.about))


def title(component: str) -> str:
    """The component's name for readers."""
    return _(COMPONENT_WORDS[component].title)


def depth_words(depth: Depth) -> str:
    """How far a run looked."""
    return _(DEPTH_WORDS[depth])


def why_not_known(record: SlotRecord) -> str:
    """Why this slot knows nothing, as the end of a sentence."""
    if record.outcome is Outcome.SKIPPED:
        return _(SKIPPED_WORDS.get(record.rule, NOT_KNOWN_WORDS[Outcome.SKIPPED]))
    return _(NOT_KNOWN_WORDS.get(record.outcome, NOT_KNOWN_WORDS[Outcome.UNKNOWN]))


STEP_WORDS = {
    "open_portal": N_("Ouvrir le portail"),
    "find_entry": N_("Trouver l’entrée du service"),
    "ask_api": N_("Interroger le serveur"),
    "open_sign_in": N_("Ouvrir la page de connexion"),
    "show_form": N_("Afficher le formulaire"),
    "send_credentials": N_("Envoyer l’identifiant et le mot de passe"),
    "read_account": N_("Lire le compte"),
    "check_form": N_("Contrôler le formulaire"),
    "open_reset": N_("Ouvrir « Mot de passe oublié »"),
    "ask_reset": N_("Demander le message"),
    "receive_message": N_("Recevoir le message"),
    "open_request": N_("Commencer une demande"),
    "list_categories": N_("Afficher les catégories"),
    "choose_category": N_("Choisir la catégorie"),
    "keep_category": N_("Garder la catégorie choisie"),
    "open_documents": N_("Ouvrir les pièces justificatives"),
    "send_document": N_("Envoyer un document"),
    "find_document": N_("Retrouver le document envoyé"),
    "remove_document": N_("Retirer le document"),
}


def step_title(name: str) -> str:
    """A probe's step for readers; its own name where there is no word for it."""
    words = STEP_WORDS.get(name)
    return french(_(words)) if words else name
