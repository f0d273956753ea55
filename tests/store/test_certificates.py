"""Issued documents: numbers, codes and hashes, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.issued import CODE_ALPHABET, Issued, normal_code, shown_code
from monitor.core.leaf import certificate_leaf
from monitor.errors import StoreError
from monitor.store.errors import NaiveDatetime
from monitor.store.store import Store
from tests.store.samples import NOON


def _reserve(store: Store, now: datetime = NOON) -> Issued:
    return store.reserve_certificate(
        kind="outage",
        components=("portal", "login"),
        category="étudiant",
        period=(NOON - timedelta(days=30), NOON),
        sequences=(3, 90),
        specimen=True,
        now=now,
    )


def test_serials_count_and_codes_differ(store: Store) -> None:
    first, second = _reserve(store), _reserve(store)
    assert (first.serial, second.serial) == ("2026-00001", "2026-00002")
    assert first.code != second.code
    assert set(first.code + second.code) <= set(CODE_ALPHABET)
    assert normal_code(first.code) == first.code


def test_the_year_of_a_serial_is_that_of_paris(store: Store) -> None:
    assert _reserve(store, datetime(2026, 12, 31, 23, 30, tzinfo=UTC)).serial == "2027-00001"


def test_a_document_is_found_by_its_code_once_it_has_its_hash(store: Store) -> None:
    issued = _reserve(store)
    assert store.certificate(issued.code) is None

    done = store.complete_certificate(issued.number, "ab" * 32)

    assert done.sha256 == "ab" * 32
    assert store.certificate(issued.code) == done
    assert store.certificate(shown_code(issued.code).lower()) == done
    assert store.certificate_of("ab" * 32) == done
    assert store.certificate_of("cd" * 32) is None
    assert done.specimen is True
    assert done.components == ("portal", "login")


def test_a_hash_is_never_replaced(store: Store) -> None:
    issued = _reserve(store)
    store.complete_certificate(issued.number, "ab" * 32)
    with pytest.raises(StoreError, match="waits for its hash"):
        store.complete_certificate(issued.number, "cd" * 32)
    with pytest.raises(StoreError, match="waits for its hash"):
        store.complete_certificate(99, "cd" * 32)


def test_a_moment_without_zone_keeps_nothing(store: Store) -> None:
    with pytest.raises(NaiveDatetime):
        _reserve(store, NOON.replace(tzinfo=None))
    assert _reserve(store).serial == "2026-00001"


@pytest.mark.parametrize("text", ["", "x", "ABCDEFGHIJ", "0123456789B", "é" * 10, "' OR 1=1 --"])
def test_what_cannot_be_a_code_is_none(store: Store, text: str) -> None:
    assert normal_code(text) is None
    assert store.certificate(text) is None


def test_a_code_is_read_as_people_type_it() -> None:
    assert normal_code("o1l23-bcdf9") == "01123BCDF9"


def test_a_finished_document_has_its_leaf_in_the_log(store: Store) -> None:
    early = store.complete_certificate(_reserve(store).number, "ab" * 32)
    store.begin_log({"schema": "leaf/1", "kind": "epoch", "number": 1})
    unfinished = _reserve(store)
    done = store.complete_certificate(_reserve(store).number, "cd" * 32)

    for one in (early, done):
        number = store.leaf_number("certificate", one.number)
        assert number is not None
        (text,) = store.leaf_texts(number, number + 1)
        leaf = json.loads(text)
        assert leaf == certificate_leaf(one)
        assert leaf["sha256"] == one.sha256
        assert leaf["code"] == one.code
    assert store.leaf_number("certificate", unfinished.number) is None
