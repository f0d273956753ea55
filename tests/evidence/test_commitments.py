"""Private values: fixed in every manifest, opened only by who holds the salt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.evidence.commitments import Commitments, openings_in, read_openings

TWENTY = """
import sys
from pathlib import Path
from monitor.evidence.commitments import Commitments
kept = Commitments(Path(sys.argv[1]))
for number in range(20):
    kept.commit("address", f"{sys.argv[2]}-{number}")
"""


def test_a_value_keeps_its_commitment_over_restarts(tmp_path: Path) -> None:
    file = tmp_path / "private" / "commitments.json"
    first = Commitments(file).commit("host_name", "veille-1")
    again = Commitments(file)
    assert again.commit("host_name", "veille-1") == first
    assert again.commit("host_name", "veille-2") != first
    assert again.commit("other", "veille-1") != first
    assert Commitments().commit("host_name", "veille-1") != first, "the salt is chance"


def test_a_stranger_opens_it_with_sha256sum(tmp_path: Path) -> None:
    file = tmp_path / "commitments.json"
    commitment = Commitments(file).commit("host_name", "veillé-1")
    (opening,) = openings_in(f'{{"host_name":"{commitment}"}}', read_openings(file))
    text = f"{opening.salt}:{opening.name}:{opening.value}"
    done = subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True)
    assert done.stdout.decode().split()[0] == commitment
    assert len(opening.salt) == 32


def test_the_openings_are_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "private" / "commitments.json"
    Commitments(file).commit("host_name", "veille-1")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_processes_at_once_lose_no_opening(tmp_path: Path) -> None:
    file = tmp_path / "commitments.json"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    running = [
        subprocess.Popen([sys.executable, "-c", TWENTY, str(file), name], env=env)
        for name in ("a", "b")
    ]
    assert [one.wait(60) for one in running] == [0, 0]
    assert len({one.value for one in read_openings(file)}) == 40


@pytest.mark.parametrize("content", ["", "[]", '{"schema": "other/1"}', '{"schema": 1}'])
def test_a_file_that_is_no_such_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "commitments.json"
    file.write_text(content)
    with pytest.raises(StoreError, match=r"commitments\.json"):
        Commitments(file)
