"""Finding a browser among those the machine has."""

from __future__ import annotations

import json
from pathlib import Path

import playwright
import pytest

from monitor.errors import BrowserError
from monitor.installation import find_browser

_BROWSERS = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
_REVISION = next(
    str(listed["revision"])
    for listed in json.loads(_BROWSERS.read_text(encoding="utf-8"))["browsers"]
    if listed["name"] == "chromium-headless-shell"
)
_SHELL = f"pw/chromium_headless_shell-{_REVISION}/chrome-headless-shell-linux64"
_CHROME = f"pw/chromium-{_REVISION}/chrome-linux64"


def _program(path: Path, says: str = "Chromium 156.0.8078.79 built on Debian") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n[ -z '{says}' ] && exit 1\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _machine(folder: Path) -> dict[str, str]:
    return {"PATH": str(folder / "bin"), "PLAYWRIGHT_BROWSERS_PATH": str(folder / "pw")}


_ALL = [
    f"{_SHELL}/chrome-headless-shell",
    f"{_CHROME}/chrome",
    "bin/chromium-headless-shell",
    "bin/chromium",
    "bin/chromium-browser",
    "bin/google-chrome",
]


@pytest.mark.parametrize("first", range(len(_ALL)))
def test_the_first_in_the_order_is_taken(tmp_path: Path, first: int) -> None:
    for name in _ALL[first:]:
        _program(tmp_path / name)
    assert find_browser(environ=_machine(tmp_path)).executable == tmp_path / _ALL[first]


def test_what_was_found_is_described(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "chromium-headless-shell")
    found = find_browser(environ=_machine(tmp_path))
    assert (found.kind, found.version, found.origin) == (
        "headless-shell",
        "156.0.8078.79",
        "system",
    )


def test_the_kind_can_be_chosen(tmp_path: Path) -> None:
    for name in _ALL:
        _program(tmp_path / name)
    found = find_browser("chromium", environ=_machine(tmp_path))
    assert (found.kind, found.executable) == ("chromium", tmp_path / _CHROME / "chrome")


def test_a_build_made_for_another_playwright_is_passed_over(tmp_path: Path) -> None:
    _program(tmp_path / "pw/chromium_headless_shell-1/linux/chrome-headless-shell")
    expected = _program(tmp_path / "bin" / "chromium")
    assert find_browser(environ=_machine(tmp_path)).executable == expected


def test_one_that_does_not_answer_is_passed_over(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "chromium-headless-shell", says="")
    expected = _program(tmp_path / "bin" / "chromium")
    assert find_browser(environ=_machine(tmp_path)).executable == expected


def test_none_found_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="no browser found: run `make setup`"):
        find_browser(environ=_machine(tmp_path))


def test_none_that_answers_names_those_that_did_not(tmp_path: Path) -> None:
    silent = _program(tmp_path / "bin" / "chromium", says="")
    with pytest.raises(BrowserError, match=f"{silent} did not answer"):
        find_browser(environ=_machine(tmp_path))


def test_a_given_file_is_the_only_one_tried(tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "chromium")
    with pytest.raises(BrowserError, match=r"browser\.executable: there is no file"):
        find_browser(executable=tmp_path / "none", environ=_machine(tmp_path))


@pytest.mark.parametrize(
    ("name", "kind"), [("chrome-headless-shell", "headless-shell"), ("brave", "chromium")]
)
def test_the_kind_of_a_given_file_is_read_from_its_name(
    tmp_path: Path, name: str, kind: str
) -> None:
    given = _program(tmp_path / name)
    found = find_browser(executable=given, environ={})
    assert (found.kind, found.origin) == (kind, "settings")


def test_this_machine_has_one() -> None:
    assert find_browser().version.split(".")[0].isdigit()
