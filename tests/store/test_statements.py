"""Corrections and answers: appended with their leaf, on both databases."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.corrected import PublicStatement, StatementKind
from monitor.core.leaf import statement_text
from monitor.store.errors import NaiveDatetime
from monitor.store.store import Store
from tests.evidence.logs import open_log
from tests.store.samples import NOON

WRONG = PublicStatement(
    number=0,
    kind=StatementKind.CORRECTION,
    about="login-12",
    text="La panne a fini à 9 h 40.",
    published="La panne a fini à 9 h 30.",
    wrong_since=NOON - timedelta(days=2),
    made_at=NOON,
)


def test_entries_are_numbered_and_found_by_what_they_are_about(store: Store) -> None:
    first = store.add_statement(WRONG)
    answer = PublicStatement(
        number=0,
        kind=StatementKind.ANSWER,
        about="",
        text="Le service est rétabli.",
        source="Communiqué du 3 mars",
        made_at=NOON,
    )
    second = store.add_statement(answer)
    assert (first.number, second.number) == (1, 2)
    assert store.statements() == (first, second)
    assert store.statements(about="login-12") == (first,)
    assert store.statements(about="login-13") == ()


def test_the_log_holds_the_hash_of_all_that_was_said(store: Store, tmp_path: Path) -> None:
    open_log(store, tmp_path / "state").begin()
    added = store.add_statement(WRONG)
    (text,) = store.leaf_texts(1, store.log_size())
    leaf = json.loads(text)
    assert (leaf["kind"], leaf["number"], leaf["about"]) == ("correction", 1, "login-12")
    assert leaf["sha256"] == hashlib.sha256(statement_text(added)).hexdigest()


def test_entries_of_an_older_log_get_their_leaf_when_it_begins(
    store: Store, tmp_path: Path
) -> None:
    store.add_statement(WRONG)
    open_log(store, tmp_path / "state").begin()
    kinds = [json.loads(text)["kind"] for text in store.leaf_texts(0, store.log_size())]
    assert kinds == ["epoch", "correction"]


def test_a_moment_without_zone_is_refused_and_nothing_is_kept(store: Store) -> None:
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001  the mistake itself
    with pytest.raises(NaiveDatetime):
        store.add_statement(PublicStatement(**{**vars(WRONG), "made_at": naive}))
    assert store.statements() == ()
