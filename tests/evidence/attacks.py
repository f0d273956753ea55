"""Every attack on evidence that we know, as what is spoiled and the sentence that must answer.

An attacker without the key changes files. One with the key (the operator) signs anew, and is
caught by the stamps, by what was published before, or by a witness.
"""
# ruff: noqa: ARG001, ARG005  every attack is given the ground and the path

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from tests.evidence.ground import Ground, change, flip, overwrite
from tests.evidence.workshop import epoch_line, slot_line, write_tiles

Spoil = Callable[[Ground, Path], None]


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What is spoiled, how, and the check that fails with this in its French sentence."""

    subject: str
    spoil: Spoil
    check: str
    says: str


def _unpublished(ground: Ground, path: Path, lines: list[bytes]) -> None:
    """The operator's log over other lines, signed anew, with the old checkpoints and stamps."""
    shutil.rmtree(path / "tile")
    write_tiles(path, lines)
    overwrite(path / "checkpoint", ground.workshop.note(lines))


def _whole_new_log(ground: Ground, path: Path, lines: list[bytes]) -> None:
    """The operator's log over other lines, everything made and stamped anew today."""
    shutil.rmtree(path)
    ground.workshop.write_log(path, lines, [100, len(lines)], ground.stamp)


def _replaced(ground: Ground, index: int, line: bytes) -> list[bytes]:
    return [*ground.lines[:index], line, *ground.lines[index + 1 :]]


def _without(ground: Ground, index: int) -> list[bytes]:
    return [*ground.lines[:index], *ground.lines[index + 1 :]]


def _swapped(ground: Ground) -> list[bytes]:
    lines = [*ground.lines]
    lines[40], lines[41] = lines[41], lines[40]
    return lines


def _other_size(file: Path, size: int) -> None:
    overwrite(file, file.read_bytes().replace(f"\n{size}\n".encode(), f"\n{size - 1}\n".encode()))


def _within_a_value(file: Path) -> int:
    """A byte whose change leaves JSON that can be read."""
    mark = b'"rule":"'
    return file.read_bytes().index(mark, 5000) + len(mark)


def _without_key(ground: Ground, path: Path, lines: list[bytes]) -> None:
    shutil.rmtree(path / "tile")
    write_tiles(path, lines)


def _back_dated(ground: Ground, path: Path) -> None:
    """A record of last month, added today behind what was stamped."""
    long_ago = ground.now - timedelta(days=30)
    lines = [*ground.lines, slot_line(600, long_ago)]
    _unpublished(ground, path, lines)


def _back_dated_proof(ground: Ground, path: Path) -> None:
    lines = [*ground.lines, slot_line(600, ground.now - timedelta(days=30))]
    overwrite(path, json.dumps(ground.workshop.proof(lines, 600, 1, ground.stamp)).encode())


def _restored(ground: Ground, path: Path) -> None:
    """A restored backup that goes on as if nothing had been lost."""
    lines = [*ground.lines[:200], *(slot_line(n, ground.now) for n in range(200, 700))]
    _unpublished(ground, path, lines)


def _hidden_loss(ground: Ground, path: Path) -> None:
    """A new epoch that names an earlier checkpoint than the one that was published last."""
    go_on(ground, path, 300)


def go_on(ground: Ground, path: Path, named: int) -> None:
    """A restored backup of 200 lines goes on in a new epoch, which names a published checkpoint."""
    note = ground.workshop.note(ground.lines, named)
    later = [slot_line(n, ground.now) for n in range(200, 260)]
    lines = [*ground.lines[:200], epoch_line(2, note), *later]
    shutil.rmtree(path / "tile")
    write_tiles(path, lines)
    overwrite(path / "checkpoint", ground.workshop.note(lines, epoch=2))


def _truncated_and_signed(ground: Ground, path: Path) -> None:
    _unpublished(ground, path, [*ground.lines[:400]])


def _other_key(ground: Ground, path: Path) -> None:
    overwrite(path / "checkpoint", ground.stranger().note(ground.lines))


def _other_key_proof(ground: Ground, path: Path) -> None:
    proof = ground.stranger().proof(ground.lines, 1, 1, ground.stamp)
    overwrite(path, json.dumps(proof).encode())


def _other_log(ground: Ground, path: Path) -> None:
    """A proof of a second log, signed with the name and key of the first."""
    proof = replace(ground.workshop, origin="autre.example").proof(ground.lines, 1, 1, ground.stamp)
    overwrite(path, json.dumps(proof).encode())


def _missing_file(ground: Ground, path: Path) -> None:
    """A file that is in the manifest and not in the folder."""
    (path / "01-open_portal.txt").unlink()


def _manifest_rewritten(ground: Ground, path: Path) -> None:
    """An altered picture with a manifest that names it."""
    flip(path / "01-open_portal.webp", 50)
    digest = sha256((path / "01-open_portal.webp").read_bytes()).hexdigest()

    def edit(manifest: dict[str, object]) -> None:
        for line in manifest["files"]:  # type: ignore[attr-defined]  # JSON
            if line["name"] == "01-open_portal.webp":
                line["sha256"] = digest

    change(path / "manifest.json", edit)


def _never_stamped(ground: Ground, path: Path) -> None:
    shutil.rmtree(path)
    ground.workshop.write_log(path, ground.lines, [300, 600], None)


def _stripped_log_stamps(ground: Ground, path: Path) -> None:
    shutil.rmtree(path / "stamps")


ALTERED = "a été modifié"
ATTACKS: dict[str, Attack] = {
    # a bundle
    "picture flipped": Attack(
        subject="bundle",
        spoil=lambda g, p: flip(p / "01-open_portal.webp", 77),
        check="files",
        says=f"01-open_portal.webp {ALTERED}",
    ),
    "text flipped": Attack(
        subject="bundle",
        spoil=lambda g, p: flip(p / "01-open_portal.txt"),
        check="files",
        says=f"01-open_portal.txt {ALTERED}",
    ),
    "manifest flipped": Attack(
        subject="bundle",
        spoil=lambda g, p: change(p / "manifest.json", lambda m: m.update(outcome="up")),
        check="manifest",
        says="le manifeste n’est pas celui du relevé signé",
    ),
    "manifest made to fit": Attack(
        subject="bundle",
        spoil=_manifest_rewritten,
        check="manifest",
        says="le manifeste n’est pas celui du relevé signé",
    ),
    "file taken out": Attack(
        subject="bundle", spoil=_missing_file, check="files", says="01-open_portal.txt manque"
    ),
    "file put in": Attack(
        subject="bundle",
        spoil=lambda g, p: overwrite(p / "99-added.png", b"x"),
        check="files",
        says="99-added.png n’est pas dans le manifeste",
    ),
    "manifest names one more": Attack(
        subject="bundle",
        spoil=lambda g, p: change(
            p / "manifest.json",
            lambda m: m["files"].append({"name": "more.txt", "sha256": "0" * 64, "size": 1}),
        ),
        check="files",
        says="more.txt manque",
    ),
    "manifest leads out": Attack(
        subject="bundle",
        spoil=lambda g, p: change(
            p / "manifest.json",
            lambda m: m["files"].append({"name": "../keys.json", "sha256": "", "size": 1}),
        ),
        check="files",
        says="nom de fichier interdit",
    ),
    "proof stripped": Attack(
        subject="bundle",
        spoil=lambda g, p: (p / "proof.json").unlink(),
        check="proof",
        says="proof.json manque",
    ),
    "manifest stripped of its proof's stamp": Attack(
        subject="bundle",
        spoil=lambda g, p: change(p / "proof.json", lambda v: v.update(stamps=[])),
        check="stamp",
        says="aucun horodatage",
    ),
    # a proof
    "record altered": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(
            p, lambda v: v.update(leaves=[v["leaves"][0].replace("down", "up")])
        ),
        check="inclusion",
        says="ces lignes ne sont pas dans le journal signé",
    ),
    "record back-dated": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(
            p,
            lambda v: v.update(
                leaves=[v["leaves"][0].replace(f"{g.now:%Y}-", f"{g.now.year - 1}-")]
            ),
        ),
        check="inclusion",
        says="ces lignes ne sont pas dans le journal signé",
    ),
    "record back-dated by the operator": Attack(
        subject="proof.json", spoil=_back_dated_proof, check="dates", says="peut-être antidaté"
    ),
    "record taken out of a range": Attack(
        subject="range.json",
        spoil=lambda g, p: change(p, lambda v: v["leaves"].pop(100)),
        check="sequence",
        says="la suite est rompue",
    ),
    "records of a range swapped": Attack(
        subject="range.json",
        spoil=lambda g, p: change(p, lambda v: v["leaves"].insert(3, v["leaves"].pop(9))),
        check="inclusion",
        says="ces lignes ne sont pas dans le journal signé",
    ),
    "stamp stripped": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(p, lambda v: v.update(stamps=[])),
        check="stamp",
        says="aucun horodatage",
    ),
    "stamp list stripped": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(p, lambda v: v.pop("stamps")),
        check="proof",
        says="proof.json est illisible",
    ),
    "stamp of another checkpoint": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(
            p,
            lambda v: v.update(stamps=g.workshop.proof([*g.lines[:50]], 1, 1, g.stamp)["stamps"]),
        ),
        check="stamp",
        says="l’horodatage de repetition est faux",
    ),
    "stamp of an unknown authority": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(p, lambda v: v["stamps"][0].update(authority="ailleurs")),
        check="stamp",
        says="l’autorité ailleurs n’est pas dans le fichier de clés",
    ),
    "size and checkpoint apart": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(p, lambda v: v.update(size=v["size"] - 1)),
        check="signature",
        says="la preuve et son point de contrôle ne vont pas ensemble",
    ),
    "checkpoint altered": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(
            p, lambda v: v.update(checkpoint=v["checkpoint"].replace("\n300\n", "\n301\n"))
        ),
        check="signature",
        says="la signature du point de contrôle est fausse",
    ),
    "proof signed by another key": Attack(
        subject="proof.json",
        spoil=_other_key_proof,
        check="signature",
        says="signé par aucune clé publiée",
    ),
    "proof of another log by the operator": Attack(
        subject="proof.json",
        spoil=_other_log,
        check="signature",
        says="point de contrôle d’un autre journal : autre.example",
    ),
    "proof of another log": Attack(
        subject="proof.json",
        spoil=lambda g, p: change(
            p,
            lambda v: v.update(
                checkpoint=v["checkpoint"].replace("observatoire.example\n", "autre.example\n", 1)
            ),
        ),
        check="signature",
        says="la signature du point de contrôle est fausse",
    ),
    # a log
    "line flipped": Attack(
        subject="log",
        spoil=lambda g, p: flip(p / "tile/entries/000", _within_a_value(p / "tile/entries/000")),
        check="tiles",
        says="ne correspond pas aux lignes",
    ),
    "tile flipped": Attack(
        subject="log",
        spoil=lambda g, p: flip(p / "tile/0/001", 5000),
        check="tiles",
        says="tile/0/001 ne correspond pas aux lignes",
    ),
    "upper tile flipped": Attack(
        subject="log",
        spoil=lambda g, p: flip(p / "tile/1/000.p/2", 3),
        check="tiles",
        says="tile/1/000.p/2 ne correspond pas aux lignes",
    ),
    "checkpoint altered on disk": Attack(
        subject="log",
        spoil=lambda g, p: _other_size(p / "checkpoint", 600),
        check="signature",
        says="la signature du point de contrôle est fausse",
    ),
    "old checkpoint altered": Attack(
        subject="log",
        spoil=lambda g, p: _other_size(p / "checkpoints/1-300", 300),
        check="history",
        says="la signature du point de contrôle est fausse",
    ),
    "log stamp flipped": Attack(
        subject="log",
        spoil=lambda g, p: flip(p / "stamps/1-300/repetition.tsr", -20),
        check="stamp",
        says="l’horodatage de repetition est faux",
    ),
    "log's request flipped": Attack(
        subject="log",
        spoil=lambda g, p: flip(p / "stamps/1-300/repetition.tsq", 30),
        check="stamp",
        says="l’horodatage de repetition est faux",
    ),
    "log signed by another key": Attack(
        subject="log", spoil=_other_key, check="signature", says="signé par aucune clé publiée"
    ),
    "log truncated": Attack(
        subject="log",
        spoil=lambda g, p: (p / "tile/entries/002.p/88").unlink(),
        check="lines",
        says="le journal signé a 600 lignes, il n’en reste que 512",
    ),
    "log cut short": Attack(
        subject="log",
        spoil=lambda g, p: overwrite(
            p / "tile/entries/001", (p / "tile/entries/001").read_bytes()[:9000]
        ),
        check="lines",
        says="le journal signé a 600 lignes, il n’en reste que",
    ),
    "log truncated by the operator": Attack(
        subject="log",
        spoil=_truncated_and_signed,
        check="history",
        says="le point de contrôle 1-600 ne correspond plus",
    ),
    "observation removed": Attack(
        subject="log",
        spoil=lambda g, p: _without_key(g, p, _without(g, 250)),
        check="lines",
        says="le journal signé a 600 lignes, il n’en reste que 512",
    ),
    "observation removed by the operator": Attack(
        subject="log",
        spoil=lambda g, p: _unpublished(g, p, _without(g, 250)),
        check="history",
        says="ne correspond plus",
    ),
    "observation removed, all made anew": Attack(
        subject="log",
        spoil=lambda g, p: _whole_new_log(g, p, _without(g, 250)),
        check="sequence",
        says="après le relevé 249 vient le relevé 251",
    ),
    "observation altered by the operator": Attack(
        subject="log",
        spoil=lambda g, p: _unpublished(
            g, p, _replaced(g, 250, g.lines[250].replace(b"down", b"up"))
        ),
        check="history",
        says="ne correspond plus",
    ),
    "observations re-ordered": Attack(
        subject="log",
        spoil=lambda g, p: _without_key(g, p, _swapped(g)),
        check="history",
        says="ne correspond plus",
    ),
    "observations re-ordered by the operator": Attack(
        subject="log",
        spoil=lambda g, p: _whole_new_log(g, p, _swapped(g)),
        check="sequence",
        says="la suite est rompue",
    ),
    "observation back-dated by the operator": Attack(
        subject="log", spoil=_back_dated, check="dates", says="antidaté"
    ),
    "backup passed off as the same epoch": Attack(
        subject="log",
        spoil=_restored,
        check="history",
        says="le point de contrôle 1-300 ne correspond plus",
    ),
    "epoch declared without what was lost": Attack(
        subject="log",
        spoil=_hidden_loss,
        check="history",
        says="le point de contrôle 1-600 ne correspond plus aux lignes",
    ),
    "epoch not declared": Attack(
        subject="log",
        spoil=lambda g, p: overwrite(p / "checkpoint", g.workshop.note(g.lines, epoch=2)),
        check="history",
        says="une époque du journal n’est pas déclarée",
    ),
    "log stamps stripped": Attack(
        subject="log", spoil=_stripped_log_stamps, check="stamp", says="repetition.tsr manque"
    ),
    "log stamps stripped, and the list of them": Attack(
        subject="log", spoil=_never_stamped, check="stamp", says="aucun horodatage"
    ),
    "one log stamp stripped": Attack(
        subject="log",
        spoil=lambda g, p: shutil.rmtree(p / "stamps/1-300"),
        check="stamp",
        says="stamps/1-300/repetition.tsr manque",
    ),
    "one old checkpoint stripped": Attack(
        subject="log",
        spoil=lambda g, p: (p / "checkpoints/1-300").unlink(),
        check="stamp",
        says="checkpoints/1-300 manque",
    ),
    "list of checkpoints stripped": Attack(
        subject="log",
        spoil=lambda g, p: (p / "checkpoints.jsonl").unlink(),
        check="stamp",
        says="checkpoints.jsonl manque",
    ),
    "log request stripped": Attack(
        subject="log",
        spoil=lambda g, p: (p / "stamps/1-600/repetition.tsq").unlink(),
        check="stamp",
        says="repetition.tsq manque",
    ),
    "old checkpoints stripped": Attack(
        subject="log",
        spoil=lambda g, p: shutil.rmtree(p / "checkpoints"),
        check="history",
        says="checkpoints",
    ),
}
"""By the name of the attack."""
