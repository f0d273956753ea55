"""From what is on a page to selectors that might do: pure, and only ever suggestions.

Nothing that submits, pays, deletes or signs is suggested, whatever it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from probes.calibration.findings import Element, Suggestion
from probes.calibration.hints import HINTS, Hint
from probes.guard import NEVER
from probes.observe import plain
from probes.site import Site

SHOWN_SCORE = 0.3
SHOWN_SUGGESTIONS = 3
NEAR_RATIO = 0.75
LONGEST_LABEL_CHARACTERS = 60

_HARMFUL = re.compile(r"depos|soumet|pay|valider ma|supprim|sign(?:er|ature)|timbre|envoyer ma")
_UNSAFE = re.compile(r"[\"'\\{}\x00-\x1f\x7f]|>>")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"|text=/?([^/]+)/?")
_GENERATED = re.compile(r"\d{3,}|^[a-z]{1,2}$|^(?:ng|css|sc|jsx)-|[0-9a-f]{6,}")

_FIELDS = frozenset({"text", "tel", "number", "email", "search", ""})
_ZONES = {"header": 0.15, "nav": 0.15, "footer": 0.4}
_CATEGORY_KEYS = ("category_list", "category_options", "category_option")


def kind_of(element: Element) -> str:
    """What an element is good for: link, button, submit, field, password, file, label or box."""
    if element.tag == "input":
        if element.type in ("password", "file", "submit"):
            return element.type
        return "field" if element.type in _FIELDS else "button"
    if element.tag == "button":
        return "submit" if element.type == "submit" and element.in_form else "button"
    if element.role == "button":
        return "button"
    if element.tag == "a" or element.role == "link":
        return "link"
    return "label" if element.tag == "label" else "box"


def suggestions(key: str, site: Site, elements: Sequence[Element]) -> tuple[Suggestion, ...]:
    """Up to three selectors for a key, the likeliest first; empty when nothing is near."""
    if key in _CATEGORY_KEYS:
        return _of_categories(key, site, elements)
    if key == "category_kept":
        return _kept(site, elements)
    hint = HINTS.get(key)
    if hint is None:
        return ()
    old = getattr(site.selectors, key)
    categories = _known_categories(site)
    scored = [
        Suggestion(selector=selector, label=one.text or one.name, score=round(score, 2))
        for one in elements
        if kind_of(one) in hint.kinds
        and not is_harmful(one.text)
        and plain(one.text) not in categories
        and (score := _score(one, hint, old)) >= SHOWN_SCORE
        and (selector := selector_of(one)) is not None
    ]
    return _best(scored)


def _best(scored: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    by_selector: dict[str, Suggestion] = {}
    for one in sorted(scored, key=lambda one: -one.score):
        by_selector.setdefault(one.selector, one)
    return tuple(by_selector.values())[:SHOWN_SUGGESTIONS]


def is_harmful(label: str) -> bool:
    """True for what submits a request, pays, deletes or signs."""
    bare = plain(label)
    return bool(_HARMFUL.search(bare) or NEVER.search(bare))


def _score(element: Element, hint: Hint, old: str) -> float:
    said = max(_nearness(element.text, old), _spoken(f"{element.text} {element.name}", hint))
    if hint.structural:
        said = max(said, 0.5) + (0.2 if element.beside_password else 0.0)
    return min(said - _ZONES.get(element.zone, 0.0), 1.0)


def _nearness(text: str, old: str) -> float:
    """How near a label is to the words of the old selector; 0 when it is far."""
    wordings = ["".join(found) for found in _QUOTED.findall(old)]
    if not text or not wordings:
        return 0.0
    best = max(_ratio(plain(wording), plain(text)) for wording in wordings)
    return best if best >= NEAR_RATIO else 0.0


def _ratio(wording: str, text: str) -> float:
    return 1.0 if wording in text else SequenceMatcher(None, wording, text).ratio()


def _spoken(text: str, hint: Hint) -> float:
    """Earlier words of a hint speak louder."""
    bare = plain(text)
    places = (place for place, word in enumerate(hint.words) if plain(word) in bare)
    place = next(places, None)
    return 0.0 if place is None else 0.7 - 0.03 * place


def selector_of(element: Element) -> str | None:
    """A selector for an element, as short as a person would write it; None when there is none
    that would last."""
    kind = kind_of(element)
    if element.tag == "input":
        if kind not in ("submit", "button") and element.name and _is_lasting(element.name):
            return f'input[name="{element.name}"]'
        return f'input[type="{element.type}"]' if element.type else None
    if kind == "submit":
        return f'{element.tag}[type="submit"]'
    if kind in ("link", "button", "label"):
        tag = element.tag if element.tag in ("a", "button", "label") else f"[role={element.role}]"
        label = _label(element.text)
        return f"{tag}:has-text('{label}')" if label else None
    return _class_selector(element.classes)


def _label(text: str) -> str | None:
    short = " ".join(text.split())[:LONGEST_LABEL_CHARACTERS].strip()
    return short if short and not _UNSAFE.search(short) else None


def _is_lasting(name: str) -> bool:
    """False for names that a build or a request makes up."""
    return not _GENERATED.search(name) and not _UNSAFE.search(name)


def _class_selector(classes: Iterable[str]) -> str | None:
    lasting = (one for one in classes if _is_lasting(one) and re.fullmatch(r"[\w-]+", one))
    name = next(lasting, None)
    return f".{name}" if name else None


def _known_categories(site: Site) -> frozenset[str]:
    return frozenset(plain(one) for one in (*site.category.expected, site.category.choose))


def _of_categories(key: str, site: Site, elements: Sequence[Element]) -> tuple[Suggestion, ...]:
    """Selectors made of the elements that bear the labels of known categories."""
    known = _known_categories(site)
    bearing = [one for one in elements if plain(one.text) in known and kind_of(one) != "box"]
    if plain(site.category.choose) not in {plain(one.text) for one in bearing}:
        return ()
    tag = bearing[0].tag
    same = [one for one in bearing if one.tag == tag]
    parents = {(one.parent_tag, one.parent_classes) for one in same}
    holder = _class_selector(same[0].parent_classes) if len(parents) == 1 else None
    if key == "category_option":
        selector = f"{tag}:has-text('{{category}}')"
    elif holder is None:
        return ()
    else:
        selector = holder if key == "category_list" else f"{holder} {tag}"
    score = 0.9 if len({plain(one.text) for one in same}) > 1 else 0.4
    return (Suggestion(selector=selector, label=site.category.choose, score=score),)


def _kept(site: Site, elements: Sequence[Element]) -> tuple[Suggestion, ...]:
    wanted = plain(site.category.choose)
    found = [
        Suggestion(selector=selector, label=one.text, score=0.6)
        for one in elements
        if kind_of(one) == "box"
        and plain(one.text) == wanted
        and (selector := _class_selector(one.classes)) is not None
    ]
    return _best(found)
