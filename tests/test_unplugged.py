"""A machine without any network says so of itself, and nothing of the site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from probes.site import SITES


def test_an_unplugged_machine_is_our_own_fault(tmp_path: Path) -> None:
    live = (SITES / "anef.toml").read_text(encoding="utf-8")
    site = tmp_path / "anef.toml"
    site.write_text(live.replace("confirm_after_seconds = 30", "confirm_after_seconds = 0"))
    namespace = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    check = [sys.executable, "-m", "monitor", "check", "portal", "--site", str(site), "--json"]
    done = subprocess.run(
        [*namespace, *check],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANEF_OPERATOR__CONTACT": "https://observatoire.example"},
    )
    assert done.returncode == 3, done.stderr
    observation = json.loads(done.stdout)
    assert observation["outcome"] == "monitor_fault"
    assert observation["rule"] == "own_network"
    assert observation["control"]["reachable"] == 0
    assert "own network" in observation["message_en"]
