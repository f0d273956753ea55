"""The demo as a newcomer runs it: what was injected is what was detected."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """`anef-monitor demo --exit` on any free port."""
    command = [sys.executable, "-m", "monitor", "demo", "--exit", "--port", "0"]
    return subprocess.run(
        [*command, "--folder", str(folder)], capture_output=True, text=True, check=False
    )


def test_the_demo_detects_what_it_injects(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Detection matched the script." in done.stdout
    assert "requests submitted to the site: 0" in done.stdout


def test_the_demo_leaves_a_strangers_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "these.txt").write_text("un chapitre")
    done = demo(tmp_path)
    assert done.returncode == 2
    assert "is not empty and is no demo" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["these.txt"]
