"""What calibration finds, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ENGINE = re.compile(r"[\w:-]+=|.*>>")

CONFIDENT_SCORE = 0.5
"""From this score on a suggestion is followed, and proposed in a new site file."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """Something on a page that a selector could name. Texts are one line; none is personal: what
    lies in a masked zone comes without its text, and what is typed into a field is never read."""

    tag: str
    type: str = ""
    name: str = ""
    role: str = ""
    text: str = ""
    classes: tuple[str, ...] = ()
    parent_tag: str = ""
    parent_classes: tuple[str, ...] = ()
    zone: str = ""
    in_form: bool = False
    beside_password: bool = False


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A selector that might replace one that does not match. ``score`` is between 0 and 1."""

    selector: str
    label: str
    score: float
    png: bytes | None = None

    @property
    def is_confident(self) -> bool:
        """True when it is good enough to be followed and proposed."""
        return self.score >= CONFIDENT_SCORE


@dataclass(frozen=True, kw_only=True)
class KeyFinding:
    """One selector on one page. ``needed`` when a run stops without it there.

    ``alarming`` when it matches a page that is well, though it should match unwell ones only.
    """

    key: str
    selector: str
    needed: bool
    count: int = 0
    visible: int = 0
    alarming: bool = False
    problem: str = ""
    png: bytes | None = None
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def is_missing(self) -> bool:
        """True when it is needed and shows nothing."""
        return self.needed and not self.visible


@dataclass(frozen=True, kw_only=True)
class TextFinding:
    """A wording of the site file that stands where words count. On a page that works it is
    read as an alarm as soon as a step fails there."""

    key: str
    wording: str


@dataclass(frozen=True, kw_only=True)
class PageFinding:
    """One page. ``reached_by`` is an address, the key of a selector, or a suggestion.

    ``problem`` says why the page was not looked at, or why nothing is concluded from it.
    """

    name: str
    url: str = ""
    reached_by: str = ""
    problem: str = ""
    problem_fr: str = ""
    keys: tuple[KeyFinding, ...] = ()
    texts: tuple[TextFinding, ...] = ()
    labels_missing: tuple[str, ...] = ()
    png: bytes | None = None

    @property
    def was_seen(self) -> bool:
        """True when the page showed itself, well or not."""
        return bool(self.url)

    def key(self, name: str) -> KeyFinding | None:
        """What was found of a selector here; None when it was not looked for."""
        return next((one for one in self.keys if one.key == name), None)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """All that was found. ``blocked`` are requests that the guard stopped on the way."""

    pages: tuple[PageFinding, ...]
    blocked: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Keys that a run needs and that match nothing on a page that is well, each once."""
        found = (one.key for page in self.pages for one in page.keys if one.is_missing)
        return tuple(dict.fromkeys(found))

    @property
    def saw_a_page(self) -> bool:
        """True when at least one page was well enough to say something."""
        return any(page.keys for page in self.pages)


def proposals(pages: Iterable[PageFinding]) -> dict[str, str]:
    """New selectors by key, for those that are missing somewhere and have a confident suggestion
    on every page where they are.

    A selector that still matches another page is kept beside the new one.
    """
    looked = [one for page in pages for one in page.keys]
    found = {one.key: _proposal(one.key, looked) for one in looked if one.is_missing}
    return {key: selector for key, selector in found.items() if selector is not None}


def _proposal(key: str, looked: Iterable[KeyFinding]) -> str | None:
    selectors: list[str] = []
    for one in (one for one in looked if one.key == key):
        if not one.is_missing:
            if _ENGINE.match(one.selector):
                return None  # text=… and its like cannot stand in a list
            selectors.insert(0, one.selector)
        elif best := next((s for s in one.suggestions if s.is_confident), None):
            selectors.append(best.selector)
        else:
            return None
    return ", ".join(dict.fromkeys(selectors))
