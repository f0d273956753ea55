"""What a reader of a folder is told, in French and in English: every sentence was tried out."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.exports.edges import Period
from monitor.exports.fields import MEANINGS
from monitor.exports.package import LICENCES

LANGUAGES = ("fr", "en")
_OR = {"fr": " ou ", "en": " or "}
_SPACE = re.compile(r"`[^`\n]*`|(?<=«) | (?=[:;?!%»])")
_TEXTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "texts"),
    autoescape=False,
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def readme(period: Period, language: str, *, cited: bool = False, proven: bool = False) -> str:
    """The README of a period in one of LANGUAGES. ``cited``: the folder is a citation's;
    ``proven``: there is a proof.json in it."""
    place = LANGUAGES.index(language)
    text = _TEXTS.get_template(f"readme.{language}.md").render(
        name=period.name,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        known_at=period.known_at.isoformat(),
        tables=[(name, meanings[place]) for name, meanings in MEANINGS.items()],
        licences=_OR[language].join(one["title"] for one in LICENCES),
        cited=cited,
        proven=proven,
    )
    return _SPACE.sub(_unbroken, text) if language == "fr" else text


def _unbroken(found: re.Match[str]) -> str:
    """No line breaks before French punctuation; what is in backticks is left as it is."""
    return found[0] if len(found[0]) > 1 else "\u00a0"
