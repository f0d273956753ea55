"""What is proposed from what was found."""

from __future__ import annotations

from probes.calibration.findings import (
    Calibration,
    KeyFinding,
    PageFinding,
    Suggestion,
    proposals,
)


def _key(
    *suggested: str, visible: int = 0, selector: str = ".old", score: float = 0.8
) -> KeyFinding:
    return KeyFinding(
        key="open_sign_in",
        selector=selector,
        needed=True,
        visible=visible,
        suggestions=tuple(Suggestion(selector=one, label="x", score=score) for one in suggested),
    )


def _pages(*keys: KeyFinding) -> list[PageFinding]:
    return [PageFinding(name=str(n), url="x", keys=(key,)) for n, key in enumerate(keys)]


def test_the_best_suggestion_is_proposed() -> None:
    assert proposals(_pages(_key(".new", ".other"))) == {"open_sign_in": ".new"}


def test_pages_that_need_different_selectors_get_both() -> None:
    assert proposals(_pages(_key(".a"), _key(".b"), _key(".a"))) == {"open_sign_in": ".a, .b"}


def test_what_still_matches_elsewhere_is_kept() -> None:
    assert proposals(_pages(_key(visible=1), _key(".b"))) == {"open_sign_in": ".old, .b"}


def test_a_selector_that_cannot_stand_in_a_list_is_left_to_a_person() -> None:
    pages = _pages(_key(visible=1, selector="text=/Accueil/"), _key(".b"))

    assert proposals(pages) == {}


def test_a_page_without_a_confident_suggestion_leaves_the_key_to_a_person() -> None:
    assert proposals(_pages(_key(".a"), _key(".b", score=0.4))) == {}
    assert proposals(_pages(_key(".a"), _key())) == {}


def test_a_key_that_is_not_needed_is_never_missing() -> None:
    page = PageFinding(
        name="home", url="x", keys=(KeyFinding(key="news", selector="x", needed=False),)
    )

    assert Calibration(pages=(page,)).missing == ()
