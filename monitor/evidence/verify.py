"""Verification, offline: a bundle, a proof or a log, given a published key file.

Anything missing is a failure, never a pass. Nothing here reads the network or the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.errors import EvidenceError
from monitor.evidence.bundle_check import MANIFEST_FILE, check_bundle
from monitor.evidence.log_check import check_log
from monitor.evidence.proof_check import PROOF, check_proof
from monitor.evidence.reading import Files, read_file, read_folder, read_json, read_zip
from monitor.evidence.report import Check, Checking, Report, Sound
from monitor.evidence.trust import Trust

__all__ = [
    "Check",
    "NothingToVerify",
    "Report",
    "Trust",
    "proof_checks",
    "verify_bundle",
    "verify_log",
    "verify_path",
    "verify_proof",
]

ZIP_START = b"PK\x03\x04"
LEAVES_FILE = "leaves.jsonl"


class NothingToVerify(EvidenceError):
    """The file or folder is none of the things that can be verified (exit code 2)."""


def verify_path(path: Path, trust: Trust) -> Report:
    """The report on a file or folder, by what it is. Raises NothingToVerify."""
    return _verifier_of(path)(path, trust)


def _verifier_of(path: Path) -> Callable[[Path, Trust], Report]:
    if path.is_dir():
        if (path / MANIFEST_FILE).exists():
            return verify_bundle
        if (path / "checkpoint").exists() or (path / "tile").exists():
            return verify_log
        raise NothingToVerify(f"{path}: neither a bundle (manifest.json) nor a log (checkpoint)")
    try:
        with path.open("rb") as opened:
            start = opened.read(len(ZIP_START))
    except (OSError, ValueError) as error:
        raise NothingToVerify(f"{path}: no such file, or it cannot be read") from error
    if start == ZIP_START:
        return verify_bundle
    if start.lstrip().startswith(b"{") or path.suffix == ".json":
        return verify_proof
    raise NothingToVerify(f"{path}: neither a bundle, nor a proof, nor a log")


def verify_bundle(path: Path, trust: Trust) -> Report:
    """A bundle: a folder, or a zip of one."""
    checking = Checking()
    files = checking.run("format", _read_bundle, path)
    if files is not None:
        check_bundle(checking, files, trust)
    return checking.report("bundle")


def _read_bundle(path: Path) -> Sound[Files]:
    files = read_folder(path) if path.is_dir() else read_zip(path)
    return Sound(f"{len(files)} fichiers lus", f"{len(files)} files read", files)


def verify_proof(path: Path, trust: Trust) -> Report:
    """A proof file; its leaves may lie in ``leaves.jsonl`` beside it."""
    checking = Checking()
    check_proof(checking, lambda: _read_proof(path), trust)
    return checking.report("proof")


def _read_proof(path: Path) -> Mapping[str, Any]:
    proof = read_json(read_file(path), path.name, PROOF)
    if proof.get("leaves") != LEAVES_FILE:
        return proof
    lines = read_file(path.with_name(LEAVES_FILE)).decode("utf-8", "replace")
    return {**proof, "leaves": lines.removesuffix("\n").split("\n")}


def proof_checks(
    proof: Mapping[str, Any], trust: Trust, lines: Sequence[str] | None = None
) -> tuple[Check, ...]:
    """The checks of a proof that was read already: a certificate's. ``lines`` are its leaves when
    the proof names a file of them instead."""
    checking = Checking()
    whole = proof if lines is None else {**proof, "leaves": list(lines)}
    check_proof(checking, lambda: whole, trust)
    return tuple(checking.checks)


def verify_log(folder: Path, trust: Trust) -> Report:
    """A log folder, as it is served or exported."""
    checking = Checking()
    check_log(checking, folder, trust)
    return checking.report("log")
