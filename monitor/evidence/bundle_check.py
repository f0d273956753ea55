"""The checks of a bundle: its files against the manifest, the manifest against the record."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from monitor.evidence.proof_check import PROOF, Proof, check_proof
from monitor.evidence.reading import Files, missing, read_json, require_plain, unreadable
from monitor.evidence.report import Checking, Sound, Unsound
from monitor.evidence.trust import Trust

MANIFEST_FILE, PROOF_FILE, RETIRED_FILE = "manifest.json", "proof.json", "retired.json"
MANIFESTS = ("manifest/1", "manifest/2")
RETIRED = "retired/1"
SAME = ("component", "vantage", "scheduled_at")

Manifest = dict[str, Any]


def check_bundle(checking: Checking, files: Files, trust: Trust) -> None:
    """Every check of a bundle."""
    checking.run("files", _check_files, files)
    proof = check_proof(
        checking, lambda: read_json(_need(files, PROOF_FILE), PROOF_FILE, PROOF), trust
    )
    if proof is not None:
        checking.run("manifest", _check_manifest, files, proof)


def _need(files: Files, name: str) -> bytes:
    if name not in files:
        raise missing(name)
    return files[name]


def _manifest(files: Files) -> Manifest:
    return read_json(_need(files, MANIFEST_FILE), MANIFEST_FILE, *MANIFESTS)


def _check_files(files: Files) -> Sound[None]:
    """Every file of the manifest is there, unaltered, and no other one."""
    manifest = _manifest(files)
    retired = _retired(files)
    named = {MANIFEST_FILE, PROOF_FILE, RETIRED_FILE}
    gone = 0
    for line in _lines(manifest):
        name = require_plain(line.get("name"))
        if name in named:
            raise Unsound(f"{name} est nommé deux fois", f"{name} is named twice")
        named.add(name)
        if name not in files and line.get("sha256") in retired:
            gone += 1
        else:
            _require_unaltered(name, _need(files, name), line)
    for name in sorted(set(files) - named):
        raise Unsound(f"{name} n’est pas dans le manifeste", f"{name} is not in the manifest")
    return _counted(len(named) - 3 - gone, gone)


def _counted(kept: int, gone: int) -> Sound[None]:
    fr, en = f"{kept} fichiers intacts, aucun autre", f"{kept} files unaltered, no other one"
    if gone:
        fr += f" ; {gone} retirés à la fin de leur délai de conservation, leur empreinte demeure"
        en += f"; {gone} retired at the end of their period, their hashes remain"
    return Sound(fr, en, None)


def _lines(manifest: Manifest) -> list[Mapping[str, Any]]:
    lines = manifest.get("files")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise unreadable(MANIFEST_FILE)
    return lines


def _require_unaltered(name: str, data: bytes, line: Mapping[str, Any]) -> None:
    if sha256(data).hexdigest() != line.get("sha256") or len(data) != line.get("size"):
        raise Unsound(f"{name} a été modifié", f"{name} has been altered")


def _retired(files: Files) -> set[str]:
    """Hashes of the files that retention dropped, as the bundle says."""
    if RETIRED_FILE not in files:
        return set()
    value = read_json(files[RETIRED_FILE], RETIRED_FILE, RETIRED)
    try:
        return {str(one["sha256"]) for one in value["files"]}
    except (KeyError, TypeError) as error:
        raise unreadable(RETIRED_FILE) from error


def _check_manifest(files: Files, proof: Proof) -> Sound[None]:
    """The manifest is the one that the record names, and says the same."""
    manifest = _manifest(files)
    leaf = proof.leaves[0] if len(proof.leaves) == 1 else {}
    manifests = leaf.get("manifests")
    if not isinstance(manifests, list) or sha256(files[MANIFEST_FILE]).hexdigest() not in manifests:
        raise Unsound(
            "le manifeste n’est pas celui du relevé signé",
            "the manifest is not the one of the signed record",
        )
    vantage = manifest.get("vantage")
    said = {**manifest, "vantage": vantage.get("id") if isinstance(vantage, dict) else vantage}
    # a second attempt may change the outcome, so only a single one has to agree
    for name in (*SAME, "outcome") if len(manifests) == 1 else SAME:
        if said.get(name) != leaf.get(name):
            raise Unsound(
                f"le manifeste et le relevé diffèrent : {name}",
                f"manifest and record differ: {name}",
            )
    return Sound(
        f"celui du relevé {leaf['sequence']} ({leaf.get('component')}, {leaf.get('outcome')})",
        f"that of record {leaf['sequence']} ({leaf.get('component')}, {leaf.get('outcome')})",
        None,
    )
