"""Visitors are counted for a minute, and forgotten."""

from __future__ import annotations

import pytest

from monitor.web import limits
from monitor.web.limits import RateLimit


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_address_has_its_own_count_and_gets_it_back() -> None:
    clock = Clock()
    limit = RateLimit(2, 60, clock)
    assert [limit.allows("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert limit.allows("192.0.2.2")
    clock.now = 60
    assert limit.allows("192.0.2.1")


def test_addresses_are_forgotten_and_never_kept_as_they_are() -> None:
    clock = Clock()
    limit = RateLimit(2, 60, clock)
    limit.allows("192.0.2.1")
    assert len(limit) == 1
    assert "192.0.2.1" not in repr(vars(limit))
    clock.now = 61
    limit.allows("192.0.2.9")
    assert len(limit) == 1


def test_one_visitor_has_a_whole_network_of_ipv6() -> None:
    limit = RateLimit(1, 60, Clock())
    assert limit.allows("2001:db8:1:1::1")
    assert not limit.allows("2001:db8:1:1:ffff::2")
    assert limit.allows("2001:db8:1:2::1")


@pytest.mark.parametrize("address", ["", "testclient", "fe80::1%eth0"])
def test_any_address_counts(address: str) -> None:
    limit = RateLimit(1, 60, Clock())
    assert limit.allows(address)
    assert not limit.allows(address)


def test_many_visitors_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_VISITORS", 10)
    limit = RateLimit(1, 60, Clock())
    for last in range(50):
        limit.allows(f"192.0.2.{last}")
    assert len(limit) <= 10
