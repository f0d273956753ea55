"""Verification of a document, offline: signature, stamps, proof, and figures computed again.

Given the published key file, from elsewhere than the document: the copy inside of it proves
nothing. Whatever cannot be checked is a failure. No upload makes this raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.certificates.carried import PROOF_FILE, Carried, check_carried, squeezed, words_of
from monitor.certificates.decisions import DECISIONS_FILE, check_decisions
from monitor.certificates.recompute import Recorded, check_figures, check_looks, recorded
from monitor.certificates.signature_check import LARGEST_PDF_BYTES, PDF_START, check_signature
from monitor.core.statistics import percent_digits, samples_in, shown_coverage, shown_percent
from monitor.evidence.proof_check import PROOF
from monitor.evidence.reading import read_file, read_json
from monitor.evidence.report import Check, Checking, Report, Sound, Unsound
from monitor.evidence.trust import Trust
from monitor.evidence.verify import proof_checks

SUBJECT = "certificate"


def is_document(path: Path) -> bool:
    """True for a file that begins as a PDF does."""
    try:
        with path.open("rb") as opened:
            return opened.read(len(PDF_START)) == PDF_START
    except (OSError, ValueError):
        return False


def verify_file(path: Path, trust: Trust) -> Report:
    """The report on a PDF file."""
    try:
        data = read_file(path, LARGEST_PDF_BYTES)
    except Unsound as unsound:
        failed = Check(name="format", passed=False, fr=unsound.fr, en=unsound.en)
        return Report(subject=SUBJECT, checks=(failed,))
    return verify_document(data, trust)


def verify_document(data: bytes, trust: Trust) -> Report:
    """The report on the bytes of a PDF."""
    checking = Checking()
    signed = check_signature(checking, data, trust)
    if signed is not None:
        carried = checking.run("attachments", check_carried, data)
        if carried is not None:
            _check_evidence(checking, data, carried, trust)
    return checking.report(SUBJECT)


def _check_evidence(checking: Checking, data: bytes, carried: Carried, trust: Trust) -> None:
    lines = carried.lines
    if lines is None and _says_nothing_recorded(carried):
        slots = checking.run("records", lambda: _NOTHING)
    else:
        proof = checking.run("proof_file", _read_proof, carried)
        if proof is not None:
            checking.checks += proof_checks(proof, trust, lines or [])
        later = _check_decisions(checking, carried, trust)
        slots = checking.run("records", _read_records, lines or [], later)
    if slots is not None:
        checking.run("figures", check_figures, carried, slots)
        checking.run("looks", check_looks, carried, slots)
    checking.run("page", _check_page, data, carried)


def _check_decisions(checking: Checking, carried: Carried, trust: Trust) -> tuple[str, ...]:
    """Lines about later decisions; none where none is attached, or where they prove nothing."""
    data = carried.files.get(DECISIONS_FILE)
    if data is None:
        return ()
    return checking.run("decisions", check_decisions, data, trust) or ()


_NOTHING = Sound(
    "aucun relevé n’entoure ces tentatives : rien à prouver",
    "no record is near these attempts: nothing to prove",
    recorded(()),
)


def _says_nothing_recorded(carried: Carried) -> bool:
    frame = carried.report.get("frame")
    return (
        carried.report.get("kind") == "attempts"
        and isinstance(frame, dict)
        and frame.get("first_sequence", 0) is None
    )


def _read_proof(carried: Carried) -> Sound[dict[str, object]]:
    data = carried.files.get(PROOF_FILE)
    if data is None:
        raise Unsound(
            "la preuve (proof.json) manque : rien ne relie le document au journal",
            "the proof (proof.json) is missing: nothing ties the document to the log",
        )
    return Sound("preuve jointe", "proof attached", read_json(data, PROOF_FILE, PROOF))


def _read_records(lines: list[str], later: tuple[str, ...]) -> Sound[Recorded]:
    found = recorded([*lines, *later])
    count = len(found.records)
    return Sound(f"{count} relevés joints", f"{count} attached records", found)


def _check_page(data: bytes, carried: Carried) -> Sound[int]:
    """What the pages say beside the attached figures."""
    words = words_of(data)
    try:
        expected = list(printed(carried))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unsound("releve.json est illisible", "releve.json cannot be read") from error
    absent = [one for one in expected if all(squeezed(form) not in words for form in one)]
    if absent:
        raise Unsound(
            f"les pages ne disent pas ce que disent les données jointes : {absent[0][0]}",
            f"the pages do not say what the attached data say: {absent[0][0]}",
        )
    return Sound(
        f"{len(expected)} valeurs des pages, conformes aux données jointes",
        f"{len(expected)} values on the pages, as in the attached data",
        len(expected),
    )


def printed(carried: Carried) -> Iterator[tuple[str, ...]]:
    """Values that the pages have to show, each in the forms in which it may be written."""
    frame = carried.report["frame"]
    yield (str(frame["serial"]),)
    code = str(frame["code"])
    yield code, f"{code[:5]}-{code[5:]}"
    for one in carried.report.get("components", ()):
        figure = one["figure"]
        known = figure["coverage"]
        yield _percent(shown_coverage(known), 0) + _percent(shown_percent(known, 0), 0)
        if figure["availability"] is not None:
            for ratio in (figure["availability"], *figure["bounds"]):
                yield _share(ratio, figure)
        second = one["reviewed_figure"]
        if second is not None and second["availability"] is not None:
            yield _share(second["availability"], second)


def _share(ratio: float, figure: dict[str, Any]) -> tuple[str, ...]:
    """With the digits that the figure allows. Documents made before samples were counted in
    intervals have those of its observations; they stay good."""
    known = figure["known_observations"]
    samples = samples_in(known, figure["known_seconds"], figure["intervals_seconds"])
    allowed = (percent_digits(samples), percent_digits(known))
    return sum((_percent(shown_percent(ratio, digits), digits) for digits in allowed), ())


def _percent(percent: float, digits: int) -> tuple[str, str]:
    """In French and in English."""
    text = f"{percent:.{digits}f}%"
    return text.replace(".", ","), text
