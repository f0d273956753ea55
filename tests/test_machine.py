"""What this machine is, and what of it stays private."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

from monitor.machine import LOOPBACK, commit, identifies_us, machine, private_values, resolvers

ROOT = Path(__file__).parent.parent


def test_the_commit_is_the_one_that_git_names() -> None:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    expected = head.stdout.strip() if head.returncode == 0 else "unknown"
    assert commit().removesuffix("-modified") == expected


def test_every_point_of_the_machine_is_filled_in() -> None:
    found = machine()
    assert set(found) == {
        *("system", "distribution", "architecture", "processors", "memory_bytes"),
    }
    assert all(found.values())
    assert re.fullmatch(r"\d+", found["memory_bytes"])


def test_resolvers_are_those_of_the_system(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# ours\nsearch example.org\nnameserver 9.9.9.9\nnameserver ::1\nnameserver\n")
    assert resolvers(file) == ("9.9.9.9", "::1")
    assert resolvers(tmp_path / "none") == ()


def test_private_values_are_name_and_addresses() -> None:
    assert private_values("192.0.2.17", LOOPBACK) == {
        "host_name": socket.gethostname(),
        "own_address": "127.0.0.1",
        "public_address": "192.0.2.17",
    }


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("9.9.9.9", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("2620:fe::fe", False),
        ("192.168.1.1", True),
        ("fe80::1%eth0", True),
        ("93.184.216.34", True),
        ("2a01:cb00:1:2::1", True),
        ("2a01:cb00:2:2::1", False),
        ("not an address", True),
    ],
)
def test_an_address_that_gives_us_away_is_told_from_others(address: str, ours: bool) -> None:
    own = ("93.184.216.34", "2a01:cb00:1:9::5")
    assert identifies_us(address, own) is ours
