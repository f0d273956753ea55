"""The image and what belongs to installing: linted and compared, since no engine runs here."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN_LOCK = "requirements-run.lock"
DEV_LOCK = "requirements.lock"


def _pins(lock: str) -> dict[str, str]:
    """Name to version of all that a lock file holds."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text, flags=re.MULTILINE))


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement)[0].lower()


def _playwright_pin() -> str:
    (pin,) = (r for r in PROJECT["project"]["dependencies"] if _name(r) == "playwright")
    assert isinstance(pin, str)
    return pin.removeprefix("playwright==")


def test_the_dockerfile_has_no_lint() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    found = subprocess.run(
        [hadolint, "--no-color", "--no-fail", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == ""


def test_the_base_image_belongs_to_the_pinned_playwright() -> None:
    (tag,) = re.findall(
        r"^FROM mcr\.microsoft\.com/playwright/python:v(\S+)-noble$", DOCKERFILE, re.M
    )
    assert tag == _playwright_pin()


@pytest.mark.parametrize(
    "line",
    [
        r"^USER 10001$",
        r"^HEALTHCHECK .*",
        r'^ENTRYPOINT \["/usr/bin/tini", "--", "anef-monitor"\]$',
        r"^RUN python3 -m pip install --require-hashes --requirement requirements-run\.lock$",
    ],
)
def test_the_image_has(line: str) -> None:
    assert re.findall(line, DOCKERFILE, re.MULTILINE)


def test_nothing_is_run_as_root_after_the_user_was_set() -> None:
    assert "RUN" not in DOCKERFILE.partition("\nUSER ")[2]


def test_what_the_image_copies_reaches_the_builder() -> None:
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert [name for name in names if f"!{name}" not in sent] == []
    assert "*" in sent


def test_every_package_of_the_wheel_is_in_the_image() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert [p for p in packages if f"COPY {p} {p}\n" not in DOCKERFILE] == []


def test_the_run_lock_holds_every_dependency() -> None:
    wanted = {_name(requirement) for requirement in PROJECT["project"]["dependencies"]}
    assert wanted - set(_pins(RUN_LOCK)) == set()


def test_the_development_lock_holds_every_tool() -> None:
    wanted = {_name(requirement) for requirement in PROJECT["dependency-groups"]["dev"]}
    assert wanted - set(_pins(DEV_LOCK)) == set()


def test_the_locks_agree() -> None:
    assert _pins(RUN_LOCK).items() - _pins(DEV_LOCK).items() == set()


@pytest.mark.parametrize("lock", [RUN_LOCK, DEV_LOCK])
def test_playwright_is_locked_at_its_pin(lock: str) -> None:
    assert _pins(lock)["playwright"] == _playwright_pin()


@pytest.mark.parametrize("lock", [RUN_LOCK, DEV_LOCK])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [b.split("==")[0] for b in blocks if "--hash=sha256:" not in b] == []


@pytest.mark.parametrize("lock", [RUN_LOCK, DEV_LOCK])
def test_a_lock_names_no_registry(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


def test_this_environment_is_the_locked_one() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", _LIST_INSTALLED], capture_output=True, text=True, check=True
    ).stdout
    installed = dict(line.split("==") for line in shown.split())
    locked = _pins(DEV_LOCK)
    assert {n: v for n, v in installed.items() if n in locked and locked[n] != v} == {}


_LIST_INSTALLED = """
import importlib.metadata as metadata
import re
for found in metadata.distributions():
    print(re.sub(r"[-_.]+", "-", found.name).lower() + "==" + found.version)
"""


def test_prometheus_accepts_its_configuration() -> None:
    checked = subprocess.run(
        ["promtool", "check", "config", ROOT / "grafana" / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_the_licence_is_complete() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    articles = re.findall(r"^(\d+)\.\w", text, flags=re.MULTILINE)
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert articles == [str(number) for number in range(1, 16)]
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text


def test_the_setup_is_a_script_that_the_shell_accepts() -> None:
    for script in (".ci/setup", ".ci/run"):
        assert (ROOT / script).stat().st_mode & 0o111
        subprocess.run(["sh", "-n", ROOT / script], check=True)
