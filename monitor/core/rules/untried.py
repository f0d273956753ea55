"""Rules that no attempt is tried against."""

from __future__ import annotations

from monitor.core.model import Outcome
from monitor.core.rules.facts import Facts
from monitor.core.rules.rule import Rule


def _never(_facts: Facts) -> bool:
    return False


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
        outcome=Outcome.DOWN,
        when=_never,
        fr="Une personne a examiné le relevé : le site était en panne.",
        en="A person looked at the run: the site had failed.",
    ),
    Rule(
        id="review_our_fault",
        outcome=Outcome.MONITOR_FAULT,
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
