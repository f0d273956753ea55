"""Rules about a page that is well: it changed, it was slow, or every step worked."""

from __future__ import annotations

from monitor.core.model import Outcome, SignalKind
from monitor.core.rules.facts import Facts
from monitor.core.rules.rule import Rule, at_failure, status

K = SignalKind


def _completed(facts: Facts) -> bool:
    return facts.has(K.COMPLETED) and not facts.failed_steps


def _slow(facts: Facts) -> bool:
    return _completed(facts) and facts.has(K.SLOW)


CHANGED: tuple[Rule, ...] = (
    Rule(
        id="page_moved",
        outcome=Outcome.LAYOUT_CHANGED,
        when=status(K.HTTP_STATUS, 400, 500),
        fr="La page attendue n’est plus à cette adresse : elle est à vérifier par une personne.",
        en="The expected page is no longer at this address: a person must look.",
    ),
    Rule(
        id="category_absent",
        outcome=Outcome.LAYOUT_CHANGED,
        when=at_failure(K.CATEGORY_ABSENT),
        fr="Une catégorie attendue n’est pas dans la liste : à vérifier par une personne.",
        en="An expected category is not in the list: a person must look.",
    ),
    Rule(
        id="element_absent",
        outcome=Outcome.LAYOUT_CHANGED,
        when=at_failure(K.ELEMENT_ABSENT),
        fr="La page est saine mais a changé : l’élément attendu n’y est pas.",
        en="The page is healthy but has changed: the expected element is not there.",
    ),
)

WORKED: tuple[Rule, ...] = (
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
