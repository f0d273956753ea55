"""The page of the rules, written from their table: ``python -m monitor.rules_docs docs``."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.core.rules import RULES, RULESET
from monitor.core.rules.rule import Rule
from monitor.core.rules.untried import OTHER_RULES

PAGE = "rules.md"

HEAD = f"""# The rules that turn signals into a verdict

Ruleset `{RULESET}`. Written by `make docs` from `monitor/core/rules/`: do not edit.

The rules are tried in this order and the first that matches decides: our own fault before a
refusal, a refusal before announced maintenance, maintenance before the site’s failure, a failure
before a changed page. Almost all of them look only at the step that failed: words on a page where
the step works mean nothing. A failing attempt is repeated once in a fresh browser context, and
`down` needs both; only a reset message is asked for once. The rule’s id is public and stays; it is
stored with every observation, together with the ruleset. The last ones are never tried: they come
from two attempts, or from a later judgement.

| rule | outcome | en français | in English | flags |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The page, in Markdown."""
    return HEAD + "\n".join(_row(rule) for rule in (*RULES, *OTHER_RULES)) + "\n"


def _row(rule: Rule) -> str:
    flags = ", ".join(f"`{flag}`" for flag in rule.flags)
    return f"| `{rule.id}` | `{rule.outcome.value}` | {rule.fr} | {rule.en} | {flags} |"


if __name__ == "__main__":
    Path(sys.argv[1], PAGE).write_text(page(), encoding="utf-8")
