"""Documents from end to end: issued, accepted by strangers' tools, refused once touched."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps.requests_client import HTTPTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from monitor.certificates.document_key import make_document_key
from monitor.certificates.sign import DocumentSigner, Level
from monitor.certificates.verify import verify_document
from monitor.evidence.report import Report
from tests.authority import Fault, utc_now
from tests.certificates.notary import Notary, keys_without_signers, notary, resigned

SAMPLES = 120


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notary]:
    with notary(tmp_path_factory.mktemp("notary")) as opened:
        yield opened


@pytest.fixture(scope="module")
def outage(ground: Notary) -> bytes:
    return ground.press().issue(ground.outage())[0]


@pytest.fixture(scope="module")
def attempts(ground: Notary) -> bytes:
    return ground.press().issue(ground.attempts(words="CANARI"))[0]


def said(report: Report) -> str:
    return " / ".join(one.fr for one in report.failed)


def pdfsig(pdf: bytes, folder: Path) -> str:
    file = folder / "it.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout


def is_accepted_by_pdfsig(pdf: bytes, folder: Path) -> bool:
    text = pdfsig(pdf, folder)
    return "Signature is Valid." in text and "Total document signed" in text


def test_both_documents_verify_in_both_languages(ground: Notary, attempts: bytes) -> None:
    english = ground.press().issue(ground.outage(), lang="en")[0]
    for pdf in (english, attempts):
        report = verify_document(pdf, ground.trust)
        assert report.passed, said(report)
        names = {one.name for one in report.checks}
        assert {"document_stamp", "inclusion", "stamp", "figures", "looks", "page"} <= names


def test_strangers_tools_accept_the_signature(outage: bytes, tmp_path: Path) -> None:
    assert is_accepted_by_pdfsig(outage, tmp_path)
    reader = PdfFileReader(io.BytesIO(outage))
    own = reader.embedded_regular_signatures[0]
    roots = ValidationContext(trust_roots=[own.signer_cert], allow_fetching=False)
    status = validate_pdf_signature(own, signer_validation_context=roots)
    assert status.intact
    assert status.valid
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    checked = subprocess.run(
        ["qpdf", "--check", str(tmp_path / "it.pdf")], capture_output=True, check=False, timeout=60
    )
    assert checked.returncode == 0, checked.stderr


def test_any_byte_changed_is_refused(ground: Notary, outage: bytes, tmp_path: Path) -> None:
    chance = random.Random(20261125)
    hole = outage.index(b"/Contents <") + 10
    after = outage.index(b">", hole)
    places = [chance.randrange(len(outage)) for _ in range(SAMPLES)]
    places += [chance.randrange(hole, after) for _ in range(SAMPLES // 2)]
    places += [0, 5, hole, after - 1, after, len(outage) - 1]
    for number, place in enumerate(places):
        touched = bytearray(outage)
        touched[place] ^= 1 << chance.randrange(8)
        assert not verify_document(bytes(touched), ground.trust).passed, place
        if number % 12 == 0 and not hole <= place <= after:
            assert not is_accepted_by_pdfsig(bytes(touched), tmp_path), place


def _appended(pdf: bytes) -> bytes:
    return pdf + b"\n% something\n"


def _saved_again(pdf: bytes) -> bytes:
    """As a program that merges or flattens files writes it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _cut(pdf: bytes) -> bytes:
    return pdf[: len(pdf) // 2]


@pytest.mark.parametrize(
    ("touch", "words"),
    [
        (_appended, "ajouté au fichier après"),
        (_saved_again, "faus"),
        (_cut, "signature"),
        (lambda _pdf: b"", "pas un PDF"),
        (lambda _pdf: b"%PDF-1.7\n%%EOF", "ne porte pas de signature"),
        (lambda pdf: b"PK" + pdf, "pas un PDF"),
    ],
)
def test_what_was_done_to_a_copy_is_said(
    ground: Notary, outage: bytes, touch: Callable[[bytes], bytes], words: str
) -> None:
    report = verify_document(touch(outage), ground.trust)
    assert not report.passed
    assert words in said(report)


def test_an_unpublished_certificate_is_not_believed(ground: Notary, outage: bytes) -> None:
    report = verify_document(outage, keys_without_signers(ground.keys_file))
    assert "n’est pas publié" in said(report)


def test_a_forged_document_of_ones_own_key_is_not_believed(ground: Notary, tmp_path: Path) -> None:
    bare = ground.press(signs=False).issue(ground.outage())[0]
    stranger = make_document_key(tmp_path, "Association d’exemple", utc_now())
    forged = DocumentSigner(stranger).sign(bare, Level.B_B)
    assert "n’est pas publié" in said(verify_document(forged, ground.trust))


def _other_figure(files: dict[str, bytes]) -> None:
    report = json.loads(files["releve.json"])
    report["components"][0]["figure"]["availability"] = 0.5
    files["releve.json"] = json.dumps(report).encode()


def _fewer_incidents(files: dict[str, bytes]) -> None:
    report = json.loads(files["releve.json"])
    report["components"][0]["incidents"].pop()
    files["releve.json"] = json.dumps(report).encode()


def _another_look(files: dict[str, bytes]) -> None:
    report = json.loads(files["releve.json"])
    report["components"][0]["incidents"][0]["first_failing"]["rule"] = "invented"
    files["releve.json"] = json.dumps(report).encode()


def _another_leaf(files: dict[str, bytes]) -> None:
    files["leaves.jsonl"] = files["leaves.jsonl"].replace(b'"outcome":"down"', b'"outcome":"up"', 1)


def _no_leaf(files: dict[str, bytes]) -> None:
    files["leaves.jsonl"] = b"\n".join(files["leaves.jsonl"].split(b"\n")[1:])


def _no_stamp(files: dict[str, bytes]) -> None:
    files["proof.json"] = json.dumps({**json.loads(files["proof.json"]), "stamps": []}).encode()


def _another_manifest(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.startswith("manifests/"))
    files[name] += b" "


def _nonsense(files: dict[str, bytes]) -> None:
    files["releve.json"] = b'{"schema":"releve/1","kind":"outage","frame":[]}'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_other_figure, "login: availability"),
        (_fewer_incidents, "login: incidents"),
        (_another_look, "n’est pas celui du journal"),
        (_another_leaf, "ne sont pas dans le journal signé"),
        (_no_leaf, "ne sont pas dans le journal signé"),
        (_no_stamp, "aucun horodatage"),
        (_another_manifest, "a une autre empreinte"),
        (_nonsense, "releve.json est illisible"),
    ],
)
def test_figures_that_do_not_follow_from_the_evidence_are_told(
    ground: Notary, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    report = resigned(ground, ground.outage(), change)
    assert not report.passed
    assert words in said(report)


def test_a_document_says_the_level_that_it_has(ground: Notary) -> None:
    for aim in (Level.B_LTA, Level.B_T):
        pdf = ground.press(aim).issue(ground.outage())[0]
        report = verify_document(pdf, ground.trust)
        assert report.passed, said(report)


def test_no_upload_makes_the_verifier_fall_over(ground: Notary) -> None:
    """Damaged archives are parsed after their first signature, so they are the hard case."""
    whole = ground.press(Level.B_LTA).issue(ground.attempts())[0]
    chance = random.Random(14)
    tail = len(whole) - len(whole) // 20
    for place in (chance.randrange(tail, len(whole)) for _ in range(20)):
        touched = bytearray(whole)
        touched[place] ^= 1 << chance.randrange(8)
        assert not verify_document(bytes(touched), ground.trust).passed, place
    for start in (b"", b"%PDF-1.7 /ByteRange [0 9 999999999 9]", b"%PDF-/ByteRange [0 1 2 3]" * 40):
        assert not verify_document(start + chance.randbytes(2000), ground.trust).passed


def test_a_page_changed_under_a_new_archive_stamp_is_refused(ground: Notary) -> None:
    """Anyone can get a stamp over a changed file: what was changed counts."""
    whole = ground.press(Level.B_T).issue(ground.outage())[0]
    writer = IncrementalPdfFileWriter(io.BytesIO(whole))
    del writer.root["/Pages"]["/Kids"][0]["/Contents"]
    writer.update_container(writer.root["/Pages"]["/Kids"][0])
    stamper = HTTPTimeStamper(ground.authority.url)  # type: ignore[no-untyped-call]
    out = PdfTimeStamper(stamper).timestamp_pdf(writer, "sha256")
    assert "ajouté au fichier" in said(verify_document(out.getvalue(), ground.trust))


def test_without_a_stamp_the_lower_level_is_printed_and_does_not_verify(
    ground: Notary, tmp_path: Path
) -> None:
    ground.stamp()
    ground.authority.fault = Fault.HTTP_ERROR
    press = ground.press()
    press._stamp = None  # the log's own stamps are another test's
    try:
        pdf = press.issue(ground.outage())[0]
    finally:
        ground.authority.fault = Fault.NONE
        ground.stamp()
    assert is_accepted_by_pdfsig(pdf, tmp_path)
    assert "n’est pas horodatée" in said(verify_document(pdf, ground.trust))


def test_the_signed_file_still_claims_and_keeps_both_standards(
    outage: bytes, attempts: bytes
) -> None:
    for pdf in (outage, attempts):
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            with opened.open_metadata() as metadata:
                assert metadata["pdfaid:part"] == "3"
                assert metadata["pdfaid:conformance"] == "A"
                assert metadata["pdfuaid:part"] == "1"
            assert opened.Root.MarkInfo.Marked
            assert str(opened.Root.Lang).startswith("fr")
            assert opened.Root.OutputIntents[0].S == "/GTS_PDFA1"
            assert {str(one.AFRelationship) for one in opened.Root.AF} <= {
                *("/Data", "/Source", "/Supplement")
            }
            assert _figures(opened.Root.StructTreeRoot)
            assert all(_figures(opened.Root.StructTreeRoot))


def _figures(root: pikepdf.Object) -> list[str]:
    """The alternative text of every figure of the structure tree, "" without one."""
    found, left = [], [root]
    while left:
        node = left.pop()
        if isinstance(node, pikepdf.Array):
            left.extend(node)
        elif isinstance(node, pikepdf.Dictionary):
            if node.get("/S") == "/Figure":
                found.append(str(node.get("/Alt", "")))
            if "/K" in node:
                left.append(node.K)
    return found


def test_a_checker_of_another_author_finds_no_fault_of_accessibility(
    outage: bytes, tmp_path: Path
) -> None:
    (tmp_path / "it.pdf").write_bytes(outage)
    done = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", str(tmp_path / "it.pdf")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
