"""The rule table: one recorded set of signals per rule, and what must hold of all of them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import rules_docs
from monitor.core.classify import classify, confirm, wants_confirmation
from monitor.core.model import Outcome, Signal, SignalKind, Verdict
from monitor.core.rules import BY_ID, RULES

K = SignalKind
STEP = "open_page"
FAILED = Signal(kind=K.STEP_FAILED, step=STEP)
ABSENT = Signal(kind=K.ELEMENT_ABSENT, step=STEP, text="portal_ready")
HEALTHY = Signal(kind=K.CONTROL, text="healthy", number=3)
LOST = Signal(kind=K.CONTROL, text="failing", number=0)


def here(kind: SignalKind, text: str = "", number: float | None = None) -> Signal:
    """A signal of the failing step."""
    return Signal(kind=kind, step=STEP, text=text, number=number)


def failing(*signals: Signal) -> tuple[Signal, ...]:
    """A step that failed for want of an element, references healthy, and more."""
    return (FAILED, ABSENT, HEALTHY, *signals)


FIXTURES: dict[str, tuple[Signal, ...]] = {
    "internal_error": (Signal(kind=K.INTERNAL_ERROR, text="KeyError"),),
    "browser_gone": failing(here(K.BROWSER_GONE, "lost during the step")),
    "clock_wrong": (Signal(kind=K.COMPLETED), Signal(kind=K.CLOCK_OFFSET, number=-31.0)),
    "guard_interfered": failing(
        Signal(kind=K.GUARD_ABORTED, text="GET x.example/a.js"), here(K.HTTP_STATUS, "/", 503)
    ),
    "account_action_required": failing(here(K.PASSWORD_EXPIRED)),
    "account_not_eligible": failing(Signal(kind=K.PENDING_FILE, step=None)),
    "own_network": (FAILED, LOST, here(K.NETWORK_ERROR, "dns")),
    "starved": failing(here(K.SPINNER), Signal(kind=K.STARVED, number=4.0)),
    "mailbox_silent": failing(here(K.MAIL_CONTROL_MISSING)),
    "captcha": failing(here(K.CAPTCHA, "je ne suis pas un robot")),
    "firewall_page": failing(here(K.FIREWALL_PAGE, "request rejected")),
    "http_403": failing(here(K.HTTP_STATUS, "/", 403)),
    "http_429": failing(here(K.HTTP_STATUS, "/", 429), here(K.RETRY_AFTER, number=120)),
    "api_refused": failing(here(K.API_STATUS, "/api/x", 403)),
    "maintenance_announced": failing(
        here(K.MAINTENANCE_WORDING, "site en maintenance"), here(K.HTTP_STATUS, "/", 503)
    ),
    "http_5xx": failing(here(K.HTTP_STATUS, "/", 503)),
    "network_dns": (FAILED, HEALTHY, here(K.NETWORK_ERROR, "dns")),
    "network_tls": (FAILED, HEALTHY, here(K.NETWORK_ERROR, "tls")),
    "network_reset": (FAILED, HEALTHY, here(K.NETWORK_ERROR, "reset")),
    "network_timeout": (FAILED, HEALTHY, here(K.NETWORK_ERROR, "timeout")),
    "network_connect": (FAILED, HEALTHY, here(K.NETWORK_ERROR, "connect")),
    "body_timeout": failing(here(K.BODY_TIMEOUT)),
    "redirect_loop": (FAILED, HEALTHY, here(K.REDIRECT_LOOP)),
    "unavailable_wording": failing(here(K.UNAVAILABLE_WORDING, "service indisponible")),
    "session_dropped": (FAILED, HEALTHY, here(K.SESSION_DROPPED)),
    "sign_in_loop": (FAILED, HEALTHY, here(K.SIGN_IN_LOOP)),
    "upload_refused": (FAILED, HEALTHY, here(K.UPLOAD_REFUSED, "415")),
    "upload_lost": (FAILED, HEALTHY, here(K.UPLOAD_LOST, "empty list")),
    "upload_endless": (FAILED, HEALTHY, here(K.UPLOAD_ENDLESS)),
    "api_5xx": failing(here(K.API_STATUS, "/api/x", 500)),
    "api_not_json": failing(here(K.API_NOT_JSON, "/api/x")),
    "api_no_answer": failing(here(K.API_FAILED, "no answer /api/x")),
    "choices_empty": (FAILED, HEALTHY, here(K.CHOICES_EMPTY)),
    "choice_disabled": (FAILED, HEALTHY, here(K.CHOICE_DISABLED)),
    "choice_not_kept": (FAILED, HEALTHY, here(K.CHOICE_NOT_KEPT)),
    "reset_mail_missing": (FAILED, HEALTHY, here(K.RESET_MAIL_MISSING, number=900)),
    "error_text": failing(here(K.ERROR_TEXT, "Une erreur est survenue")),
    "script_refused": failing(here(K.SCRIPT_STATUS, "/app.js", 403), here(K.BLANK_PAGE)),
    "script_5xx": failing(here(K.SCRIPT_STATUS, "/app.js", 503), here(K.BLANK_PAGE)),
    "script_no_answer": failing(here(K.SCRIPT_FAILED, "reset /app.js"), here(K.BLANK_PAGE)),
    "script_error": failing(here(K.SCRIPT_ERROR, "x is undefined"), here(K.BARE_PAGE, number=40)),
    "blank_page": failing(here(K.BLANK_PAGE)),
    "spinner": failing(here(K.SPINNER)),
    "page_moved": failing(here(K.HTTP_STATUS, "/", 404)),
    "category_absent": (FAILED, HEALTHY, here(K.CATEGORY_ABSENT, "Étudiant")),
    "element_absent": failing(),
    "slow": (Signal(kind=K.COMPLETED), here(K.SLOW, "8", 9.1)),
    "completed": (Signal(kind=K.COMPLETED),),
}

NAMES = sorted(FIXTURES)
OWN_FAULTS = (
    Signal(kind=K.INTERNAL_ERROR, text="OSError"),
    Signal(kind=K.BROWSER_GONE, text="killed"),
    Signal(kind=K.GUARD_ABORTED, text="GET x.example/a"),
    Signal(kind=K.CLOCK_OFFSET, number=90.0),
    Signal(kind=K.STARVED, number=5.0),
    Signal(kind=K.ACCOUNT_BLOCKED),
    LOST,
    here(K.CREDENTIALS_REFUSED),
    here(K.MAIL_CONTROL_MISSING),
)
WORDS = (
    here(K.MAINTENANCE_WORDING, "maintenance"),
    here(K.UNAVAILABLE_WORDING, "erreur 503"),
    here(K.ERROR_TEXT, "erreur"),
    here(K.CAPTCHA, "captcha"),
)


def test_every_rule_has_its_fixture() -> None:
    assert sorted(rule.id for rule in RULES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_meets_its_rule(name: str) -> None:
    verdict = classify(FIXTURES[name])
    assert (verdict.rule, verdict.outcome) == (name, BY_ID[name].outcome)


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_every_rule_speaks_french_and_english(name: str) -> None:
    rule = BY_ID[name]
    assert rule.fr.endswith(".")
    assert rule.en.endswith(".")
    assert "'" not in rule.fr, "French text takes the typographic apostrophe"


@given(st.sampled_from(NAMES), st.randoms())
def test_the_order_of_signals_does_not_matter(name: str, random: st.DrawFn) -> None:
    signals = list(FIXTURES[name])
    random.shuffle(signals)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    assert classify(signals) == classify(FIXTURES[name])


@given(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.lists(st.sampled_from(OWN_FAULTS), min_size=1),
)
def test_own_faults_never_turn_a_verdict_into_down(names: list[str], faults: list[Signal]) -> None:
    signals = [signal for name in names for signal in FIXTURES[name]]
    before, after = classify(signals), classify([*signals, *faults])
    if before.outcome is not Outcome.DOWN:
        assert after.outcome is not Outcome.DOWN


@given(st.lists(st.sampled_from(WORDS)))
def test_a_healthy_page_with_any_words_is_up(words: list[Signal]) -> None:
    assert classify([Signal(kind=K.COMPLETED), *words]).outcome is Outcome.UP


@pytest.mark.parametrize("error", ["dns", "tls", "reset", "timeout", "connect"])
def test_silence_without_a_control_is_our_own_fault(error: str) -> None:
    assert classify([FAILED, here(K.NETWORK_ERROR, error)]).rule == "own_network"


def test_a_single_network_operator_leaves_a_refusal_open() -> None:
    signals = FIXTURES["network_reset"]
    assert classify(signals).flags == ("refusal_not_excluded",)
    assert classify(signals, networks=2).flags == ()


def test_a_script_error_on_a_page_with_content_is_a_changed_page() -> None:
    assert classify(failing(here(K.SCRIPT_ERROR, "x"))).outcome is Outcome.LAYOUT_CHANGED


def test_nothing_seen_is_unknown() -> None:
    assert classify([]).outcome is Outcome.UNKNOWN


def verdict_of(outcome: Outcome) -> Verdict:
    """A verdict with this outcome."""
    rule = next((rule for rule in RULES if rule.outcome is outcome), BY_ID["no_rule"])
    return Verdict(outcome=outcome, rule=rule.id, ruleset="test")


RAN = [o for o in Outcome if o not in (Outcome.MISSED, Outcome.SKIPPED)]


@pytest.mark.parametrize(("first", "second"), list(product(RAN, RAN)))
def test_down_needs_both_attempts(first: Outcome, second: Outcome) -> None:
    outcome = confirm(verdict_of(first), verdict_of(second)).outcome
    assert (outcome is Outcome.DOWN) == (first is second is Outcome.DOWN)
    if first.is_available or second.is_available:
        assert outcome is Outcome.UP


def test_a_refusal_or_an_account_matter_is_not_repeated() -> None:
    assert not wants_confirmation(classify(FIXTURES["http_429"]))
    assert not wants_confirmation(classify(FIXTURES["account_action_required"]))
    assert wants_confirmation(classify(FIXTURES["http_5xx"]))


def test_the_page_of_the_rules_is_up_to_date() -> None:
    written = Path(__file__).parents[2] / "docs" / rules_docs.PAGE
    assert written.read_text(encoding="utf-8") == rules_docs.page(), "run make docs"
