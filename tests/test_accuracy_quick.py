"""A handful of the campaign's scenarios, against the real program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.accuracy.__main__ import main

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


def test_a_handful_of_scenarios_brings_no_false_outage(tmp_path: Path) -> None:
    main(["--quick", "--lanes", "2", "--out", str(tmp_path)])
    report = json.loads((tmp_path / "accuracy.json").read_text(encoding="utf-8"))
    assert report["false_outages"] == 0
    assert report["missed_outages"] == 0
    assert report["boundary_misses"] == 0
    assert report["runs_total"] > 0
    assert report["submissions"] == 0
    first = (tmp_path / "accuracy.md").read_text(encoding="utf-8").splitlines()[0]
    assert "rehearsal site" in first
