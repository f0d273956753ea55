"""`verify` as it is typed, and `verify.py` on a machine that has nothing of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from importlib import import_module
from pathlib import Path

import pytest
from click import unstyle
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.cli_verify import as_text
from monitor.errors import ConfigurationError
from monitor.evidence.report import Check, Report
from tests.evidence.attacks import ATTACKS
from tests.evidence.ground import Ground, flip

ROOT = Path(__file__).parent.parent.parent
ALONE = ROOT / "verify.py"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, words)])


@pytest.mark.parametrize("name", ["bundle", "proof.json", "range.json", "log"])
def test_what_is_honest_is_verified(ground: Ground, name: str) -> None:
    done = run(ground.folder / name, "--keys", ground.keys)
    assert done.exit_code == 0
    assert "VÉRIFIÉ : " in done.stdout
    assert "ÉCHEC" not in done.stdout
    assert "Cela n’établit pas que ce qui a été vu est vrai" in done.stdout


def test_a_failed_check_is_told_and_exits_1(ground: Ground, tmp_path: Path) -> None:
    folder = ground.copy("bundle", tmp_path)
    flip(folder / "01-open_portal.webp")
    done = run(folder, "--keys", ground.keys)
    assert done.exit_code == 1
    assert "ÉCHEC  fichiers    01-open_portal.webp a été modifié\n" in done.stdout
    assert "NON VÉRIFIÉ : 1 contrôle sur 9 en échec." in done.stdout
    assert "Ce que cela établit" not in done.stdout


def test_english(ground: Ground, tmp_path: Path) -> None:
    folder = ground.copy("bundle", tmp_path)
    flip(folder / "01-open_portal.webp")
    done = run(folder, "--keys", ground.keys, "--lang", "en")
    assert "FAILED files       01-open_portal.webp has been altered\n" in done.stdout
    assert "NOT VERIFIED: 1 of 9 checks failed." in done.stdout
    assert "VERIFIED: " in run(ground.folder / "log", "--keys", ground.keys, "--lang", "en").stdout


def test_json(ground: Ground) -> None:
    done = run(ground.folder / "proof.json", "--keys", ground.keys, "--json")
    value = json.loads(done.stdout)
    assert (value["schema"], value["subject"], value["passed"]) == ("verification/1", "proof", True)
    assert {"name", "passed", "fr", "en"} == set(value["checks"][0])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("absent", None, "no such file"),
        ("photo.jpg", b"\xff\xd8\xff", "neither a bundle, nor a proof, nor a log"),
        ("empty", b"", "neither a bundle, nor a proof, nor a log"),
    ],
)
def test_what_is_none_of_it_is_a_usage_error(
    ground: Ground, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run(tmp_path / name, "--keys", ground.keys)
    assert isinstance(done.exception, ConfigurationError)
    assert sentence in str(done.exception)


def test_an_empty_folder_is_a_usage_error(ground: Ground, tmp_path: Path) -> None:
    assert "neither a bundle (manifest.json) nor a log" in str(
        run(tmp_path, "--keys", ground.keys).exception
    )


def test_keys_have_to_be_named(ground: Ground, tmp_path: Path) -> None:
    assert "say whose keys you trust" in str(run(ground.folder / "log").exception)
    absent = run(ground.folder / "log", "--keys", tmp_path / "absent.json")
    assert "absent.json is missing" in str(absent.exception)


def test_a_key_that_was_rotated_out_is_told(ground: Ground, tmp_path: Path) -> None:
    keys = json.loads(ground.keys.read_bytes())
    keys["keys"][0]["until"] = "2021-01-01T00:00:00+00:00"
    (tmp_path / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    done = run(ground.folder / "proof.json", "--keys", tmp_path / "keys.json")
    assert done.exit_code == 1
    assert "la clé n’était pas en usage le" in done.stdout


def test_long_sentences_are_wrapped_under_themselves() -> None:
    words = "mot " * 30
    report = Report(subject="proof", checks=(Check(name="proof", passed=True, fr=words, en=""),))
    lines = unstyle(as_text(report, "fr", 60)).splitlines()
    assert lines[0].startswith("OK     preuve      mot mot")
    assert lines[1].startswith(" " * 19 + "mot")
    assert max(map(len, lines)) <= 60


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that holds cryptography, what that needs, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    target = folder / "lib" / version / "site-packages"
    for package in ("cryptography", "cffi"):
        source = Path(str(import_module(package).__file__)).parent
        shutil.copytree(source, target / source.name)
        for beside in source.parent.glob(f"_{source.name}_backend*"):
            shutil.copy(beside, target)
    return folder / "bin" / "python"


def alone(python: Path, *words: object) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-I", str(ALONE), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_bare_environment_holds_nothing_of_ours(bare_python: Path) -> None:
    tried = subprocess.run(
        [bare_python, "-I", "-c", "import asn1crypto"], capture_output=True, check=False
    )
    assert b"ModuleNotFoundError" in tried.stderr


@pytest.mark.parametrize("name", ["bundle", "proof.json", "range.json", "log"])
def test_verify_py_runs_with_cryptography_alone(
    ground: Ground, bare_python: Path, name: str
) -> None:
    done = alone(bare_python, ground.folder / name, "--keys", ground.keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nVÉRIFIÉ\n")


@pytest.mark.parametrize(
    "name", ["picture flipped", "stamp stripped", "observation back-dated by the operator"]
)
def test_verify_py_tells_an_attack(
    ground: Ground, bare_python: Path, tmp_path: Path, name: str
) -> None:
    attack = ATTACKS[name]
    path = ground.copy(attack.subject, tmp_path)
    attack.spoil(ground, path)
    done = alone(bare_python, path, "--keys", ground.keys)
    assert (done.returncode, done.stderr) == (1, "")
    assert attack.says in done.stdout
    assert done.stdout.endswith("\nNON VÉRIFIÉ\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("picture flipped", "was altered"),
        ("stamp stripped", "no time stamp: nothing proves the date"),
        ("observation back-dated by the operator", "back-dated"),
    ],
)
def test_verify_py_speaks_english_too(
    ground: Ground, bare_python: Path, tmp_path: Path, name: str, words: str
) -> None:
    attack = ATTACKS[name]
    path = ground.copy(attack.subject, tmp_path)
    attack.spoil(ground, path)
    honest = ground.folder / attack.subject
    good = alone(bare_python, honest, "--keys", ground.keys, "--lang", "en")
    done = alone(bare_python, path, "--keys", ground.keys, "--lang", "en")
    assert (good.returncode, done.returncode) == (0, 1)
    assert good.stdout.endswith("\nVERIFIED\n")
    assert words in done.stdout
    assert done.stdout.endswith("\nNOT VERIFIED\n")
    for french in ("ÉCHEC", "relevé", "lignes", "clé", "preuve"):
        assert french not in good.stdout + done.stdout


def test_verify_py_says_what_it_cannot_check(
    ground: Ground, bare_python: Path, tmp_path: Path
) -> None:
    for words in ([tmp_path], [tmp_path / "absent"]):
        done = alone(bare_python, *words, "--keys", ground.keys)
        assert done.returncode == 2
        assert "ni preuve, ni liasse, ni journal" in done.stderr
    done = alone(bare_python, ground.folder / "log", "--keys", tmp_path / "absent")
    assert done.returncode == 2
    assert "absent manque" in done.stderr
