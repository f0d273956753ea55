"""From signals to a verdict: an ordered table of small rules, pure and versioned.

The first rule that matches decides. The order is the precedence of the design: our own fault,
being refused, announced maintenance, the site's failure, a changed page, slow, up. A rule reads
signals only, never their order. Being unsure is an answer: no rule, no claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from monitor.core.model import Outcome, Signal, SignalKind, Verdict

RULESET = "2026-11-23"
"""Version of the table. Stored with every verdict; raised whenever a verdict could change."""

CLOCK_LIMIT_SECONDS = 30.0
CLOCK_ALERT_SECONDS = 1.0

K = SignalKind

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


class Facts:
    """The signals of one attempt, asked by kind.

    A signal is *at the failure* when it belongs to a step that failed, or to no step.
    """

    def __init__(self, signals: Iterable[Signal]) -> None:
        self.signals = frozenset(signals)
        self.failed_steps = {s.step or "" for s in self.signals if s.kind is K.STEP_FAILED}

    def has(self, kind: SignalKind) -> bool:
        """True when the kind was noticed anywhere in the attempt."""
        return any(s.kind is kind for s in self.signals)

    def numbers(self, kind: SignalKind) -> tuple[float, ...]:
        """All measured numbers of a kind, sorted."""
        return tuple(sorted(s.number for s in self.signals if s.kind is kind and s.number))

    def at_failure(self, *kinds: SignalKind) -> bool:
        """True when a failed step shows one of the kinds."""
        return bool(self.failed_steps) and any(
            s.kind in kinds and (s.step is None or s.step in self.failed_steps)
            for s in self.signals
        )

    def status_at_failure(self, kind: SignalKind, low: int, high: int) -> bool:
        """True when a failed step met a status in ``low <= status < high``."""
        return any(
            s.kind is kind and s.step in self.failed_steps and low <= (s.number or 0) < high
            for s in self.signals
        )

    def control(self) -> str:
        """``healthy``, ``failing`` or ``not_measured``."""
        said = {s.text for s in self.signals if s.kind is K.CONTROL}
        if "failing" in said:
            return "failing"
        return "healthy" if "healthy" in said else "not_measured"


Condition = Callable[[Facts], bool]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table. ``fr`` and ``en`` are the sentences that people read."""

    id: str
    outcome: Outcome
    when: Condition
    fr: str
    en: str
    flags: tuple[str, ...] = ()


def _never(_facts: Facts) -> bool:
    return False


def _seen(kind: SignalKind) -> Condition:
    return lambda facts: facts.has(kind)


def _at_failure(*kinds: SignalKind) -> Condition:
    return lambda facts: facts.at_failure(*kinds)


def _status(kind: SignalKind, low: int, high: int | None = None) -> Condition:
    return lambda facts: facts.status_at_failure(kind, low, high or low + 1)


def _network(error: str) -> Condition:
    return lambda facts: any(
        s.kind is K.NETWORK_ERROR and s.text == error and s.step in facts.failed_steps
        for s in facts.signals
    )


def _clock_wrong(facts: Facts) -> bool:
    return any(abs(offset) > CLOCK_LIMIT_SECONDS for offset in facts.numbers(K.CLOCK_OFFSET))


def _own_network(facts: Facts) -> bool:
    """Any failure while the references do not answer either; silence needs them to answer."""
    if not facts.failed_steps:
        return False
    if facts.control() == "failing" or _network("disconnected")(facts):
        return True
    return facts.control() == "not_measured" and facts.at_failure(*NO_ANSWER)


def _starved(facts: Facts) -> bool:
    """A late machine explains whatever is about time, and nothing else."""
    if not facts.has(K.STARVED) or not (facts.failed_steps or facts.has(K.SLOW)):
        return False
    said_by_site = facts.at_failure(*FAILURE_EVIDENCE) or facts.status_at_failure(
        K.HTTP_STATUS, 400, 600
    )
    cut_by_site = any(_network(word)(facts) for word in ("tls", "reset"))
    return not (said_by_site or cut_by_site)


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


def _completed(facts: Facts) -> bool:
    return facts.has(K.COMPLETED) and not facts.failed_steps


def _slow(facts: Facts) -> bool:
    return _completed(facts) and facts.has(K.SLOW)


FAULT, BLOCKED, DOWN = Outcome.MONITOR_FAULT, Outcome.BLOCKED, Outcome.DOWN
_REFUSAL = ("refusal_not_excluded",)

RULES: tuple[Rule, ...] = (
    # --- our own fault --------------------------------------------------------------------
    Rule(
        id="internal_error",
        outcome=FAULT,
        when=_seen(K.INTERNAL_ERROR),
        fr="Le programme de surveillance a rencontré une erreur interne.",
        en="The monitoring program met an internal error.",
    ),
    Rule(
        id="browser_gone",
        outcome=FAULT,
        when=_seen(K.BROWSER_GONE),
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
        when=_at_failure(K.CREDENTIALS_REFUSED, K.PASSWORD_EXPIRED),
        fr="Le compte de l’observatoire doit être remis en état par son exploitant.",
        en="The observatory’s account needs its operator’s attention.",
    ),
    Rule(
        id="account_not_eligible",
        outcome=FAULT,
        when=_at_failure(K.ACCOUNT_BLOCKED, K.PENDING_FILE),
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
        when=_at_failure(K.MAIL_CONTROL_MISSING),
        fr="La boîte aux lettres de l’observatoire n’a pas reçu le message de contrôle.",
        en="The observatory’s mailbox did not receive the control message.",
    ),
    # --- being refused --------------------------------------------------------------------
    Rule(
        id="captcha",
        outcome=BLOCKED,
        when=_at_failure(K.CAPTCHA),
        fr="Le site a demandé de prouver que le visiteur n’est pas un robot.",
        en="The site asked the visitor to prove not to be a robot.",
    ),
    Rule(
        id="firewall_page",
        outcome=BLOCKED,
        when=_at_failure(K.FIREWALL_PAGE),
        fr="Un pare-feu du site a refusé la requête de l’observatoire.",
        en="A firewall of the site refused the observatory’s request.",
    ),
    Rule(
        id="http_403",
        outcome=BLOCKED,
        when=_status(K.HTTP_STATUS, 403),
        fr="Le site a refusé l’accès à l’observatoire (HTTP 403).",
        en="The site refused access to the observatory (HTTP 403).",
    ),
    Rule(
        id="http_429",
        outcome=BLOCKED,
        when=_status(K.HTTP_STATUS, 429),
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
    # --- announced ------------------------------------------------------------------------
    Rule(
        id="maintenance_announced",
        outcome=Outcome.MAINTENANCE,
        when=_at_failure(K.MAINTENANCE_WORDING),
        fr="L’étape est impossible et le site annonce une maintenance.",
        en="The step is impossible and the site announces maintenance.",
    ),
    # --- the site failed ------------------------------------------------------------------
    Rule(
        id="http_5xx",
        outcome=DOWN,
        when=_status(K.HTTP_STATUS, 500, 600),
        fr="Le site a répondu par une erreur de serveur (HTTP 5xx).",
        en="The site answered with a server error (HTTP 5xx).",
    ),
    Rule(
        id="network_dns",
        outcome=DOWN,
        when=_network("dns"),
        fr="Le nom du site n’a pas pu être résolu, alors que d’autres sites répondaient.",
        en="The site’s name could not be resolved while other sites answered.",
        flags=_REFUSAL,
    ),
    Rule(
        id="network_tls",
        outcome=DOWN,
        when=_network("tls"),
        fr="La connexion sécurisée au site a échoué, alors que d’autres sites répondaient.",
        en="The secure connection to the site failed while other sites answered.",
        flags=_REFUSAL,
    ),
    Rule(
        id="network_reset",
        outcome=DOWN,
        when=_network("reset"),
        fr="Le site a coupé la connexion, alors que d’autres sites répondaient.",
        en="The site cut the connection while other sites answered.",
        flags=_REFUSAL,
    ),
    Rule(
        id="network_timeout",
        outcome=DOWN,
        when=_network("timeout"),
        fr="Le site n’a rien répondu dans le délai, alors que d’autres sites répondaient.",
        en="The site answered nothing within the limit while other sites answered.",
        flags=_REFUSAL,
    ),
    Rule(
        id="network_connect",
        outcome=DOWN,
        when=_at_failure(K.NETWORK_ERROR),
        fr="La connexion au site n’a pas abouti, alors que d’autres sites répondaient.",
        en="The site could not be connected to while other sites answered.",
        flags=_REFUSAL,
    ),
    Rule(
        id="body_timeout",
        outcome=DOWN,
        when=_at_failure(K.BODY_TIMEOUT),
        fr="La page a commencé à arriver et ne s’est jamais terminée.",
        en="The page began to arrive and never ended.",
        flags=_REFUSAL,
    ),
    Rule(
        id="redirect_loop",
        outcome=DOWN,
        when=_at_failure(K.REDIRECT_LOOP),
        fr="Le site renvoie sans fin d’une adresse à une autre.",
        en="The site redirects without end.",
    ),
    Rule(
        id="unavailable_wording",
        outcome=DOWN,
        when=_at_failure(K.UNAVAILABLE_WORDING),
        fr="L’étape est impossible et la page dit que le service est indisponible.",
        en="The step is impossible and the page says that the service is unavailable.",
    ),
    Rule(
        id="session_dropped",
        outcome=DOWN,
        when=_at_failure(K.SESSION_DROPPED),
        fr="La connexion a réussi, puis le site ne reconnaît plus l’utilisateur.",
        en="Sign-in succeeded, then the site no longer knows the user.",
    ),
    Rule(
        id="sign_in_loop",
        outcome=DOWN,
        when=_at_failure(K.SIGN_IN_LOOP),
        fr="Après l’envoi d’identifiants acceptés, le site revient au formulaire de connexion.",
        en="After accepted credentials, the site goes back to the sign-in form.",
    ),
    Rule(
        id="upload_refused",
        outcome=DOWN,
        when=_at_failure(K.UPLOAD_REFUSED),
        fr="Le site a refusé une pièce justificative conforme.",
        en="The site refused a valid supporting document.",
    ),
    Rule(
        id="upload_lost",
        outcome=DOWN,
        when=_at_failure(K.UPLOAD_LOST),
        fr="La pièce envoyée n’apparaît pas dans la liste telle qu’elle a été envoyée.",
        en="The document sent does not appear in the list as it was sent.",
    ),
    Rule(
        id="upload_endless",
        outcome=DOWN,
        when=_at_failure(K.UPLOAD_ENDLESS),
        fr="L’envoi d’une pièce ne se termine pas.",
        en="The upload of a document does not end.",
    ),
    Rule(
        id="api_5xx",
        outcome=DOWN,
        when=_status(K.API_STATUS, 500, 600),
        fr="La page s’affiche, mais le service qui la remplit répond par une erreur (HTTP 5xx).",
        en="The page shows, but the service behind it answers with an error (HTTP 5xx).",
    ),
    Rule(
        id="api_not_json",
        outcome=DOWN,
        when=_at_failure(K.API_NOT_JSON),
        fr="La page s’affiche, mais le service qui la remplit répond autre chose que des données.",
        en="The page shows, but the service behind it answers something that is not data.",
    ),
    Rule(
        id="api_no_answer",
        outcome=DOWN,
        when=_at_failure(K.API_FAILED),
        fr="La page s’affiche, mais le service qui la remplit ne répond pas.",
        en="The page shows, but the service behind it does not answer.",
        flags=_REFUSAL,
    ),
    Rule(
        id="choices_empty",
        outcome=DOWN,
        when=_at_failure(K.CHOICES_EMPTY),
        fr="La liste des catégories de titre de séjour est vide.",
        en="The list of permit categories is empty.",
    ),
    Rule(
        id="choice_disabled",
        outcome=DOWN,
        when=_at_failure(K.CHOICE_DISABLED),
        fr="La catégorie de titre est affichée mais ne peut pas être choisie.",
        en="The permit category is shown but cannot be chosen.",
    ),
    Rule(
        id="choice_not_kept",
        outcome=DOWN,
        when=_at_failure(K.CHOICE_NOT_KEPT),
        fr="La catégorie choisie n’est pas conservée à l’étape suivante.",
        en="The chosen category is not kept on the next page.",
    ),
    Rule(
        id="reset_mail_missing",
        outcome=DOWN,
        when=_at_failure(K.RESET_MAIL_MISSING),
        fr="Le site dit avoir envoyé le message de réinitialisation ; il n’est jamais arrivé.",
        en="The site says that it sent the reset message; it never arrived.",
    ),
    Rule(
        id="error_text",
        outcome=DOWN,
        when=_at_failure(K.ERROR_TEXT),
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
        flags=_REFUSAL,
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
        when=_at_failure(K.BLANK_PAGE),
        fr="La page reste blanche.",
        en="The page stays blank.",
    ),
    Rule(
        id="spinner",
        outcome=DOWN,
        when=_at_failure(K.SPINNER),
        fr="La page reste en chargement au-delà de la limite.",
        en="The page is still loading past the limit.",
    ),
    # --- the page changed -----------------------------------------------------------------
    Rule(
        id="page_moved",
        outcome=Outcome.LAYOUT_CHANGED,
        when=_status(K.HTTP_STATUS, 400, 500),
        fr="La page attendue n’est plus à cette adresse : elle est à vérifier par une personne.",
        en="The expected page is no longer at this address: a person must look.",
    ),
    Rule(
        id="category_absent",
        outcome=Outcome.LAYOUT_CHANGED,
        when=_at_failure(K.CATEGORY_ABSENT),
        fr="Une catégorie attendue n’est pas dans la liste : à vérifier par une personne.",
        en="An expected category is not in the list: a person must look.",
    ),
    Rule(
        id="element_absent",
        outcome=Outcome.LAYOUT_CHANGED,
        when=_at_failure(K.ELEMENT_ABSENT),
        fr="La page est saine mais a changé : l’élément attendu n’y est pas.",
        en="The page is healthy but has changed: the expected element is not there.",
    ),
    # --- it worked ------------------------------------------------------------------------
    Rule(
        id="slow",
        outcome=Outcome.DEGRADED,
        when=_slow,
        fr="L’étape a fonctionné, mais lentement.",
        en="The step worked, but slowly.",
    ),
    Rule(
        id="completed",
        outcome=Outcome.UP,
        when=_completed,
        fr="Toutes les étapes ont fonctionné.",
        en="Every step worked.",
    ),
)

NO_RULE = Rule(
    id="no_rule",
    outcome=Outcome.UNKNOWN,
    when=lambda _facts: True,
    fr="Ce qui a été vu ne permet pas de conclure.",
    en="What was seen allows no conclusion.",
)

OTHER_RULES: tuple[Rule, ...] = (
    NO_RULE,
    Rule(
        id="recovered_on_retry",
        outcome=Outcome.UP,
        when=_never,
        fr="Un premier essai a échoué, le second a réussi.",
        en="A first attempt failed, the second succeeded.",
    ),
    Rule(
        id="not_confirmed",
        outcome=Outcome.UNKNOWN,
        when=_never,
        fr="Un seul essai a eu lieu : les règles d’aujourd’hui en demanderaient un second.",
        en="There was one attempt only: the rules of today would ask for a second one.",
    ),
    Rule(
        id="review_site_failed",
        outcome=DOWN,
        when=_never,
        fr="Une personne a examiné le relevé : le site était en panne.",
        en="A person looked at the run: the site had failed.",
    ),
    Rule(
        id="review_our_fault",
        outcome=FAULT,
        when=_never,
        fr="Une personne a examiné le relevé : la faute était de notre côté.",
        en="A person looked at the run: the fault was ours.",
    ),
    Rule(
        id="review_page_changed",
        outcome=Outcome.LAYOUT_CHANGED,
        when=_never,
        fr="Une personne a examiné le relevé : la page avait changé.",
        en="A person looked at the run: the page had changed.",
    ),
    Rule(
        id="review_lawful",
        outcome=Outcome.UNKNOWN,
        when=_never,
        fr="Une personne a examiné le relevé : le site n’était pas en faute.",
        en="A person looked at the run: the site was not at fault.",
    ),
)
"""Rules that the table does not try: they come from the lack of one, from two attempts, from rules
run again later, or from a person's decision."""

BY_ID = {rule.id: rule for rule in RULES + OTHER_RULES}

PRECEDENCE: tuple[Outcome, ...] = (
    Outcome.MONITOR_FAULT,
    Outcome.BLOCKED,
    Outcome.MAINTENANCE,
    Outcome.DOWN,
    Outcome.LAYOUT_CHANGED,
    Outcome.UNKNOWN,
    Outcome.DEGRADED,
    Outcome.UP,
)


def classify(signals: Iterable[Signal], *, via: str | None = None, networks: int = 1) -> Verdict:
    """The verdict on one attempt.

    ``via`` names the component to which the failed step belongs, when it is a prerequisite.
    ``networks`` is the number of network operators (ASN) that saw the same failure in the same
    minutes: from two on, a refusal aimed at our address is excluded.
    """
    facts = Facts(signals)
    rule = next((rule for rule in RULES if rule.when(facts)), NO_RULE)
    return Verdict(
        outcome=rule.outcome,
        rule=rule.id,
        ruleset=RULESET,
        flags=_flags(rule, facts, networks),
        failed_step=min(facts.failed_steps, default=None),
        via=via,
        message_fr=rule.fr,
        message_en=rule.en,
    )


def _flags(rule: Rule, facts: Facts, networks: int) -> tuple[str, ...]:
    flags = set(rule.flags if networks < 2 else ())
    if facts.has(K.GUARD_ABORTED):
        flags.add("guard_aborted")
    if facts.has(K.STARVED):
        flags.add("starved")
    if any(abs(offset) > CLOCK_ALERT_SECONDS for offset in facts.numbers(K.CLOCK_OFFSET)):
        flags.add("clock_unsure")
    return tuple(sorted(flags))


def wants_confirmation(verdict: Verdict) -> bool:
    """Should the attempt be repeated? Not when it worked, was refused, or is about the account:
    repeating those would be impolite, or would lock the account."""
    if verdict.outcome.is_available or verdict.outcome is Outcome.BLOCKED:
        return False
    return not verdict.rule.startswith("account_")


def confirm(first: Verdict, second: Verdict) -> Verdict:
    """The slot's verdict from its two attempts.

    ``down`` only if both are; any success makes the slot ``up``; otherwise the higher of the two
    in precedence, where a single ``down`` never wins over a verdict that is not one.
    """
    if second.outcome.is_available or first.outcome.is_available:
        rule = BY_ID["recovered_on_retry"]
        return replace(
            second if second.outcome.is_available else first,
            outcome=rule.outcome,
            rule=rule.id,
            message_fr=rule.fr,
            message_en=rule.en,
        )
    if first.outcome is second.outcome:
        return second
    others = [v for v in (second, first) if v.outcome is not Outcome.DOWN]
    return min(others, key=lambda verdict: PRECEDENCE.index(verdict.outcome))
