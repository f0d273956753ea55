"""Documents as PDF files: what they claim to be, what stands in them, what they carry."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from monitor.certificates.build import outage_report
from monitor.certificates.build_attempts import attempts_report
from monitor.certificates.evidence import Evidence, StampLine
from monitor.certificates.make import Report, make_pdf
from monitor.certificates.model import AttemptsReport, OutageReport
from monitor.core.attempts import DeclaredAttempt
from monitor.core.model import Depth
from monitor.store.blobs import BlobStore, open_blobs
from monitor.store.engine import sqlite_url
from monitor.store.store import Store, open_store
from tests.certificates.scenes import ISSUER, at, fill

PAGE_WIDTH, MARGIN = 595.3, 59.0  # points; 2.1 cm, half a point of grace
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">(.*?)</word>')
CANARY = "Zébulon-Canari-4711 m’a écrit « rien »"


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return open_blobs(str(tmp_path / "blobs"))


def outage(store: Store, blobs: BlobStore, *, hours: float = 20) -> OutageReport:
    report = outage_report(
        store,
        kept=blobs.has,
        issuer=ISSUER,
        start=at(0),
        end=at(hours * 6),
        now=at(hours * 6 + 50),
        rehearsal=False,
        components=["login"],
    )
    frame = replace(report.frame, serial="AM-2026-000123", code="7K3MX9PQ2V")
    return replace(report, frame=frame)


def attempts(store: Store, blobs: BlobStore, *declared: DeclaredAttempt) -> AttemptsReport:
    report = attempts_report(
        store,
        kept=blobs.has,
        issuer=ISSUER,
        rehearsal=False,
        attempts=declared,
        now=at(2000),
    )
    return replace(report, frame=replace(report.frame, serial="AM-2026-000124", code="7K3MX9PQ2W"))


def evidence(report: Report, blobs: BlobStore) -> Evidence:
    shots = [look.picture for look in report.looks if look.picture and look.picture_kept]
    manifests = [one.sha256 for look in report.looks for one in look.manifests]
    manifests = [name for name in manifests if blobs.has(name)]
    return Evidence(
        leaves=('{"kind":"slot","sequence":1}', '{"kind":"slot","sequence":2}'),
        first_leaf=0,
        tree_size=12345,
        root="0f" * 32,
        checkpoint_at=report.frame.made_at,
        stamps=(StampLine(authority="exemple", generated_at=report.frame.made_at),),
        log_name="anef.exemple.invalid",
        key_fingerprints=("anef.exemple.invalid+1a2b3c4d",),
        proof=b'{"schema":"proof/1"}',
        keys=b'{"schema":"keys/1"}',
        manifests={name: blobs.get(name) for name in manifests},
        pictures={shot.sha256: blobs.get(shot.sha256) for shot in shots},
        media_types={shot.sha256: shot.media_type for shot in shots},
        signature_level="B-T",
        signer="Association d’exemple",
        signer_fingerprint="ab" * 32,
    )


def text_of(pdf: bytes, *, pages: str = "") -> str:
    """What a reader reads, as one line."""
    limits = ["-l", pages] if pages else []
    found = subprocess.run(
        ["pdftotext", *limits, "-", "-"], input=pdf, capture_output=True, check=True, timeout=60
    )
    text = found.stdout.decode().replace("\u200b", "")
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def words_outside(pdf: bytes) -> list[str]:
    """Words that leave the margins; those of the turned SPÉCIMEN are no single words."""
    found = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True, timeout=60
    )
    return [
        word
        for low, high, word in WORD.findall(found.stdout.decode())
        if float(low) < MARGIN - 1 or float(high) > PAGE_WIDTH - MARGIN + 1
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("made")
    blobs = open_blobs(str(folder / "blobs"))
    with open_store(sqlite_url(folder / "monitor.sqlite3")) as store:
        fill(store, "UUUUUUDDDDUUUUUMMMUUUDUUUU" * 4, blobs=blobs)
        report = outage(store, blobs, hours=17)
        return make_pdf(report, evidence(report, blobs))


def elements(tree: pikepdf.Object, kind: str) -> Iterator[pikepdf.Object]:
    """Every element of the structure tree with this type."""
    if tree.get("/S") == kind:
        yield tree
    kids = tree.get("/K", pikepdf.Array())
    for kid in list(kids) if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") != "/MCR":
            yield from elements(kid, kind)


def test_the_file_is_whole_and_claims_pdf_a_3a_and_pdf_ua_1(made: bytes, tmp_path: Path) -> None:
    path = tmp_path / "releve.pdf"
    path.write_bytes(made)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True, timeout=60)
    with pikepdf.open(path) as pdf:
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"] == "Relevé de dysfonctionnement"
        root = pdf.Root
        assert root.MarkInfo.Marked
        assert str(root.Lang).startswith("fr")
        assert root.OutputIntents[0].S == "/GTS_PDFA1"
        assert root.ViewerPreferences.DisplayDocTitle
        figures = list(elements(root.StructTreeRoot, "/Figure"))
        assert len(figures) > 3
        assert all(str(one.get("/Alt", "")) for one in figures)
        assert list(elements(root.StructTreeRoot, "/H1"))
        assert list(elements(root.StructTreeRoot, "/TH"))


def test_every_font_is_inside(made: bytes) -> None:
    found = subprocess.run(
        ["pdffonts", "-"], input=made, capture_output=True, check=True, text=False, timeout=60
    )
    lines = found.stdout.decode().splitlines()[2:]
    assert lines
    assert all(line.split()[-5] == "yes" for line in lines)


def test_evidence_is_attached_with_its_relationship(store: Store, blobs: BlobStore) -> None:
    fill(store, "UUDDDUU" + "U" * 20, blobs=blobs)
    report = outage(store, blobs, hours=4)
    proofs = evidence(report, blobs)
    with pikepdf.open(io.BytesIO(make_pdf(report, proofs))) as pdf:
        inside = {
            name: (str(spec.obj.AFRelationship), spec.get_file().read_bytes())
            for name, spec in pdf.attachments.items()
        }
        assert len(pdf.Root.AF) == len(inside)
    assert inside["proof.json"] == ("/Data", proofs.proof)
    assert inside["leaves.jsonl"][1].decode().splitlines() == list(proofs.leaves)
    figures = json.loads(inside["releve.json"][1])
    assert figures["components"][0]["figure"]["observations"] == 24
    for name, data in proofs.manifests.items():
        assert inside[f"manifests/{name}.json"] == ("/Supplement", data)
    for name, data in proofs.pictures.items():
        assert inside[f"pictures/{name}.png"] == ("/Supplement", data)


def test_the_same_report_gives_the_same_bytes(store: Store, blobs: BlobStore) -> None:
    fill(store, "UUDDUU", blobs=blobs)
    report = outage(store, blobs, hours=1)
    proofs = evidence(report, blobs)
    assert make_pdf(report, proofs) == make_pdf(report, proofs)


def test_page_one_tells_a_judge_what_was_seen(made: bytes) -> None:
    page = text_of(made, pages="1")
    assert "Relevé de dysfonctionnement" in page
    assert "du 11 mai 2026 à 8 h 00 min 00 s" in page
    assert "4 incidents « hors service »" in page
    assert "4 maintenances annoncées" in page
    assert "SPÉCIMEN" not in page
    whole = text_of(made)
    for words in (
        "Service momentanément indisponible",
        "n’est pas un constat de commissaire de justice",
        "Il ne prouve pas la cause",
        "Échecs isolés (4)",
        "signature non qualifiée",
        "https://anef.exemple.invalid/r/7K3MX9PQ2V",
        "0f" * 32,
    ):
        assert words in whole, words


def test_no_document_says_that_a_condition_is_met(store: Store, blobs: BlobStore) -> None:
    for place in (0, 1230):
        fill(store, "UUUUDDDDDDDDDDDDUUUU", first=place)
    declared = [DeclaredAttempt(start=at(place), component="login") for place in (10.5, 1240.5)]
    for report in (outage(store, blobs, hours=9), attempts(store, blobs, *declared)):
        text = text_of(make_pdf(report, evidence(report, blobs)))
        assert "cela relève du juge" in text
        for phrase in re.findall(r"[^.]*condition[^.]*\.", text):
            assert "ne dit pas" in phrase, phrase


def test_a_period_without_outage_says_so(store: Store, blobs: BlobStore) -> None:
    fill(store, "U" * 30, blobs=blobs)
    report = outage(store, blobs, hours=4)
    assert "aucun incident n’a été vu" in text_of(
        make_pdf(report, evidence(report, blobs)), pages="1"
    )


def test_insufficient_coverage_and_a_possible_block_stand_on_page_one(
    store: Store, blobs: BlobStore
) -> None:
    fill(store, "UUDDDUU          UU", blobs=blobs, flags=("refusal_not_excluded",))
    report = outage(store, blobs, hours=3)
    page = text_of(make_pdf(report, evidence(report, blobs)), pages="1")
    assert "Données insuffisantes" in page
    assert "Blocage non exclu" in page


def test_a_hole_in_an_incident_is_said(store: Store, blobs: BlobStore) -> None:
    fill(store, "UUDDDD      DDDUUUUU", blobs=blobs)
    report = outage(store, blobs, hours=3)
    assert "Continuité non observée" in text_of(make_pdf(report, evidence(report, blobs)))


def test_specimen_follows_the_data_on_every_page(store: Store, blobs: BlobStore) -> None:
    fill(store, "UUDDDUU" * 6, blobs=blobs, origin="http://127.0.0.1:8000")
    report = outage(store, blobs, hours=6)
    pdf = make_pdf(report, evidence(report, blobs))
    assert "Ce document ne dit rien du vrai service" in text_of(pdf, pages="1")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        count = len(opened.pages)
    assert count > 2
    for page in range(1, count + 1):
        found = subprocess.run(
            ["pdftotext", "-f", str(page), "-l", str(page), "-raw", "-", "-"],
            input=pdf,
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert "SPÉCIMEN" in found.stdout.decode().replace("\n", "")


def test_attempts_are_set_against_the_records(store: Store, blobs: BlobStore) -> None:
    fill(store, "U" * 6 + "D" * 6 + "U" * 12, blobs=blobs)
    report = attempts(
        store,
        blobs,
        DeclaredAttempt(start=at(8.5), component="login", words=CANARY),
        DeclaredAttempt(start=at(20.5), component="login"),
        DeclaredAttempt(start=at(8.5), component="upload", depth=Depth.FULL),
    )
    pdf = make_pdf(report, evidence(report, blobs))
    page = text_of(pdf, pages="1")
    assert "Heures déclarées par le requérant, non vérifiées." in page
    assert "3 tentatives déclarées" in page
    assert "1 concordant" in page
    assert "Constats contraires." in page
    assert CANARY in text_of(pdf)


def test_two_weeks_five_days_apart_bring_the_note(store: Store, blobs: BlobStore) -> None:
    friday, wednesday = at(4 * 144 + 6), at(9 * 144 + 6)
    for place in (4 * 144, 9 * 144):
        fill(store, "UDDDDDDDDDDDU", first=place)
    report = attempts(
        store,
        blobs,
        DeclaredAttempt(start=friday, component="login"),
        DeclaredAttempt(start=wednesday, component="login"),
    )
    text = text_of(make_pdf(report, evidence(report, blobs)))
    assert "n° 435594" in text
    assert "2026-W20, 2026-W21" in text
    assert "moins de 7 jours" in text


def test_what_a_person_declared_stays_in_the_answer(
    store: Store, blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    seen: list[bytes] = []
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    clean = tempfile.TemporaryDirectory.cleanup

    def look_first(folder: tempfile.TemporaryDirectory[str]) -> None:
        seen.extend(one.read_bytes() for one in Path(folder.name).rglob("*") if one.is_file())
        clean(folder)

    monkeypatch.setattr(tempfile.TemporaryDirectory, "cleanup", look_first)
    fill(store, "UUDDDDUU", blobs=blobs)
    report = attempts(store, blobs, DeclaredAttempt(start=at(3.5), component="login", words=CANARY))
    assert CANARY in text_of(make_pdf(report, evidence(report, blobs)))
    assert seen
    assert not any(b"Canari" in data for data in seen)
    assert not list(spare.iterdir())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_nothing_leaves_the_page_however_long_it_is(
    store: Store, blobs: BlobStore, lang: str
) -> None:
    fill(store, "UUDDDDUU", blobs=blobs)
    report = attempts(
        store,
        blobs,
        DeclaredAttempt(start=at(3.5), component="login", words="Mot" * 400),
        DeclaredAttempt(start=at(4.5), component="login", words="mot " * 900),
    )
    assert words_outside(make_pdf(report, evidence(report, blobs), lang=lang)) == []


def test_two_hundred_incidents_fit(store: Store, blobs: BlobStore) -> None:
    fill(store, "DDUU" * 200)
    report = outage(store, blobs, hours=134)
    assert len(report.incidents) == 200
    pdf = make_pdf(report, evidence(report, blobs))
    assert "Incident n° 200" in text_of(pdf)
    assert words_outside(pdf) == []


def test_english_on_demand(store: Store, blobs: BlobStore) -> None:
    fill(store, "UUDDDUU", blobs=blobs)
    report = outage(store, blobs, hours=1)
    pdf = make_pdf(report, evidence(report, blobs), lang="en")
    text = text_of(pdf)
    assert "Record of malfunction" in text
    assert "1 outage incident," in text
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert str(opened.Root.Lang).startswith("en")
