"""The ordered table of rules, pure and versioned.

The first rule that matches decides. The order is the precedence of the design: our own fault,
being refused, announced maintenance, the site's failure, a changed page, slow, up. A rule reads
signals only, never their order. Being unsure is an answer: no rule, no claim.
"""

from __future__ import annotations

from monitor.core.rules.healthy import CHANGED, WORKED
from monitor.core.rules.ours import OWN_FAULTS, REFUSALS
from monitor.core.rules.rule import Rule
from monitor.core.rules.site import ANNOUNCED, FAILURES
from monitor.core.rules.untried import OTHER_RULES

RULESET = "2026-11-23"
"""Version of the table. Stored with every verdict; raised whenever a verdict could change."""

RULES: tuple[Rule, ...] = (
    *OWN_FAULTS,
    *REFUSALS,
    *ANNOUNCED,
    *FAILURES,
    *CHANGED,
    *WORKED,
)

BY_ID = {rule.id: rule for rule in RULES + OTHER_RULES}
