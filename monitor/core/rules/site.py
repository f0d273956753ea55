"""Rules about the site: it announces maintenance, or it failed."""

from __future__ import annotations

from monitor.core.model import Outcome, SignalKind
from monitor.core.rules.facts import Facts
from monitor.core.rules.rule import REFUSAL, Rule, at_failure, network, status

K = SignalKind
DOWN = Outcome.DOWN


def _broken_script(facts: Facts) -> bool:
    """A script that throws counts as the site's failure only when hardly anything is shown:
    healthy pages throw too, and a changed page must not become an outage for it."""
    return facts.at_failure(K.SCRIPT_ERROR) and facts.at_failure(K.BLANK_PAGE, K.BARE_PAGE)


def _missing_script(facts: Facts) -> bool:
    """A script that did not come explains a page on which hardly anything is shown."""
    return facts.at_failure(K.SCRIPT_FAILED) and facts.at_failure(K.BLANK_PAGE, K.BARE_PAGE)


def _script_5xx(facts: Facts) -> bool:
    return facts.status_at_failure(K.SCRIPT_STATUS, 500, 600) and facts.at_failure(
        K.BLANK_PAGE, K.BARE_PAGE
    )


ANNOUNCED: tuple[Rule, ...] = (
    Rule(
        id="maintenance_announced",
        outcome=Outcome.MAINTENANCE,
        when=at_failure(K.MAINTENANCE_WORDING),
        fr="L’étape est impossible et le site annonce une maintenance.",
        en="The step is impossible and the site announces maintenance.",
    ),
)

FAILURES: tuple[Rule, ...] = (
    Rule(
        id="http_5xx",
        outcome=DOWN,
        when=status(K.HTTP_STATUS, 500, 600),
        fr="Le site a répondu par une erreur de serveur (HTTP 5xx).",
        en="The site answered with a server error (HTTP 5xx).",
    ),
    Rule(
        id="network_dns",
        outcome=DOWN,
        when=network("dns"),
        fr="Le nom du site n’a pas pu être résolu, alors que d’autres sites répondaient.",
        en="The site’s name could not be resolved while other sites answered.",
        flags=REFUSAL,
    ),
    Rule(
        id="network_tls",
        outcome=DOWN,
        when=network("tls"),
        fr="La connexion sécurisée au site a échoué, alors que d’autres sites répondaient.",
        en="The secure connection to the site failed while other sites answered.",
        flags=REFUSAL,
    ),
    Rule(
        id="network_reset",
        outcome=DOWN,
        when=network("reset"),
        fr="Le site a coupé la connexion, alors que d’autres sites répondaient.",
        en="The site cut the connection while other sites answered.",
        flags=REFUSAL,
    ),
    Rule(
        id="network_timeout",
        outcome=DOWN,
        when=network("timeout"),
        fr="Le site n’a rien répondu dans le délai, alors que d’autres sites répondaient.",
        en="The site answered nothing within the limit while other sites answered.",
        flags=REFUSAL,
    ),
    Rule(
        id="network_connect",
        outcome=DOWN,
        when=at_failure(K.NETWORK_ERROR),
        fr="La connexion au site n’a pas abouti, alors que d’autres sites répondaient.",
        en="The site could not be connected to while other sites answered.",
        flags=REFUSAL,
    ),
    Rule(
        id="body_timeout",
        outcome=DOWN,
        when=at_failure(K.BODY_TIMEOUT),
        fr="La page a commencé à arriver et ne s’est jamais terminée.",
        en="The page began to arrive and never ended.",
        flags=REFUSAL,
    ),
    Rule(
        id="redirect_loop",
        outcome=DOWN,
        when=at_failure(K.REDIRECT_LOOP),
        fr="Le site renvoie sans fin d’une adresse à une autre.",
        en="The site redirects without end.",
    ),
    Rule(
        id="unavailable_wording",
        outcome=DOWN,
        when=at_failure(K.UNAVAILABLE_WORDING),
        fr="L’étape est impossible et la page dit que le service est indisponible.",
        en="The step is impossible and the page says that the service is unavailable.",
    ),
    Rule(
        id="session_dropped",
        outcome=DOWN,
        when=at_failure(K.SESSION_DROPPED),
        fr="La connexion a réussi, puis le site ne reconnaît plus l’utilisateur.",
        en="Sign-in succeeded, then the site no longer knows the user.",
    ),
    Rule(
        id="sign_in_loop",
        outcome=DOWN,
        when=at_failure(K.SIGN_IN_LOOP),
        fr="Après l’envoi d’identifiants acceptés, le site revient au formulaire de connexion.",
        en="After accepted credentials, the site goes back to the sign-in form.",
    ),
    Rule(
        id="upload_refused",
        outcome=DOWN,
        when=at_failure(K.UPLOAD_REFUSED),
        fr="Le site a refusé une pièce justificative conforme.",
        en="The site refused a valid supporting document.",
    ),
    Rule(
        id="upload_lost",
        outcome=DOWN,
        when=at_failure(K.UPLOAD_LOST),
        fr="La pièce envoyée n’apparaît pas dans la liste telle qu’elle a été envoyée.",
        en="The document sent does not appear in the list as it was sent.",
    ),
    Rule(
        id="upload_endless",
        outcome=DOWN,
        when=at_failure(K.UPLOAD_ENDLESS),
        fr="L’envoi d’une pièce ne se termine pas.",
        en="The upload of a document does not end.",
    ),
    Rule(
        id="api_5xx",
        outcome=DOWN,
        when=status(K.API_STATUS, 500, 600),
        fr="La page s’affiche, mais le service qui la remplit répond par une erreur (HTTP 5xx).",
        en="The page shows, but the service behind it answers with an error (HTTP 5xx).",
    ),
    Rule(
        id="api_not_json",
        outcome=DOWN,
        when=at_failure(K.API_NOT_JSON),
        fr="La page s’affiche, mais le service qui la remplit répond autre chose que des données.",
        en="The page shows, but the service behind it answers something that is not data.",
    ),
    Rule(
        id="api_no_answer",
        outcome=DOWN,
        when=at_failure(K.API_FAILED),
        fr="La page s’affiche, mais le service qui la remplit ne répond pas.",
        en="The page shows, but the service behind it does not answer.",
        flags=REFUSAL,
    ),
    Rule(
        id="choices_empty",
        outcome=DOWN,
        when=at_failure(K.CHOICES_EMPTY),
        fr="La liste des catégories de titre de séjour est vide.",
        en="The list of permit categories is empty.",
    ),
    Rule(
        id="choice_disabled",
        outcome=DOWN,
        when=at_failure(K.CHOICE_DISABLED),
        fr="La catégorie de titre est affichée mais ne peut pas être choisie.",
        en="The permit category is shown but cannot be chosen.",
    ),
    Rule(
        id="choice_not_kept",
        outcome=DOWN,
        when=at_failure(K.CHOICE_NOT_KEPT),
        fr="La catégorie choisie n’est pas conservée à l’étape suivante.",
        en="The chosen category is not kept on the next page.",
    ),
    Rule(
        id="reset_mail_missing",
        outcome=DOWN,
        when=at_failure(K.RESET_MAIL_MISSING),
        fr="Le site dit avoir envoyé le message de réinitialisation ; il n’est jamais arrivé.",
        en="The site says that it sent the reset message; it never arrived.",
    ),
    Rule(
        id="error_text",
        outcome=DOWN,
        when=at_failure(K.ERROR_TEXT),
        fr="L’étape est impossible et la page affiche un message d’erreur.",
        en="The step is impossible and the page shows an error message.",
    ),
    Rule(
        id="script_5xx",
        outcome=DOWN,
        when=_script_5xx,
        fr="Un programme de la page répond par une erreur (HTTP 5xx) et rien ne s’affiche.",
        en="A script of the page answers with an error (HTTP 5xx) and nothing is shown.",
    ),
    Rule(
        id="script_no_answer",
        outcome=DOWN,
        when=_missing_script,
        fr="Un programme de la page n’arrive pas et rien ne s’affiche.",
        en="A script of the page does not arrive and nothing is shown.",
        flags=REFUSAL,
    ),
    Rule(
        id="script_error",
        outcome=DOWN,
        when=_broken_script,
        fr="Le programme de la page s’est arrêté sur une erreur et rien ne s’affiche.",
        en="The page’s own script stopped on an error and nothing is shown.",
    ),
    Rule(
        id="blank_page",
        outcome=DOWN,
        when=at_failure(K.BLANK_PAGE),
        fr="La page reste blanche.",
        en="The page stays blank.",
    ),
    Rule(
        id="spinner",
        outcome=DOWN,
        when=at_failure(K.SPINNER),
        fr="La page reste en chargement au-delà de la limite.",
        en="The page is still loading past the limit.",
    ),
)
