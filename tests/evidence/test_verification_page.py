"""The commands of docs/verification.md, run as they are printed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.evidence.attacks import ATTACKS
from tests.evidence.ground import Ground

PAGE = Path(__file__).parent.parent.parent / "docs" / "verification.md"
BY_HAND = "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S))
BUNDLES = [name for name, attack in ATTACKS.items() if attack.subject == "bundle"]


def by_hand(ground: Ground, folder: Path) -> subprocess.CompletedProcess[str]:
    """Every command of the page, in the folder of a bundle; stops at the first that fails."""
    shutil.copy(ground.keys, folder.parent / "keys.json")
    script = f"set -eu\n{BY_HAND}"
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_commands_pass_an_honest_bundle(ground: Ground, tmp_path: Path) -> None:
    done = by_hand(ground, ground.copy("bundle", tmp_path))
    assert done.returncode == 0, done.stderr
    for said in (
        "01-open_portal.webp: OK",
        "aucun fichier en trop",
        "OK : le relevé nomme ce manifeste",
        "le manifeste et le relevé concordent",
        "le relevé est dans le journal",
        "Signature Verified Successfully",
        "OK : c’est le journal de observatoire.example",
        "Verification: OK",
        "secondes après la fin du relevé",
    ):
        assert said in done.stdout
    assert "ÉCHEC" not in done.stdout


@pytest.mark.parametrize("name", BUNDLES)
def test_the_commands_catch_an_altered_bundle(ground: Ground, tmp_path: Path, name: str) -> None:
    folder = ground.copy("bundle", tmp_path)
    ATTACKS[name].spoil(ground, folder)
    assert by_hand(ground, folder).returncode != 0


@pytest.mark.parametrize(
    "name", [name for name, attack in ATTACKS.items() if attack.subject == "proof.json"]
)
def test_the_commands_catch_a_false_proof(ground: Ground, tmp_path: Path, name: str) -> None:
    folder = ground.copy("bundle", tmp_path)
    ATTACKS[name].spoil(ground, folder / "proof.json")
    assert by_hand(ground, folder).returncode != 0


def test_the_page_says_what_the_verifiers_say() -> None:
    """Every sentence in the page's table of failures is one that an attack brings up."""
    said = re.findall(r"« ([^»…]+?) »", PAGE.read_text("utf-8").partition("## Ce que disent")[2])
    known = " ".join(attack.says for attack in ATTACKS.values())
    assert len(said) >= 6
    assert [one for one in said if one.strip() not in known and one not in known] == []
