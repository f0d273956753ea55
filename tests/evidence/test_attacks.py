"""The table of attacks: both verifiers catch each one, by the same check and in the same words."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

import verify as alone
from monitor.evidence.report import Report
from monitor.evidence.trust import Trust
from monitor.evidence.verify import verify_path
from tests.evidence.attacks import ATTACKS, go_on
from tests.evidence.ground import Ground, overwrite
from tests.evidence.workshop import save, slot_line, write_tiles

NAMES = {
    "fichiers": "files",
    "preuve": "proof",
    "signature": "signature",
    "inclusion": "inclusion",
    "horodatage": "stamp",
    "dates": "dates",
    "suite": "sequence",
    "manifeste": "manifest",
    "lignes": "lines",
    "tuiles": "tiles",
    "lecture": "lines",
    "histoire": "history",
}
"""The checks of verify.py, and what they are called here."""


def by_program(path: Path, keys: Path) -> Report:
    return verify_path(path, Trust.load(keys))


def by_file(path: Path, keys: Path) -> dict[str, tuple[bool, str]]:
    """The checks of verify.py by our names; a failed one wins over another of that name."""
    report = alone.Report()
    alone.verify(report, path, alone.read_keys(keys))
    found: dict[str, tuple[bool, str]] = {}
    for name, passed, said in sorted(report.results, key=lambda one: not one[1]):
        found.setdefault(NAMES[name], (passed, said))
        if not passed:
            found[NAMES[name]] = (passed, said)
    return found


@pytest.mark.parametrize("subject", ["bundle", "proof.json", "range.json", "log"])
def test_what_is_honest_passes_both(ground: Ground, subject: str) -> None:
    path = ground.folder / subject
    report = by_program(path, ground.keys)
    assert [check.fr for check in report.failed] == []
    assert report.passed
    assert all(passed for passed, _ in by_file(path, ground.keys).values())


def test_a_declared_epoch_passes_both_and_is_told(ground: Ground, tmp_path: Path) -> None:
    path = ground.copy("log", tmp_path)
    go_on(ground, path, 600)
    report = by_program(path, ground.keys)
    assert [check.fr for check in report.failed] == []
    history = next(check.fr for check in report.checks if check.name == "history")
    assert "2 époques ; 2 points de contrôle d’avant une restauration déclarée" in history
    assert by_file(path, ground.keys)["history"] == (
        True,
        "2 points de contrôle, 2 époque(s), 2 d’avant une restauration",
    )


def test_a_key_that_was_rotated_out_signs_nothing_new(ground: Ground, tmp_path: Path) -> None:
    """An old key, stolen: the latest checkpoint has no stamp yet that would tell the time."""
    keys = json.loads(ground.keys.read_bytes())
    ended = ground.now + timedelta(minutes=30)
    keys["keys"][0]["until"] = ended.isoformat()
    file = save(tmp_path / "keys.json", keys)
    path = ground.copy("log", tmp_path)
    assert by_program(path, file).passed
    lines = [*ground.lines, slot_line(600, ended + timedelta(hours=1))]
    shutil.rmtree(path / "tile")
    write_tiles(path, lines)
    overwrite(path / "checkpoint", ground.workshop.note(lines))
    failed = {check.name: check.fr for check in by_program(path, file).failed}
    assert list(failed) == ["dates"]
    assert "la clé n’était pas en usage le" in failed["dates"]
    second = {check: said for check, (passed, said) in by_file(path, file).items() if not passed}
    assert second == failed


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_caught_by_both(ground: Ground, tmp_path: Path, name: str) -> None:
    attack = ATTACKS[name]
    path = ground.copy(attack.subject, tmp_path)
    attack.spoil(ground, path)
    report = by_program(path, ground.keys)
    failed = {check.name: check.fr for check in report.failed}
    assert attack.says in failed.get(attack.check, "passed"), failed
    second = {
        name: said for name, (passed, said) in by_file(path, ground.keys).items() if not passed
    }
    assert set(second) == set(failed)
    assert attack.says in second[attack.check]
    assert not report.passed
