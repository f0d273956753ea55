"""Finding the browser that the probes drive, among those this machine has."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import playwright

from monitor.errors import BrowserError

HEADLESS_SHELL = "headless-shell"
CHROMIUM = "chromium"

VERSION_TIMEOUT_SECONDS = 20.0

_PLAYWRIGHT_BUILDS = {
    HEADLESS_SHELL: ("chromium-headless-shell", "chrome-headless-shell"),
    CHROMIUM: ("chromium", "chrome"),
}
"""Kind: Playwright's name of the build, and of its program file."""

_COMMANDS = {
    HEADLESS_SHELL: ("chromium-headless-shell",),
    CHROMIUM: ("chromium", "chromium-browser", "google-chrome"),
}
"""Kind: the commands under which distributions install it."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A browser that answered. ``kind`` is ``headless-shell`` or ``chromium``.

    ``origin`` is ``settings``, ``playwright`` or ``system``: who chose or brought the file.
    """

    kind: str
    executable: Path
    version: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    kind: str
    executable: Path
    origin: str


def find_browser(
    kind: str = "auto",
    executable: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Browser:
    """The first browser that answers, of the wanted kind (``auto``: any, headless shell first).

    The order: Playwright's own builds, then those of the distribution. A given ``executable`` is
    the only one tried. Raises BrowserError with one sentence that says what to do.
    """
    if executable is not None:
        return _given(kind, executable)
    silent: list[Path] = []
    for candidate in _candidates(kind, environ):
        version = _version(candidate.executable)
        if version is not None:
            return _answered(candidate, version)
        silent.append(candidate.executable)
    raise BrowserError(_none_found(kind, silent))


def _given(kind: str, executable: Path) -> Browser:
    if not executable.is_file():
        raise BrowserError(f"browser.executable: there is no file {executable}")
    version = _version(executable)
    if version is None:
        raise BrowserError(f"browser.executable: {executable} did not tell its version when run")
    if kind == "auto":
        kind = HEADLESS_SHELL if "headless" in executable.name else CHROMIUM
    return _answered(_Candidate(kind=kind, executable=executable, origin="settings"), version)


def _answered(candidate: _Candidate, version: str) -> Browser:
    return Browser(
        kind=candidate.kind,
        executable=candidate.executable,
        version=version,
        origin=candidate.origin,
    )


def _none_found(kind: str, silent: list[Path]) -> str:
    wanted = "browser" if kind == "auto" else f"browser of kind {kind}"
    tried = f" ({', '.join(map(str, silent))} did not answer)" if silent else ""
    return f"no {wanted} found{tried}: run `make setup`, or set browser.executable"


def _candidates(kind: str, environ: Mapping[str, str]) -> Iterator[_Candidate]:
    kinds = (HEADLESS_SHELL, CHROMIUM) if kind == "auto" else (kind,)
    for one in kinds:
        for path in _playwright_builds(one, environ):
            yield _Candidate(kind=one, executable=path, origin="playwright")
    for one in kinds:
        for command in _COMMANDS[one]:
            found = shutil.which(command, path=environ.get("PATH", os.defpath))
            if found:
                yield _Candidate(kind=one, executable=Path(found), origin="system")


def _playwright_builds(kind: str, environ: Mapping[str, str]) -> list[Path]:
    """The program files of the revision that this Playwright was made with: none or one."""
    build, program = _PLAYWRIGHT_BUILDS[kind]
    folder = f"{build.replace('-', '_')}-{_revision(build)}"
    return sorted(_registry(environ).glob(f"{folder}/*/{program}"))


def _driver_package() -> Path:
    return Path(playwright.__file__).parent / "driver" / "package"


def _revision(build: str) -> str:
    listed = json.loads((_driver_package() / "browsers.json").read_text(encoding="utf-8"))
    return next(str(b["revision"]) for b in listed["browsers"] if b["name"] == build)


def _registry(environ: Mapping[str, str]) -> Path:
    """The folder where Playwright keeps its downloads, by its own rules on Linux."""
    named = environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":
        return _driver_package() / ".local-browsers"
    if named:
        return Path(named)
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".cache"
    return Path(cache) / "ms-playwright"


def _version(executable: Path) -> str | None:
    """What ``--version`` says, as in ``156.0.8078.79``; None when it says none in time."""
    try:
        done = subprocess.run(
            [executable, "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(\.\d+){1,3}", done.stdout)
    return found.group() if found and done.returncode == 0 else None
