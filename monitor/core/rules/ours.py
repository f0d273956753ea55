"""Rules that come first: the fault was ours, or the site refused us. Nothing is known of it."""

from __future__ import annotations

from monitor.core.model import Outcome, SignalKind
from monitor.core.rules.facts import Facts
from monitor.core.rules.rule import Rule, at_failure, network, seen, status

K = SignalKind
FAULT, BLOCKED = Outcome.MONITOR_FAULT, Outcome.BLOCKED

CLOCK_LIMIT_SECONDS = 30.0

FAILURE_EVIDENCE = frozenset(
    {
        K.UNAVAILABLE_WORDING,
        K.MAINTENANCE_WORDING,
        K.ERROR_TEXT,
        K.REDIRECT_LOOP,
        K.UPLOAD_REFUSED,
        K.CHOICE_NOT_KEPT,
        K.CAPTCHA,
        K.FIREWALL_PAGE,
    }
)
"""Signals that a starved machine cannot have caused: they do not depend on time."""

NO_ANSWER = frozenset({K.NETWORK_ERROR, K.API_FAILED, K.SCRIPT_FAILED, K.BODY_TIMEOUT})
"""Signals of a network that carried nothing, ours or the site's."""


def _clock_wrong(facts: Facts) -> bool:
    return any(abs(offset) > CLOCK_LIMIT_SECONDS for offset in facts.numbers(K.CLOCK_OFFSET))


def _own_network(facts: Facts) -> bool:
    """Any failure while the references do not answer either; silence needs them to answer."""
    if not facts.failed_steps:
        return False
    if facts.control() == "failing" or network("disconnected")(facts):
        return True
    return facts.control() == "not_measured" and facts.at_failure(*NO_ANSWER)


def _starved(facts: Facts) -> bool:
    """A late machine explains whatever is about time, and nothing else."""
    if not facts.has(K.STARVED) or not (facts.failed_steps or facts.has(K.SLOW)):
        return False
    said_by_site = facts.at_failure(*FAILURE_EVIDENCE) or facts.status_at_failure(
        K.HTTP_STATUS, 400, 600
    )
    cut_by_site = any(network(word)(facts) for word in ("tls", "reset"))
    return not (said_by_site or cut_by_site)


OWN_FAULTS: tuple[Rule, ...] = (
    Rule(
        id="internal_error",
        outcome=FAULT,
        when=seen(K.INTERNAL_ERROR),
        fr="Le programme de surveillance a rencontré une erreur interne.",
        en="The monitoring program met an internal error.",
    ),
    Rule(
        id="browser_gone",
        outcome=FAULT,
        when=seen(K.BROWSER_GONE),
        fr="Le navigateur de l’observatoire s’est arrêté.",
        en="The observatory’s browser stopped.",
    ),
    Rule(
        id="clock_wrong",
        outcome=FAULT,
        when=_clock_wrong,
        fr="L’horloge de l’observatoire était décalée de plus de 30 secondes.",
        en="The observatory’s clock was off by more than 30 seconds.",
    ),
    Rule(
        id="guard_interfered",
        outcome=FAULT,
        when=lambda facts: bool(facts.failed_steps) and facts.has(K.GUARD_ABORTED),
        fr="L’observatoire a lui-même arrêté une requête de la page : rien n’est conclu.",
        en="The observatory itself stopped a request of the page: nothing is concluded.",
    ),
    Rule(
        id="account_action_required",
        outcome=FAULT,
        when=at_failure(K.CREDENTIALS_REFUSED, K.PASSWORD_EXPIRED),
        fr="Le compte de l’observatoire doit être remis en état par son exploitant.",
        en="The observatory’s account needs its operator’s attention.",
    ),
    Rule(
        id="account_not_eligible",
        outcome=FAULT,
        when=at_failure(K.ACCOUNT_BLOCKED, K.PENDING_FILE),
        fr="Le compte de l’observatoire n’a pas droit à cette démarche en ce moment.",
        en="The observatory’s account is not eligible for this step at present.",
    ),
    Rule(
        id="own_network",
        outcome=FAULT,
        when=_own_network,
        fr="Les sites de référence ne répondaient pas non plus, ou n’ont pas été interrogés : "
        "le réseau de l’observatoire est en cause.",
        en="The reference sites did not answer either, or were not asked: the observatory’s own "
        "network is the likely cause.",
    ),
    Rule(
        id="starved",
        outcome=FAULT,
        when=_starved,
        fr="La machine de l’observatoire était surchargée : ses temps de réponse ne prouvent rien.",
        en="The observatory’s machine was overloaded: its timings prove nothing.",
    ),
    Rule(
        id="mailbox_silent",
        outcome=FAULT,
        when=at_failure(K.MAIL_CONTROL_MISSING),
        fr="La boîte aux lettres de l’observatoire n’a pas reçu le message de contrôle.",
        en="The observatory’s mailbox did not receive the control message.",
    ),
)

REFUSALS: tuple[Rule, ...] = (
    Rule(
        id="captcha",
        outcome=BLOCKED,
        when=at_failure(K.CAPTCHA),
        fr="Le site a demandé de prouver que le visiteur n’est pas un robot.",
        en="The site asked the visitor to prove not to be a robot.",
    ),
    Rule(
        id="firewall_page",
        outcome=BLOCKED,
        when=at_failure(K.FIREWALL_PAGE),
        fr="Un pare-feu du site a refusé la requête de l’observatoire.",
        en="A firewall of the site refused the observatory’s request.",
    ),
    Rule(
        id="http_403",
        outcome=BLOCKED,
        when=status(K.HTTP_STATUS, 403),
        fr="Le site a refusé l’accès à l’observatoire (HTTP 403).",
        en="The site refused access to the observatory (HTTP 403).",
    ),
    Rule(
        id="http_429",
        outcome=BLOCKED,
        when=status(K.HTTP_STATUS, 429),
        fr="Le site a demandé à l’observatoire de ralentir (HTTP 429).",
        en="The site asked the observatory to slow down (HTTP 429).",
    ),
    Rule(
        id="api_refused",
        outcome=BLOCKED,
        when=lambda facts: (
            facts.status_at_failure(K.API_STATUS, 403, 404)
            or facts.status_at_failure(K.API_STATUS, 429, 430)
        ),
        fr="Un appel de la page a été refusé à l’observatoire (HTTP 403 ou 429).",
        en="A call of the page was refused to the observatory (HTTP 403 or 429).",
    ),
    Rule(
        id="script_refused",
        outcome=BLOCKED,
        when=lambda facts: (
            facts.status_at_failure(K.SCRIPT_STATUS, 403, 404)
            or facts.status_at_failure(K.SCRIPT_STATUS, 429, 430)
        ),
        fr="Un programme de la page a été refusé à l’observatoire (HTTP 403 ou 429).",
        en="A script of the page was refused to the observatory (HTTP 403 or 429).",
    ),
)
