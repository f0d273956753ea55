"""`calibrate` as it is typed: what it prints, the page with pictures, the file it writes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.calibrating import Trial, is_better, put_in_place
from monitor.calibration_words import KEY_WORDS, PAGE_WORDS
from monitor.cli import app
from monitor.errors import ConfigurationError, EvidenceError
from probes.calibration.walk import PAGES
from probes.site import SITES, Selectors, load_site
from probes.standin.run import standin_thread
from probes.standin.server import StandIn

Command = Callable[..., Result]
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """One stand-in for all commands."""
    with standin_thread(StandIn(portal_port=0, sso_port=0)) as opened:
        yield opened


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    """A copy of the stand-in's site file, to be mended."""
    return Path(shutil.copy(SITES / "standin.toml", tmp_path / "site.toml"))


@pytest.fixture
def command(standin: StandIn, site_file: Path, tmp_path: Path) -> Command:
    """Types `calibrate` against the stand-in with a fault."""
    config = tmp_path / "monitor.toml"
    config.write_text(f'state_dir = "{tmp_path}"\n', encoding="utf-8")

    def run(fault: str, *words: str) -> Result:
        standin.set_fault(fault)
        origins = [f"--origin={name}={origin}" for name, origin in standin.origins.items()]
        common = ["--config", str(config), "--site", str(site_file), *origins]
        return CliRunner().invoke(app, ["calibrate", *common, *words])

    return run


def _json(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_site_that_fits_is_fine_and_nothing_is_written(
    command: Command, site_file: Path, tmp_path: Path
) -> None:
    before = site_file.read_bytes()

    result = command("none", "--json", "--write", str(site_file), "--out", str(tmp_path / "out"))

    assert result.exit_code == 0, result.output
    found = _json(result)
    assert (found["schema"], found["missing"], found["written"]) == ("calibration/1", [], None)
    assert site_file.read_bytes() == before
    _every_picture_is_there(tmp_path / "out")


def _every_picture_is_there(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'src="([^"]+)"', page))
    assert "home.png" in named
    assert named <= {file.name for file in folder.iterdir()}
    assert "Aucun sélecteur nécessaire ne manque" in page


def test_a_redesign_is_mended_and_the_old_file_kept(
    command: Command, site_file: Path, standin: StandIn
) -> None:
    before = site_file.read_text(encoding="utf-8")

    result = command("redesign", "--json", "--write", str(site_file))

    written = _json(result)["written"]
    assert [one["completed"] for one in written["after"]] == [True, True]
    assert Path(written["old"]).read_text(encoding="utf-8") == before
    assert Path(written["old"]).name.startswith("site.toml.bak-20")
    new = load_site(site_file, standin.origins)
    assert new.selectors.open_sign_in == "button:has-text('Entrer dans mon espace')"
    same = {"selectors"}
    old = load_site(Path(written["old"]), standin.origins)
    assert new.model_dump(exclude=same) == old.model_dump(exclude=same)
    assert result.exit_code == 1  # category_next is still for a person


def test_the_table_says_which_key_to_edit(command: Command) -> None:
    result = command("sign_in_redesign")

    assert result.exit_code == 1
    assert "To edit in the site file: selectors.username" in result.stdout
    assert 'username = "input[name=' in result.stdout


def test_an_unwell_site_gives_no_verdict_and_no_file(command: Command, tmp_path: Path) -> None:
    result = command("http_503", "--write", str(tmp_path / "new.toml"))

    assert result.exit_code == 3
    assert "http_5xx" in result.stdout
    assert not (tmp_path / "new.toml").exists()


def test_a_page_that_would_show_a_secret_is_not_written(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANEF_ACCOUNT__NUMBER", "9900000001")
    monkeypatch.setenv("ANEF_ACCOUNT__PASSWORD", "Se connecter")

    result = command("none", "--out", str(tmp_path / "out"))

    assert isinstance(result.exception, EvidenceError)
    assert list((tmp_path / "out").iterdir()) == []


def test_every_page_and_selector_has_french_words() -> None:
    assert list(PAGE_WORDS) == list(PAGES)
    assert set(KEY_WORDS) == set(Selectors.model_fields)


def _trials(*steps: int, completed: int = 0) -> tuple[Trial, ...]:
    return tuple(
        Trial(probe=str(n), completed=n < completed, steps_done=one) for n, one in enumerate(steps)
    )


@pytest.mark.parametrize(
    ("after", "before", "better"),
    [
        (_trials(2, 1), _trials(1, 1), True),
        (_trials(1, 1), _trials(1, 1), False),
        (_trials(3, 0), _trials(1, 1), False),
        (_trials(2, 2, completed=1), _trials(2, 2), True),
        (_trials(9, 9), _trials(2, 2, completed=1), False),
    ],
)
def test_better_is_farther_somewhere_and_less_far_nowhere(
    after: tuple[Trial, ...], before: tuple[Trial, ...], better: bool
) -> None:
    assert is_better(after, before) is better


def test_a_new_place_keeps_nothing_beside_it(tmp_path: Path) -> None:
    assert put_in_place("a", tmp_path / "new.toml", NOW) is None
    assert [file.name for file in tmp_path.iterdir()] == ["new.toml"]


def test_every_replaced_file_of_a_day_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "site.toml"
    for text in "abc":
        put_in_place(text, target, NOW)

    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "site.toml": "c",
        "site.toml.bak-2026-11-23": "a",
        "site.toml.bak-2026-11-23T093000": "b",
    }


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot write"):
        put_in_place("a", tmp_path / "absent" / "site.toml", NOW)
