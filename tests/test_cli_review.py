"""`reclassify` and `review` as they are typed, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.core.model import BlobRef, Observation, Outcome, Signal, SignalKind
from monitor.errors import ConfigurationError
from monitor.store.blobs import FolderBlobs
from monitor.store.engine import sqlite_url
from monitor.store.store import open_store
from tests.store.samples import VANTAGE, observation, slot

FAILED = Signal(kind=SignalKind.STEP_FAILED, step="open")
HEALTHY = Signal(kind=SignalKind.CONTROL, text="healthy", number=3.0)
STATUS_503 = Signal(kind=SignalKind.HTTP_STATUS, step="open", number=503.0)
ABSENT = Signal(kind=SignalKind.ELEMENT_ABSENT, step="open", text="portal_ready")

Command = Callable[..., Result]


def _seen(index: int, outcome: Outcome, rule: str, *signals: Signal) -> Observation:
    made = observation(slot(index), outcome, signals=signals)
    verdict = replace(made.verdict, rule=rule, flags=())
    attempts = tuple(replace(one, verdict=verdict) for one in made.attempts)
    if len(attempts) == 1 and not outcome.is_available:
        attempts *= 2
    return replace(made, verdict=verdict, attempts=attempts)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Types a command against a ledger of six slots: up, three changed pages, an outage that an
    older rule took for a changed page, up."""
    path = tmp_path / "monitor.sqlite3"
    completed = Signal(kind=SignalKind.COMPLETED)
    changed = (FAILED, HEALTHY, ABSENT)
    with open_store(sqlite_url(path)) as store:
        store.register_vantage(VANTAGE)
        store.record(_seen(0, Outcome.UP, "completed", completed))
        for index in (1, 2, 3):
            store.record(_seen(index, Outcome.LAYOUT_CHANGED, "element_absent", *changed))
        store.record(_seen(4, Outcome.LAYOUT_CHANGED, "old_rule", FAILED, HEALTHY, STATUS_503))
        store.record(_seen(5, Outcome.UP, "completed", completed))
    config = tmp_path / "monitor.toml"
    config.write_text(f'state_dir = "{tmp_path}"\n', encoding="utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    return run


def _json(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _decide(command: Command, *words: str) -> Result:
    return command("review", "decide", *words, "--by", "A. Durand", "--note", "Vu à l’écran.")


def test_reclassify_shows_what_would_change_and_keeps_nothing(command: Command) -> None:
    found = _json(command("reclassify", "--json"))

    assert (found["slots_judged"], found["slots_changed"], found["kept"]) == (6, 1, None)
    assert found["counts"] == [
        {
            "before": {"outcome": "layout_changed", "rule": "old_rule"},
            "after": {"outcome": "down", "rule": "http_5xx"},
            "slots": 1,
        }
    ]
    assert found["changes"][0]["sequence"] == 5
    assert _json(command("review", "show", "5", "--json"))["reclassifications"] == []


def test_reclassify_apply_keeps_both_verdicts(command: Command) -> None:
    assert _json(command("reclassify", "--apply", "--json"))["kept"] == 1

    slot_5 = _json(command("review", "show", "5", "--json"))
    assert slot_5["rule"] == "old_rule"
    assert [one["rule"] for one in slot_5["reclassifications"]] == ["http_5xx"]
    assert _json(command("reclassify", "--json"))["slots_changed"] == 0


def test_reclassify_says_in_the_terminal_how_to_keep(command: Command) -> None:
    result = command("reclassify")

    assert "layout_changed (old_rule)" in result.stdout
    assert "--apply" in result.stdout


def test_reclassify_since_takes_later_slots_only(command: Command) -> None:
    later = slot(5).scheduled_at.isoformat()

    assert _json(command("reclassify", "--since", later, "--json"))["slots_judged"] == 1


def test_slots_in_a_row_are_listed_as_one(command: Command) -> None:
    rows = _json(command("review", "list", "--json"))["rows"]

    assert [(one["rule"], one["in_a_row"], one["first"]["sequence"]) for one in rows] == [
        ("element_absent", 3, 2),
        ("old_rule", 1, 5),
    ]


def test_the_list_says_what_to_type_next(command: Command) -> None:
    assert "review show 5" in command("review", "list").stdout


def test_a_row_is_decided_at_once_and_waits_no_more(command: Command) -> None:
    result = _decide(command, "2", "--through", "4", "--decision", "page_changed")

    assert "3 slots" in result.stdout
    rows = _json(command("review", "list", "--json"))["rows"]
    assert [one["rule"] for one in rows] == ["old_rule"]


def test_every_decision_is_kept_and_shown(command: Command) -> None:
    _decide(command, "2", "--decision", "lawful")
    _decide(command, "2", "--decision", "our_fault")

    shown = _json(command("review", "show", "2", "--json"))

    assert [one["decision"] for one in shown["reviews"]] == ["lawful", "our_fault"]
    assert shown["outcome"] == "layout_changed"
    assert "A. Durand: our_fault — Vu à l’écran." in command("review", "show", "2").stdout


def test_figures_stand_side_by_side(command: Command) -> None:
    _decide(command, "2", "--through", "4", "--decision", "site_failed")

    (portal,) = _json(command("review", "figures", "--days", "36500", "--json"))["components"]

    assert portal["first"]["incidents"] == 0
    assert portal["second"]["incidents"] == 1
    assert [one["sequence"] for one in portal["judged_again"]] == [2, 3, 4]


def test_figures_take_newer_rules_in_when_asked(command: Command) -> None:
    command("reclassify", "--apply")
    words = ("review", "figures", "--days", "36500", "--json")

    without, with_them = (
        _json(command(*words, *more))["components"][0]["judged_again"]
        for more in ((), ("--ruleset", "latest"))
    )

    assert without == []
    assert [(one["sequence"], one["rule"]) for one in with_them] == [(5, "http_5xx")]


def test_the_figures_table_names_what_was_judged_again(command: Command) -> None:
    _decide(command, "2", "--decision", "site_failed")

    output = command("review", "figures", "--days", "36500").stdout

    assert "slot 2" in output
    assert "review_site_failed" in output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("decide", "9", "--decision", "lawful"), "there is no slot 9"),
        (("decide", "1", "--decision", "site_failed"), "slot 1 is up"),
        (("decide", "2", "--through", "5", "--decision", "lawful"), "slot 5 in between"),
        (("decide", "2", "--through", "7", "--decision", "lawful"), "slot 7 is no later slot"),
    ],
)
def test_what_cannot_be_decided_is_said(
    command: Command, words: tuple[str, ...], sentence: str
) -> None:
    result = command("review", *words, "--by", "A. Durand", "--note", "x")

    assert isinstance(result.exception, ConfigurationError)
    assert sentence in str(result.exception)


def test_a_decision_needs_a_note(command: Command) -> None:
    result = command(
        "review", "decide", "2", "--decision", "lawful", "--by", "A. Durand", "--note", " "
    )

    assert isinstance(result.exception, ConfigurationError)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("reclassify", "--since", "hier"), "--since hier"),
        (("review", "show", "9"), "there is no slot 9"),
        (("review", "figures", "--ruleset", "x"), "no verdict was kept under the ruleset 'x'"),
    ],
)
def test_other_faults_are_one_sentence(
    command: Command, words: tuple[str, ...], sentence: str
) -> None:
    result = command(*words)

    assert isinstance(result.exception, ConfigurationError)
    assert sentence in str(result.exception)
    assert "\n" not in str(result.exception)


def test_pictures_that_are_kept_are_written(command: Command, tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    ref: BlobRef = blobs.put(b"picture", "image/webp")
    with open_store(sqlite_url(tmp_path / "monitor.sqlite3")) as store:
        made = _seen(7, Outcome.LAYOUT_CHANGED, "element_absent", FAILED)
        step = replace(made.attempts[0].steps[0], screenshot=ref)
        attempt = replace(made.attempts[0], steps=(step, made.attempts[0].steps[1]))
        sequence = store.record(replace(made, attempts=(attempt,))).record.sequence

    command("review", "show", str(sequence), "--out", str(tmp_path / "out"))

    assert [file.name for file in (tmp_path / "out").iterdir()] == ["1-open_home.webp"]
